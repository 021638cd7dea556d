"""What can be measured on a sampled voltage: levels, edges, pulses. Pure functions, nothing of any instrument.

Top and base are the most frequent levels near either end, as IEEE 181 has it, or the extremes where there are
none. Neighbours: `dsox_measure.py` gives them commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import sqrt

_BINS = 128
_OFTEN = 0.05  # part of the samples that makes a level of a histogram's peak
_NARROW = 6.0  # converter steps between base and top below which there are no edges, only noise


@dataclass(frozen=True, slots=True)
class Edge:
    """A crossing of all three thresholds, lower to upper or back.

    Args:
        rising: which way.
        first_s: time at the threshold that it leaves.
        middle_s: at the middle one.
        last_s: at the threshold that it reaches.
    """

    rising: bool
    first_s: float
    middle_s: float
    last_s: float


@dataclass(frozen=True)
class Pulse:
    """A voltage with equally spaced samples.

    Args:
        volts: the samples.
        left_s: time of the first one.
        step_s: between them.
        resolution_volts: of the converter.
        thresholds: lower, middle and upper; parts of the way from base to top, or volts.
        absolute: whether they are volts.
    """

    volts: Sequence[float]
    left_s: float
    step_s: float
    resolution_volts: float = 0.0
    thresholds: tuple[float, float, float] = (0.1, 0.5, 0.9)
    absolute: bool = False

    @cached_property
    def lowest(self) -> float:
        """Volts."""
        return min(self.volts)

    @cached_property
    def highest(self) -> float:
        """Volts."""
        return max(self.volts)

    @cached_property
    def levels(self) -> tuple[float, float]:
        """Base and top, in volts."""
        low, span = self.lowest, self.highest - self.lowest
        if span <= 0.0:
            return low, low
        counts = [0] * _BINS
        sums = [0.0] * _BINS
        for value in self.volts:
            place = min(int((value - low) / span * _BINS), _BINS - 1)
            counts[place] += 1
            sums[place] += value
        part = _BINS * 2 // 5
        ends = (max(range(part), key=counts.__getitem__), max(range(_BINS - part, _BINS), key=counts.__getitem__))
        often = _OFTEN * len(self.volts)
        base, top = (sums[end] / counts[end] if counts[end] >= often else None for end in ends)
        return low if base is None else base, self.highest if top is None else top

    @property
    def amplitude(self) -> float:
        """From base to top, in volts."""
        base, top = self.levels
        return top - base

    @property
    def mean(self) -> float:
        """Volts."""
        return sum(self.volts) / len(self.volts)

    def rms(self, *, without_mean: bool = False) -> float:
        """Root mean square, of the deviation from the mean if asked."""
        shift = self.mean if without_mean else 0.0
        return sqrt(sum((value - shift) ** 2 for value in self.volts) / len(self.volts))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every whole edge, in order."""
        base, top = self.levels
        if top - base <= _NARROW * self.resolution_volts or top <= base:
            return ()
        low, middle, high = (
            self.thresholds if self.absolute else (base + part * (top - base) for part in self.thresholds)
        )
        return tuple(self._edges(low, middle, high))

    def _edges(self, low: float, middle: float, high: float) -> list[Edge]:
        found: list[Edge] = []
        state = 0  # -1 below low, +1 above high, 0 not yet known
        left_at = 0  # the last sample that was still on that side
        for place, value in enumerate(self.volts):
            side = -1 if value <= low else 1 if value >= high else 0
            if side == 0:
                continue
            if state and side != state:
                levels = (low, middle, high) if side > 0 else (high, middle, low)
                times = [self._crossing(left_at, place, level, rising=side > 0) for level in levels]
                found.append(Edge(side > 0, *times))
            state, left_at = side, place
        return found

    def _crossing(self, begin: int, end: int, level: float, *, rising: bool) -> float:
        """When a level is crossed between two samples, on a straight line between the nearest."""
        for place in range(begin + 1, end + 1):
            value = self.volts[place]
            if value >= level if rising else value <= level:
                before = self.volts[place - 1]
                part = (level - before) / (value - before) if value != before else 0.0
                return self.left_s + (place - 1 + min(max(part, 0.0), 1.0)) * self.step_s
        return self.left_s + end * self.step_s

    def edge(self, *, rising: bool, near_s: float) -> Edge | None:
        """The edge of one kind nearest to a time."""
        return min((e for e in self.edges if e.rising == rising), key=lambda e: abs(e.middle_s - near_s), default=None)

    def next_edge(self, after: Edge, *, rising: bool) -> Edge | None:
        """The first edge of one kind behind another."""
        return next((e for e in self.edges if e.rising == rising and e.middle_s > after.middle_s), None)

    def period_s(self, near_s: float) -> float | None:
        """Between like edges, rising ones first, nearest to a time."""
        for rising in (True, False):
            middles = [e.middle_s for e in self.edges if e.rising == rising]
            periods = [(abs(a - near_s), b - a) for a, b in pairwise(middles)]
            if periods:
                return min(periods)[1]
        return None

    def width_s(self, near_s: float, *, positive: bool) -> float | None:
        """Of the pulse nearest to a time."""
        starts = [e for e in self.edges if e.rising == positive]
        pairs = [(e, self.next_edge(e, rising=not positive)) for e in starts]
        widths = [(abs(e.middle_s - near_s), end.middle_s - e.middle_s) for e, end in pairs if end is not None]
        return min(widths)[1] if widths else None

    def cycles(self) -> Pulse | None:
        """The samples of whole periods; None without one."""
        middles = [e.middle_s for e in self.edges if e.rising]
        if len(middles) < 2:
            return None
        first, last = (round((time - self.left_s) / self.step_s) for time in (middles[0], middles[-1]))
        return Pulse(self.volts[first:last], middles[0], self.step_s, self.resolution_volts)
