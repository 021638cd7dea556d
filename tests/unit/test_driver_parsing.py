"""No byte string that an instrument sends becomes a wrong number, or any exception but an `InstrumentError`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bringup.capabilities import Identity
from bringup.errors import BadReply, InstrumentError, NoReply
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_drivers.keysight_34460 import Keysight34460
from bringup_drivers.keysight_n8700 import KeysightN8700
from bringup_drivers.replies import (
    Overload,
    ReplyMistake,
    as_boolean,
    as_error,
    as_fields,
    as_identity,
    as_integer,
    as_number,
    as_text,
)
from pyvisa_bringup import BringupVisaLibrary

ADDRESS = "TCPIP0::psu::hislip0::INSTR"

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=80)
numberish = st.text("0123456789+-.eE ", max_size=12)


class Parrot:
    """A far end that says given bytes whatever it is asked; it runs dry when they are used up."""

    def __init__(self, clock: VirtualClock, answers: list[bytes]) -> None:
        self.clock = clock
        self.heard: list[bytes] = []
        self._answers = list(answers)

    def write(self, data: bytes, end: bool) -> None:
        self.heard.append(data)

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        if not self._answers:
            self.clock.sleep(timeout_s)
            raise TimeoutError
        answer, rest = self._answers[0][:max_bytes], self._answers[0][max_bytes:]
        self._answers[:1] = [rest] if rest else []
        return answer, not rest

    def clear(self) -> None:
        """Nothing is forgotten: this far end says what it says."""

    def status_byte(self) -> int:
        return 0


class ParrotLab:
    """The wires to one parrot, through the real PyVISA backend."""

    def __init__(self, answers: list[bytes]) -> None:
        self.clock = VirtualClock()
        self.parrot = Parrot(self.clock, answers)
        self.visa = {ADDRESS: self.parrot}
        self.visa_library: Any = BringupVisaLibrary(lab=self)

    def connection(self) -> Connection:
        return Connection("psu", "any", ADDRESS, self, timeout_s=1.0)  # type: ignore[arg-type]


@given(st.one_of(numberish, printable))
@example("9.91E37")
@example("1_000")
@example(" 1")
@example("1e999")
@example("--1")
@example("٣")
def test_only_what_is_a_number_becomes_one(text: str) -> None:
    try:
        value = as_number(text, -1e6, 1e6)
    except ReplyMistake:
        return
    assert re.fullmatch(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", text)
    assert value == float(text)
    assert -1e6 <= value <= 1e6


@given(st.floats(-1e6, 1e6))
def test_every_number_in_range_is_read(value: float) -> None:
    assert as_number(f"{value:+.9E}", -1.1e6, 1.1e6) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize("text", ["9.9E37", "+9.90000000E+37", "-9.9E+37", "9.9e37"])
def test_overload_is_no_number(text: str) -> None:
    with pytest.raises(Overload, match="overload"):
        as_number(text, -math.inf, math.inf)


@pytest.mark.parametrize("text", ["9.91E37", "+9.91000000E+37"])
def test_scpis_nan_is_no_number(text: str) -> None:
    with pytest.raises(ReplyMistake, match="NaN"):
        as_number(text, -math.inf, math.inf)


@pytest.mark.parametrize("meaning", [as_boolean, as_error, as_identity, lambda t: as_integer(t, 0, 9)])
@given(text=printable)
def test_other_meanings_refuse_with_a_reply_mistake_only(meaning: Callable[[str], object], text: str) -> None:
    with suppress(ReplyMistake):
        meaning(text)


@given(st.lists(st.one_of(st.from_regex(r"[^;\"\n]+", fullmatch=True), st.just('"a;b"')), min_size=1, max_size=5))
def test_fields_are_split_outside_of_quotes(fields: list[str]) -> None:
    assert as_fields(";".join(fields), len(fields)) == fields
    with pytest.raises(ReplyMistake):
        as_fields(";".join(fields), len(fields) + 1)


@given(st.binary(max_size=40))
def test_text_is_printable_ascii_or_refused(raw: bytes) -> None:
    try:
        assert as_text(raw).encode("ascii") == raw
    except ReplyMistake:
        assert any(not 0x20 <= byte <= 0x7E for byte in raw)


def test_an_identity() -> None:
    assert as_identity("Keysight Technologies,N8757A,US001, A.1.2") == Identity(
        "Keysight Technologies", "N8757A", "US001", "A.1.2"
    )


VERSION, IDENTITY = b"1995.0", b"Maker,Model,SN1,A.1"
RATINGS = [
    VERSION + b";" + IDENTITY + b"\n",
    b'+0,"No error";' + VERSION + b"\n",
    b"89.25;66.0;" + IDENTITY + b"\n",
]
"""What a supply says before its first reading: who it is, no error, its ratings; every second answer has a tag."""


@given(st.one_of(st.binary(min_size=1, max_size=40), numberish.map(str.encode)), st.booleans())
@example(b"54.0;Maker,Model,SN1,A.1", True)
@example(b"54.0;1995.0;1995.0", True)
@example(b"1995.0", True)
@example(b"54.0", True)
def test_a_supply_never_makes_a_wrong_number_of_bytes(raw: bytes, ends: bool) -> None:
    raw = raw or b"?"
    lab = ParrotLab([*RATINGS, raw + b"\n" * ends])
    supply = KeysightN8700(lab.connection())
    try:
        volts = supply.volts()
    except (BadReply, NoReply):
        pass
    else:
        first, second = raw.rstrip(b"\r\n").split(b";")
        assert float(first) == volts
        assert second == VERSION
    supply.close()


METER = [*RATINGS[:2], b'10;+0,"No error";' + IDENTITY + b"\n"]


@given(st.one_of(st.binary(min_size=1, max_size=60), numberish.map(str.encode)))
@example(b'9.9E37;"VOLT +1.0E+03,+1.0E-03";1995.0')
@example(b'5.4E+01;"VOLT +1.0E+01,+1.0E-03";1995.0')
@example(b'5.4E+01;"RES +1.0E+03,+1.0E-03";1995.0')
def test_a_meter_never_makes_a_wrong_number_of_bytes(raw: bytes) -> None:
    lab = ParrotLab([*METER, (raw or b"?") + b"\n"])
    meter = Keysight34460(lab.connection())
    with pytest.raises(InstrumentError, match=r"psu \(any at"):
        meter.dc_volts()
    meter.close()


def test_the_raw_bytes_of_a_bad_reply_are_shown() -> None:
    supply = KeysightN8700(ParrotLab([*RATINGS, b"\x00\xff garbage\n"]).connection())
    with pytest.raises(BadReply, match=r"answered 'MEAS:VOLT\?' with b'\\x00\\xff garbage'"):
        supply.volts()


def test_half_a_line_is_a_bad_reply() -> None:
    supply = KeysightN8700(ParrotLab([*RATINGS, b"54.0"]).connection())
    with pytest.raises(BadReply, match=r"half a line: b'54.0'"):
        supply.volts()


def test_an_endless_reply_ends() -> None:
    supply = KeysightN8700(ParrotLab([*RATINGS, b"x" * 200_000]).connection())
    with pytest.raises(BadReply, match="65536 bytes"):
        supply.volts()


def test_silence_is_a_no_reply_after_the_timeout_on_the_labs_clock() -> None:
    lab = ParrotLab(RATINGS)
    supply = KeysightN8700(lab.connection())
    with pytest.raises(NoReply, match="within 1 s"):
        supply.volts()
    assert lab.clock.now() == pytest.approx(2.0), "one timeout for the answer, one for the error queue"


def test_off_goes_out_before_anything_else() -> None:
    lab = ParrotLab([])
    with pytest.raises(InstrumentError, match="may be on"):
        KeysightN8700(lab.connection()).output_off()
    assert lab.parrot.heard[0] == b"OUTP OFF\n"
    assert lab.parrot.heard.count(b"OUTP OFF\n") == 3
