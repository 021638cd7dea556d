"""One output of an N6700: levels, ranges, on and off with delays, and its own protections.

After the Operating and Service Guides of N6700C and N6705C, "SCPI Programming Reference": source and output
subsystems. Every command here takes a channel list (`scpi.listed`). What concerns all outputs (coupling, watchdog,
inhibit) is the frame's. Neighbours: `regulated_output.py` feeds the load, `n6700_transient.py` moves the levels by
trigger, `n6700_status.py` has the registers, `supply_n6700.py` is the frame.
"""

from __future__ import annotations

import math
from typing import Protocol

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Limits, Number, Setting, Special, SpecialOnly, command, query
from ..scpi.channels import reset_settings
from ..scpi.status import RegisterGroup
from ..world import Load
from .agenda import Agenda
from .n6700_lists import NUMBER
from .n6700_modules import Module
from .n6700_status import Operation, Questionable
from .switched_output import SwitchedOutput

FASTEST = 9.9e37  # a slew that stands for "as fast as it can"
RESET_AMPS = 0.08  # *RST table (from memory)
LONGEST_DELAY_S = 1.023
PROTECTION_DELAY = Limits(0.0, 0.255, 0.02)
SLEW = Limits(0.001, FASTEST, FASTEST)  # the lower end is an estimate


class Frame(Protocol):
    """What an output needs of the instrument that it sits in."""

    clock: Clock

    @property
    def inhibited(self) -> bool:
        """Whether the inhibit input holds all outputs off."""

    def output_tripped(self, output: Output, at_s: float) -> None:
        """A protection of this output has switched it off."""

    def output_moved(self, output: Output, at_s: float) -> None:
        """The terminals or the status of this output have been looked at."""

    def switched(self, output: Output, *, on: bool) -> None:
        """This output was told to go on or off."""


class Output(SwitchedOutput):
    """One output.

    Args:
        number: of its slot.
        module: what sits there.
        frame: the instrument.
        load: what hangs on the terminals.
        agenda: the instrument's.

    Attributes:
        tripped: what has latched it off.
        activity: bits that the trigger systems add to the operation condition.
    """

    def __init__(self, number: int, module: Module, frame: Frame, load: Load, agenda: Agenda) -> None:
        super().__init__(load, agenda, frame.clock)
        self.number = number
        self.module = module
        self.tripped = Questionable(0)
        self.activity = Operation(0)
        self.operation = RegisterGroup()
        self.questionable = RegisterGroup()
        self._frame = frame
        self.to_reset_table()

    # Ranges.

    def volts_limits(self) -> Limits:
        """The levels that the present range takes."""
        return Limits(0.0, self.volts_range * 1.02)

    def amps_limits(self) -> Limits:
        """The levels that the present range takes."""
        return Limits(0.0, self.amps_range * 1.02)

    def _volts_range_limits(self) -> Limits:
        return Limits(0.0, self.module.highest_volts)

    def _amps_range_limits(self) -> Limits:
        return Limits(0.0, self.module.highest_amps)

    def _protection_limits(self) -> Limits:
        return Limits(0.0, self.module.protection_volts)

    def _adopt_volts_range(self, volts: float) -> float:
        return self.module.volts_range_for(volts)

    def _adopt_amps_range(self, amps: float) -> float:
        return self.module.amps_range_for(amps)

    def _follow_range(self) -> None:
        """Levels that a lower range cannot hold come down with it."""
        self.volts = min(self.volts, self.volts_limits().maximum)
        self.triggered_volts = min(self.triggered_volts, self.volts_limits().maximum)
        self.amps = min(self.amps, self.amps_limits().maximum)
        self.triggered_amps = min(self.triggered_amps, self.amps_limits().maximum)
        self.follow()

    def _follow_slew(self) -> None:
        """A slew that is programmed takes the place of the highest one."""
        self.volts_slew_highest = self.volts_slew >= FASTEST
        self.amps_slew_highest = self.amps_slew >= FASTEST

    def _follow_priority(self) -> None:
        """Going over to the other priority mode turns the output off."""
        self.switch(on=False)

    # Settings. Ranges first: the levels are judged against them.

    volts_range = Setting(
        "[SOURce]:VOLTage:RANGe",
        Number("V", _volts_range_limits, form=NUMBER),
        reset=0.0,
        adopt=_adopt_volts_range,
        then=_follow_range,
    )
    amps_range = Setting(
        "[SOURce]:CURRent:RANGe",
        Number("A", _amps_range_limits, form=NUMBER),
        reset=0.0,
        adopt=_adopt_amps_range,
        then=_follow_range,
    )
    volts = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]",
        Number("V", volts_limits, form=NUMBER),
        reset=0.0,
        then=SwitchedOutput.follow,
    )
    amps = Setting(
        "[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]",
        Number("A", amps_limits, form=NUMBER),
        reset=RESET_AMPS,
        then=SwitchedOutput.follow,
    )
    triggered_volts = Setting(
        "[SOURce]:VOLTage[:LEVel]:TRIGgered[:AMPLitude]", Number("V", volts_limits, form=NUMBER), reset=0.0
    )
    triggered_amps = Setting(
        "[SOURce]:CURRent[:LEVel]:TRIGgered[:AMPLitude]", Number("A", amps_limits, form=NUMBER), reset=0.0
    )
    volts_slew = Setting(
        "[SOURce]:VOLTage:SLEW[:IMMediate]", Number("", SLEW, form=NUMBER), reset=FASTEST, then=_follow_slew
    )
    amps_slew = Setting(
        "[SOURce]:CURRent:SLEW[:IMMediate]", Number("", SLEW, form=NUMBER), reset=FASTEST, then=_follow_slew
    )
    volts_slew_highest = Setting("[SOURce]:VOLTage:SLEW:MAXimum", Boolean(), reset=True)
    amps_slew_highest = Setting("[SOURce]:CURRent:SLEW:MAXimum", Boolean(), reset=True)
    protection_volts = Setting(
        "[SOURce]:VOLTage:PROTection[:LEVel]",
        Number("V", _protection_limits, form=NUMBER),
        reset=math.inf,
        then=SwitchedOutput.follow,
    )
    over_current_protected = Setting(
        "[SOURce]:CURRent:PROTection:STATe", Boolean(), reset=False, then=SwitchedOutput.follow
    )
    protection_delay_s = Setting("OUTPut:PROTection:DELay", Number("S", PROTECTION_DELAY, form=NUMBER), reset=0.02)
    delay_start = Setting(
        "[SOURce]:CURRent:PROTection:DELay:STARt",
        Choice(("SCHange", "CCTRans")),
        reset="SCH",
        then=SwitchedOutput.follow,
    )
    rise_delay_s = Setting(
        "OUTPut[:STATe]:DELay:RISE", Number("S", Limits(0.0, LONGEST_DELAY_S, 0.0), form=NUMBER), reset=0.0
    )
    fall_delay_s = Setting(
        "OUTPut[:STATe]:DELay:FALL", Number("S", Limits(0.0, LONGEST_DELAY_S, 0.0), form=NUMBER), reset=0.0
    )
    priority = Setting("OUTPut:PMODe", Choice(("VOLTage", "CURRent")), reset="VOLT", then=_follow_priority)

    # The same delay has two headers, the newer one with the rest of the over-current protection.

    @command("[SOURce]:CURRent:PROTection:DELay[:TIME]", Number("S", PROTECTION_DELAY, form=NUMBER))
    def set_protection_delay(self, seconds: float) -> None:
        """As OUTPut:PROTection:DELay."""
        self.protection_delay_s = seconds

    @query("[SOURce]:CURRent:PROTection:DELay[:TIME]?", SpecialOnly())
    def protection_delay(self, special: Special | None = None) -> str:
        """As OUTPut:PROTection:DELay?."""
        return type(self).protection_delay_s.answer(self, special)

    # On and off.

    @command("OUTPut[:STATe]", Boolean(), Choice(("NORelay",), optional=True))
    def set_state(self, on: bool, _no_relay: str = "") -> None:
        """On or off, with all outputs that are coupled to this one."""
        self._frame.switched(self, on=on)

    @query("OUTPut[:STATe]?")
    def show_state(self) -> str:
        """The programmed state."""
        return "1" if self.state else "0"

    @command("OUTPut:PROTection:CLEar")
    def clear_protection(self) -> None:
        """Release the latch; the output returns to its state before, and trips again if the cause persists."""
        self.tripped &= Questionable.INHIBITED if self._frame.inhibited else Questionable(0)
        self.changed_s = self._frame.clock.now()
        self.feed(self.changed_s)

    def trip(self, cause: Questionable, at_s: float) -> None:
        """Latch a protection: the output goes off at once, whatever its delay."""
        self.tripped |= cause
        self.agenda.drop((self, "over-current"))
        self.feed(at_s)

    # What the output wants, and what it sees.

    def wants_on(self) -> bool:
        """Switched on, not latched, not inhibited."""
        return self.enabled and not self.tripped and not self._frame.inhibited

    def target_volts(self) -> float:
        """The level of a list or waveform while it runs, else the programmed one."""
        return self.volts if self.stepped_volts is None else self.stepped_volts

    def limit_amps(self) -> float:
        """The current limit, or what the module's power leaves at this voltage."""
        amps, volts = self._programmed_amps(), self.target_volts()
        return min(amps, self.module.watts / volts) if volts > 0 else amps

    def slew_volts_per_s(self) -> float:
        """As programmed; the module's own rise time is short of anything that this lab resolves."""
        return math.inf if self.volts_slew_highest else self.volts_slew

    def seen(self, at_s: float) -> None:
        """Trip on over-voltage at once, and on over-current when its delay is over."""
        if self.is_on and self.delivered.volts > self.protection_volts:
            self.trip_with_others(Questionable.OVER_VOLTAGE, at_s)
            return
        if self.watch_current(at_s):
            return
        self.update_status()
        self._frame.output_moved(self, at_s)

    def trip_with_others(self, cause: Questionable, at_s: float) -> None:
        """Trip, and tell the frame."""
        self.trip(cause, at_s)
        self._frame.output_tripped(self, at_s)

    def over_current(self, at_s: float) -> None:
        """Trip, and take coupled outputs along."""
        self.trip_with_others(Questionable.OVER_CURRENT, at_s)

    def _programmed_amps(self) -> float:
        return self.amps if self.stepped_amps is None else self.stepped_amps

    def in_current_limit(self) -> bool:
        """Whether the programmed limit holds it, and not the module's power."""
        return self.delivered.constant_current and self.limit_amps() >= self._programmed_amps()

    def update_status(self) -> None:
        """Move the condition registers."""
        condition = self.activity
        causes = self.tripped
        if self._frame.inhibited:
            causes |= Questionable.INHIBITED
        if not self.state:
            condition |= Operation.OFF
        elif self.is_on and self.in_current_limit():
            condition |= Operation.CONSTANT_CURRENT
        elif self.is_on and self.delivered.constant_current:
            causes |= Questionable.POWER_LIMIT
        elif self.is_on:
            condition |= Operation.CONSTANT_VOLTAGE
        self.operation.update(int(condition))
        self.questionable.update(int(causes))

    def to_reset_table(self) -> None:
        """The settings to their *RST values; the load is fed by the caller."""
        reset_settings(self)
        module = self.module
        self.volts_range, self.amps_range = module.volts_ranges[-1], module.amps_ranges[-1]
        self.protection_volts = module.protection_volts
        self.tripped = Questionable(0)
        self.activity = Operation(0)
        self.switch_to_reset()
