"""How i2c-tools read their arguments, and what they say about those that they cannot read.

Neighbours: `i2ctransfer.py`, `i2cdetect.py`, `i2cget.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .i2c_bus import I2cSegment

NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
FIRST_ADDRESS, LAST_ADDRESS = 0x08, 0x77
_HIGHEST_BUS = 0xFFFFF


class ToolStoppedError(Exception):
    """The tool prints these lines and ends."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__(*lines)


def options(tool: str, known: str, words: Sequence[str], usage: str) -> tuple[set[str], list[str]]:
    """Single-letter options, wherever they stand, and the other arguments.

    Raises:
        ToolStoppedError: an option that is not known, or the help was asked for.
    """
    given: set[str] = set()
    rest: list[str] = []
    for word in words:
        if len(word) > 1 and word.startswith("-"):
            given |= set(word[1:])
        else:
            rest.append(word)
    for letter in sorted(given - set(known)):
        raise ToolStoppedError(f"{tool}: invalid option -- '{letter}'", usage)
    if "h" in given:
        raise ToolStoppedError(usage)
    return given, rest


def leading_number(text: str) -> tuple[int | None, str]:
    """The number that a text begins with, in C's notation, and what follows it."""
    match = NUMBER.match(text)
    if not match:
        return None, text
    digits = match[0].lower()
    body = digits.lstrip("+-")
    base = 16 if body.startswith("0x") else 8 if body.startswith("0") else 10
    value = int(body, base)
    return (-value if digits.startswith("-") else value), text[match.end() :]


def whole_number(text: str) -> int | None:
    """The number that a text is."""
    value, rest = leading_number(text)
    return None if rest else value


def bus_of(buses: Mapping[int, I2cSegment], text: str) -> tuple[int, I2cSegment]:
    """The bus that an argument means.

    Raises:
        ToolStoppedError: there is none.
    """
    number = whole_number(text)
    if number is None:
        named = {adapter_name(known): known for known in buses}
        number = named.get(text)
        if number is None:
            raise ToolStoppedError("Error: I2C bus name doesn't match any bus present!")
    if not 0 <= number <= _HIGHEST_BUS:
        raise ToolStoppedError("Error: I2C bus out of range!")
    if number not in buses:
        places = f"`/dev/i2c-{number}' or `/dev/i2c/{number}'"
        raise ToolStoppedError(f"Error: Could not open file {places}: No such file or directory")
    return number, buses[number]


def address_of(text: str, *, every: bool) -> int:
    """The address that an argument means; with `every`, reserved ones too.

    Raises:
        ToolStoppedError: it is none.
    """
    address = whole_number(text)
    if address is None:
        raise ToolStoppedError("Error: Chip address is not a number!")
    first, last = (0x00, 0x7F) if every else (FIRST_ADDRESS, LAST_ADDRESS)
    if not first <= address <= last:
        raise ToolStoppedError(f"Error: Chip address out of range (0x{first:02x}-0x{last:02x})!")
    return address


def adapter_name(bus: int) -> str:
    """What the controller's kernel calls a bus (after the AST2600's register addresses)."""
    return f"1e78a{0x80 * (bus + 1):03x}.i2c-bus"


def bytes_in_words(data: bytes) -> str:
    """Bytes as all of the tools print them."""
    return " ".join(f"0x{byte:02x}" for byte in data)
