"""Which point comes next: the plan's order, less what a found edge makes pointless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..axes import Axis, Point


class PointQueue:
    """The points of a run, handed out group by group.

    Args:
        axes: of the plan; those with `stop_at_fail` are walked until they fail.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self._walks = tuple(axis.knob for axis in axes if axis.stop_at_fail)
        self._points: Iterator[Point] = iter(())
        self._closed: set[tuple[str, tuple[float, ...]]] = set()
        self.left_out = 0

    def begin(self, points: Sequence[Point]) -> None:
        """Go on with the next group, in the plan's order; edges found before stay found."""
        self._points = iter(points)

    def next(self) -> Point | None:
        """The next point of the group to measure, or None at its end."""
        for point in self._points:
            if not any(self._column(point, knob) in self._closed for knob in self._walks):
                return point
            self.left_out += 1
        return None

    def failed(self, point: Point) -> None:
        """The point failed: the rest of its column lies beyond the edge and is left out."""
        self._closed.update(self._column(point, knob) for knob in self._walks)

    @staticmethod
    def _column(point: Point, knob: str) -> tuple[str, tuple[float, ...]]:
        return knob, tuple(value for name, value in point.values.items() if name != knob)
