"""The rails of a sled: ramps, power-good, decay, and a record of everything that should not have been done.

The model never refuses what hardware would not refuse: an over-voltage or a rail out of order happens, and is
kept in `abs_max_exceedances` and `sequence_violations` as evidence for the tests of whoever commanded it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from math import exp
from typing import Protocol

from bringup.errors import UnknownName
from bringup.nearest import unknown

from .defects import RailDefects
from .draw import normal
from .parameters import RailParameters, Role, SledParameters
from .waveform import REMEMBERED, Course


@dataclass(frozen=True, slots=True)
class RailReading:
    """One rail instance as its sense point is; true values, the reader adds its own error."""

    name: str
    on: bool
    power_good: bool
    set_volts: float
    volts: float
    amps: float


@dataclass(frozen=True, slots=True)
class AbsMaxExceedance:
    """A rail, or the input, that went above its absolute maximum."""

    at_s: float
    rail: str
    volts: float
    limit_volts: float


@dataclass(frozen=True, slots=True)
class SequenceViolation:
    """A rail enabled or disabled out of the product's order."""

    at_s: float
    rail: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trip:
    """A protection that acted without software (over-current, over-temperature)."""

    at_s: float
    rail: str
    reason: str


class Protection(Enum):
    """What turned a rail off by itself: its regulator for one of four reasons, or the chip that it feeds."""

    OVER_CURRENT = "over-current"
    OVER_VOLTAGE = "over-voltage"
    UNDER_VOLTAGE = "under-voltage"
    OVER_TEMPERATURE = "over-temperature"
    CHIP_HOT = "THERMTRIP"


class RailWatcher(Protocol):
    """Whoever keeps a regulator's registers, told of what happens to its rails."""

    def came(self, at_s: float) -> None:
        """The input is there."""

    def commanded(self, at_s: float, rail: Rail) -> None:
        """A rail has been switched, or its set-point moved, by command."""

    def tripping(self, at_s: float, rail: Rail, protection: Protection) -> None:
        """A protection is about to turn a rail off, which is as it was until now."""


class Rail:
    """One rail instance, such as "vdd_core.2".

    Attributes:
        limit_amps: where its regulator is told to trip, or None.
    """

    def __init__(
        self, parameters: RailParameters, chip: int | None, place: int, true_scale: float, wrong: RailDefects
    ) -> None:
        self._wrong = wrong
        self.parameters = parameters
        self.chip = chip
        self.place = place
        self.name = parameters.name if chip is None else f"{parameters.name}.{chip}"
        self.set_volts = parameters.volts
        self.on = False
        self.has_input = False  # of the sled: without, nothing can feed a rail from another one
        self.limit_amps = parameters.trip_amps
        self._scale = true_scale
        self._since_s = float("-inf")
        self._from_volts = 0.0
        self.past: deque[Course] = deque(maxlen=REMEMBERED)
        self._on_a_new_course(float("-inf"))

    @property
    def target_volts(self) -> float:
        """What the regulator really regulates to; zero when off."""
        if not self.on or self.name in self._wrong.dead:
            return 0.0
        return self.set_volts * self._scale * self._wrong.scale.get(self.name, 1.0)

    def volts(self, at_s: float) -> float:
        """No-load voltage at the sense point."""
        elapsed = at_s - self._since_s
        if not self.on:
            left = self._from_volts * exp(-elapsed / self.parameters.decay_s)
            fed_back = self._wrong.back_volts.get(self.name, 0.0) if self.has_input else 0.0
            return max(left, fed_back)
        if elapsed >= self.parameters.ramp_s:
            return self.target_volts
        done = elapsed / self.parameters.ramp_s
        return self._from_volts + (self.target_volts - self._from_volts) * done

    def power_good(self, at_s: float) -> bool:
        """Whether the regulator says that its output is in regulation."""
        if self.name in self._wrong.power_good:
            return self._wrong.power_good[self.name]
        if self.name in self._wrong.dead:
            return False
        return self.on and at_s >= self._since_s + self.parameters.ramp_s + self.parameters.power_good_s

    def switch(self, at_s: float, on: bool) -> None:
        """Turn on (soft start from what is left) or off (decay)."""
        if on == self.on:
            return
        self._from_volts = self.volts(at_s)
        self.on = on
        self._since_s = at_s
        self._on_a_new_course(at_s)

    def move(self, at_s: float, volts: float) -> None:
        """Move the set-point to what the register can hold of `volts`."""
        self.set_volts = self.quantise(volts)
        if self.on:
            self._on_a_new_course(at_s)

    def quantise(self, volts: float) -> float:
        """The set-point that the regulator's register can hold."""
        lsb = self.parameters.lsb_volts
        return round(volts / lsb) * lsb

    def _on_a_new_course(self, at_s: float) -> None:
        """Remember for traces what the voltage does from now on: what `volts` answers."""
        parameters = self.parameters
        self.past.append(
            Course(
                at_s,
                self._since_s,
                self._from_volts,
                self.target_volts,
                self.on,
                parameters.ramp_s,
                parameters.decay_s,
            )
        )


class RailBank:
    """All rail instances of a sled, in power-on order."""

    def __init__(self, serial_number: str, parameters: SledParameters, wrong: RailDefects) -> None:
        self._wrong = wrong
        self._residual_volts = parameters.residual_volts
        self._rails: dict[str, Rail] = {}
        self._named: dict[str, tuple[Rail, ...]] = {}
        self.abs_max_exceedances: list[AbsMaxExceedance] = []
        self.sequence_violations: list[SequenceViolation] = []
        self.trips: list[Trip] = []
        self.watchers: list[RailWatcher] = []
        for place, rail in enumerate(parameters.rails):
            chips = range(parameters.chips) if rail.per_chip else (None,)
            sigma = parameters.variation.regulation_sigma
            made = []
            for chip in chips:
                scale = 1.0 + sigma * normal(serial_number, rail.name, chip, "regulation")
                made.append(Rail(rail, chip, place, scale, wrong))
            self._named[rail.name] = tuple(made)
            self._rails.update((instance.name, instance) for instance in made)

        self.core = next(rail for rail in parameters.rails if rail.role is Role.CORE)
        self.protected = [r for r in self if r.parameters.trip_amps is not None]

    def __iter__(self) -> Iterator[Rail]:
        return iter(self._rails.values())

    def select(self, name: str) -> tuple[Rail, ...]:
        """The instances that a name means: one, or all of a per-chip rail.

        Raises:
            UnknownName: nothing bears the name; the message offers the nearest one.
        """
        if name in self._named:
            return self._named[name]
        if name in self._rails:
            return (self._rails[name],)
        raise UnknownName(unknown("rail", name, self._named))

    def one(self, name: str) -> Rail:
        """The one instance of a name.

        Raises:
            UnknownName: nothing bears it.
            ValueError: it is a bare name of a rail that each chip has.
        """
        rails = self.select(name)
        if len(rails) != 1:
            raise ValueError(f"rail {name!r} is one for each chip: say which, such as {rails[0].name!r}")
        return rails[0]

    def turn_on(self, at_s: float, rail: Rail) -> None:
        """Enable one instance, recording what was wrong with the moment."""
        if rail.on:
            return
        missing = [r.name for r in self._before(rail) if not r.power_good(at_s)]
        if missing:
            self._violation(at_s, rail, f"enabled before {', '.join(missing)} was good")
        left = rail.volts(at_s)
        if left > self._residual_volts:
            self._violation(at_s, rail, f"enabled with {left:.3f} V left on it")
        rail.switch(at_s, True)
        self._check_abs_max(at_s, rail)
        self._commanded(at_s, rail)

    def turn_off(self, at_s: float, rail: Rail) -> None:
        """Disable one instance, recording a later rail that is still on."""
        if not rail.on or rail.name in self._wrong.stays_on:
            return
        above = [r.name for r in self._after(rail) if r.on]
        if above:
            self._violation(at_s, rail, f"disabled while {', '.join(above)} was on")
        rail.switch(at_s, False)
        self._commanded(at_s, rail)

    def set_volts(self, at_s: float, rail: Rail, volts: float) -> None:
        """Move one instance's set-point to the nearest value that its register can hold."""
        rail.move(at_s, volts)
        self._check_abs_max(at_s, rail)
        self._commanded(at_s, rail)

    def trip(self, at_s: float, rail: Rail, reason: str, protection: Protection) -> None:
        """Turn one instance off by a protection."""
        for watcher in self.watchers:
            watcher.tripping(at_s, rail, protection)
        rail.switch(at_s, False)
        self.trips.append(Trip(at_s, rail.name, reason))

    def input_lost(self, at_s: float) -> None:
        """The input is gone: every rail decays and every register forgets."""
        for rail in self._rails.values():
            rail.has_input = False
            rail.switch(at_s, False)
            rail.set_volts = rail.quantise(rail.parameters.volts)

    def input_came(self, at_s: float) -> None:
        """The input is there: standby rails come by themselves."""
        for rail in self._rails.values():
            rail.has_input = True
            if rail.parameters.role is Role.STANDBY:
                rail.switch(at_s, True)
        for watcher in self.watchers:
            watcher.came(at_s)

    def _commanded(self, at_s: float, rail: Rail) -> None:
        for watcher in self.watchers:
            watcher.commanded(at_s, rail)

    def _related(self, rail: Rail) -> list[Rail]:
        """Same chip, or shared with it."""
        return [r for r in self._rails.values() if rail.chip is None or r.chip in {None, rail.chip}]

    def _before(self, rail: Rail) -> list[Rail]:
        return [r for r in self._related(rail) if r.place < rail.place]

    def _after(self, rail: Rail) -> list[Rail]:
        return [r for r in self._related(rail) if r.place > rail.place]

    def _violation(self, at_s: float, rail: Rail, reason: str) -> None:
        self.sequence_violations.append(SequenceViolation(at_s, rail.name, reason))

    def _check_abs_max(self, at_s: float, rail: Rail) -> None:
        limit = rail.parameters.abs_max_volts
        if rail.target_volts > limit:
            self.abs_max_exceedances.append(AbsMaxExceedance(at_s, rail.name, rail.target_volts, limit))
