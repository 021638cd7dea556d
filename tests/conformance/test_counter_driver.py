"""The frequency counter's driver on its simulated instrument."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import FrequencyCounter
from bringup.errors import BadReply, InstrumentError, NoReply, UsageError
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.counter_cnt91 import CounterCnt91
from bringup_instruments.physics.places import Seen
from bringup_instruments.wires.faulty_device import FaultyDevice
from pyvisa_bringup import BringupVisaLibrary

MODEL, ADDRESS = "Pendulum CNT-91", "TCPIP::counter.bench::hislip0::INSTR"


class HeardDevice:
    """A message device whose wire is listened to and can be spoilt."""

    def __init__(self, device: Any) -> None:
        self.wire = FaultyDevice(device, None)
        self.heard = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wire, name)

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        self.wire.write(data, end)


@dataclass
class CounterBench:
    """A counter on a signal whose frequency the test sets."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    hertz: float = 1.85e9

    def __post_init__(self) -> None:
        device = CounterCnt91(self.clock, lambda number: Seen(hertz=lambda at_s: self.hertz), "123456", 1)
        self.device: Any = HeardDevice(device)
        self.visa: dict[str, Any] = {ADDRESS: self.device}
        self.visa_library: Any = BringupVisaLibrary(lab=self)

    def serial_url(self, address: str) -> str:
        raise NotImplementedError

    def http_transport(self) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""

    def open(self, **options: Any) -> Any:
        return hooks.drivers()[MODEL].open(Connection("it", MODEL, ADDRESS, self, **options))


@pytest.fixture
def bench() -> CounterBench:
    return CounterBench()


def test_it_is_a_counter(bench: CounterBench) -> None:
    counter = bench.open()
    assert isinstance(counter, FrequencyCounter)
    assert not bench.device.heard, "opening says nothing"
    identity = counter.identify()
    assert (identity.maker, identity.model, identity.serial_number) == ("PENDULUM", "CNT-91", "123456")
    counter.close()
    counter.close()
    with pytest.raises(InstrumentError, match="has been closed"):
        counter.hertz()


@pytest.mark.parametrize("gate_s", [0.01, 0.1, 1.0])
def test_hertz_over_a_gate(gate_s: float, bench: CounterBench) -> None:
    counter = bench.open()
    assert counter.hertz(gate_s=gate_s) == pytest.approx(bench.hertz, rel=1e-7)
    assert bench.clock.now() == pytest.approx(gate_s, abs=2e-3)
    bench.hertz = 1.2e9
    assert counter.hertz(gate_s=gate_s) == pytest.approx(1.2e9, rel=1e-7)


@pytest.mark.parametrize("gate_s", [0.0, 1e-9, 2000.0, 1.8, -0.1, float("nan")])
def test_gates_that_cannot_be_are_refused_before_anything_is_sent(gate_s: float, bench: CounterBench) -> None:
    with pytest.raises(UsageError, match="nothing was sent"):
        bench.open().hertz(gate_s=gate_s)
    assert not bench.device.heard


def test_no_signal_is_a_bad_reply(bench: CounterBench) -> None:
    counter = bench.open()
    bench.hertz = 0.0
    with pytest.raises(BadReply, match="no number"):
        counter.hertz()
    bench.hertz = 1e9
    assert counter.hertz() == pytest.approx(1e9, rel=1e-7)


def test_a_signal_that_is_not_even_detected_does_not_outlast_the_wire(bench: CounterBench) -> None:
    bench.device.wire.device.write(b"SYST:SDET OFF\n", end=True)
    bench.hertz = 0.0
    with pytest.raises(BadReply, match="no number"):
        bench.open().hertz()
    assert bench.clock.now() < 1.0


def test_an_instruments_error_names_the_command(bench: CounterBench) -> None:
    honest = bench.device.wire.write
    bench.device.wire.write = lambda data, end: honest(data.replace(b"(@1)", b"(@5)"), end)
    with pytest.raises(InstrumentError, match=r"refused 'CONF:FREQ .*-224"):
        bench.open().hertz()


def test_a_gate_that_was_not_taken_is_found_out(bench: CounterBench) -> None:
    honest = bench.device.wire.write
    bench.device.wire.write = lambda data, end: honest(data.replace(b"APER 0.1", b"APER 0.2"), end)
    with pytest.raises(BadReply):
        bench.open().hertz(gate_s=0.1)


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_a_spoilt_reply_is_never_a_frequency(fault: FaultKind, bench: CounterBench) -> None:
    counter = bench.open()
    counter.hertz()
    bench.device.wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        counter.hertz()
    bench.device.wire.fault = None
    assert counter.hertz() == pytest.approx(bench.hertz, rel=1e-7)
