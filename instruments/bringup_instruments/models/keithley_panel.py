"""DISPlay, SYSTem and STATus of the graphical Keithley meters, and their event log.

After the Model DMM6500 Reference Manual, "SCPI command reference". Errors carry the kind of event and the
instrument's time behind their text: `-113,"Undefined header;1;2024/05/09 14:12:12.345"`.
Neighbours: `keithley_graphical.py` mixes this in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..scpi import Choice, Limits, Number, ScpiError, Setting, Text, command, integer, query, quoted
from ..scpi.errors import ErrorQueue

if TYPE_CHECKING:
    from ..scpi.status import Status

LINE_HZ = 60
SCREENS = (
    "HOME",
    "HOME_LARGe_reading",
    "READing_table",
    "HISTogram",
    "GRAPh",
    "SWIPE_FUNCtions",
    "SWIPE_GRAPh",
    "SWIPE_SECondary",
    "SWIPE_SETTings",
    "SWIPE_STATistics",
    "SWIPE_USER",
    "SWIPE_CHANnel",
    "SWIPE_NONSwitch",
    "SWIPE_SCAN",
    "CHANNEL_CONTrol",
    "CHANNEL_SETTings",
    "CHANNEL_SCAN",
    "PROCessing",
)
LIGHTS = ("ON100", "ON75", "ON50", "ON25", "OFF", "BLACkout")


class StampedErrors(ErrorQueue):
    """An event log: every entry with the time at which it came.

    Args:
        capacity: how many entries it holds.
        clock: the lab's, for the time.
    """

    def __init__(self, capacity: int, clock: Clock) -> None:
        super().__init__(capacity)
        self._clock = clock

    def push(self, error: ScpiError) -> None:
        """Add an entry with kind 1 (error) and the time."""
        stamp = self._clock.utc().strftime("%Y/%m/%d %H:%M:%S.%f")[:-3]
        super().push(ScpiError(error.number, f"{error.text};1;{stamp}"))


class Panel:
    """Everything that is not measuring; a meter inherits this."""

    if TYPE_CHECKING:
        clock: Clock
        status: Status

    _time_offset = timedelta(0)

    # DISPlay.

    screen = Setting("DISPlay:SCReen", Choice(SCREENS), reset="HOME")
    light = Setting("DISPlay:LIGHt:STATe", Choice(LIGHTS), reset="ON50", kept=True)
    top_line = Setting("DISPlay:USER1:TEXT[:DATA]", Text(longest=20), reset="")
    bottom_line = Setting("DISPlay:USER2:TEXT[:DATA]", Text(longest=32), reset="")
    reading_format = Setting("DISPlay:READing:FORMat", Choice(("EXPonent", "PREFix")), reset="PREF", kept=True)
    shown_buffer = Setting("DISPlay:BUFFer:ACTive", Text(longest=31), reset="defbuffer1")

    @command("DISPlay:CLEar")
    def clear_display(self) -> None:
        """Forget both lines of user text."""
        self.top_line = self.bottom_line = ""

    # SYSTem.

    access = Setting("SYSTem:ACCess", Choice(("FULL", "EXCLusive", "PROTected", "LOCKout")), reset="FULL", kept=True)
    power_on_setup = Setting(
        "SYSTem:POSetup", Choice(("RST", "SAV0", "SAV1", "SAV2", "SAV3", "SAV4")), reset="RST", kept=True
    )

    @command("SYSTem:BEEPer[:IMMediate]", Number("HZ", Limits(20, 8000)), Number("S", Limits(0.001, 100)))
    def beep(self, _hertz: float, _seconds: float) -> None:
        """A tone that nobody in a simulated lab hears."""

    @command("SYSTem:CLEar")
    def clear_events(self) -> None:
        """Empty the event log."""
        self.status.errors.clear()

    @query("SYSTem:ERRor:COUNt?")
    def error_count(self) -> str:
        """Entries that were not read."""
        return str(len(self.status.errors))

    @query("SYSTem:ERRor:CODE[:NEXT]?")
    def next_code(self) -> str:
        """The number alone of the oldest entry."""
        error = self.status.errors.pop()
        return "0" if error is None else str(error.number)

    @query("SYSTem:EVENtlog:COUNt?", Choice(("ALL", "ERRor", "WARNing", "INFormation"), optional=True))
    def event_count(self, _kind: str = "ALL") -> str:
        """As the error queue: nothing but errors is logged."""
        return self.error_count()

    @query("SYSTem:EVENtlog:NEXT?", Choice(("ALL", "ERRor", "WARNing", "INFormation"), optional=True))
    def next_event(self, _kind: str = "ALL") -> str:
        """The oldest entry."""
        error = self.status.errors.pop()
        return '0,"No error;0;0 0"' if error is None else str(error)

    @command("SYSTem:EVENtlog:POST", Text(longest=90), Choice(("ERRor", "WARNing", "INFormation"), optional=True))
    def post_event(self, text: str, kind: str = "ERR") -> None:
        """Log a text; warnings and informations go unseen here."""
        if kind == "ERR":
            self.status.errors.push(ScpiError(1005, text))

    @query("SYSTem:LFRequency?")
    def line_frequency(self) -> str:
        """Measured at power-on."""
        return str(LINE_HZ)

    @query("SYSTem:TEMPerature:INTernal?")
    def internal_temperature(self) -> str:
        """A warm instrument (estimate)."""
        return "38.5"

    @query("SYSTem:TIME?", integer(1, 1, optional=True))
    def time(self, form: float | None = None) -> str:
        """Seconds since 1970, or date and time in words."""
        now = self.instrument_time()
        return now.strftime("%a %b %d %H:%M:%S %Y") if form else str(int(now.timestamp()))

    @command("SYSTem:TIME", *(integer(0, 9999),) * 3, *(Number(limits=Limits(0, 59.999), optional=True),) * 3)
    def set_time(self, *fields: float) -> None:
        """Year, month, day, hour, minute, second; or hour, minute, second alone."""
        now = self.instrument_time()
        parts = [int(field) for field in fields]
        try:
            if len(parts) == 3:
                wanted = now.replace(hour=parts[0], minute=parts[1], second=parts[2])
            else:
                year, month, day, hour, minute, second = parts
                wanted = datetime(year, month, day, hour, minute, second, tzinfo=now.tzinfo)
        except ValueError:
            raise ScpiError(-222) from None
        self._time_offset += wanted - now

    def instrument_time(self) -> datetime:
        """What its own clock says."""
        return self.clock.utc() + self._time_offset

    @query("SYSTem:CARD1:IDN?")
    def card(self) -> str:
        """No scanner card is in."""
        return "Empty Slot"

    @query("SYSTem:COMMunication:LAN:MACaddress?")
    def mac_address(self) -> str:
        """Of Keithley's block, otherwise made up."""
        return quoted("00-60-1a-00-00-01")

    # ROUTe and STATus.

    @query("ROUTe:TERMinals?")
    def terminals(self) -> str:
        """A switch on the front panel: it cannot be set from here."""
        return "FRON"

    @command("STATus:CLEar")
    def clear_status_registers(self) -> None:
        """Clear the event registers and the event log."""
        self.status.operation.event = 0
        self.status.questionable.event = 0
        self.status.errors.clear()
