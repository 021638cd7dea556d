"""Keysight (Agilent) 34980A multifunction switch/measure unit with eight 34921A multiplexers.

After the 34980A User's Guide (34980-90005) and the programmer's reference help. A scan closes one channel after the
other, waits for its delay, lets the internal meter measure, and keeps the reading with channel and time. Without a
scan list the internal meter reads by itself what reaches it over analog bus 1. Neighbours: `daq_34980a_*.py` are its
parts, `truevolt_converter.py` the analogue side of the meter, `world.Node` what the channels touch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import Boolean, Choice, ScpiError, Setting, command, integer, query, reset_settings
from ..scpi.command import Command, commands_of
from ..world import Node
from .calendar_clock import CalendarClock
from .daq_34980a_channels import DISABLED, MODEL, OPEN_LEADS, RELAY_S, Channel, Relays, channel_numbers
from .daq_34980a_configure import Configuring
from .daq_34980a_memory import Memory, Reading
from .daq_34980a_scan import ANY_LIST, ONE_LIST, ScanningMainframe, list_block
from .daq_34980a_switching import Switching
from .truevolt_converter import OVERLOAD, Analogue
from .truevolt_measuring import take
from .truevolt_models import MODELS

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "2.43-2.43-1.31-2.20"  # shaped like the real ones: mainframe, boot, front panel, meter
STATES_KEPT = 6  # *SAV 0 to 5


class Daq34980A(ScanningMainframe):
    """A mainframe with multiplexers in all eight slots.

    Args:
        clock: the lab's time.
        node_of: what a channel's wires touch.
        serial_number: third field of *IDN?.
        seed: of the meter's own errors and of its noise.
    """

    scpi_version = "1994.0"

    def __init__(self, clock: Clock, node_of: Callable[[int], Node], serial_number: str, seed: int) -> None:
        self._analogue = Analogue(MODELS[MODEL], f"{MODEL} {serial_number} {seed}")
        self.channels = {number: Channel(number, node_of(number), self._start_over) for number in channel_numbers()}
        self.meter = Channel(0, OPEN_LEADS, self._start_over)
        for channel in (self.meter, *self.channels.values()):
            channel.know(self._true_value)
        self.relays = Relays()
        self.calendar = CalendarClock(clock)
        self.memory = Memory(self.channels, lambda: self.scan_list, self.calendar, clock.now)
        self.switching = Switching(self.relays, lambda: self.scan_list, serial_number)
        self._configuring = Configuring(self._chosen, self._start_over, self._measure_now, self._prepare)
        self.alarm_of = {}
        self._alarm_mode, self._alarm_slope = "LATC", "NEG"
        self._monitor_channel = 0
        self._monitored: Reading | None = None
        self._saved: dict[int, dict[str, Any]] = {}
        super().__init__(clock, f"Agilent Technologies,{MODEL},{serial_number},{FIRMWARE}")

    def more_commands(self) -> Iterator[Command]:
        """Those of its parts."""
        yield from commands_of(self.memory)
        yield from commands_of(self.calendar)
        yield from commands_of(self.switching)
        yield from self._configuring.commands()

    @query("INSTrument:DMM:INSTalled?")
    def meter_installed(self) -> str:
        """The internal meter is there."""
        return "1"

    def _chosen(self, numbers: Sequence[int] | None) -> Sequence[Channel]:
        """The channels of a list; the internal meter where none was sent."""
        if numbers is None:
            if not self.meter_on:
                raise ScpiError(*DISABLED)
            return (self.meter,)
        return [self.channels[number] for number in numbers]

    def _prepare(self, numbers: Sequence[int] | None) -> None:
        """What CONFigure and MEASure do beside the function."""
        self._start_over()
        self.memory.plain()
        if numbers is None:
            self.trigger_source, self.trigger_count, self.sample_count = "IMM", 1.0, 1.0

    def _measure_now(self, numbers: Sequence[int] | None) -> Generator[float, None, str]:
        """MEASure: one sweep over just these channels, at once."""
        self.trigger_source, self.trigger_count = "IMM", 1.0
        self.sweep_count = self.sample_count = 1.0
        self.scan_list = tuple(numbers or ())
        return self.read_new()

    # Reading.

    def _take(self, channel: Channel) -> Reading:
        """One reading as of now."""
        state, now_s = channel.active, self.clock.now()
        state.unit = channel.temperature_unit
        value = take(self._analogue, state, self._node(channel), now_s - state.reading_s, now_s)
        if abs(value) == OVERLOAD:
            self.status.questionable.latch(state.kind.facts.overload)
        else:
            value = channel.scaled(value)
        since_s = now_s - self.memory.started_s
        return Reading(value, channel.unit(), now_s, since_s, channel.number, channel.alarm(value))

    def _node(self, channel: Channel) -> Node:
        """The internal meter sees what is switched to analog bus 1."""
        if channel.number:
            return channel.node
        reached = self.relays.on_meter()
        return OPEN_LEADS if reached is None else self.channels[reached].node

    def _true_value(self, channel: Channel, name: str) -> float:
        now_s = self.clock.now()
        return self._analogue.true_value(name, self._node(channel), now_s, now_s)

    # Monitor and alarms.

    monitor_on = Setting("ROUTe:MONitor:STATe", Boolean(), reset=False)
    monitor_mode = Setting("ROUTe:MONitor:MODE", Choice(("CHANnel", "DMM")), reset="CHAN")

    @command("ROUTe:MONitor[:CHANnel]", ONE_LIST)
    def set_monitor(self, numbers: Sequence[int]) -> None:
        """The one channel that is watched."""
        if len(numbers) != 1:
            raise ScpiError(-223)
        self._monitor_channel, self.monitor_mode = numbers[0], "CHAN"

    @query("ROUTe:MONitor[:CHANnel]?")
    def monitor(self) -> str:
        """In a definite-length block, as the scan list."""
        return list_block((self._monitor_channel,) if self._monitor_channel else ())

    @query("ROUTe:MONitor:DATA?")
    def monitor_data(self) -> Generator[float, None, str]:
        """A reading of the monitored channel with everything about it; the one before while it is off."""
        channel = self.channels.get(self._monitor_channel) if self.monitor_mode == "CHAN" else self.meter
        if self.monitor_on and channel is not None:
            yield RELAY_S + channel.settle_s + channel.active.reading_s
            self._monitored = self._take(channel)
        return self.memory.fully(self._monitored)

    @command("OUTPut:ALARm<1:4>:SOURce", ANY_LIST)
    def set_alarm_source(self, number: int, channels: Sequence[int]) -> None:
        """Which channels report on an alarm output."""
        self.alarm_of = {channel: of for channel, of in self.alarm_of.items() if of != number}
        self.alarm_of |= dict.fromkeys(channels, number)

    @query("OUTPut:ALARm<1:4>:SOURce?")
    def alarm_source(self, number: int) -> str:
        """In a definite-length block."""
        return list_block(sorted(channel for channel, of in self.alarm_of.items() if of == number))

    @command("OUTPut:ALARm<1:4>:CLEar:ALL")
    @command("OUTPut:ALARm<1:4>:CLEar")
    def clear_alarm(self, _number: int) -> None:
        """The alarm outputs go back; the queue stays."""

    @command("OUTPut:ALARm<1:4>:MODE", Choice(("LATCh", "TRACk")))
    def set_alarm_mode(self, _number: int, mode: str) -> None:
        """For all four outputs."""
        self._alarm_mode = mode

    @query("OUTPut:ALARm<1:4>:MODE?")
    def alarm_mode(self, _number: int) -> str:
        """Latched, or following the reading."""
        return self._alarm_mode

    @command("OUTPut:ALARm<1:4>:SLOPe", Choice(("POSitive", "NEGative")))
    def set_alarm_slope(self, _number: int, slope: str) -> None:
        """For all four outputs."""
        self._alarm_slope = slope

    @query("OUTPut:ALARm<1:4>:SLOPe?")
    def alarm_slope(self, _number: int) -> str:
        """Which edge an alarm is."""
        return self._alarm_slope

    # Reset and stored states.

    def on_reset(self) -> None:
        """The *RST table: everything open, DC volts everywhere, an empty scan list."""
        for channel in (self.meter, *self.channels.values()):
            channel.reset()
        for part in (self.memory, self.switching):
            reset_settings(part)
        self.relays.open_slot(None)
        self.memory.forget()
        self.scan_list = ()
        self.alarm_of.clear()
        self._alarm_mode, self._alarm_slope = "LATC", "NEG"
        self._monitor_channel, self._monitored = 0, None

    @command("SYSTem:PRESet")
    def preset(self) -> None:
        """Stop scanning and open all relays; the configuration stays."""
        self._start_over()
        self.relays.open_slot(None)

    @command("*SAV", integer(0, STATES_KEPT - 1))
    def save(self, place: float) -> None:
        """Keep the scan list and what is closed in a place."""
        self._saved[int(place)] = {"scan_list": self.scan_list, "closed": set(self.relays.closed)}

    @command("*RCL", integer(0, STATES_KEPT - 1))
    def recall(self, place: float) -> None:
        """Take them back; an empty place is -222."""
        kept = self._saved.get(int(place))
        if kept is None:
            raise ScpiError(-222)
        self._start_over()
        self.scan_list = kept["scan_list"]
        self.relays.open_slot(None)
        self.relays.close(sorted(kept["closed"]))


def place(placement: Placement) -> Daq34980A:
    """The mainframe that stands at a placement."""
    return Daq34980A(placement.clock, placement.node, placement.serial_number, placement.seed)
