"""The scanners' drivers on their simulated instruments, and the ohms of the multimeter's."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import Ohmmeter, Scanner
from bringup.errors import BadReply, InstrumentError, NoReply, UsageError
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.daq_34980a import Daq34980A
from bringup_instruments.models.daq_daq6510 import DaqDaq6510
from bringup_instruments.models.multimeter_34460 import Multimeter34465A
from bringup_instruments.physics.places import Place
from bringup_instruments.wires.faulty_device import FaultyDevice
from pyvisa_bringup import BringupVisaLibrary

KEYSIGHT, KEITHLEY, METER = "Keysight 34980A", "Keithley DAQ6510", "Keysight 34465A"
ADDRESSES = {
    KEYSIGHT: "TCPIP::daq.bench::hislip0::INSTR",
    KEITHLEY: "TCPIP::daq65.bench::5025::SOCKET",
    METER: "TCPIP::meter.bench::hislip0::INSTR",
}
CHANNELS = {KEYSIGHT: (1001, 1002, 3040), KEITHLEY: (101, 102, 220)}
SCANNERS = tuple(CHANNELS)


class Terminal(Place):
    """A channel whose number can be read off what it has."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.now_volts = (number % 1000) / 100.0
        self.now_ohms = math.inf

    def volts(self, at_s: float) -> float:
        return self.now_volts

    def celsius(self, at_s: float) -> float:
        return 20.0 + self.number % 100

    def ohms(self, at_s: float) -> float:
        return self.now_ohms


class HeardDevice:
    """A message device whose wire is listened to and can be spoilt."""

    def __init__(self, device: Any) -> None:
        self.wire = FaultyDevice(device, None)
        self.heard = bytearray()

    def __getattr__(self, name: str) -> Any:
        if name == "open_link":
            raise AttributeError(name)  # a link of each client's own would go past the ear
        return getattr(self.wire, name)

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        self.wire.write(data, end)


@dataclass
class ScannerBench:
    """Two scanners and a meter on one clock."""

    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.places = {number: Terminal(number) for channels in CHANNELS.values() for number in channels}
        self.leads = Terminal(0)
        node = lambda number: self.places.get(number) or Terminal(number)  # noqa: E731 - a seam in one line
        self.wires: dict[str, Any] = {
            KEYSIGHT: HeardDevice(Daq34980A(self.clock, node, "MY44", 1)),
            KEITHLEY: HeardDevice(DaqDaq6510(self.clock, Terminal(0), node, "0440", 1)),
            METER: HeardDevice(Multimeter34465A(self.clock, self.leads, "MY65", 1)),
        }
        self.visa: dict[str, Any] = {ADDRESSES[model]: wire for model, wire in self.wires.items()}
        self.visa_library: Any = BringupVisaLibrary(lab=self)

    def serial_url(self, address: str) -> str:
        raise NotImplementedError

    def http_transport(self) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""

    def open(self, model: str, **options: Any) -> Any:
        return hooks.drivers()[model].open(Connection("it", model, ADDRESSES[model], self, **options))


@pytest.fixture
def bench() -> ScannerBench:
    return ScannerBench()


@pytest.mark.parametrize("model", SCANNERS)
def test_it_is_a_scanner(model: str, bench: ScannerBench) -> None:
    driver = bench.open(model)
    assert isinstance(driver, Scanner)
    assert not bench.wires[model].heard, "opening says nothing"
    assert driver.identify().model.endswith(model.rsplit(maxsplit=1)[-1])
    assert set(CHANNELS[model]) < set(driver.channels)
    driver.close()
    driver.close()
    with pytest.raises(InstrumentError, match="has been closed"):
        driver.identify()


@pytest.mark.parametrize("model", SCANNERS)
def test_volts_and_degrees_of_each_channel_in_the_order_given(model: str, bench: ScannerBench) -> None:
    driver = bench.open(model)
    order = (CHANNELS[model][2], CHANNELS[model][0], CHANNELS[model][1])
    volts = driver.scan_dc_volts(*order)
    assert tuple(volts) == order
    assert volts == pytest.approx({number: bench.places[number].now_volts for number in order}, abs=2e-3)
    celsius = driver.scan_celsius(*order)
    assert tuple(celsius) == order
    assert celsius == pytest.approx({number: 20.0 + number % 100 for number in order}, abs=0.5)
    assert driver.scan_dc_volts(order[0], order[0]).keys() == {order[0]}


@pytest.mark.parametrize("model", SCANNERS)
def test_nothing_to_scan_sends_nothing(model: str, bench: ScannerBench) -> None:
    assert bench.open(model).scan_dc_volts() == {}
    assert not bench.wires[model].heard


@pytest.mark.parametrize("model", SCANNERS)
def test_unknown_channels_are_refused_before_anything_is_sent(model: str, bench: ScannerBench) -> None:
    with pytest.raises(UsageError, match="has no channel 9999; nothing was sent"):
        bench.open(model).scan_celsius(CHANNELS[model][0], 9999)
    assert not bench.wires[model].heard


@pytest.mark.parametrize("model", SCANNERS)
def test_many_channels_do_not_outlast_the_timeout(model: str, bench: ScannerBench) -> None:
    driver = bench.open(model, timeout_s=1.0)
    assert len(driver.scan_dc_volts(*driver.channels[:40])) == 40
    assert bench.clock.now() > 1.0, "it took longer than one timeout in all"


@pytest.mark.parametrize("model", SCANNERS)
def test_an_overload_is_a_bad_reply(model: str, bench: ScannerBench) -> None:
    channel = CHANNELS[model][0]
    bench.places[channel].now_volts = 2000.0
    driver = bench.open(model)
    with pytest.raises(BadReply):
        driver.scan_dc_volts(channel)
    bench.places[channel].now_volts = 1.5
    assert driver.scan_dc_volts(channel)[channel] == pytest.approx(1.5, abs=1e-3)


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
@pytest.mark.parametrize("model", SCANNERS)
def test_a_spoilt_reply_is_never_a_reading(model: str, fault: FaultKind, bench: ScannerBench) -> None:
    driver, channel = bench.open(model), CHANNELS[model][0]
    driver.scan_dc_volts(channel)
    bench.wires[model].wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        driver.scan_dc_volts(channel)
    bench.wires[model].wire.fault = None
    assert driver.scan_dc_volts(channel)[channel] == pytest.approx(bench.places[channel].now_volts, abs=1e-3)


def test_an_instruments_error_names_the_command(bench: ScannerBench) -> None:
    bench.wires[KEYSIGHT].wire.device.write(b"INST:DMM OFF\n", end=True)
    driver = bench.open(KEYSIGHT)
    with pytest.raises(InstrumentError, match=r"refused 'READ\?': 305"):
        driver.scan_dc_volts(1001)
    bench.wires[KEYSIGHT].wire.device.write(b"INST:DMM ON\n", end=True)
    assert driver.scan_dc_volts(1001)[1001] == pytest.approx(0.01, abs=1e-3)


def test_a_reading_of_another_function_is_not_taken(bench: ScannerBench) -> None:
    driver, device = bench.open(KEYSIGHT), bench.wires[KEYSIGHT]
    honest = device.wire.write
    device.wire.write = lambda data, end: honest(data.replace(b"CONF:VOLT:DC AUTO,", b"CONF:RES AUTO,"), end)
    bench.places[1001].now_ohms = 5.0
    with pytest.raises(BadReply, match="not readings in VDC"):
        driver.scan_dc_volts(1001)


# The multimeter's ohms.


@pytest.mark.parametrize("four_wire", [False, True])
@pytest.mark.parametrize("ohms", [0.012, 47.0, 1e6])
def test_ohms(ohms: float, four_wire: bool, bench: ScannerBench) -> None:
    meter = bench.open(METER)
    assert isinstance(meter, Ohmmeter)
    bench.leads.now_ohms = ohms
    assert meter.ohms(four_wire=four_wire) == pytest.approx(ohms, rel=2e-4, abs=4e-3)
    assert (b"CONF:FRES" in bench.wires[METER].heard) == four_wire


def test_open_leads_are_infinite_ohms(bench: ScannerBench) -> None:
    assert math.isinf(bench.open(METER).ohms())


def test_volts_after_ohms_start_on_the_highest_range(bench: ScannerBench) -> None:
    meter = bench.open(METER)
    bench.leads.now_volts = 3.0
    assert meter.dc_volts() == pytest.approx(3.0, abs=1e-3)
    meter.ohms()
    bench.wires[METER].heard.clear()
    assert meter.dc_volts() == pytest.approx(3.0, abs=1e-3)
    assert bench.wires[METER].heard.startswith(b"CONF:VOLT:DC 1000;")


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_spoilt_ohms(fault: FaultKind, bench: ScannerBench) -> None:
    meter = bench.open(METER)
    bench.leads.now_ohms = 10.0
    meter.ohms()
    bench.wires[METER].wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        meter.ohms()
    bench.wires[METER].wire.fault = None
    assert meter.ohms() == pytest.approx(10.0, abs=0.01)
