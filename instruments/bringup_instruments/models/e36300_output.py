"""One output of a Keysight E36300 supply: levels, protections, steps of a level, on and off with delays.

After the "E36300 Series Programming Guide" (E36311-90008), source and output subsystems. Commands take a channel list
that may be left out and then means the selected output; the instrument sees to that. Neighbours:
`regulated_output.py` feeds the load, `e36300_trigger.py` moves the levels by trigger, `supply_e36312a.py` pairs,
couples and tracks outputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntFlag
from typing import Protocol

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, command, query
from ..scpi.channels import reset_settings
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import Special
from ..scpi.status import RegisterGroup
from ..world import Load
from .agenda import Agenda
from .switched_output import SwitchedOutput

NUMBER = "+.8E"
OVER_RANGE = 1.03  # levels go to 103 % of the rating, protections to 110 %
LONGEST_DELAY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Rating:
    """One output's row of the guide's programming ranges.

    Attributes:
        volts: rated.
        amps: rated.
        lowest_amps: the least current limit.
    """

    volts: float
    amps: float
    lowest_amps: float


class Condition(IntFlag):
    """STATus:QUEStionable:INSTrument:ISUMmary bits of an output."""

    CONSTANT_CURRENT = 1  # the voltage is unregulated
    CONSTANT_VOLTAGE = 2  # the current is unregulated
    OVER_TEMPERATURE = 16
    WAITING_TO_LOG = 128
    WAITING_FOR_TRIGGER = 256
    OVER_VOLTAGE = 512
    OVER_CURRENT = 1024
    INHIBITED = 2048  # by the input, or by another output's protection (bit from memory)


LATCHES = Condition.OVER_VOLTAGE | Condition.OVER_CURRENT | Condition.INHIBITED


class Frame(Protocol):
    """What an output needs of its instrument."""

    clock: Clock

    @property
    def inhibited(self) -> bool:
        """Whether the inhibit input holds all outputs off."""

    @property
    def pairing(self) -> str:
        """OFF, PAR or SER: how outputs 2 and 3 are put together."""

    def output_tripped(self, output: Output, at_s: float) -> None:
        """A protection of this output has switched it off."""

    def switched(self, output: Output, *, on: bool) -> None:
        """This output was told to go on or off."""

    def level_set(self, output: Output) -> None:
        """The voltage of this output was set: the other one may track it."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level as VOLTage and CURRent take it: a number, MIN, MAX, DEF, or UP and DOWN by the step."""

    number: Number
    optional: bool = False

    def accept(self, token: Token) -> float | Special | str:
        """A number or a word."""
        if token.kind is Kind.WORD and token.text in ("UP", "DOWN"):
            return token.text
        return self.number.accept(token)

    def check(self, owner: Output, value: object) -> float:
        """Within the limits; one step up or down from the present level."""
        if not isinstance(value, str):
            return self.number.check(owner, value)
        by_volts = self.number.unit == "V"
        step = owner.volts_step if by_volts else owner.amps_step
        level = owner.volts if by_volts else owner.amps
        return self.number.check(owner, level + (step if value == "UP" else -step))

    def show(self, value: float) -> str:
        """As a number."""
        return self.number.show(value)

    def limits_of(self, owner: Output) -> Limits | None:
        """The number's."""
        return self.number.limits_of(owner)


class Output(SwitchedOutput):
    """One output.

    Args:
        number: 1 to 3.
        rating: its row.
        frame: the instrument.
        load: what hangs on the terminals.
        agenda: the instrument's.
    """

    def __init__(self, number: int, rating: Rating, frame: Frame, load: Load, agenda: Agenda) -> None:
        super().__init__(load, agenda, frame.clock)
        self.number = number
        self.rating = rating
        self.registers = RegisterGroup()
        self.tripped = Condition(0)
        self.activity = Condition(0)
        self._frame = frame
        self.to_reset_table()

    # Ranges: in a pair, output 2 has twice the volts or amps, and output 3 is part of it.

    def _times(self, pairing: str) -> float:
        return 2.0 if self.number == 2 and self._frame.pairing == pairing else 1.0

    def volts_limits(self) -> Limits:
        """The levels that it takes."""
        return Limits(0.0, self.rating.volts * OVER_RANGE * self._times("SER"), 0.0)

    def amps_limits(self) -> Limits:
        """The levels that it takes."""
        times = self._times("PAR")
        return Limits(self.rating.lowest_amps, self.rating.amps * OVER_RANGE * times, self.rating.amps * times)

    def protection_limits(self) -> Limits:
        """The over-voltage protections that it takes."""
        highest = self.rating.volts * 1.1 * self._times("SER")
        return Limits(0.0, highest, highest)

    def _volts_step_limits(self) -> Limits:
        return Limits(0.0, self.volts_limits().maximum, 0.01)

    def _amps_step_limits(self) -> Limits:
        return Limits(0.0, self.amps_limits().maximum, 0.01)

    def _expect_volts(self) -> None:
        self.volts_pending = True

    def _expect_amps(self) -> None:
        self.amps_pending = True

    def _follow_volts(self) -> None:
        self.follow()
        self._frame.level_set(self)

    volts = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]",
        Level(Number("V", volts_limits, form=NUMBER)),
        reset=0.0,
        then=_follow_volts,
    )
    amps = Setting(
        "[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]",
        Level(Number("A", amps_limits, form=NUMBER)),
        reset=0.0,
        then=SwitchedOutput.follow,
    )
    volts_step = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate]:STEP[:INCRement]",
        Number("V", _volts_step_limits, form=NUMBER),
        reset=0.01,
    )
    amps_step = Setting(
        "[SOURce]:CURRent[:LEVel][:IMMediate]:STEP[:INCRement]",
        Number("A", _amps_step_limits, form=NUMBER),
        reset=0.01,
    )
    triggered_volts = Setting(
        "[SOURce]:VOLTage[:LEVel]:TRIGgered[:AMPLitude]",
        Number("V", volts_limits, form=NUMBER),
        reset=0.0,
        then=_expect_volts,
    )
    triggered_amps = Setting(
        "[SOURce]:CURRent[:LEVel]:TRIGgered[:AMPLitude]",
        Number("A", amps_limits, form=NUMBER),
        reset=0.0,
        then=_expect_amps,
    )
    protection_volts = Setting(
        "[SOURce]:VOLTage:PROTection[:LEVel]",
        Number("V", protection_limits, form=NUMBER),
        reset=math.inf,
        then=SwitchedOutput.follow,
    )
    over_voltage_protected = Setting(
        "[SOURce]:VOLTage:PROTection:STATe", Boolean(), reset=True, then=SwitchedOutput.follow
    )
    over_current_protected = Setting(
        "[SOURce]:CURRent:PROTection:STATe", Boolean(), reset=False, then=SwitchedOutput.follow
    )
    protection_delay_s = Setting(
        "[SOURce]:CURRent:PROTection:DELay[:TIME]",
        Number("S", Limits(0.0, LONGEST_DELAY_S, 0.05), form=NUMBER),
        reset=0.05,
    )
    delay_start = Setting(
        "[SOURce]:CURRent:PROTection:DELay:STARt",
        Choice(("SCHange", "CCTRans")),
        reset="SCH",
        then=SwitchedOutput.follow,
    )
    sense = Setting("[SOURce]:VOLTage:SENSe[:SOURce]", Choice(("INTernal", "EXTernal")), reset="INT")
    rise_delay_s = Setting(
        "OUTPut[:STATe]:DELay:RISE", Number("S", Limits(0.0, LONGEST_DELAY_S, 0.0), form=NUMBER), reset=0.0
    )
    fall_delay_s = Setting(
        "OUTPut[:STATe]:DELay:FALL", Number("S", Limits(0.0, LONGEST_DELAY_S, 0.0), form=NUMBER), reset=0.0
    )

    # On and off.

    @command("OUTPut[:STATe]", Boolean())
    def set_state(self, on: bool) -> None:
        """On or off, with all outputs that are coupled to this one."""
        if self.number == 3 and self._frame.pairing != "OFF":
            raise ScpiError(-221)
        self._frame.switched(self, on=on)

    @query("OUTPut[:STATe]?")
    def show_state(self) -> str:
        """The programmed state."""
        return "1" if self.state else "0"

    @query("[SOURce]:VOLTage:PROTection:TRIPped?")
    def over_voltage_tripped(self) -> str:
        """Whether over-voltage holds it off."""
        return "1" if self.tripped & Condition.OVER_VOLTAGE else "0"

    @query("[SOURce]:CURRent:PROTection:TRIPped?")
    def over_current_tripped(self) -> str:
        """Whether over-current holds it off."""
        return "1" if self.tripped & Condition.OVER_CURRENT else "0"

    @command("[SOURce]:VOLTage:PROTection:CLEar")
    def clear_over_voltage(self) -> None:
        """Release that latch."""
        self._clear(Condition.OVER_VOLTAGE)

    @command("[SOURce]:CURRent:PROTection:CLEar")
    def clear_over_current(self) -> None:
        """Release that latch."""
        self._clear(Condition.OVER_CURRENT)

    @command("OUTPut:PROTection:CLEar")
    def clear_protection(self) -> None:
        """Release all latches; the output returns to its state before, and trips again if the cause persists."""
        self._clear(LATCHES)

    def _clear(self, latches: Condition) -> None:
        if self._frame.inhibited:
            latches &= ~Condition.INHIBITED
        self.tripped &= ~latches
        self.follow()

    def trip(self, cause: Condition, at_s: float) -> None:
        """Latch a protection: the output goes off at once."""
        self.tripped |= cause
        self.agenda.drop((self, "over-current"))
        self.feed(at_s)

    # What the output wants, and what it sees.

    def wants_on(self) -> bool:
        """Switched on, not latched, not inhibited, not the other half of a pair."""
        slave = self.number == 3 and self._frame.pairing != "OFF"
        return self.enabled and not self.tripped and not self._frame.inhibited and not slave

    def target_volts(self) -> float:
        """The level of a list while it runs, else the programmed one."""
        return self.volts if self.stepped_volts is None else self.stepped_volts

    def limit_amps(self) -> float:
        """As for the voltage."""
        return self.amps if self.stepped_amps is None else self.stepped_amps

    def seen(self, at_s: float) -> None:
        """Trip on over-voltage at once, and on over-current when its delay is over."""
        if self.is_on and self.over_voltage_protected and self.delivered.volts > self.protection_volts:
            self._trip_with_others(Condition.OVER_VOLTAGE, at_s)
            return
        if self.watch_current(at_s):
            return
        self.update_status()

    def over_current(self, at_s: float) -> None:
        """Trip, and take coupled outputs along."""
        self._trip_with_others(Condition.OVER_CURRENT, at_s)

    def _trip_with_others(self, cause: Condition, at_s: float) -> None:
        self.trip(cause, at_s)
        self._frame.output_tripped(self, at_s)

    def update_status(self) -> None:
        """Move the condition register."""
        condition = self.activity | self.tripped
        if self._frame.inhibited:
            condition |= Condition.INHIBITED
        if self.is_on:
            limited = self.delivered.constant_current
            condition |= Condition.CONSTANT_CURRENT if limited else Condition.CONSTANT_VOLTAGE
        self.registers.update(int(condition))

    def to_reset_table(self) -> None:
        """The settings to their *RST values; the load is fed by the caller."""
        reset_settings(self)
        self.amps = self.triggered_amps = self.rating.amps
        self.protection_volts = self.rating.volts * 1.1
        self.tripped = self.activity = Condition(0)
        self.volts_pending = self.amps_pending = False
        self.switch_to_reset()


def levels_of(output: Output) -> tuple[Setting[float], Setting[float]]:
    """The settings of voltage and current, for commands that set both."""
    return type(output).volts, type(output).amps
