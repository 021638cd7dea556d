"""Scanning on a 34980A: the scan list, the trigger model and the sweeps.

After the 34980A User's Guide (34980-90005), chapter 3 "Scanning", and the programmer's reference help. Neighbours:
`daq_34980a.py` is the mainframe around it, `daq_34980a_memory.py` keeps the readings.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Generator, Mapping, Sequence

from ..scpi import (
    Boolean,
    Choice,
    Limits,
    Number,
    ScpiDevice,
    ScpiError,
    Setting,
    block,
    command,
    integer,
    query,
)
from ..scpi.channels import ChannelList
from .daq_34980a_channels import DISABLED, RELAY_S, Channel, Relays, SlotChannels, channel_numbers
from .daq_34980a_memory import Memory, Reading
from .truevolt_trigger import MEASURING, WAITING, CountOrInfinity

READINGS_OVERFLOW = 4096  # STATus:QUEStionable bit 12
ANY_LIST = SlotChannels(tuple(channel_numbers()), may_be_empty=True)
ONE_LIST = SlotChannels(tuple(channel_numbers()))


class ScanningMainframe(ScpiDevice):
    """A mainframe that closes one channel of its scan list after the other and reads it.

    The parts are made by the class below, before the command tree is.
    """

    channels: Mapping[int, Channel]
    meter: Channel
    relays: Relays
    memory: Memory
    alarm_of: dict[int, int]
    scan_list: tuple[int, ...] = ()
    _waits_for_trigger = False

    @abstractmethod
    def _take(self, channel: Channel) -> Reading:
        """One reading as of now."""

    # Settings.

    def _start_over(self) -> None:
        """Whatever changes a measurement stops the scan and empties the memory."""
        self.overlapped.abort()
        self.memory.readings.clear()
        self.status.operation.update(0)

    trigger_source = Setting(
        "TRIGger:SOURce",
        Choice(("IMMediate", "BUS", "EXTernal", "TIMer", "ALARm1", "ALARm2", "ALARm3", "ALARm4")),
        reset="IMM",
        then=_start_over,
    )
    trigger_count = Setting("TRIGger:COUNt", CountOrInfinity(500_000), reset=1.0, then=_start_over)
    trigger_timer_s = Setting("TRIGger:TIMer", Number("S", Limits(0.0, 359_999.0, 0.0)), reset=0.0, then=_start_over)
    trigger_delay_s = Setting("TRIGger:DELay", Number("S", Limits(0.0, 3600.0, 0.0)), reset=0.0, then=_start_over)
    automatic_delay = Setting("TRIGger:DELay:AUTO", Boolean(), reset=True)
    trigger_slope = Setting("TRIGger:SLOPe", Choice(("POSitive", "NEGative")), reset="NEG")
    sweep_count = Setting("SWEep:COUNt", integer(1, 500_000, 1), reset=1.0, then=_start_over)
    sample_count = Setting("SAMPle:COUNt", integer(1, 500_000, 1), reset=1.0, then=_start_over)
    meter_on = Setting("INSTrument:DMM[:STATe]", Boolean(), reset=True, then=_start_over)
    ordered = Setting("ROUTe:SCAN:ORDered", Boolean(), reset=True)

    # The scan list.

    @command("ROUTe:SCAN", ANY_LIST)
    def set_scan_list(self, numbers: Sequence[int]) -> None:
        """What is scanned from now on, in ascending order and each once, unless :ORDered is off."""
        self.scan_list = tuple(sorted(set(numbers))) if self.ordered else tuple(numbers)
        self.relays.open(self.scan_list)
        self._start_over()

    @command("ROUTe:SCAN:ADD", ONE_LIST)
    def add_to_scan_list(self, numbers: Sequence[int]) -> None:
        """And these."""
        self.set_scan_list((*self.scan_list, *numbers))

    @command("ROUTe:SCAN:REMove", ONE_LIST)
    def remove_from_scan_list(self, numbers: Sequence[int]) -> None:
        """But not these."""
        self.set_scan_list(tuple(number for number in self.scan_list if number not in numbers))

    @query("ROUTe:SCAN?")
    def scanned(self) -> str:
        """The list, in a definite-length block."""
        return list_block(self.scan_list)

    @query("ROUTe:SCAN:SIZE?")
    def scan_size(self) -> str:
        """How many channels are in it."""
        return f"{len(self.scan_list):+d}"

    # Scanning.

    @query("READ?")
    def read_new(self) -> Generator[float, None, str]:
        """Scan afresh and answer when done; -214 if only the bus could trigger it."""
        if self.trigger_source == "BUS":
            raise ScpiError(-214)
        self._refuse_to_start()
        return self._scan_and_answer()

    @command("INITiate[:IMMediate]")
    def initiate(self) -> None:
        """Start scanning into memory; -213 if it does so already."""
        self._refuse_to_start()
        self.overlapped.start(self._scan())

    @query("FETCh?")
    def fetch(self) -> Generator[float, None, str]:
        """What is in memory, once the scan has ended; -230 if nothing is."""
        yield from self.until_idle()
        return self._readings_told()

    @command("ABORt")
    def abort(self) -> None:
        """Stop scanning; what was read so far stays."""
        self.overlapped.abort()
        self.status.operation.update(0)

    def on_trigger(self) -> None:
        """*TRG: -211 unless it waits for it."""
        if not self._waits_for_trigger or self.trigger_source != "BUS":
            raise ScpiError(-211)
        self.overlapped.wake()

    def _refuse_to_start(self) -> None:
        if self.overlapped.busy:
            raise ScpiError(-213)
        if not self.meter_on:
            raise ScpiError(*DISABLED)

    def _scan_and_answer(self) -> Generator[float, None, str]:
        yield from self._scan()
        return self._readings_told()

    def _readings_told(self) -> str:
        if not self.memory.readings:
            raise ScpiError(-230)
        return self.memory.told(list(self.memory.readings))

    def _scan(self) -> Generator[float, None, None]:
        self.memory.begin()
        self.status.operation.update(MEASURING)
        done = 0
        while done < self.trigger_count:
            began_s = self.clock.now()
            yield from self._triggered()
            for _ in range(int(self.sweep_count)):
                yield from self._sweep()
            done += 1
            if self.trigger_source == "TIM" and done < self.trigger_count:
                yield max(began_s + self.trigger_timer_s - self.clock.now(), 0.0)
        self.status.operation.update(0)

    def _triggered(self) -> Generator[float, None, None]:
        if self.trigger_source not in ("IMM", "TIM"):
            self._waits_for_trigger = True
            self.status.operation.update(MEASURING | WAITING)
            try:
                yield math.inf
            finally:
                self._waits_for_trigger = False
            self.status.operation.update(MEASURING)
        if self.trigger_delay_s > 0:
            yield self.trigger_delay_s

    def _sweep(self) -> Generator[float, None, None]:
        """One pass through the scan list, or one burst of the internal meter."""
        for number in self.scan_list or (0,):
            channel = self.channels.get(number, self.meter)
            if number:
                self.relays.close((number,))
                yield RELAY_S + channel.settle_s
            for _ in range(int(self.sample_count)):
                yield channel.active.reading_s
                self._keep(self._take(channel))
            self.relays.open((number,))

    def _keep(self, reading: Reading) -> None:
        if len(self.memory.readings) == self.memory.readings.maxlen:
            self.status.questionable.latch(READINGS_OVERFLOW)
        self.memory.keep(reading, self.alarm_of.get(reading.channel, 1))


def list_block(numbers: Sequence[int]) -> str:
    """Channel numbers as ROUTe:SCAN? answers them: a list in a definite-length block."""
    return block(ChannelList(()).show(numbers).encode("latin-1"))
