"""Drivers of instruments with their own languages, each on its simulated instrument, over wires that can be spoilt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import ElectronicLoad, PowerSupply, ThermalForcer
from bringup.errors import BadReply, InstrumentError, NoReply, OutOfEnvelope
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.chamber_3800 import Chamber3800, State
from bringup_instruments.models.genesys_gen import GenesysGen
from bringup_instruments.models.genesys_scpi import GenesysScpi
from bringup_instruments.models.load_ld400p import LoadLd400p
from bringup_instruments.models.stream_ats525 import StreamAts525
from bringup_instruments.models.supply_genesys import Fault, GenesysSupply
from bringup_instruments.physics.air import FixturePart
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.wires.faulty_device import FaultyDevice
from bringup_instruments.world import Source
from pyvisa_bringup import BringupVisaLibrary

GENESYS = "TDK-Lambda GEN60-85"
SERIAL, LAN = "ASRL7::INSTR", "TCPIP::psu.bench::8003::SOCKET"


class Heard(FaultyDevice):
    """A device whose wire is listened to and can be spoilt."""

    def __init__(self, device: Any) -> None:
        super().__init__(device, None)
        self.heard = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.device, name)

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        super().write(data, end)


class Bench:
    """A lab of a few wires."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.block = TerminalBlock(3.0)
        self.visa: dict[str, Any] = {}
        self.visa_library: Any = BringupVisaLibrary(lab=self)
        self.consoles: dict[str, Any] = {}

    def put(self, address: str, device: Any) -> Heard:
        self.visa[address] = Heard(device)
        return self.visa[address]  # type: ignore[no-any-return]

    def open(self, model: str, address: str, **envelope: tuple[float, float]) -> Any:
        return hooks.drivers()[model].open(Connection("it", model, address, self, envelope=envelope))

    def serial_url(self, address: str) -> str:
        return str(Path(address))

    def http_transport(self) -> Any:
        return None

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def bench() -> Bench:
    return Bench()


# The bulk supply in its two languages.


@pytest.fixture(params=[SERIAL, LAN])
def genesys(request: pytest.FixtureRequest, bench: Bench) -> tuple[Any, Heard, GenesysSupply]:
    supply = GenesysSupply(bench.clock, bench.block)
    make: Callable[..., Any] = GenesysGen if request.param == SERIAL else GenesysScpi
    wire = bench.put(request.param, make(bench.clock, supply, "GEN0001"))
    return bench.open(GENESYS, request.param, volts=(0.0, 57.0)), wire, supply


def test_genesys_sets_and_measures(genesys: Any) -> None:
    driver, _, supply = genesys
    assert isinstance(driver, PowerSupply)
    assert "GEN60-85" in driver.identify().model
    driver.configure(volts=54.0, amps=80.0, over_volts=60.0)
    assert not driver.is_on()
    driver.output_on()
    assert driver.is_on()
    assert driver.volts() == pytest.approx(54.0, abs=0.02)
    assert driver.amps() == pytest.approx(18.0, abs=0.02)
    driver.configure(volts=12.0, amps=2.0, over_volts=16.0)
    assert driver.volts() == pytest.approx(6.0, abs=0.02)
    driver.output_off()
    assert not supply.is_on
    assert (supply.settings.volts, supply.settings.amps, supply.settings.ovp) == (12.0, 2.0, 16.0)
    driver.close()
    driver.close()


def test_genesys_refuses_before_anything_is_sent(genesys: Any) -> None:
    driver, wire, _ = genesys
    for volts, over_volts in ((58.0, 66.0), (54.0, 56.0), (float("nan"), 60.0)):
        with pytest.raises(OutOfEnvelope, match="nothing was sent"):
            driver.configure(volts=volts, amps=1.0, over_volts=over_volts)
    assert not wire.heard


def test_genesys_says_which_command_was_refused(genesys: Any) -> None:
    driver, _, supply = genesys
    supply.set_volts(50.0)
    supply.set_uvl(40.0)
    with pytest.raises(InstrumentError, match=r"refused '(PV|VOLT) 20.000'.*(below|UVL)"):
        driver.configure(volts=20.0, amps=1.0, over_volts=60.0)
    assert driver.volts() == 0.0, "the next question has its own answer"


def test_genesys_says_why_it_does_not_come_on(genesys: Any) -> None:
    driver, _, supply = genesys
    supply.pin(Fault.ENABLE_OPEN, active=True)
    with pytest.raises(InstrumentError, match=r"enable contacts open|On during fault"):
        driver.output_on()
    assert not driver.is_on()


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_genesys_over_a_bad_wire(fault: FaultKind, genesys: Any) -> None:
    driver, wire, supply = genesys
    driver.configure(volts=54.0, amps=80.0, over_volts=60.0)
    driver.output_on()
    assert driver.volts() > 50
    wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        driver.amps()
    with pytest.raises(InstrumentError, match="the output may be on"):
        driver.output_off()
    assert not supply.is_on, "the command went out all the same"
    wire.fault = None
    driver.output_off()
    assert driver.volts() == 0.0
    assert driver.amps() == 0.0


def test_genesys_finds_a_unit_that_somebody_deselected_or_half_typed_to(bench: Bench) -> None:
    supply = GenesysSupply(bench.clock, bench.block)
    wire = bench.put(SERIAL, GenesysGen(bench.clock, supply, "GEN0001"))
    driver = bench.open(GENESYS, SERIAL)
    driver.configure(volts=10.0, amps=10.0, over_volts=20.0)
    driver.output_on()
    wire.device.write(b"ADR 5\r", False)
    driver.output_off()
    assert not supply.is_on
    wire.device.write(b"PV 5", False)
    with pytest.raises(BadReply, match="C04"):
        driver.volts()
    assert supply.settings.volts == 10.0
    driver.configure(volts=15.0, amps=10.0, over_volts=20.0)
    assert supply.settings.volts == 15.0
    wire.device.write(b"MV?\r", False)
    with pytest.raises(BadReply):
        driver.amps()
    assert driver.amps() == 0.0


def test_genesys_notices_a_value_that_was_changed_on_the_way(genesys: Any) -> None:
    driver, wire, _ = genesys
    driver.configure(volts=10.0, amps=1.0, over_volts=66.0)
    honest = wire.device.write
    wire.device.write = lambda data, end: honest(data.replace(b"20.000", b"21.000"), end)
    with pytest.raises(InstrumentError, match=r"was sent, it says 21|refused 'PV 20.000': C04"):
        driver.configure(volts=20.0, amps=1.0, over_volts=66.0)


# The electronic load.

LOAD = "Aim-TTi LD400P"


@pytest.fixture(params=["ASRL8::INSTR", "TCPIP::load.bench::9221::SOCKET", "TCPIP::load.bench::hislip0::INSTR"])
def loaded(request: pytest.FixtureRequest) -> tuple[Any, Heard, Any]:
    bench = Bench()
    bench.block = TerminalBlock()
    load = LoadLd400p(bench.clock, bench.block, "512345")
    bench.block.feed(0.0, Source(12.0, 60.0, on=True))
    wire = bench.put(request.param, load)
    return bench.open(LOAD, request.param, amps=(0.0, 50.0), watts=(0.0, 400.0)), wire, bench


def test_load_draws_in_every_mode(loaded: Any) -> None:
    driver, _, bench = loaded
    assert isinstance(driver, ElectronicLoad)
    assert driver.identify().model == "LD400P"
    driver.draw_amps(5.0)
    assert not driver.is_on()
    assert driver.amps() == 0.0
    driver.input_on()
    assert driver.is_on()
    assert driver.volts() == pytest.approx(12.0, abs=0.02)
    assert driver.amps() == pytest.approx(5.0, abs=0.02)
    driver.draw_amps(7.25)
    assert driver.is_on(), "another level of the same mode"
    assert driver.amps() == pytest.approx(7.25, abs=0.02)
    for draw, value, amps in (
        (driver.draw_watts, 60.0, 5.0),
        (driver.draw_ohms, 6.0, 2.0),
        (driver.draw_ohms, 24.0, 0.5),
    ):
        draw(value)
        driver.input_on()
        assert bench.block.amps(bench.clock.now()) == pytest.approx(amps, rel=1e-3)
    driver.step_amps(1.0, 6.0, hertz=100.0, amps_per_s=10_000.0)
    driver.input_on()
    bench.clock.sleep(1.0)
    assert driver.amps() == pytest.approx(3.5, abs=0.1)
    driver.input_off()
    assert not driver.is_on()
    assert bench.block.amps(bench.clock.now()) == 0.0
    driver.close()
    driver.close()


def test_load_refuses_before_anything_is_sent(loaded: Any) -> None:
    driver, wire, _ = loaded
    with pytest.raises(OutOfEnvelope):
        driver.draw_amps(51.0)
    with pytest.raises(OutOfEnvelope):
        driver.step_amps(1.0, 60.0, hertz=1.0, amps_per_s=1.0)
    with pytest.raises(OutOfEnvelope):
        driver.draw_watts(float("nan"))
    assert not wire.heard


def test_load_says_which_command_was_refused_and_why_it_is_off(loaded: Any) -> None:
    driver, _, bench = loaded
    with pytest.raises(InstrumentError, match=r"refused 'A 0.001': error 100"):
        driver.draw_ohms(0.001)
    driver.draw_amps(1.0)
    bench.block.feed(bench.clock.now(), Source(95.0, 10.0, on=True))
    with pytest.raises(InstrumentError, match=r"did not stay on|trip|'INP 1' was sent"):
        driver.input_on()
    bench.block.feed(bench.clock.now(), Source(12.0, 10.0, on=True))
    driver.input_on()


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_load_over_a_bad_wire(fault: FaultKind, loaded: Any) -> None:
    driver, wire, bench = loaded
    driver.draw_amps(5.0)
    driver.input_on()
    wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        driver.amps()
    with pytest.raises(InstrumentError, match="the input may be on"):
        driver.input_off()
    assert bench.block.amps(bench.clock.now()) == 0.0
    wire.fault = None
    driver.input_off()
    assert driver.amps() == 0.0
    assert driver.volts() == pytest.approx(12.0, abs=0.02)


# The chamber.

CHAMBER = "Thermotron 3800"


@pytest.fixture(params=["TCPIP::chamber.bench::8888::SOCKET", "TCPIP::chamber.bench::hislip0::INSTR"])
def chamber(request: pytest.FixtureRequest) -> tuple[Any, Heard, Any]:
    bench = Bench()
    wire = bench.put(request.param, Chamber3800(bench.clock, FixturePart(), "38-77"))
    return bench.open(CHAMBER, request.param, celsius=(-40.0, 100.0)), wire, bench


def test_chamber_goes_where_it_is_sent(chamber: Any) -> None:
    driver, wire, bench = chamber
    assert isinstance(driver, ThermalForcer)
    assert driver.identify().model == "3800"
    assert not driver.is_running()
    driver.set_celsius(85.0)
    assert not driver.is_running()
    driver.start()
    assert driver.is_running()
    assert not driver.at_temperature()
    bench.clock.sleep(900.0)
    assert driver.celsius() == pytest.approx(85.0, abs=0.3)
    assert not driver.at_temperature(), "it has only just been asked"
    bench.clock.sleep(61.0)
    assert driver.at_temperature()
    driver.set_celsius(75.0, kelvin_per_min=2.0)
    assert not driver.at_temperature()
    bench.clock.sleep(150.0)
    assert 79.0 < driver.celsius() < 82.5
    driver.stop()
    assert not driver.is_running()
    assert wire.device.state is State.STOPPED
    driver.close()


def test_chamber_refuses_before_anything_is_sent_and_says_what_was_refused(chamber: Any) -> None:
    driver, wire, bench = chamber
    with pytest.raises(OutOfEnvelope):
        driver.set_celsius(101.0)
    assert not wire.heard
    with pytest.raises(InstrumentError, match=r"refused 'MRMP1,80.0': interface error"):
        driver.set_celsius(50.0, kelvin_per_min=80.0)
    free = hooks.drivers()[CHAMBER].open(Connection("it", CHAMBER, next(iter(bench.visa)), bench))
    with pytest.raises(InstrumentError, match=r"refused 'SETP1,200.0'"):
        free.set_celsius(200.0)  # type: ignore[attr-defined]
    driver.set_celsius(50.0)
    honest = wire.device.write
    wire.device.write = lambda data, end: honest(data.replace(b"SETP1,60", b"SETP1,70"), end)
    driver.start()
    with pytest.raises(InstrumentError, match=r"60 was sent, SETP1\? says 70"):
        driver.set_celsius(60.0)


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_chamber_over_a_bad_wire(fault: FaultKind, chamber: Any) -> None:
    driver, wire, _ = chamber
    driver.set_celsius(85.0)
    driver.start()
    wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        driver.celsius()
    with pytest.raises(InstrumentError, match="the chamber may be running"):
        driver.stop()
    assert wire.device.state is State.STOPPED
    wire.fault = None
    driver.stop()
    assert driver.celsius() == pytest.approx(23.0, abs=3.0)


# The thermal stream.

STREAM = "Temptronic ATS-525"


@pytest.fixture
def stream() -> tuple[Any, Heard, Any]:
    bench, address = Bench(), "TCPIP::ats.bench::hislip0::INSTR"
    wire = bench.put(address, StreamAts525(bench.clock, FixturePart(), "S525"))
    return bench.open(STREAM, address, celsius=(-50.0, 130.0)), wire, bench


def test_stream_goes_where_it_is_sent(stream: Any) -> None:
    driver, wire, bench = stream
    assert isinstance(driver, ThermalForcer)
    assert driver.identify().model == "ATS-525-M"
    driver.set_celsius(85.0)
    assert not driver.is_running()
    driver.start()
    assert driver.is_running()
    assert not driver.at_temperature()
    bench.clock.sleep(60.0)
    assert driver.celsius() == pytest.approx(85.0, abs=0.2)
    assert driver.at_temperature()
    driver.set_celsius(-40.0, kelvin_per_min=60.0)
    bench.clock.sleep(60.0)
    assert driver.celsius() == pytest.approx(25.0, abs=3.0)
    assert not driver.at_temperature()
    driver.stop()
    assert not wire.device.air.flowing
    driver.close()


def test_stream_refuses_and_says_what_was_refused(stream: Any) -> None:
    driver, wire, _ = stream
    with pytest.raises(OutOfEnvelope):
        driver.set_celsius(131.0)
    assert not wire.heard
    wire.device.write(b"HEAD 0\n", True)
    with pytest.raises(InstrumentError, match="refused 'FLOW 1'"):
        driver.start()
    with pytest.raises(InstrumentError, match="refused 'RAMP 20000'"):
        driver.set_celsius(50.0, kelvin_per_min=20_000.0)


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_stream_over_a_bad_wire(fault: FaultKind, stream: Any) -> None:
    driver, wire, _ = stream
    driver.set_celsius(85.0)
    driver.start()
    wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        driver.celsius()
    with pytest.raises(InstrumentError, match="the air may be on"):
        driver.stop()
    assert not wire.device.air.flowing
    wire.fault = None
    driver.stop()
    assert 20.0 < driver.celsius() < 90.0
