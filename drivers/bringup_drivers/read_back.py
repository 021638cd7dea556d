"""What an instrument said of its settings when they were set: asked again when a link that was lost is back.

Nothing is replayed: an instrument that says something else has been switched off, or somebody has been at it, and
whoever had set it has to decide. Neighbours: `scpi_session` and `line_session` keep one each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bringup.errors import InstrumentError


class _Said(NamedTuple):
    meaning: Callable[[str], object]
    value: object


class ReadBacks:
    """The settings that were read back, by the question that asked for them.

    Args:
        where: the instrument, for messages.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._said: dict[str, _Said] = {}

    def keep(self, question: str, meaning: Callable[[str], object], value: object) -> None:
        """A set was read back as `value`."""
        self._said[question] = _Said(meaning, value)

    def forget(self) -> None:
        """Something was sent that may have changed any of it."""
        self._said.clear()

    def verify(self, ask: Callable[[str, Callable[[str], object]], object]) -> None:
        """Ask everything again.

        Raises:
            InstrumentError: something is another one now; all of it is forgotten.
        """
        changed = []
        for question, (meaning, before) in self._said.items():
            now = ask(question, meaning)
            if now != before:
                changed.append(f"{question} says {now!r}, it said {before!r}")
        if changed:
            self.forget()
            raise InstrumentError(
                f"{self._where}: the link was lost and is back, but the instrument is set otherwise now: "
                f"{', '.join(changed)}; nothing was sent again"
            )
