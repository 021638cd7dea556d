"""Telnet's escapes (RFC 854, 855): data, option requests and subnegotiations taken apart, and put together.

Only what a serial port server needs; `rfc2217.py` knows what the options mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

IAC = 255
LONGEST_SUBNEGOTIATION = 256  # bytes; ours have five, what is longer is cut

_SE, _SB = 240, 250


class Verb(IntEnum):
    """What one side says of an option."""

    WILL = 251
    WONT = 252
    DO = 253
    DONT = 254


@dataclass(frozen=True, slots=True)
class OptionRequest:
    """One side will or won't have an option, or wants the other one to or not to."""

    verb: Verb
    option: int


@dataclass(frozen=True, slots=True)
class Subnegotiation:
    """Details of an option."""

    option: int
    payload: bytes


class TelnetReader:
    """Takes a byte stream apart; whatever comes, it goes on."""

    def __init__(self) -> None:
        self._left = b""  # an escape that has begun
        self._details: bytearray | None = None  # of a subnegotiation that has begun

    def feed(self, data: bytes) -> Iterator[bytes | OptionRequest | Subnegotiation]:
        """What the bytes hold, in their order; other commands of Telnet are passed over."""
        data = self._left + data
        self._left = b""
        at = 0
        while at < len(data):
            found = data.find(IAC, at)
            end = len(data) if found < 0 else found
            if end > at:
                yield from self._plain(data[at:end])
            at = end
            if found >= 0:
                length = _length(data, at)
                if at + length > len(data):
                    self._left = data[at:]
                    return
                yield from self._escape(data[at : at + length])
                at += length

    def _plain(self, data: bytes) -> Iterator[bytes]:
        if self._details is None:
            yield data
        else:
            self._details += data[: LONGEST_SUBNEGOTIATION - len(self._details)]

    def _escape(self, escape: bytes) -> Iterator[bytes | OptionRequest | Subnegotiation]:
        command = escape[1]
        if command == IAC:
            yield from self._plain(escape[:1])
        elif command == _SB:
            self._details = bytearray()
        elif command == _SE and self._details is not None:
            details, self._details = bytes(self._details), None
            if details:
                yield Subnegotiation(details[0], details[1:])
        elif command >= Verb.WILL:
            yield OptionRequest(Verb(command), escape[2])


def _length(data: bytes, at: int) -> int:
    """Bytes of the escape that begins there."""
    return 3 if at + 1 < len(data) and Verb.WILL <= data[at + 1] <= Verb.DONT else 2


def escaped(data: bytes) -> bytes:
    """Data as it goes over the wire."""
    return data.replace(b"\xff", b"\xff\xff")


def request(verb: Verb, option: int) -> bytes:
    """An option request as it goes over the wire."""
    return bytes((IAC, verb, option))


def subnegotiation(option: int, payload: bytes) -> bytes:
    """Details as they go over the wire."""
    return bytes((IAC, _SB, option)) + escaped(payload) + bytes((IAC, _SE))
