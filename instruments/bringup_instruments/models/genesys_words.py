"""How a line of the Genesys serial dialect is written: backspace, checksum, numbers, hex masks and words.

After the Genesys GEN 5000W User Manual (83-515-000), 7.6 "Communication interface protocol". Neighbour:
`genesys_gen.py` carries the lines out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

LONGEST_NUMBER = 12  # characters (7.8.1)
BACKSPACE = "\b"
SWITCH = {"ON": True, "1": True, "OFF": False, "0": False}

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{1,2}")
_CHECKED = re.compile(r"(.*)\$(.*)", re.DOTALL)

Word = TypeVar("Word")


class CommandError(Exception):
    """A command that cannot be carried out; the text is its code C01 to C05."""


def rubbed_out(line: str) -> str:
    """What is left after backspaces."""
    kept: list[str] = []
    for character in line:
        if character != BACKSPACE:
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)


def split_checksum(text: str) -> tuple[str, str | None]:
    """A command and the checksum behind it, if there is one."""
    found = _CHECKED.fullmatch(text)
    return (found[1], found[2].strip().upper()) if found else (text, None)


def checksum_of(text: str) -> str:
    """The low byte of the sum of all characters, as two hex digits (7.6.5)."""
    return f"{sum(text.encode('latin-1')) & 0xFF:02X}"


def with_checksum(text: str, asked: str | None) -> str:
    """An answer, with a checksum if the command had one."""
    return text if asked is None else f"{text}${checksum_of(text)}"


def number(argument: str) -> float:
    """A decimal number of at most twelve characters."""
    if len(argument) > LONGEST_NUMBER or not _NUMBER.fullmatch(argument):
        raise CommandError("C03")
    return float(argument)


def mask(argument: str) -> int:
    """Two hex digits."""
    if not _HEX.fullmatch(argument):
        raise CommandError("C03")
    return int(argument, 16)


def chosen(words: Mapping[str, Word], argument: str) -> Word:
    """What a word stands for."""
    if argument.upper() not in words:
        raise CommandError("C03")
    return words[argument.upper()]


def on_off(on: bool) -> str:
    """ON or OFF."""
    return "ON" if on else "OFF"
