"""The oscilloscope's driver on the simulated oscilloscope: arm, wait, read back, and bad wires."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import Oscilloscope
from bringup.errors import BadReply, InstrumentError, OutOfEnvelope, UsageError
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_drivers.keysight_dsox1000 import SAMPLES, KeysightDsox1000
from bringup_instruments.models.scope_dsox1102g import ScopeDsox1102G
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.wires.faulty_device import FaultyDevice
from bringup_instruments.world import Source
from pyvisa_bringup import BringupVisaLibrary

MODEL = "Keysight DSOX1102G"
ADDRESSES = {"hislip": "TCPIP::scope.bench::hislip0::INSTR", "socket": "TCPIP::scope.bench::5025::SOCKET"}


class Heard:
    """A wire that is listened to."""

    def __init__(self, device: Any) -> None:
        self.wire = FaultyDevice(device, None)
        self.heard = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wire, name)

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        self.wire.write(data, end)


@dataclass
class Bench:
    """A powered sled and a scope on its SRAM rail and its input."""

    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
        nodes = {1: self.sled.node("vdd_sram", 0), 2: self.sled.node("vin")}
        self.scope = ScopeDsox1102G(self.clock, nodes, "CN57000001", 1)
        self.wire = Heard(self.scope)
        self.visa = dict.fromkeys(ADDRESSES.values(), self.wire)
        self.visa_library: Any = BringupVisaLibrary(lab=self)
        self.sled.load.feed(0.0, Source(54.0, 100.0, on=True))
        self.scope.write(b":CHAN1:PROB 1;:CHAN2:PROB 10\n", end=True)

    def serial_url(self, address: str) -> str:
        return address

    def http_transport(self) -> None:
        """No HTTP here."""

    def close(self) -> None:
        """Nothing is held."""

    def open(self, wire: str = "hislip", **envelope: tuple[float, float]) -> Any:
        connection = Connection("scope", MODEL, ADDRESSES[wire], self, envelope=envelope)
        return hooks.drivers()[MODEL].open(connection)

    def rail_on(self) -> None:
        self.sled.rail_on(self.clock.now(), "vdd_sram")


@pytest.fixture
def bench() -> Bench:
    return Bench()


RAMP: dict[str, Any] = {"channel": 1, "full_scale_volts": 1.6, "level_volts": 0.4, "seconds": 0.01}


@pytest.mark.parametrize("wire", list(ADDRESSES))
def test_a_ramp_is_captured_with_a_tenth_before_its_edge(bench: Bench, wire: str) -> None:
    scope = bench.open(wire)
    assert isinstance(scope, Oscilloscope)
    assert scope.identify().model == "DSO-X 1102G"
    scope.arm(**RAMP)
    assert not scope.triggered()
    bench.clock.sleep(5.0)
    bench.rail_on()
    assert not scope.triggered(), "the record behind the edge is not complete"
    bench.clock.sleep(1.0)
    assert scope.triggered()
    assert scope.triggered(), "asking again does not make it forget"
    trace = scope.waveform(1)
    assert len(trace.volts) == SAMPLES
    assert trace.start_s == pytest.approx(-1e-3)
    assert trace.step_s * SAMPLES == pytest.approx(0.01)
    crossing = next(place for place, volts in enumerate(trace.volts) if volts >= 0.4)
    assert trace.start_s + crossing * trace.step_s == pytest.approx(0.0, abs=0.1e-3)
    low = next(place for place, volts in enumerate(trace.volts) if volts >= 0.08)
    high = next(place for place, volts in enumerate(trace.volts) if volts >= 0.72)
    assert (high - low) * trace.step_s == pytest.approx(1.6e-3, rel=0.05), "2 ms of soft start, from 10 to 90 %"
    assert trace.volts[-1] == pytest.approx(0.8, abs=0.03)
    assert trace.volts[0] == pytest.approx(0.0, abs=0.03)


def test_a_falling_edge_of_the_input(bench: Bench) -> None:
    scope = bench.open()
    scope.arm(channel=2, full_scale_volts=80.0, level_volts=20.0, seconds=0.5, rising=False)
    bench.clock.sleep(1.0)
    bench.sled.load.feed(bench.clock.now(), Source(54.0, 100.0, on=False))
    bench.clock.sleep(1.0)
    trace = scope.waveform(2)
    # 100 ms of discharge: 20 V comes 50 ms after 33 V
    assert trace.volts[0] == pytest.approx(20.0 * exp(0.5), abs=1.5)
    assert trace.volts[-1] == pytest.approx(0.2, abs=1.0)
    assert max(trace.volts[SAMPLES // 8 :]) < 21.0


def test_a_level_off_the_screen_moves_the_screen(bench: Bench) -> None:
    scope = bench.open()
    scope.arm(channel=1, full_scale_volts=0.2, level_volts=0.75, seconds=1e-3)
    assert bench.scope.channels[1].offset_volts == pytest.approx(0.75)


def test_nothing_is_captured_before_the_edge(bench: Bench) -> None:
    scope = bench.open()
    with pytest.raises(InstrumentError, match="has not been armed"):
        scope.waveform(1)
    scope.arm(**RAMP)
    bench.clock.sleep(100.0)
    with pytest.raises(InstrumentError, match="nothing has been captured since it was armed"):
        scope.waveform(1)
    bench.rail_on()
    bench.clock.sleep(1.0)
    scope.waveform(1)
    with pytest.raises(InstrumentError, match="channel 2 was off"):
        scope.waveform(2)
    assert not bench.scope.channels[2].displayed
    scope.arm(**RAMP)
    with pytest.raises(InstrumentError, match="nothing has been captured since it was armed"):
        scope.waveform(1)


def test_a_stop_at_the_front_panel_is_no_capture(bench: Bench) -> None:
    scope = bench.open()
    scope.arm(**RAMP)
    bench.scope.write(b":STOP\n", end=True)
    with pytest.raises(InstrumentError, match="was stopped before its trigger came"):
        scope.triggered()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channel": 3}, "has channels 1 and 2, no 3"),
        ({"full_scale_volts": 1e-3}, "a full scale is 0.008 to 4000 V, not 0.001"),
        ({"seconds": 1e4}, "a capture is 5e-08 to 500 s wide, not 10000"),
    ],
)
def test_what_no_scope_can_take_is_refused_unsent(bench: Bench, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        bench.open().arm(**{**RAMP, **changes})
    assert not bench.wire.heard


def test_numbers_that_are_none_and_the_envelope_are_refused_unsent(bench: Bench) -> None:
    with pytest.raises(OutOfEnvelope, match="level_volts = nan"):
        bench.open().arm(**{**RAMP, "level_volts": float("nan")})
    with pytest.raises(OutOfEnvelope, match=r"full_scale_volts = 1.6 lies beyond 0 … 1"):
        bench.open(full_scale_volts=(0.0, 1.0)).arm(**RAMP)
    assert not bench.wire.heard


def test_what_the_scope_refuses_is_raised_with_its_command(bench: Bench) -> None:
    bench.scope.write(b":CHAN1:PROB 1000\n", end=True)
    with pytest.raises(InstrumentError, match=r"refused 'CHAN1:RANG 1.6': -222"):
        bench.open().arm(**RAMP)


def test_a_setting_that_is_taken_otherwise_is_found_out(bench: Bench) -> None:
    honest = bench.wire.wire.write
    bench.wire.wire.write = lambda data, end: honest(data.replace(b"RANG 0.01", b"RANG 0.02"), end)  # type: ignore[method-assign]
    with pytest.raises(InstrumentError, match=r"TIM:RANG 0.01 was sent, it says 0.02"):
        bench.open().arm(**RAMP)


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
@pytest.mark.parametrize("call", ["triggered", "waveform", "identify"])
def test_a_bad_wire_is_an_error_and_the_next_call_is_right(bench: Bench, fault: FaultKind, call: str) -> None:
    scope = bench.open()
    scope.arm(**RAMP)
    bench.rail_on()
    bench.clock.sleep(1.0)
    calls: dict[str, Callable[[], Any]] = {
        "triggered": scope.triggered,
        "waveform": lambda: scope.waveform(1),
        "identify": scope.identify,
    }
    bench.wire.wire.fault = fault
    with pytest.raises(InstrumentError):
        calls[call]()
    bench.wire.wire.fault = None
    assert scope.triggered()
    assert scope.waveform(1).volts[-1] == pytest.approx(0.8, abs=0.03)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "one sample less": lambda reply: reply.replace(b", ", b"  ", 1),
    "other format": lambda reply: reply.replace(b"+4,", b"+0,", 1),
    "wrong length": lambda reply: reply.replace(b"#80", b"#81", 1),
    "a hole": lambda reply: reply.replace(b"E-01, ", b"E+37, ", 1),
    "nine fields": lambda reply: reply.replace(b"+4,+0,", b"+4,", 1),
}


@pytest.mark.parametrize("spoil", list(SPOILT.values()), ids=list(SPOILT))
def test_samples_that_do_not_fit_are_never_volts(bench: Bench, spoil: Callable[[bytes], bytes]) -> None:
    scope = bench.open()
    scope.arm(**RAMP)
    bench.rail_on()
    bench.clock.sleep(1.0)
    assert scope.triggered()
    honest = bench.wire.wire.read

    def read(max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        data, ended = honest(max_bytes, timeout_s)
        return (spoil(data) if b"#8" in data else data), ended

    bench.wire.wire.read = read  # type: ignore[method-assign]
    with pytest.raises(BadReply):
        scope.waveform(1)
    bench.wire.wire.read = honest  # type: ignore[method-assign]
    assert len(scope.waveform(1).volts) == SAMPLES


def test_closing_leaves_the_capture(bench: Bench) -> None:
    scope = bench.open()
    scope.arm(**RAMP)
    scope.close()
    scope.close()
    with pytest.raises(InstrumentError, match="has been closed"):
        scope.triggered()
    assert isinstance(scope, KeysightDsox1000)
    bench.rail_on()
    bench.clock.sleep(1.0)
    assert bench.scope.poll(1).data == b""
    bench.scope.observe()
    assert bench.scope.acquisition.capture is not None
