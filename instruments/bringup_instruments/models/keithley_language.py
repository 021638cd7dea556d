"""The command sets of the graphical Keithley meters: *LANG, and which parser a message meets.

After the Model DMM6500 Reference Manual, "Common commands", *LANG: the choice is kept at once and takes effect when
the power is cycled. The 2000 and 34401A emulations know only the common commands here.
Neighbours: `keithley_tsp.py` has the TSP subset, `keithley_graphical.py` mixes this in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scpi import Choice, ScpiDevice, ScpiError, command, query
from ..scpi.program import Program
from .keithley_tsp import compile_tsp

if TYPE_CHECKING:
    from .keithley_graphical import KeithleyGraphical

LANGUAGES = ("SCPI", "TSP", "SCPI2000", "SCPI34401")


class Bilingual(ScpiDevice):
    """A meter that speaks SCPI or TSP."""

    def __init__(self) -> None:
        self.language = "SCPI"  # at work
        self._next_language = "SCPI"  # after the next power-on

    @command("*LANG", Choice(LANGUAGES))
    def set_language(self, language: str) -> None:
        """Choose the command set for after the next power-on."""
        self._next_language = language

    @query("*LANG?")
    def chosen_language(self) -> str:
        """The choice, whether or not it is at work yet."""
        return self._next_language

    def on_power_on(self) -> None:
        """The chosen command set is at work from now on."""
        self.language = self._next_language
        self._programs.clear()

    def _enqueue(self, message: bytes) -> None:
        if self.language == "SCPI":
            super()._enqueue(message)
            return
        text = message.decode("latin-1").strip()
        if self.language == "TSP" and not text.startswith("*"):
            program = compile_tsp(self._meter(), text)
        elif text.startswith("*"):
            super()._enqueue(message)
            self._programs.clear()
            return
        else:
            program = Program((_unknown,), answers=False, only=_unknown)
        if program.calls:
            self._queued.append(program)

    def _meter(self) -> KeithleyGraphical:
        from .keithley_graphical import KeithleyGraphical  # noqa: PLC0415 - it imports this module

        assert isinstance(self, KeithleyGraphical)  # noqa: S101 - nothing else inherits this class
        return self


def _unknown() -> None:
    raise ScpiError(-113)
