"""No byte string that an instrument sends becomes a wrong number, or any exception but an `InstrumentError`."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bringup.capabilities import Identity
from bringup.errors import BadReply, InstrumentError, NoReply, SledFault
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_drivers.console_session import Refused
from bringup_drivers.keysight_34460 import Keysight34460
from bringup_drivers.keysight_n8700 import KeysightN8700
from bringup_drivers.redfish_coolant_unit import Loop, RedfishCoolantUnit
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
from bringup_drivers.sled_bmc import SledBmc
from bringup_drivers.sled_host import SledHost, _result
from bringup_instruments.scpi import Polled
from bringup_instruments.wires import serial_handler
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

    def message_end(self, buffer: bytes | bytearray) -> int:
        return buffer.find(b"\n") + 1

    def poll(self, max_bytes: int, *, received: bool = True) -> Polled:
        raise NotImplementedError("for servers; nobody serves a parrot")

    def received(self) -> None:
        """For servers."""

    def service_requests(self) -> int:
        return 0


class ParrotConsole:
    """A console that echoes, says given bytes and prompts, whatever it is asked."""

    def __init__(self, prompt: bytes) -> None:
        self.answer = b""
        self._prompt = prompt
        self._out = b""

    def receive(self, at_s: float, data: bytes) -> None:
        line = data.lstrip(b"\x7f")
        self._out += line.replace(b"\n", b"\r\n") + (self.answer if line.strip() else b"") + self._prompt

    def transmit(self, at_s: float) -> bytes:
        out, self._out = self._out, b""
        return out

    def next_at(self, at_s: float) -> float | None:
        return None


class ParrotLab:
    """The wires to one parrot, through the real PyVISA backend, pyserial handler and httpx."""

    def __init__(self, answers: list[bytes]) -> None:
        self.clock = VirtualClock()
        self.parrot = Parrot(self.clock, answers)
        self.visa = {ADDRESS: self.parrot}
        self.visa_library: Any = BringupVisaLibrary(lab=self)

        self.consoles = {"bmc": ParrotConsole(b"bmc> "), "host": ParrotConsole(b"root@sled:~# ")}
        self.body = b""
        serial_handler.register()

    def serial_url(self, address: str) -> str:
        return serial_handler.serial_url(Path("parrot.toml"), address)

    def http_transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(lambda request: httpx.Response(200, content=self.body))

    def close(self) -> None:
        """Nothing is held."""

    def connection(self, address: str = ADDRESS) -> Connection:
        return Connection("psu", "any", address, self, timeout_s=1.0)


@contextmanager
def parrot_lab(answers: list[bytes]) -> Iterator[ParrotLab]:
    """A lab that pyserial's handler finds, whatever station it is asked for."""
    parrots = ParrotLab(answers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bringup_instruments.lab.open_lab", lambda station: parrots)
        yield parrots


@st.composite
def spoilt(draw: st.DrawFn, good: bytes) -> bytes:
    """A good answer with some of its bytes replaced, dropped or added to; now and then noise altogether."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=60))
    raw = bytearray(good)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(start + 6, len(raw))))
        raw[start:end] = draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"nan", b"-", b"e9", b";", b"\r\n"])))
    return bytes(raw)


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


@settings(max_examples=200, deadline=None)
@given(spoilt(b"vin volts=53.62 amps=71.2 watts=3818.0\r\n"))
@example(b"vin volts=53.62 amps=71.2 watts=3818.0\r\nvin volts=1 amps=2 watts=3\r\n")
@example(b"vin volts=9.91E37 amps=71.2 watts=3818.0\r\n")
def test_a_controller_reads_what_stands_there_or_refuses(raw: bytes) -> None:
    with parrot_lab([]) as lab:
        bmc = SledBmc(lab.connection("bmc"))
        lab.consoles["bmc"].answer = raw
        try:
            seen = bmc.input()
        except (BadReply, NoReply, Refused):
            return
        shown = re.search(rb"vin volts=(\S+) amps=(\S+) watts=(\S+)", raw)
        assert shown
        assert (seen.volts, seen.amps, seen.watts) == tuple(map(float, shown.groups()))


RESULT = b"""{"job": 1, "workload": "gemm", "seconds": 60, "chips": [{"chip": 0, "errors": 3, "hertz": 1.6e9,\
 "throttled": false}]}\r\n"""


@settings(max_examples=200, deadline=None)
@given(spoilt(RESULT))
@example(RESULT.replace(b"3", b"1e400"))
@example(RESULT.replace(b"3", b"9" * 5000))
@example(b"[" * 5000 + b"\r\n")
def test_a_host_result_is_what_stands_there_or_refused(raw: bytes) -> None:
    with parrot_lab([]) as lab:
        host = SledHost(lab.connection("host"))
        lab.consoles["host"].answer = raw
        try:
            result = host._ask("workload result 1", lambda lines: _result(lines, 1, "gemm", 60.0))
        except (BadReply, NoReply, Refused, SledFault):
            return
        (chip,) = json.loads(raw)["chips"]
        assert [(c.errors, c.hertz) for c in result.chips] == [(chip["errors"], chip["hertz"])]


PAYLOAD = b'{"@odata.id": "/c", "SupplyTemperatureCelsius": {"Reading": 24.5}, "Name": "x"}'


@settings(max_examples=200, deadline=None)
@given(spoilt(PAYLOAD))
@example(PAYLOAD.replace(b"24.5", b"1e400"))
@example(PAYLOAD.replace(b"24.5", b"Infinity"))
@example(PAYLOAD.replace(b"24.5", b"9" * 5000))
@example(b"[" * 100_000)
def test_a_coolant_unit_reads_what_stands_there_or_refuses(raw: bytes) -> None:
    lab = ParrotLab([])
    unit = RedfishCoolantUnit(lab.connection("http://cdu"))
    unit._found = Loop("/u", "/c", "/s", "/f", {})
    lab.body = raw
    try:
        seen = unit.supply_celsius()
    except BadReply:
        return
    finally:
        unit.close()
    assert seen == json.loads(raw)["SupplyTemperatureCelsius"]["Reading"]


def test_the_plugin_is_cheap_to_import() -> None:
    code = "import sys, bringup_drivers.plugin as p; p.bringup_drivers(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"pyvisa", "serial", "httpx"} & set(done.stdout.split())
