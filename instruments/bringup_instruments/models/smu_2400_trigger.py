"""The trigger model of the 2400: an arm layer around a trigger layer around source, delay and measure.

After the Series 2400 User's Manual, section 11 and section 18, "Trigger subsystem". Of the event sources, immediate,
timer and bus come by themselves here; a trigger link, the TRIG key and a tester's start line never do.
Neighbours: `smu_2400.py` makes the source-delay-measure cycle.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..scpi import Choice, Limits, Number, ScpiError, Setting, command, integer, query
from ..scpi.lexer import Kind, Token
from .smu_2400_facts import Operation, SmuError

if TYPE_CHECKING:
    from .smu_2400 import Smu2400

ARM = "ARM[:SEQuence<1:1>][:LAYer<1:1>]:"
TRIGGER = "TRIGger[:SEQuence<1:1>]:"
MOST_READINGS = 2500
OUTPUT_EVENTS = Choice(("SOURce", "DELay", "SENSe", "NONE"))
MORE_EVENTS = (Choice(("SOURce", "DELay", "SENSe"), optional=True),) * 2


@dataclass(frozen=True, slots=True)
class CountOrInfinity:
    """ARM:COUNt takes a number or INFinite."""

    optional: bool = False

    def accept(self, token: Token) -> object:
        """A number, or the word."""
        if token.kind is Kind.WORD and token.text in ("INF", "INFINITE"):
            return math.inf
        return integer(1, MOST_READINGS, 1).accept(token)

    def check(self, owner: Any, value: object) -> float:
        """From 1 to 2500, or infinity."""
        return math.inf if value == math.inf else integer(1, MOST_READINGS, 1).check(owner, value)

    def show(self, value: float) -> str:
        """Infinity is 9.9E37."""
        return "+9.900000E+37" if math.isinf(value) else str(round(value))

    def limits_of(self, _owner: Any) -> Limits:
        """Of the numbers."""
        return Limits(1, MOST_READINGS, 1)


class TriggerCommands:
    """Both layers; the instrument inherits this."""

    if TYPE_CHECKING:

        def _smu(self) -> Smu2400:
            """The whole instrument."""

    waits_for_bus = False
    trigger_events: tuple[str, ...] = ("NONE",)
    input_events: tuple[str, ...] = ("NONE",)

    def _adopt_arm_count(self, count: float) -> float:
        if math.isfinite(count) and count * self.trigger_count > MOST_READINGS:
            raise ScpiError(-222)
        return count

    def _adopt_trigger_count(self, count: float) -> float:
        if math.isfinite(self.arm_count) and count * self.arm_count > MOST_READINGS:
            raise ScpiError(-222)
        return count

    arm_count = Setting(ARM + "COUNt", CountOrInfinity(), reset=1.0, adopt=_adopt_arm_count)
    arm_source = Setting(
        ARM + "SOURce",
        Choice(("IMMediate", "TLINk", "TIMer", "MANual", "BUS", "NSTest", "PSTest", "BSTest")),
        reset="IMM",
    )
    timer_s = Setting(ARM + "TIMer", Number("S", Limits(0.001, 99999.99, 0.1), form=".5f"), reset=0.1)
    arm_direction = Setting(ARM + "DIRection", Choice(("ACCeptor", "SOURce")), reset="ACC")
    arm_input = Setting(ARM + "ILINe", integer(1, 4, 1), reset=1.0)
    arm_output = Setting(ARM + "OLINe", integer(1, 4, 2), reset=2.0)
    arm_event = Setting(ARM + "OUTPut", Choice(("TENTer", "TEXit", "NONE")), reset="NONE")
    trigger_count = Setting(TRIGGER + "COUNt", integer(1, MOST_READINGS, 1), reset=1.0, adopt=_adopt_trigger_count)
    trigger_delay_s = Setting(TRIGGER + "DELay", Number("S", Limits(0.0, 999.9999, 0.0), form=".5f"), reset=0.0)
    trigger_source = Setting(TRIGGER + "SOURce", Choice(("IMMediate", "TLINk")), reset="IMM")
    trigger_direction = Setting(TRIGGER + "DIRection", Choice(("ACCeptor", "SOURce")), reset="ACC")
    trigger_input = Setting(TRIGGER + "ILINe", integer(1, 4, 1), reset=1.0)
    trigger_output = Setting(TRIGGER + "OLINe", integer(1, 4, 2), reset=2.0)

    @command(TRIGGER + "OUTPut", OUTPUT_EVENTS, *MORE_EVENTS)
    def set_output_events(self, *events: str) -> None:
        """When the trigger layer pulses its line."""
        self.trigger_events = events

    @query(TRIGGER + "OUTPut?")
    def output_events(self) -> str:
        """As set."""
        return ",".join(self.trigger_events)

    @command(TRIGGER + "INPut", OUTPUT_EVENTS, *MORE_EVENTS)
    def set_input_events(self, *events: str) -> None:
        """Where the trigger layer waits for its line."""
        self.input_events = events

    @query(TRIGGER + "INPut?")
    def tell_input_events(self) -> str:
        """As set."""
        return ",".join(self.input_events)

    @command(TRIGGER + "CLEar")
    def clear_triggers(self) -> None:
        """No input trigger is pending: none ever comes."""

    @command("INITiate[:IMMediate]")
    def initiate(self) -> None:
        """Leave idle, beside the input; +803 while the output is off."""
        smu = self._smu()
        smu.must_be_on()
        if math.isinf(self.arm_count) and smu.overlapped.busy:
            raise ScpiError(-213)
        smu.overlapped.start(self.acquire())

    @command("ABORt")
    def abort(self) -> None:
        """Back to idle."""
        self._smu().overlapped.abort()

    def on_trigger(self) -> None:
        """*TRG: -211 where nobody waits for it."""
        if not self.waits_for_bus:
            raise ScpiError(-211)
        self._smu().overlapped.wake()

    def reset_triggers(self) -> None:
        """*RST."""
        self.trigger_events = self.input_events = ("NONE",)

    def may_read(self) -> None:
        """READ? is refused where it could never answer.

        Raises:
            ScpiError: +830 endless, -214 waiting for a *TRG that READ? holds up.
        """
        if math.isinf(self.arm_count):
            raise SmuError(830)
        if self.arm_source == "BUS":
            raise ScpiError(-214)

    def acquire(self) -> Generator[float, None, None]:
        """The trigger model once through."""
        smu = self._smu()
        smu.begin()
        operation = smu.status.operation
        levels = smu.sweep()
        done, next_timer_s = 0, smu.clock.now()
        try:
            operation.update(Operation.SWEEPING if levels else 0)
            while done < self.arm_count:
                yield from self._armed(next_timer_s)
                next_timer_s = max(next_timer_s, smu.clock.now()) + self.timer_s
                for index in range(int(self.trigger_count)):
                    yield from self._triggered()
                    yield from smu.cycle(levels[index % len(levels)] if levels else None)
                done += 1
            smu.finish()
        finally:
            smu.status.operation.update(Operation.IDLE)

    def _armed(self, next_timer_s: float) -> Generator[float, None, None]:
        smu = self._smu()
        if self.arm_source == "IMM":
            return
        smu.status.operation.update(Operation.WAITING_FOR_ARM)
        if self.arm_source == "TIM":
            yield max(next_timer_s - smu.clock.now(), 0.0)
            return
        self.waits_for_bus = self.arm_source == "BUS"
        try:
            yield math.inf
        finally:
            self.waits_for_bus = False

    def _triggered(self) -> Generator[float, None, None]:
        if self.trigger_source == "TLIN":
            self._smu().status.operation.update(Operation.WAITING_FOR_TRIGGER)
            yield math.inf
        if self.trigger_delay_s:
            yield self.trigger_delay_s
