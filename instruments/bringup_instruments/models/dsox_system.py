"""The system side of an InfiniiVision 1000 X-Series oscilloscope: setups, screen picture, clock, message line.

After the Programmer's Guide, chapters "Common (*) Commands", ":SYSTem", ":SAVE" and ":DISPlay Commands".
Neighbours: `dsox_setup.py` keeps setups, `dsox_screen.py` draws, `scope_dsox1102g.py` owns this.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bringup.clock import Clock

from ..scpi import Block, Boolean, Choice, Limits, Number, Setting, Text, command, integer, query
from .dsox_screen import Screen
from .dsox_setup import Setup
from .dsox_waveform import long_block

_IMAGE = (Choice(("BMP", "BMP8bit", "PNG"), optional=True), Choice(("COLor", "GRAYscale"), optional=True))


class System:
    """What belongs to no subsystem of the screen.

    Args:
        clock: the lab's.
        setup: all settings.
        picture: draws the screen.
        reset: the default setup.
        changed: called after any setting has changed.
    """

    def __init__(
        self,
        clock: Clock,
        setup: Setup,
        picture: Callable[[], Screen],
        reset: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._setup = setup
        self._picture = picture
        self._reset = reset
        self._changed = changed
        self.message = ""

    locked = Setting("SYSTem:LOCK", Boolean(), reset=False, kept=True)
    protected = Setting("SYSTem:PROTection:LOCK", Boolean(), reset=False, kept=True)

    @query("*OPT?")
    def options(self) -> str:
        """What is installed: the bandwidth of this model."""
        return "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,BW10,0"

    @query("*LRN?")
    def learn(self) -> str:
        """The setup as a command that restores it."""
        return f":SYST:SET {self.show_setup()}"

    @query("SYSTem:SETup?")
    def show_setup(self) -> str:
        """All settings as a block of text."""
        return long_block(self._setup.text().encode())

    @command("SYSTem:SETup", Block(longest=1 << 20))
    def load_setup(self, data: bytes) -> None:
        """All settings from such a block; -230 where it is none."""
        self._setup.load(data.decode("latin-1"))
        self._changed()

    @command("SYSTem:PRESet")
    def preset(self) -> None:
        """The default setup; what belongs to the user stays."""
        self._reset()

    @command("*SAV", integer(0, 9))
    @command("SAVE:SETup[:STARt]", integer(0, 9))
    def save(self, place: float) -> None:
        """Keep the setup in a place."""
        self._setup.save(int(place))

    @command("*RCL", integer(0, 9))
    @command("RECall:SETup[:STARt]", integer(0, 9))
    def recall(self, place: float) -> None:
        """Take the setup of a place; an empty one holds the default."""
        self._setup.recall(int(place))
        self._changed()

    @command("SYSTem:DSP", Text(longest=75))
    def display_text(self, text: str) -> None:
        """Write on the screen."""
        self.message = text

    @query("SYSTem:DATE?")
    def date(self) -> str:
        """Year, month and day of the lab."""
        now = self._now()
        return f"{now.year},{now.month},{now.day}"

    @query("SYSTem:TIME?")
    def time(self) -> str:
        """Hour, minute and second of the lab."""
        now = self._now()
        return f"{now.hour},{now.minute},{now.second}"

    @command("SYSTem:DATE", *(Number("", Limits(0, 9999)) for _ in range(3)))
    @command("SYSTem:TIME", *(Number("", Limits(0, 59)) for _ in range(3)))
    def set_clock(self, *_fields: float) -> None:
        """The scope's own clock; the lab's is not moved by it."""

    @query("DISPlay:DATA?", *_IMAGE)
    def picture(self, form: str = "BMP", palette: str = "COL") -> str:
        """The screen."""
        screen, gray = self._picture(), palette == "GRAY"
        if form == "PNG":
            return long_block(screen.png(gray=gray))
        return long_block(screen.bmp(gray=gray, palette=form == "BMP8"))

    def _now(self) -> datetime:
        return self._clock.utc()
