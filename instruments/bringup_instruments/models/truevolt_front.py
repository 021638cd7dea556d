"""What a Truevolt meter has besides measuring: display, beeper, clock, options, terminals.

After the Truevolt Series Operating and Service Guide, "DISPlay", "SYSTem", "ROUTe" and "OUTPut Subsystem".
Neighbours: `multimeter_34460.py`.
"""

from __future__ import annotations

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Setting, Text, command, integer, query, quoted

OPTIONS = {"34461A": "0,0,0,0,0", "34465A": "0,0,DIG,0,0"}  # five places, as the larger models answer
LICENSES = {"34461A": "", "34465A": "DIG"}


class Front:
    """Everything on it that changes no reading.

    Args:
        clock: the lab's time, for SYSTem:UPTime?.
        model: 34461A or 34465A.
    """

    def __init__(self, clock: Clock, model: str) -> None:
        self._clock = clock
        self._model = model
        self._started_s = clock.now()

    display_on = Setting("DISPlay[:STATe]", Boolean(), reset=True)
    display_text = Setting("DISPlay:TEXT[:DATA]", Text(longest=40), reset="")
    display_view = Setting("DISPlay:VIEW", Choice(("NUMeric", "HISTogram", "TCHart", "METer")), reset="NUM")
    beeps = Setting("SYSTem:BEEPer:STATe", Boolean(), reset=True, kept=True)
    clicks = Setting("SYSTem:CLICk:STATe", Boolean(), reset=True, kept=True)
    label = Setting("SYSTem:LABel", Text(longest=40), reset="", kept=True)
    trigger_out = Setting("OUTPut:TRIGger:SLOPe", Choice(("POSitive", "NEGative")), reset="NEG")
    power_on_state = Setting("MEMory:STATe:RECall:AUTO", Boolean(), reset=False, kept=True)
    power_on_place = Setting("MEMory:STATe:RECall:SELect", integer(0, 4), reset=0.0, kept=True)
    calibration_text = Setting("CALibration:STRing", Text(longest=40), reset="", kept=True)
    temperature_unit = Setting("UNIT:TEMPerature", Choice(("C", "F", "K")), reset="C")
    continuity_beeps = Setting("[SENSe]:CONTinuity:THReshold:BEEPer:STATe", Boolean(), reset=True)

    @command("DISPlay:TEXT:CLEar")
    def clear_display_text(self) -> None:
        """Show readings again."""
        self.display_text = ""

    @command("SYSTem:BEEPer[:IMMediate]")
    def beep(self) -> None:
        """One beep, which nobody in a simulated lab hears."""

    @command("SYSTem:LOCal")
    @command("SYSTem:REMote")
    @command("SYSTem:RWLock")
    def take_or_give_front_panel(self) -> None:
        """Nobody stands at the front panel of a simulated lab."""

    @query("SYSTem:LFRequency?")
    @query("SYSTem:LFRequency:ACTual?")
    def line_hertz(self) -> str:
        """The mains that integration times count in."""
        return "+60"

    @query("SYSTem:TEMPerature?")
    def own_celsius(self) -> str:
        """Inside the case (estimate)."""
        return f"{33.5:+.8E}"

    @query("SYSTem:UPTime?")
    def up_time(self) -> str:
        """Days, hours, minutes and seconds since it was switched on."""
        seconds = int(self._clock.now() - self._started_s)
        return f"{seconds // 86400:+d},{seconds // 3600 % 24:+d},{seconds // 60 % 60:+d},{seconds % 60:+d}"

    @query("SYSTem:LICense:CATalog?")
    def licenses(self) -> str:
        """Installed licences, each in quotes."""
        return quoted(LICENSES[self._model])

    @query("*OPT?")
    def options(self) -> str:
        """Installed options, 0 for each place without one."""
        return OPTIONS[self._model]

    @query("ROUTe:TERMinals?")
    def terminals(self) -> str:
        """The front ones."""
        return "FRON"

    @query("CALibration:COUNt?")
    def calibrations(self) -> str:
        """How often it was calibrated."""
        return "+12"
