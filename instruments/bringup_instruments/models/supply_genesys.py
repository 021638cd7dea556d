"""TDK-Lambda Genesys 5 kW supplies: what is behind the terminals, whichever language asks.

After the Genesys GEN 5000W User Manual (83-515-000), chapters 4 (local operation) and 7 (serial interface): CV/CC
crossover against the load, over-voltage and foldback latches, the under-voltage limit, the shut-off and enable pins
with safe start or auto-restart. The protections look whenever the load changes and whenever the supply is talked to.
Neighbours: `genesys_gen.py` speaks the native dialect for it, `genesys_scpi.py` SCPI; the address says which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import IntFlag
from math import inf
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..world import Delivered, Load, Source, Waking

if TYPE_CHECKING:
    from ..catalogue import Placement
    from ..scpi import MessageDevice

OVERRANGE = 1.05  # settings go to 105 % of the rating
CLEARANCE = 0.95  # the voltage stays 5 % clear of OVP above and of UVL below
FOLDBACK_S = 0.25  # constant current lasts this long before foldback trips, plus FBD (manual, FBD)
READBACK_STEP = 0.00012  # of the rating: resolution of the read-back (specifications)


@dataclass(frozen=True, slots=True)
class Rating:
    """One model's row in the manual's tables of programming ranges, in volts and amperes."""

    volts: float
    amps: float
    lowest_ovp: float
    highest_ovp: float
    highest_uvl: float


RATINGS = {
    "GEN30-170": Rating(30.0, 170.0, 2.0, 36.0, 28.5),
    "GEN40-125": Rating(40.0, 125.0, 2.0, 44.0, 38.0),
    "GEN60-85": Rating(60.0, 85.0, 5.0, 66.0, 57.0),
    "GEN80-65": Rating(80.0, 65.0, 5.0, 88.0, 76.0),
    "GEN100-50": Rating(100.0, 50.0, 5.0, 110.0, 95.0),
}


class Fault(IntFlag):
    """The fault condition register (manual, table 7-8); SCPI's questionable register has the same bits."""

    AC = 2
    OVER_TEMPERATURE = 4
    FOLDBACK = 8
    OVER_VOLTAGE = 16
    SHUT_OFF = 32
    OUTPUT_OFF = 64  # the front panel's button
    ENABLE_OPEN = 128


LATCHED = Fault.FOLDBACK | Fault.OVER_VOLTAGE | Fault.OUTPUT_OFF  # switching the output on takes them away


class State(IntFlag):
    """The status condition register (manual, table 7-9); SCPI's operation register has the same bits."""

    CONSTANT_VOLTAGE = 1
    CONSTANT_CURRENT = 2
    NO_FAULT = 4
    FAULT = 8
    AUTO_RESTART = 16
    FOLDBACK_ENABLED = 32
    LOCAL = 128


class Refused(Exception):
    """A setting that the supply does not take; `number` is that of the manual's error codes E01 to E07.

    A number of 0 is a value beyond the range (C05).
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"E{number:02d}" if number else "C05")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that SAV keeps and RST puts back; the defaults are RST's table."""

    volts: float = 0.0
    amps: float = 0.0
    ovp: float = 0.0  # RST: the model's maximum
    uvl: float = 0.0
    on: bool = False
    foldback: bool = False
    foldback_delay: int = 0  # tenths of a second beyond the standard one
    auto_restart: bool = False


class GenesysSupply:
    """One supply feeding a load.

    Args:
        clock: the lab's time.
        load: what hangs on the terminals.
        model: a row of `RATINGS`.

    Attributes:
        settings: as programmed.
        remote: LOC, REM or LLO.
        tripped: protections that are latched or pins that hold the output off.
        changed: called after any look at the conditions; a dialect latches its events there.

    Raises:
        ValueError: the model is not of this series.
    """

    def __init__(self, clock: Clock, load: Load, model: str = "GEN60-85") -> None:
        if model not in RATINGS:
            raise ValueError(f"{model!r} is no model of the Genesys 5 kW series; known are {', '.join(RATINGS)}")
        self.model = model
        self.rating = RATINGS[model]
        self.settings = Settings(ovp=self.rating.highest_ovp)
        self.remote = "LOC"
        self.tripped = Fault(0)
        self.changed: Callable[[], None] = lambda: None
        self._clock = clock
        self._load = load
        self._saved = self.settings
        self._offered: Source | None = None
        self._limited_since_s: float | None = None
        self.delivered = Delivered(0.0, 0.0, constant_current=False)
        self.apply()
        load.watch(self.observe)

    # Settings, with the couplings of the manual's error codes.

    def set_volts(self, volts: float) -> None:
        """Program the voltage."""
        if not 0.0 <= volts <= self.highest_volts + 1e-9:
            raise Refused(1)
        if volts * (1.0 + 1e-9) < self.settings.uvl / CLEARANCE:
            raise Refused(2)
        self._store(volts=volts)

    def set_amps(self, amps: float) -> None:
        """Program the current limit."""
        if not 0.0 <= amps <= self.rating.amps * OVERRANGE + 1e-9:
            raise Refused(0)
        self._store(amps=amps)

    def set_ovp(self, volts: float) -> None:
        """Program the over-voltage protection: 5 % of the rating above the voltage at least."""
        if volts > self.rating.highest_ovp + 1e-9:
            raise Refused(0)
        if volts < self.lowest_ovp - 1e-9:
            raise Refused(4)
        self._store(ovp=volts)

    def set_uvl(self, volts: float) -> None:
        """Program the under-voltage limit: no voltage below it can be set."""
        if volts < 0.0:
            raise Refused(0)
        if volts > CLEARANCE * self.settings.volts + 1e-9 or volts > self.rating.highest_uvl + 1e-9:
            raise Refused(6)
        self._store(uvl=volts)

    def set_foldback(self, on: bool) -> None:
        """Arm the foldback protection, or disarm it; disarming takes its latch away."""
        if not on:
            self.tripped &= ~Fault.FOLDBACK
        self._store(foldback=on)

    def set_foldback_delay(self, tenths: int) -> None:
        """Lengthen the foldback delay."""
        if not 0 <= tenths <= 255:
            raise Refused(0)
        self._store(foldback_delay=tenths)

    def set_auto_restart(self, on: bool) -> None:
        """Come back by itself after a fault of mains, temperature or pins; else stay off (safe start)."""
        self._store(auto_restart=on)

    def switch(self, on: bool) -> None:
        """Switch the output; on takes the latched protections away, but not what still holds it off."""
        if on:
            self.tripped &= ~LATCHED
            if self.tripped:
                raise Refused(7)
        self._store(on=on)

    @property
    def highest_volts(self) -> float:
        """What the voltage can be set to now."""
        return min(self.rating.volts * OVERRANGE, CLEARANCE * self.settings.ovp)

    @property
    def lowest_ovp(self) -> float:
        """What the over-voltage protection can be set to now."""
        return max(self.rating.lowest_ovp, self.settings.volts + 0.05 * self.rating.volts)

    def reset(self) -> None:
        """RST: the safe and known state."""
        self.tripped &= ~LATCHED
        self.remote = "REM"
        self._store(**{field.name: field.default for field in fields(Settings)} | {"ovp": self.rating.highest_ovp})

    def power_on(self) -> None:
        """The mains came back: the settings of before, and off unless it restarts by itself (manual, 3.15)."""
        self.tripped &= ~LATCHED
        self._limited_since_s = None
        self._store(on=self.settings.on and self.settings.auto_restart)

    def save(self) -> None:
        """SAV: keep the settings."""
        self._saved = self.settings

    def recall(self) -> None:
        """RCL: the settings as they were saved, the output's state among them; local lockout is not kept."""
        self.tripped &= ~LATCHED
        if self.remote == "LLO":
            self.remote = "REM"
        self._store(**{field.name: getattr(self._saved, field.name) for field in fields(Settings)})

    def pin(self, fault: Fault, active: bool) -> None:
        """The rear panel's shut-off or enable pins, the mains or the temperature hold the output off, or let go."""
        if active:
            self.tripped |= fault
        else:
            self.tripped &= ~fault
            if not self.settings.auto_restart:
                self.settings = replace(self.settings, on=False)
        self.apply()

    # The terminals.

    @property
    def is_on(self) -> bool:
        """Whether the output is on: switched on, and nothing holds it off."""
        return self.settings.on and not self.tripped

    @property
    def mode(self) -> str:
        """CV, CC or OFF."""
        if not self.is_on:
            return "OFF"
        return "CC" if self.delivered.constant_current else "CV"

    @property
    def state(self) -> State:
        """The status condition register, but for the fault bits, which hang on a dialect's enable mask."""
        state = {"CV": State.CONSTANT_VOLTAGE, "CC": State.CONSTANT_CURRENT, "OFF": State(0)}[self.mode]
        if self.settings.auto_restart:
            state |= State.AUTO_RESTART
        if self.settings.foldback:
            state |= State.FOLDBACK_ENABLED
        if self.remote == "LOC":
            state |= State.LOCAL
        return state

    def measured_volts(self) -> float:
        """As the read-back converter sees it."""
        return _stepped(self.delivered.volts, self.rating.volts * READBACK_STEP)

    def measured_amps(self) -> float:
        """As the read-back converter sees it."""
        return _stepped(self.delivered.amps, self.rating.amps * READBACK_STEP)

    def shown_volts(self, volts: float) -> str:
        """Volts as five digits, as the replies have them."""
        return _five_digits(volts, self.rating.volts)

    def shown_amps(self, amps: float) -> str:
        """Amperes as five digits."""
        return _five_digits(amps, self.rating.amps)

    def apply(self, at_s: float | None = None) -> None:
        """Offer the load what is set now, if that is anything new, and look at what becomes of it."""
        now_s = self._clock.now() if at_s is None else at_s
        offered = Source(self.settings.volts, self.settings.amps, on=self.is_on)
        if offered != self._offered:
            self._offered = offered
            self._load.feed(now_s, offered)
        self.observe(now_s)

    def observe(self, at_s: float | None = None) -> None:
        """Read the terminals and trip what must trip."""
        now_s = self._clock.now() if at_s is None else at_s
        self.delivered = self._load.delivered(now_s)
        cause = self._cause(now_s)
        if cause:
            self.tripped |= cause
            self.settings = replace(self.settings, on=False)
            self._limited_since_s = None
            self.apply(now_s)
            return
        self.changed()

    def _cause(self, now_s: float) -> Fault:
        delay_s = FOLDBACK_S + 0.1 * self.settings.foldback_delay
        limited = self.settings.foldback and self.is_on and self.delivered.constant_current
        if limited != (self._limited_since_s is not None):
            self._limited_since_s = now_s if limited else None
            if isinstance(self._load, Waking):
                self._load.alarm(self, now_s + delay_s if limited else inf, self.observe)
        if self.is_on and self.delivered.volts > self.settings.ovp:
            return Fault.OVER_VOLTAGE
        since_s = self._limited_since_s
        if since_s is not None and now_s >= since_s + delay_s:
            return Fault.FOLDBACK
        return Fault(0)

    def _store(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        self.apply()


def _stepped(value: float, step: float) -> float:
    return round(value / step) * step


def _five_digits(value: float, rating: float) -> str:
    whole = 1 if rating < 10.0 else 2 if rating < 100.0 else 3
    return f"{value:06.{5 - whole}f}"


def place(placement: Placement) -> MessageDevice:
    """The supply that stands at a placement: the native dialect on a serial line, SCPI over the LAN option."""
    from .genesys_gen import GenesysGen  # noqa: PLC0415 - both dialects build on this module
    from .genesys_scpi import GenesysScpi  # noqa: PLC0415

    supply = GenesysSupply(placement.clock, placement.load(), placement.model.split()[-1])
    if placement.address.upper().startswith("ASRL"):
        return GenesysGen(placement.clock, supply, placement.serial_number)
    return GenesysScpi(placement.clock, supply, placement.serial_number)
