"""A run's points as the morning sees them: answered, left out on purpose, or missing.

A point's verdict is that of its last attempt. On a walked axis (one that stops at the first failure) the points
beyond a failing one are left out on purpose: trying them would crash the sled for nothing. A failure beyond the
last value that has to pass is the edge that was looked for, and no failure of the sled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ..measure import Measurement
from ..records import Attempt, AxisStart, Run
from ..verdicts import Verdict
from .text import quantity

ANSWERED = frozenset({Verdict.PASS, Verdict.INVALID, Verdict.FAIL, Verdict.ERROR})
TRUSTED = frozenset({Verdict.PASS, Verdict.FAIL})


@dataclass(frozen=True, slots=True)
class Walk:
    """One axis of a run, and where the points lie on it.

    Attributes:
        axis: its knob and values, in the order in which they are visited.
        stride: how many points lie between two neighbours on it.
    """

    axis: AxisStart
    stride: int

    def place(self, point: int) -> int:
        """Where on the axis a point lies, from 0 at its first value."""
        return point // self.stride % len(self.axis.values)

    def start(self, point: int) -> int:
        """The point at the first value for the same values of all the other axes."""
        return point - self.place(point) * self.stride

    def points(self, start: int) -> range:
        """The points from `start` on, one for each value."""
        return range(start, start + len(self.axis.values) * self.stride, self.stride)

    def beyond(self, point: int) -> range:
        """The points that come after a point on the axis."""
        return self.points(self.start(point))[self.place(point) + 1 :]


def axes_of(run: Run) -> tuple[Walk, ...]:
    """Every axis of a run, slowest first."""
    found: list[Walk] = []
    stride = 1
    for axis in reversed(run.axes):
        found.append(Walk(axis, stride))
        stride *= len(axis.values)
    return tuple(reversed(found))


def voltage_walk(run: Run) -> Walk | None:
    """The axis in volts whose values only go down, one that stops at a failure before others; or None."""
    falling = [walk for walk in axes_of(run) if walk.axis.unit == "V" and _falls(walk.axis.values)]
    return next((walk for walk in falling if walk.axis.edge is not None), falling[-1] if falling else None)


def _falls(values: Sequence[float]) -> bool:
    return len(values) > 1 and all(a > b for a, b in pairwise(values))


@dataclass(frozen=True)
class RunPoints:
    """A run with everything that was tried in it.

    Attributes:
        run: the run.
        attempts: every attempt, oldest first.
        taken: what was measured, by attempt id.
        faults: what was said when the slot's sled had to be power-cycled, word by word.
    """

    run: Run
    attempts: tuple[Attempt, ...]
    taken: Mapping[int, tuple[Measurement, ...]]
    faults: frozenset[str] = frozenset()

    @cached_property
    def last(self) -> dict[int, Attempt]:
        """The last attempt at each point that was tried."""
        return {attempt.point: attempt for attempt in self.attempts}

    @cached_property
    def walk(self) -> Walk | None:
        """The voltage that was walked down, if any."""
        return voltage_walk(self.run)

    @cached_property
    def edges(self) -> tuple[Walk, ...]:
        """The axes that were left at the first failure."""
        return tuple(walk for walk in axes_of(self.run) if walk.axis.edge is not None)

    def verdict(self, point: int) -> Verdict | None:
        """A point's verdict; None if it was never tried, or its last attempt never ended."""
        attempt = self.last.get(point)
        return attempt.verdict if attempt else None

    def measured(self, point: int) -> tuple[Measurement, ...]:
        """What the last attempt at a point measured."""
        attempt = self.last.get(point)
        return self.taken.get(attempt.id, ()) if attempt else ()

    @cached_property
    def answered(self) -> frozenset[int]:
        """The points that ended with an answer: PASS, INVALID, FAIL or ERROR."""
        return frozenset(point for point, attempt in self.last.items() if attempt.verdict in ANSWERED)

    @cached_property
    def left_out(self) -> frozenset[int]:
        """The points that a failing one before them on a walked axis made needless."""
        fails = [point for point, attempt in self.last.items() if attempt.verdict is Verdict.FAIL]
        beyond = (later for point in fails for walk in self.edges for later in walk.beyond(point))
        return frozenset(beyond) - self.last.keys()

    @property
    def missing(self) -> int:
        """How many points have no answer though the plan wanted one."""
        return max(0, self.run.points - len(self.answered) - len(self.left_out))

    def is_edge(self, point: int) -> bool:
        """Whether a failure at a point is the edge that a walk looked for."""
        return not self.run.has_to_pass(point)

    def hung(self, attempt: Attempt) -> bool:
        """Whether an attempt ended with a sled that had to be power-cycled."""
        return attempt.cause.startswith("hang") or attempt.cause in self.faults

    def label(self, point: int) -> str:
        """A point in words: "coolant 30 degC, vdd_core 0.700 V"."""
        values = self.run.values_at(point)
        parts = (f"{axis.knob} {quantity(values[axis.knob], axis.unit)}" for axis in self.run.axes)
        return ", ".join(parts) or "as powered on"
