"""Bytes from a wire into numbers, errors and identities, or a refusal: never into a wrong number.

Every function here is pure and strict: what does not read exactly as its manual says is a `ReplyMistake`,
which the sessions turn into `BadReply` with the instrument, the command and the raw bytes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bringup.capabilities import Identity

NOT_A_NUMBER = 9.91e37
"""What SCPI instruments answer for "not a number" (SCPI-1999, volume 1, 7.2.1.5)."""

OVERLOAD = 9.9e37
"""What SCPI instruments answer for infinity, that is an overload (SCPI-1999, volume 1, 7.2.1.4)."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_ERROR = re.compile(r'([+-]?\d{1,5}),"((?:[^"]|"")*)"', re.ASCII)
_SLED_ID = re.compile(r"serial=(\S+) product=(\S+) revision=(\S+)")
_TEXT = re.compile(r"[\x20-\x7e]*")


class ReplyMistake(ValueError):
    """What is wrong with a reply, in a few words."""


class Overload(ReplyMistake):
    """The instrument says that what it measures is beyond its range."""


@dataclass(frozen=True, slots=True)
class QueuedError:
    """One entry of an instrument's error queue; number 0 is "no error" (SCPI-1999, volume 2, 21.8)."""

    number: int
    text: str

    def __str__(self) -> str:
        return f'{self.number},"{self.text}"'


def as_text(raw: bytes) -> str:
    """One reply as printable ASCII.

    Raises:
        ReplyMistake: there is anything else in it.
    """
    text = raw.decode("latin-1")
    if not _TEXT.fullmatch(text):
        raise ReplyMistake("unprintable bytes")
    return text


def as_number(text: str, low: float, high: float) -> float:
    """A decimal number (NR1, NR2 or NR3 of IEEE 488.2-1992, 8.7) from `low` to `high`.

    Raises:
        Overload: it stands for infinity.
        ReplyMistake: it is not a number, stands for none, or lies beyond the two.
    """
    if len(text) > 64 or not _NUMBER.fullmatch(text):
        raise ReplyMistake("not a number")
    value = float(text)
    if math.isclose(value, NOT_A_NUMBER, rel_tol=1e-4):
        raise ReplyMistake("the instrument says that it has no number (NaN)")
    if abs(value) >= OVERLOAD * (1 - 1e-4):
        raise Overload("overload")
    if not low <= value <= high:
        raise ReplyMistake(f"beyond {low:g} … {high:g}")
    return value


def as_boolean(text: str) -> bool:
    """A boolean as SCPI answers it: 0 or 1 and nothing else (SCPI-1999, volume 1, 7.3)."""
    if text not in ("0", "1"):
        raise ReplyMistake("neither 0 nor 1")
    return text == "1"


def as_integer(text: str, low: int, high: int) -> int:
    """A whole number (NR1) from `low` to `high`."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ReplyMistake("not a whole number")
    value = int(text)
    if not low <= value <= high:
        raise ReplyMistake(f"beyond {low} … {high}")
    return value


def as_error(text: str) -> QueuedError:
    """One entry of the error queue, as in `-113,"Undefined header"`."""
    match = _ERROR.fullmatch(text)
    if not match:
        raise ReplyMistake("not an entry of the error queue")
    return QueuedError(int(match[1]), match[2].replace('""', '"'))


def as_identity(text: str) -> Identity:
    """The four fields of `*IDN?`: maker, model, serial number, firmware (IEEE 488.2-1992, 10.14).

    Some instruments have a comma in their firmware, against the standard.
    """
    fields = [field.strip() for field in text.split(",", maxsplit=3)]
    if len(fields) != 4 or not all(fields[:2]) or ";" in text:
        raise ReplyMistake("not the four fields of an identity")
    return Identity(*fields)


def as_sled_identity(lines: list[str]) -> Identity:
    """A sled's own word, as in `serial=SL-0001 product=liquid-sled revision=B`."""
    match = _SLED_ID.fullmatch(lines[0]) if len(lines) == 1 else None
    if not match:
        raise ReplyMistake("not a sled's identity")
    return Identity("bringup", match[2], match[1], match[3])


def as_fields(text: str, count: int) -> list[str]:
    """The `count` answers of a compound query, between semicolons that stand outside of quotes."""
    fields = re.findall(r'(?:"[^"]*"|[^;"])+', text)
    if len(fields) != count or ";".join(fields) != text:
        raise ReplyMistake(f"not {count} answers")
    return fields
