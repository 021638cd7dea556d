"""Drivers of supplies with several outputs (N6700 family, E36300 series) on their simulated instruments."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import MultiOutputSupply, OutputWatchdog, PowerSupply
from bringup.errors import BadReply, InstrumentError, NoReply, OutOfEnvelope, UsageError
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.supply_e36312a import SupplyE36312A
from bringup_instruments.models.supply_n6700 import SupplyN6700
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.wires.faulty_device import FaultyDevice
from pyvisa_bringup import BringupVisaLibrary

N6700, N6705, E36312 = "Keysight N6700C", "Keysight N6705C", "Keysight E36312A"
ADDRESSES = {
    N6700: "TCPIP::frame.bench::hislip0::INSTR",
    N6705: "TCPIP::analyser.bench::5025::SOCKET",
    E36312: "TCPIP::bench.bench::hislip0::INSTR",
}


class HeardDevice:
    """A message device whose wire is listened to, and can be spoilt."""

    def __init__(self, device: Any) -> None:
        self.wire = FaultyDevice(device, None)
        self.heard = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wire, name)

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        self.wire.write(data, end)


@dataclass
class RailBench:
    """The supplies, each on resistors of its own and there when it is opened."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    devices: dict[str, Any] = field(default_factory=dict)
    wires: dict[str, HeardDevice] = field(default_factory=dict)
    visa: dict[str, HeardDevice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.blocks = {model: {n: TerminalBlock(10.0) for n in range(1, 5)} for model in ADDRESSES}
        self.visa_library: Any = BringupVisaLibrary(lab=self)

    def serial_url(self, address: str) -> str:
        raise NotImplementedError(address)

    def http_transport(self) -> None:
        return None

    def close(self) -> None:
        """Nothing is held."""

    def open(self, model: str, **envelope: tuple[float, float]) -> Any:
        blocks = self.blocks[model]
        name = model.rsplit(maxsplit=1)[-1]
        e36312 = model == E36312
        self.devices[model] = device = (
            SupplyE36312A(self.clock, blocks, "MY2") if e36312 else SupplyN6700(self.clock, blocks, "MY1", name)
        )
        self.wires[model] = self.visa[ADDRESSES[model]] = HeardDevice(device)
        return hooks.drivers()[model].open(Connection("rails", model, ADDRESSES[model], self, envelope=envelope))

    def volts(self, model: str, output: int) -> float:
        return self.blocks[model][output].volts(self.clock.now())


@pytest.fixture
def bench() -> RailBench:
    return RailBench()


EVERY = pytest.mark.parametrize("model", ADDRESSES)


@EVERY
def test_capabilities_and_identity(model: str, bench: RailBench) -> None:
    supply = bench.open(model)
    assert isinstance(supply, MultiOutputSupply)
    assert isinstance(supply.output(1), PowerSupply)
    assert isinstance(supply, OutputWatchdog) == (model != E36312)
    assert supply.identify().model == model.rsplit(maxsplit=1)[-1]
    assert supply.output(2).identify() == supply.identify()
    assert supply.channels == ((1, 2, 3) if model == E36312 else (1, 2, 3, 4))
    with pytest.raises(UsageError, match=r"has no output 7; there are 1, 2, 3"):
        supply.output(7)


@EVERY
def test_opening_sends_nothing(model: str, bench: RailBench) -> None:
    bench.open(model)
    assert not bench.wires[model].heard


@EVERY
def test_an_output_sets_and_measures_and_leaves_the_others_alone(model: str, bench: RailBench) -> None:
    supply = bench.open(model)
    rail, other = supply.output(2), supply.output(1)
    other.configure(volts=1.0, amps=1.0, over_volts=2.0)
    other.output_on()
    rail.configure(volts=3.3, amps=1.0, over_volts=4.0)
    assert not rail.is_on(), "configuring leaves the output as it is"
    rail.output_on()
    assert rail.is_on()
    assert rail.volts() == pytest.approx(3.3, abs=2e-3)
    assert rail.amps() == pytest.approx(0.33, abs=2e-3)
    assert other.volts() == pytest.approx(1.0, abs=2e-3)
    rail.output_off()
    assert not rail.is_on()
    assert (bench.volts(model, 1), bench.volts(model, 2)) == (1.0, 0.0)
    rail.close()
    assert other.is_on(), "closing an output leaves the wire open"
    supply.close()
    with pytest.raises(InstrumentError, match="has been closed"):
        other.is_on()


LEVELS = [(0.0, 0.1, 5.0), (5.0, 1.0, 6.0), (0.75, 0.5, 0.9), (5.5, 1.0, 6.0), (3.3, 0.25, 3.6)]


@EVERY
def test_reconfiguring_a_live_output_trips_nothing(model: str, bench: RailBench) -> None:
    rail = bench.open(model).output(1)
    rail.configure(volts=1.0, amps=1.0, over_volts=2.0)
    rail.output_on()
    for before, after in itertools.permutations(LEVELS, 2):
        for volts, amps, over_volts in (before, after):
            rail.configure(volts=volts, amps=amps, over_volts=over_volts)
        assert rail.is_on(), (before, after)


@EVERY
def test_envelope_refuses_before_anything_is_sent(model: str, bench: RailBench) -> None:
    supply = bench.open(model, volts=(0.0, 1.2), **{"amps.2": (0.0, 0.5)})
    second, first = supply.output(2), supply.output(1)
    bench.wires[model].heard.clear()
    for output, volts, amps, over_volts in ((first, 1.3, 1.0, 2.0), (second, 1.0, 0.6, 2.0), (first, 1.0, 1.0, 0.9)):
        with pytest.raises(OutOfEnvelope, match="nothing was sent"):
            output.configure(volts=volts, amps=amps, over_volts=over_volts)
    with pytest.raises(OutOfEnvelope):
        first.configure(volts=float("nan"), amps=1.0, over_volts=2.0)
    assert not bench.wires[model].heard
    first.configure(volts=1.0, amps=1.0, over_volts=2.0)


@EVERY
def test_an_instrument_error_names_its_command(model: str, bench: RailBench) -> None:
    rail = bench.open(model).output(1)
    with pytest.raises(InstrumentError, match=r"refused 'VOLT:PROT 70,\(@1\)': -222"):
        rail.configure(volts=1.0, amps=1.0, over_volts=70.0)
    rail.configure(volts=1.0, amps=1.0, over_volts=2.0)


@EVERY
def test_a_value_that_is_not_taken_is_found_out(model: str, bench: RailBench) -> None:
    rail = bench.open(model).output(1)
    wire = bench.wires[model].wire
    honest = wire.write
    wire.write = lambda data, end: honest(data.replace(b"VOLT 3.3,", b"VOLT 3.2,"), end)  # type: ignore[method-assign]
    with pytest.raises(InstrumentError, match=r"output 1: VOLT 3.3 was sent, it says 3.2"):
        rail.configure(volts=3.3, amps=1.0, over_volts=4.0)


@EVERY
def test_an_output_says_why_it_does_not_come_on(model: str, bench: RailBench) -> None:
    rail = bench.open(model).output(1)
    rail.configure(volts=3.0, amps=1.0, over_volts=4.0)
    rail.output_on()
    bench.devices[model].write(b"VOLT:PROT 2,(@1)\n", end=True)
    assert not rail.is_on(), "what a protection holds off is not on"
    with pytest.raises(InstrumentError, match="output 1 did not come on: over-voltage tripped"):
        rail.output_on()


@EVERY
@pytest.mark.parametrize("state", ["on", "off", "half a command", "unread reply", "full error queue"])
def test_an_output_goes_off_whatever_state_the_instrument_is_in(model: str, state: str, bench: RailBench) -> None:
    rail = bench.open(model).output(1)
    rail.configure(volts=3.0, amps=1.0, over_volts=4.0)
    rail.output_on()
    device = bench.devices[model]
    if state == "off":
        rail.output_off()
    if state == "half a command":
        device.write(b"VOLT 5", end=False)
    if state == "unread reply":
        device.write(b"MEAS:VOLT? (@1)\n", end=True)
    if state == "full error queue":
        device.write(b"NONSENSE\n" * 50, end=True)
    rail.output_off()
    assert bench.volts(model, 1) == 0.0


@EVERY
@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_over_a_bad_wire_it_goes_off_and_says_that_it_cannot_know(
    model: str, fault: FaultKind, bench: RailBench
) -> None:
    rail = bench.open(model).output(1)
    rail.configure(volts=3.0, amps=1.0, over_volts=4.0)
    rail.output_on()
    bench.wires[model].wire.fault = fault
    with pytest.raises(InstrumentError, match="output 1: the output may be on"):
        rail.output_off()
    assert bench.volts(model, 1) == 0.0
    bench.wires[model].wire.fault = None
    rail.output_off()


CALLS: dict[str, Callable[[Any], Any]] = {
    "volts": lambda supply: supply.output(1).volts(),
    "amps": lambda supply: supply.output(1).amps(),
    "is_on": lambda supply: supply.output(1).is_on(),
    "output_on": lambda supply: supply.output(1).output_on(),
    "configure": lambda supply: supply.output(1).configure(volts=3.0, amps=1.0, over_volts=4.0),
    "identify": lambda supply: supply.identify(),
    "channels": lambda supply: supply.channels,
    "arm_watchdog": lambda supply: supply.arm_watchdog(60),
    "disarm_watchdog": lambda supply: supply.disarm_watchdog(),
    "watchdog_s": lambda supply: supply.watchdog_s(),
}


@pytest.mark.parametrize("model", [N6705, E36312])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_a_spoilt_reply_is_an_error_and_the_next_call_is_right(
    model: str, call: str, fault: FaultKind, bench: RailBench
) -> None:
    supply = bench.open(model)
    if not hasattr(supply, call) and "watchdog" in call:
        pytest.skip("has no watchdog")
    rail = supply.output(1)
    rail.configure(volts=3.0, amps=1.0, over_volts=4.0)
    rail.output_on()
    good = CALLS[call](supply)
    bench.wires[model].wire.fault = fault
    if call == "channels" or (call == "identify" and fault is FaultKind.OTHERS_REPLY):
        return  # known by now; another's identity is an identity
    with pytest.raises(InstrumentError) as raised:
        CALLS[call](supply)
    assert isinstance(raised.value, NoReply if fault is FaultKind.NO_ANSWER else (BadReply, NoReply))
    bench.wires[model].wire.fault = None
    again = CALLS[call](supply)
    assert again == (pytest.approx(good, abs=1e-2) if isinstance(good, float) else good)


# The watchdog.

WITH_WATCHDOG = pytest.mark.parametrize("model", [N6700, N6705])


@WITH_WATCHDOG
def test_watchdog_is_armed_and_disarmed(model: str, bench: RailBench) -> None:
    supply = bench.open(model)
    assert supply.watchdog_s() is None
    supply.arm_watchdog(90.7)
    assert supply.watchdog_s() == 90.0, "rather too early than too late"
    supply.disarm_watchdog()
    assert supply.watchdog_s() is None
    bench.wires[model].heard.clear()
    for seconds in (0.5, 3601, float("nan")):
        with pytest.raises(UsageError, match="waits 1 to 3600 s"):
            supply.arm_watchdog(seconds)
    assert not bench.wires[model].heard


@WITH_WATCHDOG
def test_silence_switches_everything_off_and_the_driver_says_so(model: str, bench: RailBench) -> None:
    supply = bench.open(model)
    for channel in (1, 2):
        supply.output(channel).configure(volts=3.0, amps=1.0, over_volts=4.0)
        supply.output(channel).output_on()
    supply.arm_watchdog(10)
    for _ in range(5):
        bench.clock.sleep(8.0)
        assert supply.output(1).is_on()
    silent_since_s = bench.clock.now()
    bench.clock.sleep(100.0)
    assert [bench.volts(model, n) for n in (1, 2)] == [0.0, 0.0]
    assert bench.blocks[model][1]._times[-1] == pytest.approx(silent_since_s + 10.0)
    assert not supply.output(1).is_on()
    with pytest.raises(InstrumentError, match="held off by the watchdog or by another output's protection"):
        supply.output(1).output_on()
    for channel in (1, 2):
        supply.output(channel).output_off()
        supply.clear_protection(channel)
    supply.output(1).output_on()
    assert supply.output(1).is_on()
    assert not supply.output(2).is_on()
