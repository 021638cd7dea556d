"""One output of an instrument that has to be told which output the next commands mean (INSTrument:NSELect).

Every message selects for itself: a front panel, another program or a power blip may have moved the selection since
the last one. Above: `rohde_schwarz_hmp.py`, `keysight_e3631a.py`. Below: `scpi_session.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bringup.errors import InstrumentError, UsageError

from .replies import as_number
from .scpi_session import ScpiSession

T = TypeVar("T")

OFF_TRIES = 3
"""How often switching off is tried before it is given up as unverified (estimate)."""


class SelectedOutput:
    """The wire to one output.

    Args:
        session: the instrument's.
        number: which output.
        before: commands that must precede every message on this wire, with their `;:`.
    """

    def __init__(self, session: ScpiSession, number: int, before: str = "") -> None:
        self.where = f"{session.where}, output {number}"
        self._session = session
        self._select = f"{before}INST:NSEL {number};:"

    def read(self, question: str, meaning: Callable[[str], T]) -> T:
        """Ask this output one question."""
        return self._session.read(self._select + question, meaning)

    def number(self, question: str, low: float, high: float) -> float:
        """Ask this output for one number, from `low` to `high`."""
        return self.read(question, lambda text: as_number(text, low, high))

    def set_number(self, header: str, value: float, tolerance: float) -> None:
        """Set one number; the instrument must say within the tolerance that it has it.

        Raises:
            InstrumentError: it refused, or took another one.
        """
        low, high = min(value, 0.0) - 1000, max(value, 0.0) + 1000  # any setting will do: it is compared below
        taken = self.set_and_read(f"{header} {value:.7g}", f"{header}?", lambda text: as_number(text, low, high))
        if abs(taken - value) > tolerance:
            raise InstrumentError(f"{self.where}: {header} {value:.7g} was sent, it says {taken:.7g}")

    def set_and_read(self, command: str, question: str, meaning: Callable[[str], T]) -> T:
        """Send this output a command and ask what it did."""
        return self._session.set_and_read(self._select + command, question, meaning, under=self._select)

    def off(self, command: str, question: str, is_off: Callable[[str], bool]) -> None:
        """Switch off: the command goes out before anything is read, and is repeated until the answer says so.

        Raises:
            InstrumentError: the output is not known to be off.
        """
        with self._session.lock:
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._session.send_at_once(self._select + command)
                    if self.read(question, is_off):
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{self.where}: the output may be on: {error}") from error
            raise InstrumentError(f"{self.where}: the output is on after {OFF_TRIES} times {command}")


def known_output(where: str, channels: Sequence[int], channel: int) -> int:
    """The channel, if there is one of that number.

    Raises:
        UsageError: there is none.
    """
    if channel not in channels:
        raise UsageError(f"{where} has the outputs {', '.join(map(str, channels))}; there is no output {channel}")
    return channel
