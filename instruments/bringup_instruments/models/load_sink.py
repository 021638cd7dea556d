"""The electrical side of the LD400P: what its terminals sink, how its level moves, when it trips.

After the LD400/LD400P Instruction Manual (48511-1730), "Load Operation", "Fault Conditions" and "Transient Operation".
The load sinks what its mode wants within what its saturation and its power limit allow. Neighbours:
`load_demand.py` moves the level, `load_ld400p.py` sets it all, `world.Terminals` is what it hangs on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag
from math import inf

from bringup.clock import Clock

from ..world import Terminals, Waking
from .load_demand import Demand, Transient
from .load_ranges import (
    LEAST_OHMS,
    LONGEST_SHORT_TERM_S,
    MODES,
    SHORT_TERM_WATTS,
    STANDARD_WATTS,
    TRIP_AFTER_WARNING_S,
    TRIP_AMPS,
    TRIP_VOLTS,
    Range,
)


class Trip(IntFlag):
    """The Input Trip Register (names from the manual's status model; which bit is which from memory)."""

    OVER_CURRENT = 1
    OVER_VOLTAGE = 2
    SHORT_TERM = 4  # 600 W for too long
    FAULT = 128


class Condition(IntFlag):
    """The Input State Register (manual, "Status Reporting")."""

    DISABLED = 1
    SATURATED = 2
    POWER_LIMITED = 4
    DROPOUT = 8
    DUTY_CYCLE = 16
    FAULT = 128


@dataclass(frozen=True, slots=True)
class Setup:
    """What *SAV keeps; the defaults are the factory's (estimates where the manual's table was not at hand)."""

    mode: str = "C"
    high_range: bool = True
    level_a: float = 0.0
    level_b: float = 0.0
    drop_volts: float = 0.0
    slew: float = MODES["C"].ranges[-1].fastest
    slow_start: bool = False
    select: str = "A"
    hertz: float = 1.0
    duty_percent: int = 50
    volts_limit: float = 0.0  # 0: none
    amps_limit: float = 0.0
    short_term: bool = False  # 600 W mode

    @property
    def range(self) -> Range:
        """The present range of the present mode."""
        return MODES[self.mode].ranges[-1 if self.high_range else 0]

    @property
    def unit(self) -> str:
        """Of the levels."""
        return MODES[self.mode].unit


class LoadSink:
    """A `world.Sink`.

    Args:
        clock: the lab's time.
        terminals: what it is wired to.

    Attributes:
        setup: everything that is set.
        input_on: whether it may draw.
        trips: what has switched the input off.
    """

    def __init__(self, clock: Clock, terminals: Terminals) -> None:
        self.setup = Setup()
        self.input_on = False
        self.trips = Trip(0)
        self._clock = clock
        self._demand = Demand()
        self._phases: dict[bool, tuple[float, float]] = {}  # volts and amps of the transient's two phases
        self._overworked_since_s: float | None = None
        self._tired = object()  # who asks to be woken when 600 W have lasted too long
        self._terminals = terminals
        self._tell = terminals.connect(self)
        terminals.watch(self._guard)

    def amps_at(self, volts: float) -> float:
        """What it takes at this voltage."""
        if not self.input_on or volts <= 0.0:
            return 0.0
        return min(self._wanted(volts), volts / LEAST_OHMS, self.watts_limit / volts)

    def _wanted(self, volts: float) -> float:
        """What the mode asks for, were there no limits."""
        level, setup = self._demand.level, self.setup
        if setup.mode == "V":
            return max(volts - level, 0.0) / LEAST_OHMS
        if volts < setup.drop_volts:
            return 0.0
        if setup.mode == "C":
            return level
        if setup.mode == "P":
            return level / volts
        if setup.mode == "R":
            return (volts - setup.drop_volts) / level  # the dropout voltage is the characteristic's foot
        return level * volts

    @property
    def watts_limit(self) -> float:
        """Of the power limit circuit."""
        return SHORT_TERM_WATTS if self.setup.short_term else STANDARD_WATTS

    def _arm(self) -> None:
        """Have the terminals wake it for its next step."""
        if isinstance(self._terminals, Waking):
            self._terminals.alarm(self, self._demand.due_s() if self.input_on else inf, self._step)

    def _step(self, at_s: float) -> None:
        """One step of the level, at its time."""
        phase_a = self._demand.in_phase_a
        if not self._demand.skip(self._clock.now()):
            self._demand.move(at_s)
        self._tell(at_s)
        if self.input_on:
            self._phases[phase_a] = self.now_at(at_s)
        self._arm()

    def now_at(self, at_s: float) -> tuple[float, float]:
        """True volts and amps at its terminals."""
        volts = self._terminals.volts(at_s)
        return volts, self.amps_at(volts)

    def condition(self) -> Condition:
        """What the Input State Register shows now."""
        volts, amps = self.now_at(self._clock.now())
        if not self.input_on:
            return Condition.DISABLED | (Condition.FAULT if volts > TRIP_VOLTS else Condition(0))
        found, wanted = Condition(0), self._wanted(volts)
        if self.setup.mode != "V":
            if volts < self.setup.drop_volts:
                found |= Condition.DROPOUT
            elif volts / LEAST_OHMS < wanted * (1 - 1e-9) or (volts <= 0.0 and self._demand.level > 0.0):
                found |= Condition.SATURATED
        if wanted * volts > self.watts_limit * (1 + 1e-9) and amps < wanted:
            found |= Condition.POWER_LIMITED
        if self._overworked_s(self._clock.now()) > LONGEST_SHORT_TERM_S:
            found |= Condition.DUTY_CYCLE
        return found

    def causes(self, at_s: float) -> Trip:
        """What must switch the input off."""
        volts, amps = self.now_at(at_s)
        self._watch_the_power(at_s, volts * amps)
        found = Trip(0)
        if volts > (self.setup.volts_limit or TRIP_VOLTS):
            found |= Trip.OVER_VOLTAGE
        if amps > (self.setup.amps_limit or TRIP_AMPS):
            found |= Trip.OVER_CURRENT
        if self._overworked_s(at_s) >= (LONGEST_SHORT_TERM_S + TRIP_AFTER_WARNING_S) * (1 - 1e-12):
            found |= Trip.SHORT_TERM
        return found

    def _watch_the_power(self, at_s: float, watts: float) -> None:
        """Above 400 W only for a time: the terminals wake it when that is over."""
        overworked = self.input_on and watts > STANDARD_WATTS * (1 + 1e-6)
        if overworked == (self._overworked_since_s is not None):
            return
        self._overworked_since_s = at_s if overworked else None
        if isinstance(self._terminals, Waking):
            trip_s = at_s + LONGEST_SHORT_TERM_S + TRIP_AFTER_WARNING_S
            self._terminals.alarm(self._tired, trip_s if overworked else inf, self._guard)

    def standing(self) -> Trip:
        """Trips whose cause has not gone."""
        return self.trips & self.causes(self._clock.now())

    def _overworked_s(self, at_s: float) -> float:
        return 0.0 if self._overworked_since_s is None else at_s - self._overworked_since_s

    def _guard(self, at_s: float) -> None:
        """Protections: the input goes off and stays off."""
        causes = self.causes(at_s)
        if self.input_on and causes:
            self.trips |= causes
            self.switch(False, at_s)

    def switch(self, on: bool, at_s: float | None = None) -> None:
        """Enable or disable the input; with slow start the level grows from nothing."""
        if on == self.input_on:
            return
        now_s = self._clock.now() if at_s is None else at_s
        self.input_on = on
        self._phases.clear()
        self._aim(now_s)
        self._demand.jump(now_s, 0.0 if on and self.setup.slow_start else self._first_level())
        self._tell(now_s)
        self._phases = {True: self.now_at(now_s)}
        self._arm()

    def _first_level(self) -> float:
        return self.setup.level_b if self.setup.select == "B" else self.setup.level_a

    def _aim(self, now_s: float) -> None:
        """Follow the settings from now on."""
        setup = self.setup
        self._demand.slew = setup.slew
        if setup.select == "T":
            transient = Transient(setup.hertz, setup.duty_percent / 100.0, now_s)
            self._demand.alternate(setup.level_a, setup.level_b, transient)
        elif setup.select == "V":  # the control voltage terminals are open: no demand
            self._demand.hold(setup.range.lowest if setup.mode != "R" else setup.range.highest)
        else:
            self._demand.hold(self._first_level())

    def change(self, **changes: object) -> None:
        """Take other settings; the level goes to its new place at its slew."""
        now_s = self._clock.now()
        self._terminals.volts(now_s)  # steps that are due come first
        self._demand.move(now_s)
        self.setup = replace(self.setup, **changes)  # type: ignore[arg-type]
        self._aim(now_s)
        if not self.input_on:
            self._demand.jump(now_s, self._first_level())
        self._tell(now_s)
        self._arm()

    def mean(self) -> tuple[float, float]:
        """What slow meters show: volts and amps now, or a transient's mean."""
        if self.setup.select != "T" or len(self._phases) < 2:
            return self.now_at(self._clock.now())
        share = self.setup.duty_percent / 100.0
        (volts_a, amps_a), (volts_b, amps_b) = self._phases[True], self._phases[False]
        return share * volts_a + (1.0 - share) * volts_b, share * amps_a + (1.0 - share) * amps_b

    def choose_mode(self, mode: str) -> None:
        """The input goes off; levels, range and slew take the mode's standard values."""
        self.switch(False)
        standard, slew = MODES[mode].standard, MODES[mode].ranges[-1].fastest
        self.change(mode=mode, high_range=True, level_a=standard, level_b=standard, slew=slew)

    def take(self, setup: Setup) -> None:
        """A whole set-up; the input goes off."""
        self.switch(False)
        self.setup = setup
        self.change()
