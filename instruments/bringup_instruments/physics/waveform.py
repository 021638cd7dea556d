"""What a probe would have seen: the voltage of a rail, or of a sled's input, in the past.

A place remembers its last courses (a ramp, a rest, a decay) and what was drawn from it; between them the voltage
is a formula, so a trace is exact at any sample rate and costs nothing until somebody asks. A step, of the
set-point or of the load, reaches its rest as the regulator answers: first order, with an undershoot on the way.
Neighbours: `rails.py` notes courses, `sled.py` makes the places, `world.Node.trace` is the contract.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, e, exp, inf
from typing import Protocol

REMEMBERED = 1024
"""Courses and load changes that a place keeps; the oldest are forgotten."""

_SETTLED = 25.0  # time constants after which a step's transient is below any digitiser's step
_BENDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)  # time constants at which a transient is worth a look
_FLAT = 1e-12  # volts: less is no step


@dataclass(frozen=True, slots=True)
class Course:
    """What a voltage does from `begins_s` until its next course.

    Args:
        begins_s: when it is on this course.
        since_s: when its ramp or decay began, which a new set-point does not start anew.
        from_volts: where the ramp or decay began.
        target_volts: where the ramp ends.
        on: a ramp to the target and then rest; else a decay to zero.
        ramp_s: length of the ramp; 0 for a step.
        decay_s: time constant of the decay.
    """

    begins_s: float
    since_s: float
    from_volts: float
    target_volts: float
    on: bool
    ramp_s: float
    decay_s: float

    def volts(self, at_s: float) -> float:
        """The voltage at a time on this course."""
        elapsed = at_s - self.since_s
        if not self.on:
            return self.from_volts * exp(-elapsed / self.decay_s)
        if elapsed >= self.ramp_s:
            return self.target_volts
        done = elapsed / self.ramp_s
        return self.from_volts + (self.target_volts - self.from_volts) * done

    @property
    def rests_at_s(self) -> float:
        """From when on the voltage moves no more; never on a decay."""
        if not self.on:
            return self.begins_s if self.from_volts == 0.0 else inf
        return max(self.begins_s, self.since_s + self.ramp_s)


@dataclass(frozen=True, slots=True)
class Regulation:
    """How a source answers to a change of its load.

    Args:
        load_line_ohms: programmed droop at rest.
        response_s: time constant; 0 for a source without any.
        undershoot_ohms: transient droop beyond that at rest, per ampere of load step, at its deepest.
    """

    load_line_ohms: float = 0.0
    response_s: float = 0.0
    undershoot_ohms: float = 0.0


@dataclass(frozen=True, slots=True)
class _Step:
    """A jump of the resting voltage and of the load."""

    at_s: float
    volts: float
    amps: float


class Waveform:
    """A voltage over time, from the courses and loads that were noted.

    Args:
        courses: noted by whoever moves the voltage; shared.
        regulation: of the source.
    """

    def __init__(self, courses: deque[Course], regulation: Regulation) -> None:
        self._courses = courses
        self._regulation = regulation
        self._loads: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)  # straight between the points
        self._steps: deque[_Step] = deque(maxlen=REMEMBERED)

    def load(self, at_s: float, amps: float, *, at_once: bool) -> None:
        """Note what is drawn: it has drifted there since the last note, or stepped there now."""
        before = self._loads[-1][1] if self._loads else amps
        if at_once and before != amps:
            self._loads.append((at_s, before))
            self._steps.append(_Step(at_s, 0.0, amps - before))
        self._loads.append((at_s, amps))

    def at(self, at_s: float) -> float:
        """The voltage at one time."""
        return self.samples(at_s, at_s, 1)[0]

    def samples(self, from_s: float, to_s: float, count: int) -> Sequence[float]:
        """At `count` equally spaced times, first and last included."""
        step = (to_s - from_s) / (count - 1) if count > 1 else 0.0
        grid = _Grid(from_s, step, count)
        volts = array("d", bytes(8 * count))
        for course, ends_s in self._in_turn():
            _draw_course(grid, volts, course, ends_s)
        if self._regulation.load_line_ohms and self._loads:
            self._draw_load(grid, volts)
        if self._regulation.response_s > 0.0:
            for jump in self._jumps(from_s - _SETTLED * self._regulation.response_s, to_s):
                self._draw_transient(grid, volts, jump)
        return volts

    def edges(self, from_s: float, to_s: float) -> tuple[float, ...]:
        """Times from `from_s` to `to_s` between which the voltage does nothing but rise, fall or rest (nearly)."""
        tau = self._regulation.response_s
        times = {time for course in tuple(self._courses) for time in (course.begins_s, course.since_s + course.ramp_s)}
        for jump in self._jumps(from_s - _SETTLED * tau, to_s):
            times |= {jump.at_s, *(jump.at_s + bend * tau for bend in _BENDS)}
        return tuple(sorted(time for time in times if from_s <= time <= to_s))

    def _in_turn(self) -> Iterator[tuple[Course, float]]:
        """Every course and when it ends; the first is taken to have been so always."""
        courses = tuple(self._courses)
        for course, following in pairwise(courses):
            yield course, following.begins_s
        if courses:
            yield courses[-1], inf

    def _jumps(self, from_s: float, to_s: float) -> Iterator[_Step]:
        """Steps of load, and of the set-point, in an interval."""
        droop = self._regulation.load_line_ohms
        for step in tuple(self._steps):
            if from_s <= step.at_s <= to_s:
                yield _Step(step.at_s, -droop * step.amps, step.amps)
        for course, following in pairwise(tuple(self._courses)):
            if from_s <= following.begins_s <= to_s:
                volts = following.volts(following.begins_s) - course.volts(following.begins_s)
                if abs(volts) > _FLAT:
                    yield _Step(following.begins_s, volts, 0.0)

    def _draw_load(self, grid: _Grid, volts: array[float]) -> None:
        """Take the load line's droop away."""
        loads, droop = tuple(self._loads), self._regulation.load_line_ohms
        first = grid.index(loads[0][0])
        for place in range(first):
            volts[place] -= droop * loads[0][1]
        for (begin_s, begin), (end_s, end) in pairwise((*loads, (inf, loads[-1][1]))):
            slope = (end - begin) / (end_s - begin_s) if end_s > begin_s else 0.0
            for place in range(grid.index(begin_s), grid.index(end_s)):
                volts[place] -= droop * (begin + slope * (grid.time(place) - begin_s))

    def _draw_transient(self, grid: _Grid, volts: array[float], jump: _Step) -> None:
        """The way from the rest before a jump to the rest behind it."""
        tau = self._regulation.response_s
        dip = self._regulation.undershoot_ohms * jump.amps
        for place in range(grid.index(jump.at_s), grid.index(jump.at_s + _SETTLED * tau)):
            age = (grid.time(place) - jump.at_s) / tau
            volts[place] -= (jump.volts + dip * age * e) * exp(-age)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The times of the samples."""

    from_s: float
    step_s: float
    count: int

    def time(self, place: int) -> float:
        return self.from_s + place * self.step_s

    def index(self, at_s: float) -> int:
        """The first sample at `at_s` or later."""
        if at_s <= self.from_s:
            return 0
        if self.step_s <= 0.0 or at_s > self.time(self.count - 1):
            return self.count
        return min(ceil((at_s - self.from_s) / self.step_s), self.count)


def _draw_course(grid: _Grid, volts: array[float], course: Course, ends_s: float) -> None:
    first, last = grid.index(course.begins_s), grid.index(ends_s)
    if first >= last:
        return
    rest = min(max(grid.index(course.rests_at_s), first), last)
    volts[first:rest] = array("d", [course.volts(grid.time(place)) for place in range(first, rest)])
    volts[rest:last] = array("d", [course.target_volts if course.on else 0.0]) * (last - rest)


class _Driven(Protocol):
    """A rail as its record needs it."""

    past: deque[Course]


class RailRecord:
    """A rail's waveform, which looks at the load whenever the sled says that something has happened.

    Args:
        rail: its courses.
        regulation: of its regulator.
        amps: what it delivers now.
        causes: what makes the load step when it changes; a load that changes without it has drifted.
    """

    def __init__(
        self, rail: _Driven, regulation: Regulation, amps: Callable[[], float], causes: Callable[[], object]
    ) -> None:
        self.waveform = Waveform(rail.past, regulation)
        self._amps, self._causes = amps, causes
        self._seen: tuple[object, float] = (causes(), amps())
        self._looked_s = 0.0
        self.waveform.load(0.0, self._seen[1], at_once=True)

    def note(self, at_s: float) -> None:
        """Something has happened."""
        causes, amps = self._causes(), self._amps()
        stepped, before = causes != self._seen[0], self._seen[1]
        if amps != before:
            if not stepped and self._looked_s < at_s:
                self.waveform.load(self._looked_s, before, at_once=False)
            self.waveform.load(at_s, amps, at_once=stepped)
        self._seen = (causes, amps)
        self._looked_s = at_s


class InputRecord:
    """The waveform of a sled's input: rests and steps while it is fed, and a decay when it is not.

    Args:
        volts: at the sled's end of the cable, at a time that is now or, while nothing happens, later.
        fed: whether the supply is on.
        changes_at_s: when it will change by itself, or infinity.
        decay_s: time constant of the discharge.
    """

    def __init__(
        self,
        volts: Callable[[float], float],
        fed: Callable[[], bool],
        changes_at_s: Callable[[float], float],
        decay_s: float,
    ) -> None:
        self._volts, self._fed, self._changes_at_s, self._decay_s = volts, fed, changes_at_s, decay_s
        self._courses: deque[Course] = deque(maxlen=REMEMBERED)
        self.waveform = Waveform(self._courses, Regulation())
        self.note(0.0)

    def note(self, at_s: float) -> None:
        """Something has happened."""
        courses = self._courses
        while courses and courses[-1].begins_s > at_s:  # it was to change by itself, and something came first
            courses.pop()
        self._follow(at_s)
        later_s = self._changes_at_s(at_s)
        if later_s < inf:
            self._follow(later_s)

    def _follow(self, at_s: float) -> None:
        volts, fed = self._volts(at_s), self._fed()
        last = self._courses[-1] if self._courses else None
        if last is not None and last.on == fed and (last.target_volts == volts if fed else True):
            return
        begins_s = at_s if last is not None else -inf
        self._courses.append(Course(begins_s, at_s, volts, volts if fed else 0.0, fed, 0.0, self._decay_s))
