"""Program messages taken apart: units, headers and data elements, as IEEE 488.2 chapter 7 writes them.

Text is Latin-1, so that a character is a byte and binary blocks survive. Neighbours: `program.py` looks the
headers up in the tree, `parameters.py` makes values of the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .errors import ScpiError

WHITE = r"[\x00-\x09\x0b-\x20]"  # IEEE 488.2, 7.4.1.2: all controls and space, but not the newline
_WHITE = re.compile(WHITE + "*")
_SKIP = re.compile(r"[\x00-\x09\x0b-\x20;]*")
_HEADER = re.compile(r"(:?[A-Za-z]\w*(?::[A-Za-z]\w*)*|\*[A-Za-z]\w*)(\??)", re.ASCII)
_NUMBER = re.compile(rf"[+-]?(\d+\.?\d*|\.\d+)(?:{WHITE}*[eE]{WHITE}*([+-]?\d+))?", re.ASCII)
_SUFFIX = re.compile(rf"{WHITE}*([A-Za-z/%][A-Za-z0-9/.%*^-]*)", re.ASCII)
_BASED = re.compile(r"#([HhQqBb])(\w*)", re.ASCII)
_WORD = re.compile(r"[A-Za-z]\w*", re.ASCII)
_STRING = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')""")
_EXPRESSION = re.compile(r"\(([^()]*)\)")
_DIGITS = {"H": (16, "0123456789ABCDEF"), "Q": (8, "01234567"), "B": (2, "01")}
_MOST_DIGITS = 255  # 7.7.2.4.1
_LARGEST_EXPONENT = 32000  # 7.7.2.4.1
_LONGEST_WORD = 12  # 7.6.1.4, 7.7.1.4, 7.7.3.4


class Kind(Enum):
    """The kinds of program data (7.7)."""

    NUMBER = "decimal number"
    WORD = "character data"
    STRING = "string"
    BLOCK = "block"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class Token:
    """One data element: a number carries its value and suffix, anything else its text."""

    kind: Kind
    text: str
    number: float = 0.0
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One program message unit: header (upper case as sent, no question mark), query or not, its data."""

    header: str
    query: bool
    data: tuple[Token, ...]


def units(text: str) -> Iterator[Unit]:
    """Take a program message apart, unit by unit.

    Raises:
        ScpiError: a command error (-1xx) where the text stops being legal; units before it stand.
    """
    at = _end(_SKIP, text, 0)
    while at < len(text):
        header = _HEADER.match(text, at)
        if header is None:
            raise ScpiError(_stray(text[at]))
        data, at = _data(text, header.end())
        yield Unit(header[1].upper(), bool(header[2]), data)
        at = _end(_SKIP, text, at)


def message_end(buffer: bytes | bytearray) -> int:
    """Where the first program message ends (just after its newline), or 0 while it is incomplete.

    A newline inside a definite-length block is data. Everywhere else it ends the message, in a string too:
    on a raw socket it is the only thing that can.
    """
    if b"#" not in buffer:
        return buffer.find(b"\n") + 1
    at = 0
    while found := _LANDMARK.search(buffer, at):
        at = found.end()
        if found[0] == b"\n":
            return at
        if found[1] is not None:
            digits = int(found[1])
            length = bytes(buffer[at : at + digits])
            if len(length) == digits and length.isdigit():
                at += digits + int(length)
    return 0


_LANDMARK = re.compile(rb"""\n|"[^"\n]*"|'[^'\n]*'|[\x00-\x09\x0b-\x20,]\#([1-9])""")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _stray(character: str) -> int:
    """The error for a character that nothing can begin with."""
    return -102 if character.isascii() and (character.isalnum() or character in ":*?,.+-\"'(") else -101


def _data(text: str, at: int) -> tuple[tuple[Token, ...], int]:
    """The data elements after a header that ended at `at`, and where the unit ends."""
    start = _end(_WHITE, text, at)
    if start == len(text) or text[start] == ";":
        return (), start
    if start == at:  # something sticks to the header
        raise ScpiError({":": -102, "?": -102, ",": -103}.get(text[at], -111 if text[at].isascii() else -101))
    tokens: list[Token] = []
    at = start
    while True:
        token, at = _token(text, at)
        tokens.append(token)
        at = _end(_WHITE, text, at)
        if at == len(text) or text[at] == ";":
            return tuple(tokens), at
        if text[at] != ",":
            raise ScpiError(-103)
        at = _end(_WHITE, text, at + 1)


def _token(text: str, at: int) -> tuple[Token, int]:
    if at == len(text):
        raise ScpiError(-102)
    first = text[at]
    if first in "+-.0123456789":
        return _number(text, at)
    if first == "#":
        return _based(text, at) if text[at + 1 : at + 2].isalpha() else _block(text, at)
    for pattern, kind, error in _PLAIN:
        if found := pattern.match(text, at):
            return _plain(kind, found), found.end()
        if error is not None and first in error[0]:
            raise ScpiError(error[1])
    raise ScpiError(_stray(first))


_PLAIN: tuple[tuple[re.Pattern[str], Kind, tuple[str, int] | None], ...] = (
    (_WORD, Kind.WORD, None),
    (_STRING, Kind.STRING, ("\"'", -151)),
    (_EXPRESSION, Kind.EXPRESSION, ("(", -171)),
)


def _plain(kind: Kind, found: re.Match[str]) -> Token:
    text = found[0]
    if kind is Kind.WORD:
        if len(text) > _LONGEST_WORD:
            raise ScpiError(-144)
        return Token(kind, text.upper())
    inner = text[1:-1]
    return Token(kind, inner.replace(text[0] * 2, text[0]) if kind is Kind.STRING else inner)


def _number(text: str, at: int) -> tuple[Token, int]:
    found = _NUMBER.match(text, at)
    if found is None:
        raise ScpiError(-121)
    if len(found[1].replace(".", "").lstrip("0")) > _MOST_DIGITS:
        raise ScpiError(-124)
    exponent = found[2] or "0"
    if len(exponent) > 6 or abs(int(exponent)) > _LARGEST_EXPONENT:
        raise ScpiError(-123)
    digits = re.sub(WHITE, "", found[0])
    at = found.end()
    if at < len(text) and text[at] in "+-.#\"'":
        raise ScpiError(-121)
    suffix = _SUFFIX.match(text, at)
    if suffix is None:
        return Token(Kind.NUMBER, digits, float(digits)), at
    if len(suffix[1]) > _LONGEST_WORD:
        raise ScpiError(-134)
    return Token(Kind.NUMBER, digits, float(digits), suffix[1].upper()), suffix.end()


def _based(text: str, at: int) -> tuple[Token, int]:
    """Hexadecimal, octal and binary numbers (7.7.4)."""
    found = _BASED.match(text, at)
    if found is None:
        raise ScpiError(-102)
    base, legal = _DIGITS[found[1].upper()]
    digits = found[2].upper()
    if not digits or len(digits) > 64 or any(digit not in legal for digit in digits):
        raise ScpiError(-121)
    return Token(Kind.NUMBER, found[0], float(int(digits, base))), found.end()


def _block(text: str, at: int) -> tuple[Token, int]:
    """Arbitrary blocks (7.7.6): `#<digits><length><bytes>`, or `#0` up to the end of the message."""
    digits = text[at + 1 : at + 2]
    if not digits.isascii() or not digits.isdigit():
        raise ScpiError(-161)
    if digits == "0":
        return Token(Kind.BLOCK, text[at + 2 :]), len(text)
    start = at + 2 + int(digits)
    length = text[at + 2 : start]
    if len(length) < int(digits) or not length.isascii() or not length.isdigit():
        raise ScpiError(-161)
    stop = start + int(length)
    if stop > len(text):
        raise ScpiError(-161)
    return Token(Kind.BLOCK, text[start:stop]), stop
