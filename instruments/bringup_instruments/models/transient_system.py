"""Triggered steps and lists of one output: the engine that N6700 and E36300 outputs share.

INITiate, a trigger, steps with dwell times on the agenda, idle again. A model says which modes there are, where
triggers come from and what the headers are; the list commands are the same. Neighbours: `n6700_transient.py` and
`e36300_trigger.py` declare the rest, `regulated_output.py` feeds the load.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import repeat
from typing import NamedTuple, Protocol

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Limits, ScpiError, Setting, command, query
from ..scpi.channels import reset_settings
from .agenda import Agenda
from .n6700_lists import COUNT, ENDLESS, shown, values

LONGEST_DWELL_S = 262.144
SHORTEST_STEP_S = 1e-4  # what this lab resolves: shorter steps become one, at their average
DWELL = Limits(0.0, LONGEST_DWELL_S)


class Phase(Enum):
    """Where a trigger system stands."""

    IDLE = "idle"
    WAITING = "waiting for a trigger"
    RUNNING = "running"


class Step(NamedTuple):
    """One step: how long, and the levels; None leaves a level alone."""

    seconds: float
    volts: float | None
    amps: float | None


class SteppedOutput(Protocol):
    """What the engine needs of an output."""

    agenda: Agenda
    volts: float
    amps: float
    triggered_volts: float
    triggered_amps: float
    stepped_volts: float | None
    stepped_amps: float | None

    def volts_limits(self) -> Limits:
        """The levels that it takes."""

    def amps_limits(self) -> Limits:
        """The levels that it takes."""

    def feed(self, at_s: float) -> None:
        """Offer the load what is wanted from then on."""


class TransientSystem:
    """Lists and the trigger of one output; `volts_mode` and `amps_mode` are the model's.

    Args:
        output: whose.
        clock: the lab's time.
    """

    volts_mode: str
    amps_mode: str

    def __init__(self, output: SteppedOutput, clock: Clock) -> None:
        self.stepped = output
        self.clock = clock
        self.phase = Phase.IDLE
        self.list_volts: tuple[float, ...] = (0.0,)
        self.list_amps: tuple[float, ...] = (0.0,)
        self.list_dwell_s: tuple[float, ...] = (0.001,)
        self._steps: Iterator[Step] = iter(())

    # What a model says.

    def enter(self, phase: Phase) -> None:
        """Take up a phase; a model moves its status."""
        self.phase = phase

    def ended(self) -> None:
        """The course is over, and the system idle."""

    def keeps_last(self) -> bool:
        """Whether the last level stays when the course is over."""
        return self.list_keeps_last

    def steps_volts(self) -> bool:
        """Whether a trigger moves the voltage to its triggered level."""
        return self.volts_mode == "STEP"

    def steps_amps(self) -> bool:
        """The same for the current."""
        return self.amps_mode == "STEP"

    def course(self, mode: str) -> Iterator[Step] | None:
        """The steps of a mode that is neither STEP nor LIST."""
        raise NotImplementedError(mode)

    def _volts_limits(self) -> Limits:
        return self.stepped.volts_limits()

    def _amps_limits(self) -> Limits:
        return self.stepped.amps_limits()

    list_count = Setting("[SOURce]:LIST:COUNt", COUNT, reset=1.0)
    list_pacing = Setting("[SOURce]:LIST:STEP", Choice(("ONCE", "AUTO")), reset="AUTO")
    list_keeps_last = Setting("[SOURce]:LIST:TERMinate:LAST", Boolean(), reset=False)

    # Lists.

    @command("[SOURce]:LIST:VOLTage[:LEVel]", *values("V", _volts_limits))
    def set_list_volts(self, *volts: float) -> None:
        """All steps of the voltage; -222 beyond the range."""
        self.list_volts = volts

    @query("[SOURce]:LIST:VOLTage[:LEVel]?")
    def show_list_volts(self) -> str:
        """As they were sent."""
        return shown(self.list_volts)

    @query("[SOURce]:LIST:VOLTage:POINts?")
    def list_volts_points(self) -> str:
        """How many."""
        return str(len(self.list_volts))

    @command("[SOURce]:LIST:CURRent[:LEVel]", *values("A", _amps_limits))
    def set_list_amps(self, *amps: float) -> None:
        """All steps of the current; -222 beyond the range."""
        self.list_amps = amps

    @query("[SOURce]:LIST:CURRent[:LEVel]?")
    def show_list_amps(self) -> str:
        """As they were sent."""
        return shown(self.list_amps)

    @query("[SOURce]:LIST:CURRent:POINts?")
    def list_amps_points(self) -> str:
        """How many."""
        return str(len(self.list_amps))

    @command("[SOURce]:LIST:DWELl", *values("S", DWELL))
    def set_list_dwell(self, *seconds: float) -> None:
        """How long each step lasts."""
        self.list_dwell_s = seconds

    @query("[SOURce]:LIST:DWELl?")
    def show_list_dwell(self) -> str:
        """As they were sent."""
        return shown(self.list_dwell_s)

    @query("[SOURce]:LIST:DWELl:POINts?")
    def list_dwell_points(self) -> str:
        """How many."""
        return str(len(self.list_dwell_s))

    # The engine.

    def arm(self) -> None:
        """Wait for a trigger; -213 if it waits or runs already."""
        if self.phase is not Phase.IDLE:
            raise ScpiError(-213)
        self._steps = self.plan()
        self.enter(Phase.WAITING)

    def force(self) -> None:
        """A trigger whatever the source; -211 if nothing waits for one."""
        if self.phase is not Phase.WAITING:
            raise ScpiError(-211)
        self.trigger(self.clock.now())

    def stop(self) -> None:
        """Idle; the output goes back to its programmed levels."""
        self._finish(self.clock.now(), keep_last=False)

    def trigger(self, at_s: float) -> None:
        """Begin, or go on to the next step of a list that is paced by triggers."""
        if self.phase is Phase.WAITING:
            self.enter(Phase.RUNNING)
            self._next(at_s)

    @property
    def due_s(self) -> float | None:
        """When something will next happen by itself: None while idle, infinite while it waits."""
        return None if self.phase is Phase.IDLE else self.stepped.agenda.due_s((self, "step"))

    def plan(self) -> Iterator[Step]:
        """The steps ahead, as the modes are set.

        Raises:
            ScpiError: nothing to do, or settings that do not fit together.
        """
        modes = {self.volts_mode, self.amps_mode} - {"FIX"}
        if not modes:
            raise ScpiError(309, "Cannot initiate, voltage and current in fixed mode")
        if len(modes) > 1:
            raise ScpiError(304, "Volt and curr in incompatible transient modes")
        mode = modes.pop()
        if mode == "STEP":
            return iter(())
        if mode != "LIST":
            return _merged(self.course(mode) or iter(()))
        steps = self._list_steps()
        return steps if self.list_pacing == "ONCE" else _merged(steps)

    def _list_steps(self) -> Iterator[Step]:
        lists = [self.list_dwell_s]
        lists += [self.list_volts] if self.volts_mode == "LIST" else []
        lists += [self.list_amps] if self.amps_mode == "LIST" else []
        length = max(len(one) for one in lists)
        if any(len(one) not in (1, length) for one in lists):
            raise ScpiError(307, "List lengths are not equivalent")
        volts = self.list_volts if self.volts_mode == "LIST" else None
        amps = self.list_amps if self.amps_mode == "LIST" else None
        table = [
            Step(
                self.list_dwell_s[min(n, len(self.list_dwell_s) - 1)],
                None if volts is None else volts[min(n, len(volts) - 1)],
                None if amps is None else amps[min(n, len(amps) - 1)],
            )
            for n in range(length)
        ]
        if self.list_count == ENDLESS and sum(step.seconds for step in table) <= 0:
            return iter(table)
        rounds = repeat(table) if self.list_count == ENDLESS else repeat(table, round(self.list_count))
        return (step for one_round in rounds for step in one_round)

    def _next(self, at_s: float) -> None:
        step = next(self._steps, None)
        output = self.stepped
        if step is None:
            self._step_once()
            self._finish(at_s, keep_last=self.keeps_last())
            return
        output.stepped_volts, output.stepped_amps = step.volts, step.amps
        output.agenda.put((self, "step"), at_s + step.seconds, self._step_over)
        output.feed(at_s)

    def _step_over(self, at_s: float) -> None:
        if self.list_pacing == "ONCE" and "LIST" in (self.volts_mode, self.amps_mode):
            self.enter(Phase.WAITING)
        else:
            self._next(at_s)

    def _step_once(self) -> None:
        if self.steps_volts():
            self.stepped.volts = self.stepped.triggered_volts
        if self.steps_amps():
            self.stepped.amps = self.stepped.triggered_amps

    def _finish(self, at_s: float, *, keep_last: bool) -> None:
        output = self.stepped
        output.agenda.drop((self, "step"))
        if keep_last and output.stepped_volts is not None:
            output.volts = output.stepped_volts
        if keep_last and output.stepped_amps is not None:
            output.amps = output.stepped_amps
        output.stepped_volts = output.stepped_amps = None
        self.enter(Phase.IDLE)
        output.feed(at_s)
        self.ended()

    def to_reset_table(self) -> None:
        """Settings and lists to their *RST values; idle."""
        reset_settings(self)
        self.list_volts = self.list_amps = (0.0,)
        self.list_dwell_s = (0.001,)
        self._steps = iter(())
        self.stepped.agenda.drop((self, "step"))
        self.phase = Phase.IDLE


def _merged(steps: Iterator[Step]) -> Iterator[Step]:
    """The same course in steps that are not shorter than what this lab resolves."""
    seconds, volt_seconds, amp_seconds = 0.0, 0.0, 0.0
    for step in steps:
        if seconds == 0.0 and step.seconds >= SHORTEST_STEP_S:
            yield step
            continue
        seconds += step.seconds
        volt_seconds += step.seconds * (step.volts or 0.0)
        amp_seconds += step.seconds * (step.amps or 0.0)
        if seconds >= SHORTEST_STEP_S:
            yield _average(seconds, volt_seconds, amp_seconds, step)
            seconds = volt_seconds = amp_seconds = 0.0
    if seconds > 0:
        yield _average(seconds, volt_seconds, amp_seconds, step)


def _average(seconds: float, volt_seconds: float, amp_seconds: float, last: Step) -> Step:
    return Step(
        seconds,
        None if last.volts is None else volt_seconds / seconds,
        None if last.amps is None else amp_seconds / seconds,
    )
