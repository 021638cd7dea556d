"""Where a signal of the past crosses a trigger level, to the last bit of the lab's time.

Between the times at which a place says that it changed it only rises, falls or rests, so the crossing is found by
halving. A place that cannot say is looked at in equal steps. Neighbours: `dsox_acquisition.py` asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Flag
from itertools import pairwise

from ..world import Changing, Node

_STEPS = 1000  # at which a place without `edges` is looked at
_HALVINGS = 60


class Slope(Flag):
    """Which way through the level."""

    RISING = 1
    FALLING = 2

    @classmethod
    def of(cls, word: str, *, inverted: bool) -> Slope:
        """From the trigger's setting; EITHer and ALTernate are both."""
        if word not in {"POS", "NEG"}:
            return cls.RISING | cls.FALLING
        return cls.RISING if (word == "POS") != inverted else cls.FALLING


class EdgeFinder:
    """Finds crossings, one stretch of time after the other."""

    def __init__(self) -> None:
        self._low = self._high = False  # whether the signal has been far enough to that side since it crossed
        self._last: tuple[float, float] | None = None  # time and volts at the end of the look before

    def find(
        self, node: Node, from_s: float, to_s: float, level: float, band: float, slope: Slope, *, last: bool
    ) -> float | None:
        """The first, or the last, crossing in an interval.

        Args:
            node: what the trigger looks at.
            from_s: where the look before this one ended.
            to_s: up to this; not ahead of now.
            level: in volts.
            band: a rising edge must come from this far below the level, a falling one from as far above.
            slope: which edges count.
            last: the last one rather than the first.
        """
        found = None
        for found in self._edges(node, from_s, to_s, level, band, slope):
            if not last:
                return found
        return found

    def _edges(
        self, node: Node, from_s: float, to_s: float, level: float, band: float, slope: Slope
    ) -> Iterator[float]:
        points = [(time, _volts(node, time)) for time in _times(node, from_s, to_s)]
        if self._last is not None and self._last[0] == from_s:  # it may have stepped after that look, at that instant
            points.insert(0, self._last)
        self._last = points[-1]
        for (begin_s, begin), (end_s, end) in pairwise(points):
            self._low |= begin <= level - band
            self._high |= begin >= level + band
            if begin < level <= end and self._low:
                self._low = False
                if Slope.RISING in slope:
                    yield _crossing(node, begin_s, end_s, level, rising=True)
            elif begin > level >= end and self._high:
                self._high = False
                if Slope.FALLING in slope:
                    yield _crossing(node, begin_s, end_s, level, rising=False)


def _times(node: Node, from_s: float, to_s: float) -> list[float]:
    """Where to look."""
    if isinstance(node, Changing):
        inner = [time for time in node.edges(from_s, to_s) if from_s < time < to_s]
        return sorted({from_s, to_s, *inner})
    step = (to_s - from_s) / _STEPS
    return [from_s + step * place for place in range(_STEPS)] + [to_s]


def _volts(node: Node, at_s: float) -> float:
    return node.trace(at_s, at_s, 1)[0]


def _crossing(node: Node, begin_s: float, end_s: float, level: float, *, rising: bool) -> float:
    for _ in range(_HALVINGS):
        middle_s = 0.5 * (begin_s + end_s)
        if not begin_s < middle_s < end_s:
            break
        volts = _volts(node, middle_s)
        if volts >= level if rising else volts <= level:
            end_s = middle_s
        else:
            begin_s = middle_s
    return end_s
