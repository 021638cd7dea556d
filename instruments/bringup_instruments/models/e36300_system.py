"""What of an E36300 supply touches no output: display, beeper, remote state, date and time.

After the "E36300 Series Programming Guide", "DISPlay", "SYSTem" and "LXI" subsystems. Neighbours: `supply_e36312a.py`
puts it together.
"""

from __future__ import annotations

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Setting, Text, command, integer, query


class System:
    """Commands of the instrument alone.

    Args:
        clock: the lab's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    power_on_state = Setting("OUTPut:PON:STATe", Choice(("RST", "RCL0")), reset="RST", kept=True)
    clears_at_power_on = Setting("*PSC", Boolean(), reset=True, kept=True)
    relay_on = Setting("OUTPut:RELay[:STATe]", Boolean(), reset=False)
    display_on = Setting("DISPlay[:WINDow][:STATe]", Boolean(), reset=True)
    display_text = Setting("DISPlay[:WINDow]:TEXT[:DATA]", Text(longest=80), reset="")
    display_view = Setting("DISPlay[:WINDow]:VIEW", Choice(("METER3", "METER1", "SUM")), reset="METER3")
    beeper_on = Setting("SYSTem:BEEPer:STATe", Boolean(), reset=True, kept=True)
    remote_state = Setting("SYSTem:COMMunicate:RLSTate", Choice(("LOCal", "REMote", "RWLock")), reset="LOC", kept=True)

    @command("DISPlay[:WINDow]:TEXT:CLEar")
    def clear_text(self) -> None:
        """Show readings again."""
        self.display_text = ""

    @command("SYSTem:BEEPer[:IMMediate]")
    def beep(self) -> None:
        """One beep, which nobody in a simulated lab hears."""

    @command("SYSTem:LOCal")
    def go_local(self) -> None:
        """Front panel unlocked."""
        self.remote_state = "LOC"

    @command("SYSTem:REMote")
    def go_remote(self) -> None:
        """Front panel locked but for its Local key."""
        self.remote_state = "REM"

    @command("SYSTem:RWLock")
    def lock(self) -> None:
        """Front panel locked."""
        self.remote_state = "RWL"

    @query("SYSTem:DATE?")
    def date(self) -> str:
        """Year, month and day."""
        return f"{self._clock.utc():%Y,%m,%d}"

    @query("SYSTem:TIME?")
    def time(self) -> str:
        """Hour, minute and second."""
        return f"{self._clock.utc():%H,%M,%S}"

    @command("SYSTem:DATE", integer(2000, 2099), integer(1, 12), integer(1, 31))
    def set_date(self, _year: float, _month: float, _day: float) -> None:
        """Taken and forgotten: the lab's clock says what day it is."""

    @command("SYSTem:TIME", integer(0, 23), integer(0, 59), integer(0, 59))
    def set_time(self, _hour: float, _minute: float, _second: float) -> None:
        """Taken and forgotten."""

    @command("LXI:IDENtify[:STATe]", Boolean())
    def blink(self, _on: bool) -> None:
        """Blinks where nobody looks."""
