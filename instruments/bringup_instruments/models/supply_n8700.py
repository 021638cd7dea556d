"""Keysight (Agilent) N8700 and N5700 series supplies: one output, CV/CC crossover, OVP, OCP, low-voltage limit.

After the Series N8700 and N5700 User's Guides, chapter 5 "Language Reference" (N5741-90001 for the smaller
series; the command set is the same). The electrical truth is the `Load`'s: this file offers it a `Source` and reads
back what the terminals do. The protections look whenever the supply is talked to, as it has no thread of its own.
Neighbours: `scpi/` speaks for it, `world.Load` is what it feeds.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..scpi import (
    Boolean,
    Choice,
    Limits,
    Number,
    ScpiDevice,
    ScpiError,
    Setting,
    command,
    integer,
    query,
)
from ..scpi.command import settings_of
from ..world import Delivered, Load, Source

if TYPE_CHECKING:
    from ..catalogue import Placement


@dataclass(frozen=True, slots=True)
class Rating:
    """One model's row in the guide's tables, in volts and amperes."""

    volts: float
    amps: float
    lowest_protection_volts: float
    highest_protection_volts: float
    highest_low_limit_volts: float

    @property
    def highest_volts(self) -> float:
        """Programming range: 105 % of the rating ("Source Commands", table of voltages)."""
        return self.volts * 1.05

    @property
    def highest_amps(self) -> float:
        """Programming range: 105 % of the rating ("Source Commands", table of currents)."""
        return self.amps * 1.05


# Ratings and the protection table of the guides; the 60 V rows share their limits.
RATINGS = {
    "N8754A": Rating(20.0, 250.0, 1.0, 24.0, 19.0),
    "N8755A": Rating(30.0, 170.0, 2.0, 36.0, 28.5),
    "N8756A": Rating(40.0, 125.0, 2.0, 44.0, 38.0),
    "N8757A": Rating(60.0, 85.0, 5.0, 66.0, 57.0),
    "N8758A": Rating(80.0, 65.0, 5.0, 88.0, 76.0),
    "N5767A": Rating(60.0, 25.0, 5.0, 66.0, 57.0),
}
FIRMWARE = "B.00.01,REV:D"  # free text; shaped like the real ones
READBACK_STEP = 0.00012  # of the rating: measurement resolution (guide, appendix A)
STATES_KEPT = 16  # *SAV 0 to 15


class Operation(IntFlag):
    """STATus:OPERation bits of this series."""

    WAITING_FOR_TRIGGER = 32
    CONSTANT_VOLTAGE = 256
    CONSTANT_CURRENT = 1024


class Questionable(IntFlag):
    """STATus:QUEStionable bits of this series."""

    OVER_VOLTAGE = 1
    OVER_CURRENT = 2
    POWER_FAIL = 4
    OVER_TEMPERATURE = 16
    INHIBITED = 512
    UNREGULATED = 1024


class SupplyN8700(ScpiDevice):
    """A supply of the series, feeding a load.

    Args:
        clock: the lab's time.
        load: what hangs on the terminals.
        serial_number: third field of *IDN?.
        model: a row of `RATINGS`.

    Raises:
        ValueError: the model is not of this series.
    """

    scpi_version = "1995.0"

    def __init__(self, clock: Clock, load: Load, serial_number: str, model: str = "N8757A") -> None:
        if model not in RATINGS:
            raise ValueError(f"{model!r} is no model of the N8700 series; known are {', '.join(RATINGS)}")
        self.rating = RATINGS[model]
        self._volts_step = self.rating.volts * READBACK_STEP
        self._amps_step = self.rating.amps * READBACK_STEP
        self._load = load
        self._now = clock.now
        self._tripped = Questionable(0)
        self._saved: dict[int, dict[str, object]] = {}
        self._offered: Source | None = None
        self._is_on = False  # as offered: not while a protection is latched
        super().__init__(clock, f"Agilent Technologies,{model},{serial_number},{FIRMWARE}")
        self.protection_volts = self.rating.highest_protection_volts
        self._delivered = Delivered(0.0, 0.0, constant_current=False)
        self._feed()
        load.watch(self._drawn)

    # The output.

    def _drawn(self, at_s: float) -> None:
        """What is drawn has changed: over-current protection acts by itself; the other one follows settings alone."""
        if self.over_current_protected and self._is_on and self._load.delivered(at_s).constant_current:
            self._tripped |= Questionable.OVER_CURRENT
            self.status.questionable.update(int(self._tripped))
            self._offered, self._is_on = Source(self.volts, self.amps, on=False), False
            self._load.feed(at_s, self._offered)

    def _feed(self) -> None:
        """Offer the load what is set now, if that is anything new, and look at what becomes of it."""
        offered = Source(self.volts, self.amps, on=self.output_on and not self._tripped)
        if offered != self._offered:
            self._offered, self._is_on = offered, offered.on
            self._load.feed(self._now(), offered)
        self.observe()

    def observe(self) -> None:
        """Read the terminals, trip what must trip, and move the condition registers."""
        delivered = self._delivered = self._load.delivered(self._now())
        if not self._is_on:
            mode = 0
        elif delivered.constant_current:
            mode = 1024
            if self.over_current_protected:
                self._trip(Questionable.OVER_CURRENT)
                return
        else:
            mode = 256
        if delivered.volts > self.protection_volts and self._is_on:
            self._trip(Questionable.OVER_VOLTAGE)
            return
        if self._waiting_for_trigger:
            mode |= 32
        operation = self.status.operation
        if operation.condition != mode:
            operation.update(mode)

    def _trip(self, cause: Questionable) -> None:
        """Latch a protection: the output goes off and stays off until OUTPut:PROTection:CLEar."""
        self._tripped |= cause
        self.status.questionable.update(int(self._tripped))
        self._feed()

    _waiting_for_trigger = False

    # Ranges. The guide couples the three voltages: the level keeps 5 % clear of both its limits.

    def _volts_limits(self) -> Limits:
        highest = min(self.rating.highest_volts, self.protection_volts * 0.95)
        return Limits(self.low_limit_volts * 1.05, highest)

    def _amps_limits(self) -> Limits:
        return Limits(0.0, self.rating.highest_amps)

    def _low_limit_limits(self) -> Limits:
        return Limits(0.0, min(self.rating.highest_low_limit_volts, self.volts * 0.95))

    def _protection_limits(self) -> Limits:
        lowest = max(self.rating.lowest_protection_volts, self.volts * 1.05)
        return Limits(lowest, self.rating.highest_protection_volts)

    def _adopt_trigger_volts(self, volts: float) -> float:
        self._pending_volts = volts
        return volts

    def _adopt_trigger_amps(self, amps: float) -> float:
        self._pending_amps = amps
        return amps

    _pending_volts: float | None = None
    _pending_amps: float | None = None

    # Source, output and system settings, as in the guide.

    amps = Setting(
        "[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]",
        Number("A", _amps_limits, form=".3f"),
        reset=0.0,
        then=_feed,
    )
    trigger_amps = Setting(
        "[SOURce]:CURRent[:LEVel]:TRIGgered[:AMPLitude]",
        Number("A", _amps_limits, form=".3f"),
        reset=0.0,
        adopt=_adopt_trigger_amps,
    )
    over_current_protected = Setting("[SOURce]:CURRent:PROTection:STATe", Boolean(), reset=False, then=_feed)
    volts = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]",
        Number("V", _volts_limits, form=".4f"),
        reset=0.0,
        then=_feed,
    )
    trigger_volts = Setting(
        "[SOURce]:VOLTage[:LEVel]:TRIGgered[:AMPLitude]",
        Number("V", _volts_limits, form=".4f"),
        reset=0.0,
        adopt=_adopt_trigger_volts,
    )
    # The guide says "*RST value = Max", and that the maximum is 95 % of the set voltage: after *RST, zero.
    low_limit_volts = Setting("[SOURce]:VOLTage:LIMit:LOW", Number("V", _low_limit_limits, form=".4f"), reset=0.0)
    # *RST to the model's maximum: see on_reset.
    protection_volts = Setting(
        "[SOURce]:VOLTage:PROTection[:LEVel]",
        Number("V", _protection_limits, form=".4f"),
        reset=math.inf,
        then=_feed,
    )
    output_on = Setting("OUTPut[:STATe]", Boolean(), reset=False, then=_feed)
    power_on_state = Setting("OUTPut:PON:STATe", Choice(("RST", "AUTO")), reset="RST", kept=True)
    remote_state = Setting("SYSTem:COMMunicate:RLSTate", Choice(("LOCal", "REMote", "RWLock")), reset="REM", kept=True)
    trigger_source = Setting("TRIGger:SOURce", Choice(("BUS",)), reset="BUS")

    def _follow_continuous(self) -> None:
        if self.initiate_continuously and not self.overlapped.busy:
            self.initiate()

    initiate_continuously = Setting("INITiate:CONTinuous[:TRANsient]", Boolean(), reset=False, then=_follow_continuous)

    @command("OUTPut:PROTection:CLEar")
    def clear_protection(self) -> None:
        """Release the latch; the output returns to its state before, and trips again if the cause persists."""
        self._tripped = Questionable(0)
        self.status.questionable.update(0)
        self._feed()

    @query("MEASure[:SCALar]:VOLTage[:DC]?")
    def measure_volts(self) -> str:
        """The read-back converter runs all the time: its latest value, in its own steps."""
        step = self._volts_step
        return f"{round(self._delivered.volts / step) * step:.4f}"

    @query("MEASure[:SCALar]:CURRent[:DC]?")
    def measure_amps(self) -> str:
        """As for the voltage."""
        step = self._amps_step
        return f"{round(self._delivered.amps / step) * step:.4f}"

    # The trigger system: one transient per INITiate.

    @command("INITiate[:IMMediate][:TRANsient]")
    def initiate(self) -> None:
        """Wait for a trigger; -213 if it waits already."""
        self.overlapped.start(self._transient())

    @command("TRIGger[:TRANsient][:IMMediate]")
    def on_trigger(self) -> None:
        """Move the triggered levels to the output; -211 if it does not wait for one."""
        if not self._waiting_for_trigger:
            raise ScpiError(-211)
        self.overlapped.wake()
        self._follow_continuous()

    @command("ABORt")
    def abort(self) -> None:
        """Stop waiting for a trigger; waits again at once if initiated continuously."""
        self.overlapped.abort()
        self._follow_continuous()

    def _transient(self) -> Generator[float, None, None]:
        self._waiting_for_trigger = True
        try:
            self.observe()
            yield math.inf
        finally:
            self._waiting_for_trigger = False
            self.observe()
        self._step_to_triggered()

    def _step_to_triggered(self) -> None:
        """Levels that conflict with OVP or the low limit by now are refused with -222, as VOLTage would."""
        if self._pending_amps is not None:
            self.amps, self._pending_amps = self._pending_amps, None
        if self._pending_volts is not None:
            volts, self._pending_volts = self._pending_volts, None
            limits = self._volts_limits()
            if not limits.minimum <= volts <= limits.maximum:
                raise ScpiError(-222)
            self.volts = volts
        self._feed()

    # Reset and stored states.

    def on_reset(self) -> None:
        """The model's part of the *RST table; *RST also releases the protection latch."""
        self.protection_volts = self.rating.highest_protection_volts
        self._pending_volts = self._pending_amps = None
        self.clear_protection()

    @command("*SAV", integer(0, STATES_KEPT - 1))
    def save(self, place: float) -> None:
        """Keep the settings in a place."""
        stored = {name: getattr(self, name) for name, setting in settings_of(type(self)) if not setting.kept}
        self._saved[int(place)] = stored

    @command("*RCL", integer(0, STATES_KEPT - 1))
    def recall(self, place: float) -> None:
        """Take the settings of a place; an empty place holds the *RST table."""
        self.reset()
        for name, value in self._saved.get(int(place), {}).items():
            setattr(self, name, value)
        self._feed()
        self._follow_continuous()


def place(placement: Placement) -> SupplyN8700:
    """The supply that stands at a placement."""
    model = placement.model.split()[-1]
    return SupplyN8700(placement.clock, placement.load(), placement.serial_number, model)
