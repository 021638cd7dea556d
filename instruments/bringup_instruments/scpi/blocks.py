"""Arbitrary block data, both ways (IEEE 488.2, 7.7.6 and 8.7.9): what a command takes, and what a query answers.

Neighbours: `lexer.py` finds where a block ends, `parameters.py` has the other kinds of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import ScpiError
from .lexer import Kind, Token
from .parameters import refuse


@dataclass(frozen=True, slots=True)
class Block:
    """Arbitrary block data, `#<digits><length><bytes>` or `#0…` (IEEE 488.2, 7.7.6); the value is bytes.

    Args:
        longest: bytes that the instrument keeps; more is -223.
        optional: may be left out.
    """

    longest: int
    optional: bool = False

    def accept(self, token: Token) -> bytes:
        """A block of either form."""
        if token.kind is not Kind.BLOCK:
            raise refuse(token)
        return token.text.encode("latin-1")

    def check(self, _owner: Any, value: object) -> bytes:
        """Not too long."""
        assert isinstance(value, bytes)  # noqa: S101 - accept() made it
        if len(value) > self.longest:
            raise ScpiError(-223)
        return value

    def show(self, value: bytes) -> str:
        """As definite length block response data."""
        return block(value)

    def limits_of(self, _owner: Any) -> None:
        """A block has no range."""
        return


def block(data: bytes) -> str:
    """Definite length arbitrary block response data (IEEE 488.2, 8.7.9), as Latin-1 text: a character a byte."""
    length = str(len(data))
    return f"#{len(length)}{length}{data.decode('latin-1')}"
