"""Which point comes next: the plan's order, less what a found edge makes pointless, and then what nobody could trust.

A point that came out INVALID is taken again at the end of its group, when what disturbed it may have passed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence

from ..axes import Axis, Point

RETAKES = 2
"""How often a point that came out INVALID is taken again; more would cost a night for what stays broken."""


class PointQueue:
    """The points of a run, handed out group by group.

    Args:
        axes: of the plan; those with `stop_at_fail` are walked until they fail.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self._walks = tuple(axis.knob for axis in axes if axis.stop_at_fail)
        self._points: Iterator[Point] = iter(())
        self._closed: set[tuple[str, tuple[float, ...]]] = set()
        self._later: deque[Point] = deque()
        self._retaken: Counter[int] = Counter()
        self.left_out = 0

    def begin(self, points: Sequence[Point]) -> None:
        """Go on with the next group, in the plan's order; edges found before stay found."""
        self._points = iter(points)
        self._later.clear()

    def next(self) -> Point | None:
        """The next point of the group to measure, or None at its end."""
        for point in self._points:
            if not any(self._column(point, knob) in self._closed for knob in self._walks):
                return point
            self.left_out += 1
        return self._later.popleft() if self._later else None

    def untrusted(self, point: Point) -> bool:
        """The point came out INVALID: put it at the end of its group; whether it may be taken once more."""
        if self._retaken[point.index] >= RETAKES:
            return False
        self._retaken[point.index] += 1
        self._later.append(point)
        return True

    def failed(self, point: Point) -> None:
        """The point failed: the rest of its column lies beyond the edge and is left out."""
        self._closed.update(self._column(point, knob) for knob in self._walks)

    @staticmethod
    def _column(point: Point, knob: str) -> tuple[str, tuple[float, ...]]:
        return knob, tuple(value for name, value in point.values.items() if name != knob)
