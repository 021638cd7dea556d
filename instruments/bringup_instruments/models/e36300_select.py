"""How commands of the E36300 series name outputs: by name, by channel list, or not at all.

Neighbours: `supply_e36312a.py` declares commands with these parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..scpi import ChannelList, Choice, Number, ScpiError
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import Special

CHANNELS = {"CH1": 1, "CH2": 2, "CH3": 3, "P6V": 1, "P25V": 2, "N25V": 3}
NAMES = tuple(CHANNELS)
ALL = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A channel list or one output's name; may be left out."""

    optional: bool = True
    _list: ChannelList = field(default=ChannelList(ALL))
    _name: Choice = field(default=Choice(NAMES))

    def accept(self, token: Token) -> object:
        """Either."""
        return self._name.accept(token) if token.kind is Kind.WORD else self._list.accept(token)

    def check(self, owner: Any, value: object) -> tuple[int, ...]:
        """Outputs that exist."""
        if isinstance(value, str):
            return (CHANNELS[self._name.check(owner, value)],)
        return self._list.check(owner, value)

    def show(self, value: Sequence[int]) -> str:
        """As a list."""
        return self._list.show(value)

    def limits_of(self, _owner: Any) -> None:
        """It has no range."""
        return


@dataclass(frozen=True, slots=True)
class RawLevel:
    """A level that is judged later, when it is known whose it is."""

    unit: str
    optional: bool = True

    def accept(self, token: Token) -> float | Special:
        """A number or MIN, MAX, DEF."""
        return Number(self.unit).accept(token)

    def check(self, _owner: Any, value: object) -> object:
        """Later."""
        return value

    def show(self, value: object) -> str:
        """Never asked for."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """Not known yet."""
        return


class Coupled:
    """Outputs that are coupled: names, ALL or NONE."""

    @staticmethod
    def parameters() -> tuple[Choice, ...]:
        """One word, and two more names behind it."""
        return (Choice(("ALL", "NONE", *NAMES)), Choice(NAMES, optional=True), Choice(NAMES, optional=True))

    @staticmethod
    def levels() -> tuple[RawLevel, RawLevel]:
        """The voltage and the current of APPLy."""
        return (RawLevel("V"), RawLevel("A"))

    @staticmethod
    def numbers(names: Sequence[str | None]) -> tuple[int, ...]:
        """What the words stand for; -224 where ALL or NONE comes with a name."""
        words = [name for name in names if name is not None]
        if words[0] in ("ALL", "NONE"):
            if len(words) > 1:
                raise ScpiError(-224)
            return ALL if words[0] == "ALL" else ()
        return tuple(sorted({CHANNELS[word] for word in words}))


def shown_coupling(coupled: tuple[int, ...]) -> str:
    """As a query answers it."""
    if not coupled:
        return "NONE"
    return "ALL" if coupled == ALL else ",".join(f"CH{number}" for number in coupled)
