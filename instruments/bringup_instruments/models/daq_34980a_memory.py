"""Reading memory of the 34980A: what is kept of a reading and how it is told.

After the 34980A programmer's reference help, "FORMat Subsystem", "DATA Subsystem", "CALCulate:AVERage". Neighbours:
`daq_34980a.py` fills it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..scpi import Boolean, Limits, Number, ScpiError, Setting, block, command, integer, query
from ..scpi.parameters import Choice
from .calendar_clock import CalendarClock
from .daq_34980a_channels import Channel, SlotChannels, channel_numbers

READINGS_KEPT = 500_000
ALARMS_KEPT = 20
CHANNELS = SlotChannels(tuple(channel_numbers()), optional=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading.

    Attributes:
        value: scaled, or plus or minus 9.9E37.
        unit: behind it.
        at_s: lab time.
        since_start_s: from the start of the scan.
        channel: its number; 0 for the internal meter.
        alarm: 0, 1 for low, 2 for high.
    """

    value: float
    unit: str
    at_s: float
    since_start_s: float
    channel: int
    alarm: int


class Memory:
    """Readings, formats, statistics and the alarm queue.

    Args:
        channels: all of them.
        scan_list: the channels that are scanned.
        calendar: the mainframe's date and time.
        now: the lab's time.
    """

    def __init__(
        self,
        channels: Mapping[int, Channel],
        scan_list: Callable[[], Sequence[int]],
        calendar: CalendarClock,
        now: Callable[[], float],
    ) -> None:
        self._channels = channels
        self._scan_list = scan_list
        self._calendar = calendar
        self._now = now
        self.readings: deque[Reading] = deque(maxlen=READINGS_KEPT)
        self.alarms: deque[tuple[Reading, int]] = deque()
        self.latest: dict[int, Reading] = {}
        self.started_s = 0.0

    def begin(self) -> None:
        """A scan starts: what was read before is forgotten."""
        self.readings.clear()
        self.started_s = self._now()
        for channel in self._channels.values():
            channel.statistics.clear()

    def keep(self, reading: Reading, alarm_number: int = 1) -> None:
        """Store a reading, and log its alarm."""
        self.readings.append(reading)
        self.latest[reading.channel] = reading
        if reading.channel in self._channels and abs(reading.value) < 9e37:
            self._channels[reading.channel].statistics.append((reading.value, reading.at_s))
        if reading.alarm and len(self.alarms) < ALARMS_KEPT:
            self.alarms.append((reading, alarm_number))

    def forget(self) -> None:
        """*RST."""
        self.begin()
        self.latest.clear()
        self.alarms.clear()

    def plain(self) -> None:
        """CONFigure and MEASure switch units, time, channel and alarm off."""
        self.with_alarm = self.with_channel = self.with_time = self.with_unit = False

    with_alarm = Setting("FORMat:READing:ALARm", Boolean(), reset=False)
    with_channel = Setting("FORMat:READing:CHANnel", Boolean(), reset=False)
    with_time = Setting("FORMat:READing:TIME", Boolean(), reset=False)
    time_type = Setting("FORMat:READing:TIME:TYPE", Choice(("ABSolute", "RELative")), reset="REL")
    with_unit = Setting("FORMat:READing:UNIT", Boolean(), reset=False)
    border = Setting("FORMat:BORDer", Choice(("NORMal", "SWAPped")), reset="NORM")
    threshold = Setting("DATA:POINts:EVENt:THReshold", integer(1, READINGS_KEPT, 1), reset=1.0)

    # Telling.

    def told(self, readings: Sequence[Reading]) -> str:
        """As READ?, FETCh? and the others answer."""
        return ",".join(self._one(reading) for reading in readings)

    def _one(self, reading: Reading) -> str:
        parts = [f"{reading.value:+.8E}" + (f" {reading.unit}" if self.with_unit else "")]
        if self.with_time:
            relative = f"{reading.since_start_s:013.3f}"
            parts.append(relative if self.time_type == "REL" else self._calendar.stamp(reading.at_s))
        if self.with_channel:
            parts.append(str(reading.channel))
        if self.with_alarm:
            parts.append(str(reading.alarm))
        return ",".join(parts)

    def fully(self, reading: Reading | None) -> str:
        """As a monitor tells it: unit, date, time, channel and alarm, whatever the format is."""
        if reading is None:
            return "+0.00000000E+00,0000,00,00,00,00,00.000,0,0"
        stamp = self._calendar.stamp(reading.at_s)
        return f"{reading.value:+.8E} {reading.unit},{stamp},{reading.channel},{reading.alarm}"

    def taken(self, most: int) -> str:
        """Readings out of memory, oldest first."""
        count = min(most, len(self.readings))
        return self.told([self.readings.popleft() for _ in range(count)])

    @query("R?", Number("", Limits(1, 1e9), whole=True, optional=True))
    def remove_block(self, most: float = 1e9) -> str:
        """What is in memory by now, as a definite-length block, and out of it."""
        return block(self.taken(int(most)).encode("latin-1"))

    @query("DATA:REMove?", Number("", Limits(1, 1e9), whole=True))
    def remove(self, count: float) -> str:
        """Just so many readings out of memory; -222 if there are fewer."""
        if len(self.readings) < count:
            raise ScpiError(-222)
        return self.taken(int(count))

    @query("DATA:POINts?")
    def points(self) -> str:
        """How many readings are in memory."""
        return f"{len(self.readings):+d}"

    @query("DATA:LAST?", integer(1, READINGS_KEPT, optional=True), CHANNELS)
    def last(self, count: float | None = None, channels: Sequence[int] | None = None) -> str:
        """The last readings of a channel, or the last of all, with units."""
        number = int(count or 1)
        wanted = None if channels is None else set(channels)
        found = [reading for reading in self.readings if wanted is None or reading.channel in wanted][-number:]
        if not found and channels is not None and channels[0] in self.latest:
            found = [self.latest[channels[0]]]
        if not found:
            raise ScpiError(-230)
        return ",".join(f"{reading.value:+.8E} {reading.unit}" for reading in found)

    @query("SYSTem:ALARm?")
    def alarm(self) -> str:
        """The oldest alarm, out of the queue: reading, date, time, channel, which limit, alarm number."""
        if not self.alarms:
            return "+0.00000000E+00,0000,00,00,00,00,00.000,0,0,0"
        reading, number = self.alarms.popleft()
        return f"{self.fully(reading)},{number}"

    @query("SYSTem:TIME:SCAN?")
    def scan_time(self) -> str:
        """When the scan began."""
        return self._calendar.stamp(self.started_s)

    # Statistics.

    @command("CALCulate:AVERage:CLEar", CHANNELS)
    def clear_statistics(self, channels: Sequence[int] | None = None) -> None:
        """Forget what was counted."""
        for channel in self._scanned(channels):
            channel.statistics.clear()

    @query("CALCulate:AVERage:AVERage?", CHANNELS)
    def average(self, channels: Sequence[int] | None = None) -> str:
        """Mean of each channel."""
        return self._each(channels, lambda values: sum(values) / len(values))

    @query("CALCulate:AVERage:MINimum?", CHANNELS)
    def minimum(self, channels: Sequence[int] | None = None) -> str:
        """Lowest reading of each channel."""
        return self._each(channels, min)

    @query("CALCulate:AVERage:MAXimum?", CHANNELS)
    def maximum(self, channels: Sequence[int] | None = None) -> str:
        """Highest reading of each channel."""
        return self._each(channels, max)

    @query("CALCulate:AVERage:PTPeak?", CHANNELS)
    def peak_to_peak(self, channels: Sequence[int] | None = None) -> str:
        """Between the two."""
        return self._each(channels, lambda values: max(values) - min(values))

    @query("CALCulate:AVERage:COUNt?", CHANNELS)
    def count(self, channels: Sequence[int] | None = None) -> str:
        """How many readings of each channel were counted."""
        return self._each(channels, lambda values: float(len(values)))

    @query("CALCulate:AVERage:MINimum:TIME?", CHANNELS)
    def minimum_time(self, channels: Sequence[int] | None = None) -> str:
        """When it was read."""
        return ",".join(self._calendar.stamp(min(channel.statistics)[1]) for channel in self._counted(channels))

    @query("CALCulate:AVERage:MAXimum:TIME?", CHANNELS)
    def maximum_time(self, channels: Sequence[int] | None = None) -> str:
        """When it was read."""
        return ",".join(self._calendar.stamp(max(channel.statistics)[1]) for channel in self._counted(channels))

    def _each(self, channels: Sequence[int] | None, of: Callable[[list[float]], float]) -> str:
        """A figure for each channel; 0 where nothing was read."""
        readings = [[value for value, _ in channel.statistics] for channel in self._scanned(channels)]
        return ",".join(f"{of(values) if values else 0.0:+.8E}" for values in readings)

    def _scanned(self, channels: Sequence[int] | None) -> list[Channel]:
        return [self._channels[number] for number in (self._scan_list() if channels is None else channels)]

    def _counted(self, channels: Sequence[int] | None) -> list[Channel]:
        counted = self._scanned(channels)
        if not all(channel.statistics for channel in counted):
            raise ScpiError(-230)
        return counted
