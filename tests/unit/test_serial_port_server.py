"""Telnet's escapes and the COM-port option (RFC 854, 855, 2217), byte by byte."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest

from bringup_instruments.serving.rfc2217 import ComPort, Rfc2217Line
from bringup_instruments.serving.telnet import (
    LONGEST_SUBNEGOTIATION,
    OptionRequest,
    Subnegotiation,
    TelnetReader,
    Verb,
    escaped,
    request,
    subnegotiation,
)

STREAM = (
    b"plain"
    + escaped(b"\xff\x00\xf0")
    + request(Verb.WILL, 44)
    + b"\xff\xf1"  # no operation
    + subnegotiation(44, b"\x01\x00\x00\xff\xf0")
    + request(Verb.DONT, 1)
    + b"tail"
)
PARTS = [
    b"plain\xff\x00\xf0",
    OptionRequest(Verb.WILL, 44),
    Subnegotiation(44, b"\x01\x00\x00\xff\xf0"),
    OptionRequest(Verb.DONT, 1),
    b"tail",
]


def joined(pieces: list[bytes]) -> list[object]:
    """What a reader makes of a stream that comes in pieces; neighbouring data as one."""
    reader = TelnetReader()
    parts: list[bytes | OptionRequest | Subnegotiation] = []
    for piece in pieces:
        for part in reader.feed(piece):
            before = parts[-1] if parts else None
            if isinstance(part, bytes) and isinstance(before, bytes):
                parts[-1] = before + part
            else:
                parts.append(part)
    return list(parts)


def test_a_stream_is_taken_apart_however_it_comes() -> None:
    assert joined([STREAM]) == PARTS
    assert joined([STREAM[at : at + 1] for at in range(len(STREAM))]) == PARTS
    for cut in range(len(STREAM)):
        assert joined([STREAM[:cut], STREAM[cut:]]) == PARTS


def test_noise_is_survived_and_never_kept() -> None:
    reader = TelnetReader()
    list(reader.feed(random.Random(3).randbytes(100_000).replace(b"\xff\xfa", b"")))
    list(reader.feed(b"\xff\xf0\xff\xfa" + b"x" * 100_000))
    [part] = reader.feed(b"\xff\xf0")
    assert part == Subnegotiation(ord("x"), b"x" * (LONGEST_SUBNEGOTIATION - 1))
    assert list(reader.feed(b"\xff\xfa\xff\xf0ok")) == [b"ok"]


@pytest.mark.parametrize(
    ("command", "value", "answer"),
    [
        (1, b"\0\0\0\0", (115_200).to_bytes(4, "big")),  # zero asks
        (1, (9600).to_bytes(4, "big"), (9600).to_bytes(4, "big")),
        (1, b"\0", None),
        (2, b"\0", b"\x08"),
        (2, b"\x07", b"\x07"),
        (2, b"\x09", b"\x08"),  # no such size: what is set stays
        (3, b"\x03", b"\x03"),
        (4, b"\x02", b"\x02"),
        (5, b"\x00", b"\x01"),  # flow control? none
        (5, b"\x03", b"\x03"),
        (5, b"\x05", b"\x05"),  # break on
        (5, b"\x07", b"\x08"),  # DTR? on
        (5, b"\x0c", b"\x0c"),  # RTS off
        (5, b"\x63", None),
        (10, b"\x01", b"\x01"),
        (11, b"\xff", b"\xff"),
        (12, b"\x03", b"\x03"),
        (12, b"", None),
        (77, b"\x01", None),
    ],
)
def test_settings_are_answered_with_what_is_set(command: int, value: bytes, answer: bytes | None) -> None:
    assert ComPort().answer(command, value) == answer


def test_settings_are_kept() -> None:
    port = ComPort()
    port.answer(1, (2400).to_bytes(4, "big"))
    port.answer(5, b"\x09")
    port.answer(3, b"\x02")
    assert port.answer(1, bytes(4)) == (2400).to_bytes(4, "big")
    assert port.answer(5, b"\x07") == b"\x09"
    assert port.answer(3, b"\x00") == b"\x02"
    assert port.answer(4, b"\x00") == b"\x01"


class Line:
    """A wire that keeps what is sent, and a desk with nobody behind it."""

    backlog = 0

    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def line(self, wire: object) -> Line:
        return self

    def received(self, data: bytes) -> None:
        """Nobody listens."""


@pytest.mark.parametrize(
    "hello",
    [request(Verb.WILL, 44), subnegotiation(44, b"\x01\x00\x00\xe1\x00"), request(Verb.WILL, 44) * 2],
    ids=["it says WILL", "it takes our DO for an answer", "it says it twice"],
)
def test_every_client_hears_once_that_the_port_is_ready(hello: bytes) -> None:
    line = Line()
    Rfc2217Line(cast("Any", line), cast("Any", line), "port").received(hello)
    assert line.sent.count(b"\xff\xfa\x2c\x6b") == 1
