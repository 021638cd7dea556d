"""The date and time of day of an instrument: SYSTem:DATE and SYSTem:TIME as Keysight's have them.

It follows the lab's calendar until a program sets it. Neighbours: `multimeter_34460.py`, `daq_34980a.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bringup.clock import Clock

from ..scpi import Limits, Number, ScpiError, command, integer, query


class CalendarClock:
    """A battery-backed clock.

    Args:
        clock: the lab's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = timedelta(0)

    def moment(self, at_s: float) -> datetime:
        """What it showed at a lab time."""
        return self._clock.utc() + timedelta(seconds=at_s - self._clock.now()) + self._offset

    def stamp(self, at_s: float) -> str:
        """Year, month, day, hour, minute and second with milliseconds, between commas."""
        moment = self.moment(at_s)
        return moment.strftime("%Y,%m,%d,%H,%M,%S.") + f"{moment.microsecond // 1000:03d}"

    @command("SYSTem:DATE", integer(2000, 2100), integer(1, 12), integer(1, 31))
    def set_date(self, year: float, month: float, day: float) -> None:
        """Move the date; the time of day stays. -222 for a day that the month does not have."""
        moment = self.moment(self._clock.now())
        try:
            wanted = moment.replace(year=int(year), month=int(month), day=int(day))
        except ValueError:
            raise ScpiError(-222) from None
        self._offset += wanted - moment

    @query("SYSTem:DATE?")
    def date(self) -> str:
        """Year, month, day."""
        return self.stamp(self._clock.now())[:10]

    @command("SYSTem:TIME", integer(0, 23), integer(0, 59), Number("S", Limits(0.0, 59.999)))
    def set_time(self, hour: float, minute: float, second: float) -> None:
        """Move the time of day; the date stays."""
        moment = self.moment(self._clock.now())
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        self._offset += midnight + timedelta(hours=hour, minutes=minute, seconds=second) - moment

    @query("SYSTem:TIME?")
    def time(self) -> str:
        """Hour, minute, second."""
        return self.stamp(self._clock.now())[11:]
