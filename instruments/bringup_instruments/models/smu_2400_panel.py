"""DISPlay, SYSTem, ROUTe and the measurement status register of the 2400, and its stored setups.

After the Series 2400 User's Manual, sections 15 (status), 16 (common commands) and 18.
Neighbours: `smu_2400.py` inherits this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..scpi import Automatic, Boolean, Choice, Limits, Number, Setting, Text, command, integer, query, quoted
from ..scpi.command import Command, settings_of

if TYPE_CHECKING:
    from .smu_2400 import Smu2400

SETUPS = 5
LONGEST_TEXT = {1: 20, 2: 32}


class PanelCommands:
    """Everything that neither sources nor measures; the instrument inherits this."""

    if TYPE_CHECKING:

        def _smu(self) -> Smu2400:
            """The whole instrument."""

    stamp_reset_at_s = 0.0

    def _end_once(self) -> None:
        if self.auto_zero == "ONCE":
            self.auto_zero = "OFF"

    def _follow_sense(self) -> None:
        self._smu().feed()

    def _fix_frequency(self) -> None:
        self.frequency_auto = False

    def _follow_terminals(self) -> None:
        self._smu().switch(on=False)

    # SYSTem.

    auto_zero = Setting("SYSTem:AZERo[:STATe]", Automatic(), reset="ON", then=_end_once)
    zero_caching = Setting("SYSTem:AZERo:CACHing[:STATe]", Boolean(), reset=True)
    remote_sense = Setting("SYSTem:RSENse", Boolean(), reset=False, then=_follow_sense)
    guard = Setting("SYSTem:GUARd", Choice(("OHMS", "CABLe")), reset="CABL")
    beeper_on = Setting("SYSTem:BEEPer:STATe", Boolean(), reset=True, kept=True)
    key_click = Setting("SYSTem:KCLick", Boolean(), reset=True, kept=True)
    frequency = Setting("SYSTem:LFRequency", integer(50, 60, 60), reset=60.0, then=_fix_frequency, kept=True)
    frequency_auto = Setting("SYSTem:LFRequency:AUTO", Boolean(), reset=True, kept=True)
    power_on_setup = Setting(
        "SYSTem:POSetup",
        Choice(("RST", "PRESet", *(f"SAV{place}" for place in range(SETUPS)))),
        reset="RST",
        kept=True,
    )
    range_mode = Setting("SYSTem:RCMode", Choice(("SINGle", "MULTiple")), reset="SING")
    stamp_reset_auto = Setting("SYSTem:TIME:RESet:AUTO", Boolean(), reset=False)

    @command("SYSTem:BEEPer[:IMMediate]", Number("HZ", Limits(65, 2e6)), Number("S", Limits(0, 7.9)))
    def beep(self, _hertz: float, _seconds: float) -> None:
        """A tone that nobody in a simulated lab hears."""

    @command("SYSTem:KEY", integer(1, 31))
    def press(self, _key: float) -> None:
        """Press a key; menus are not simulated."""

    @command("SYSTem:LOCal")
    @command("SYSTem:REMote")
    @command("SYSTem:RWLock")
    def lock_panel(self) -> None:
        """Nobody stands at a simulated front panel."""

    @command("SYSTem:CLEar")
    @command("STATus:QUEue:CLEar")
    def clear_errors(self) -> None:
        """Empty the error queue."""
        self._smu().status.errors.clear()

    @query("SYSTem:ERRor:COUNt?")
    def error_count(self) -> str:
        """Entries of the queue."""
        return str(len(self._smu().status.errors))

    @query("SYSTem:ERRor:CODE[:NEXT]?")
    def next_code(self) -> str:
        """The oldest entry's number."""
        error = self._smu().status.errors.pop()
        return "0" if error is None else f"{error.number:+d}"

    @query("STATus:QUEue[:NEXT]?")
    def next_error(self) -> str:
        """As SYSTem:ERRor?."""
        error = self._smu().status.errors.pop()
        return self._smu().no_error if error is None else str(error)

    @query("SYSTem:ERRor:ALL?")
    def all_errors(self) -> str:
        """Everything in the queue."""
        found = []
        while (error := self._smu().status.errors.pop()) is not None:
            found.append(str(error))
        return ",".join(found) or self._smu().no_error

    @command("SYSTem:PRESet")
    def preset(self) -> None:
        """As *RST, but for what only front panel operation has."""
        self._smu().reset()

    @command("SYSTem:TIME:RESet")
    def reset_stamp(self) -> None:
        """Readings count their seconds from now."""
        self.stamp_reset_at_s = self._smu().clock.now()

    @query("SYSTem:TIME?")
    def time(self) -> str:
        """Seconds since the timestamp was reset."""
        return f"{self._smu().clock.now() - self.stamp_reset_at_s:+.6E}"

    @command("SYSTem:MEMory:INITialize")
    def forget_setups(self) -> None:
        """Every stored setup to the *RST table."""
        self._smu().setups.clear()

    @query("*OPT?")
    def options(self) -> str:
        """No contact check."""
        return "0"

    # ROUTe and OUTPut's neighbours.

    terminals = Setting("ROUTe:TERMinals", Choice(("FRONt", "REAR")), reset="FRON", then=_follow_terminals)

    # DISPlay.

    display_on = Setting("DISPlay:ENABle", Boolean(), reset=True, kept=True)
    digits = Setting("DISPlay:DIGits", integer(4, 7, 6), reset=6.0)

    @command("DISPlay:CNDisplay")
    def leave_menu(self) -> None:
        """Back to source and measure."""

    def window_commands(self) -> Iterator[Command]:
        """Text of both lines of the display."""
        for number, node in ((1, "[:WINDow<1:1>]"), (2, ":WINDow2")):
            line = Line(LONGEST_TEXT[number])
            header = f"DISPlay{node}:TEXT"
            yield Command(header + "[:DATA]", line.put, (Text(line.longest),), line)
            yield Command(header + "[:DATA]?", line.tell, (), line)
            yield Command(header + ":STATe", line.switch, (Boolean(),), line)
            yield Command(header + ":STATe?", line.state, (), line)
            yield Command(f"DISPlay{node}:DATA?", line.tell, (), line)

    # Stored setups.

    @command("*SAV", integer(0, SETUPS - 1))
    def save(self, place: float) -> None:
        """Keep the settings in a place."""
        smu = self._smu()
        smu.setups[int(place)] = [
            (part, {name: getattr(part, name) for name, _ in settings_of(type(part))}, dict(smu.loose()))
            for part in smu.parts()
        ]

    @command("*RCL", integer(0, SETUPS - 1))
    def recall(self, place: float) -> None:
        """Take the settings of a place, with the output off; an empty place holds the *RST table."""
        smu = self._smu()
        smu.reset()
        for part, values, loose in smu.setups.get(int(place), ()):
            for name, value in values.items():
                setattr(part, name, value)
            for name, value in loose.items():
                setattr(smu, name, value)
        smu.switch(on=False)


class Line:
    """User text on one line of the display.

    Args:
        longest: characters that fit.
    """

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._text = ""
        self._on = False

    def put(self, text: str) -> None:
        """Define the text."""
        self._text = text

    def tell(self) -> str:
        """The text."""
        return quoted(self._text)

    def switch(self, on: bool) -> None:
        """Show it, or readings."""
        self._on = on

    def state(self) -> str:
        """Whether it is shown."""
        return "1" if self._on else "0"


Stored = list[tuple[Any, dict[str, Any], dict[str, Any]]]
