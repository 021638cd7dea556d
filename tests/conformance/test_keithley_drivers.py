"""Drivers of the Keithley 2400 and DMM6500 on their simulated instruments: every method, every refusal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import Multimeter, Ohmmeter, SourceMeter
from bringup.errors import BadReply, InstrumentError, OutOfEnvelope, UsageError
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_drivers.keithley_2400 import OHMS_AMPS, OHMS_VOLTS, Keithley2400
from bringup_drivers.keithley_dmm6500 import KeithleyDmm6500
from bringup_instruments.models.multimeter_dmm6500 import MultimeterDmm6500
from bringup_instruments.models.smu_2400 import Smu2400
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.wires.faulty_device import FaultyDevice
from bringup_instruments.world import Source
from pyvisa_bringup import BringupVisaLibrary

SMU, METER = "Keithley 2400", "Keithley DMM6500"
ADDRESSES = {SMU: "ASRL7::INSTR", METER: "TCPIP::meter.bench::hislip0::INSTR"}


class Heard:
    """A wire that is listened to and can be spoilt."""

    def __init__(self, device: Any) -> None:
        self.wire = FaultyDevice(device, None)
        self.heard = bytearray()
        self.swap = (b"\0", b"\0")  # what is written otherwise, and how

    def __getattr__(self, name: str) -> Any:
        if name == "open_link":
            raise AttributeError(name)  # a link of each client's own would go past the ear
        return getattr(self.wire, name)

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        self.wire.write(data.replace(*self.swap), end)


@dataclass
class Lab:
    """A source meter and a multimeter on one block of 1 kΩ."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    ohms: float = 1000.0

    def __post_init__(self) -> None:
        self.block = TerminalBlock(self.ohms)
        self.smu = Smu2400(self.clock, self.block, "1234567", 1)
        self.meter = MultimeterDmm6500(self.clock, self.block, "04340543", 1)
        self.wires = {SMU: Heard(self.smu), METER: Heard(self.meter)}
        self.visa = {ADDRESSES[model]: wire for model, wire in self.wires.items()}
        self.visa_library: Any = BringupVisaLibrary(lab=self)

    def serial_url(self, address: str) -> str:
        raise NotImplementedError(address)

    def http_transport(self) -> None:
        return None

    def close(self) -> None:
        """Nothing is held."""

    def connection(self, model: str, **envelope: tuple[float, float]) -> Connection:
        return Connection("it", model, ADDRESSES[model], self, envelope=envelope)


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def smu(lab: Lab) -> Keithley2400:
    return Keithley2400(lab.connection(SMU))


@pytest.fixture
def meter(lab: Lab) -> KeithleyDmm6500:
    return KeithleyDmm6500(lab.connection(METER))


def test_plugin_opens_them(lab: Lab) -> None:
    source = hooks.drivers()[SMU].open(lab.connection(SMU))
    reader = hooks.drivers()[METER].open(lab.connection(METER))
    assert isinstance(source, SourceMeter)
    assert isinstance(source, Ohmmeter)
    assert isinstance(reader, Multimeter)
    assert isinstance(reader, Ohmmeter)
    assert not lab.wires[SMU].heard
    assert (source.identify().model, reader.identify().model) == ("MODEL 2400", "MODEL DMM6500")


# The source meter.


@pytest.mark.parametrize("volts", [0.8, -1.2, 12.0, 50.0])
def test_forces_volts(volts: float, lab: Lab, smu: Keithley2400) -> None:
    smu.force_volts(volts, amps_limit=0.1)
    assert not smu.is_on()
    assert lab.block.volts(0.0) == 0.0
    smu.output_on()
    assert smu.is_on()
    assert smu.volts() == pytest.approx(volts, rel=1e-3, abs=3e-3)
    assert smu.amps() == pytest.approx(volts / 1000, rel=5e-3, abs=1e-5)
    assert not smu.in_compliance()
    smu.force_volts(volts, amps_limit=abs(volts) / 2000)
    assert smu.is_on(), "forcing leaves the output as it is"
    assert smu.in_compliance()
    assert smu.volts() == pytest.approx(volts / 2, rel=5e-3)
    smu.output_off()
    assert not smu.is_on()
    assert lab.block.volts(0.0) == 0.0


@pytest.mark.parametrize("amps", [1e-3, -5e-3])
def test_forces_amps(amps: float, lab: Lab, smu: Keithley2400) -> None:
    smu.force_amps(amps, volts_limit=20.0)
    smu.output_on()
    assert smu.amps() == pytest.approx(amps, rel=1e-3)
    assert smu.volts() == pytest.approx(amps * 1000, rel=2e-3)
    assert not smu.in_compliance()
    smu.force_amps(amps * 10, volts_limit=2.0)
    assert smu.in_compliance()
    assert smu.volts() == pytest.approx(math.copysign(2.0, amps), rel=3e-3)
    smu.force_volts(1.0, amps_limit=0.1)
    assert smu.is_on(), "also from one kind to the other"
    assert smu.volts() == pytest.approx(1.0, rel=2e-3)


STEPS = [(5.0, 1.0), (100.0, 0.1), (20.0, 0.001), (-180.0, 0.05), (0.0, 1.05), (0.01, 1e-6)]


@pytest.mark.parametrize("before", STEPS)
@pytest.mark.parametrize("after", STEPS)
def test_no_step_passes_through_a_forbidden_state(
    before: tuple[float, float], after: tuple[float, float], lab: Lab, smu: Keithley2400
) -> None:
    """The instrument refuses whatever breaks its power limit, so that no error is the proof."""
    for volts, amps in (before, after):
        smu.force_volts(volts, amps_limit=amps)
    assert (lab.smu.volts.level, lab.smu.limited("CURR").compliance) == after


def test_beyond_the_envelope_or_the_power_nothing_is_sent(lab: Lab) -> None:
    smu = Keithley2400(lab.connection(SMU, volts=(0.0, 1.0), amps=(-0.1, 0.1)))
    with pytest.raises(OutOfEnvelope, match=r"volts = 1\.1 lies beyond"):
        smu.force_volts(1.1, amps_limit=0.01)
    with pytest.raises(OutOfEnvelope, match="volts = 5"):
        smu.force_amps(0.01, volts_limit=5.0)
    with pytest.raises(OutOfEnvelope, match=r"amps = 0\.2"):
        smu.force_amps(0.2, volts_limit=1.0)
    with pytest.raises(OutOfEnvelope, match="more than the instrument can do"):
        Keithley2400(lab.connection(SMU)).force_volts(100.0, amps_limit=0.5)
    assert not lab.wires[SMU].heard


def test_refusals_name_their_command(lab: Lab, smu: Keithley2400) -> None:
    with pytest.raises(InstrumentError, match=r"refused 'SOUR:VOLT 300'.*Parameter data out of range|-222"):
        smu.force_volts(300.0, amps_limit=0.01)
    lab.smu.write(b"OUTP:ENAB ON\n", end=True)
    with pytest.raises(InstrumentError, match=r"refused 'OUTP ON': 802,\"OUTPUT blocked"):
        smu.output_on()
    with pytest.raises(InstrumentError, match="its output is off, and it measures only while it is on"):
        smu.volts()


def test_a_value_that_was_not_taken_is_found_out(lab: Lab, smu: Keithley2400) -> None:
    smu.force_volts(0.0, amps_limit=0.01)
    lab.wires[SMU].swap = (b"SOUR:VOLT 2;", b"SOUR:VOLT 1.9;")
    with pytest.raises(InstrumentError, match=r"SOUR:VOLT 2 was sent, it says 1\.9"):
        smu.force_volts(2.0, amps_limit=0.01)


def test_readings_do_not_mind_the_front_panel(lab: Lab, smu: Keithley2400) -> None:
    smu.force_volts(2.0, amps_limit=0.01)
    smu.output_on()
    lab.smu.write(b"FORM:ELEM TIME;:TRIG:COUN 5;:SENS:FUNC:OFF:ALL;:SENS:FUNC 'RES'\n", end=True)
    assert smu.amps() == pytest.approx(0.002, rel=5e-3)


@pytest.mark.parametrize("ohms", [0.4, 22.0, 1e3, 1e5])
@pytest.mark.parametrize("four_wire", [True, False])
def test_ohms_from_a_harmless_voltage(ohms: float, four_wire: bool) -> None:
    lab = Lab(ohms=ohms)
    most = 0.0

    def look(at_s: float) -> None:
        nonlocal most
        most = max(most, abs(lab.block.volts(at_s)))
        assert abs(lab.block.amps(at_s)) < OHMS_AMPS * 1.01

    lab.block.watch(look)
    smu = Keithley2400(lab.connection(SMU))
    smu.force_amps(0.02, volts_limit=5.0)
    leads = 0.0 if four_wire else 0.15
    assert smu.ohms(four_wire=four_wire) == pytest.approx(ohms + leads, rel=0.02, abs=0.06)
    assert 0.0 < most < OHMS_VOLTS * 1.01
    assert not smu.is_on()
    assert ask(lab.smu, "SOUR:FUNC?;:SOUR:CURR?;:SENS:VOLT:PROT?;:SYST:RSEN?") == (
        "CURR;2.000000E-02;5.000000E+00;0"
    ), "what was set before is set again"


def ask(device: Any, message: str) -> str:
    device.write(message.encode() + b"\n", end=True)
    return str(device.read(100_000, 10.0)[0].decode().strip())


def test_ohms_of_nothing_are_infinite_and_a_live_output_is_refused() -> None:
    lab = Lab(ohms=math.inf)
    smu = Keithley2400(lab.connection(SMU))
    assert smu.ohms() == math.inf
    smu.output_on()
    with pytest.raises(InstrumentError, match="its output is on; switch it off"):
        smu.ohms()
    with pytest.raises(OutOfEnvelope):
        Keithley2400(lab.connection(SMU, volts=(0.0, 0.1))).ohms()


@pytest.mark.parametrize("state", ["on", "off", "sweeping", "half a command", "unread reply", "full error queue"])
def test_goes_off_whatever_state_it_is_in(state: str, lab: Lab, smu: Keithley2400) -> None:
    smu.force_volts(5.0, amps_limit=0.1)
    smu.output_on()
    before = {
        "off": b"OUTP OFF\n",
        "sweeping": b"ARM:COUN INF;:INIT\n",
        "unread reply": b"READ?\n",
        "full error queue": b"NONSENSE\n" * 50,
    }
    lab.smu.write(
        b"SOUR:VOLT" if state == "half a command" else before.get(state, b"*CLS\n"), end=state != "half a command"
    )
    smu.output_off()
    assert not lab.smu.output_on
    assert lab.block.volts(lab.clock.now()) == 0.0


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_goes_off_over_a_bad_wire_and_says_that_it_cannot_know(fault: FaultKind, lab: Lab, smu: Keithley2400) -> None:
    smu.force_volts(5.0, amps_limit=0.1)
    smu.output_on()
    lab.wires[SMU].wire.fault = fault
    with pytest.raises(InstrumentError, match="the output may be on"):
        smu.output_off()
    assert not lab.smu.output_on
    lab.wires[SMU].wire.fault = None
    smu.output_off()


SMU_CALLS: dict[str, Callable[[Keithley2400], object]] = {
    "volts": lambda smu: smu.volts(),
    "amps": lambda smu: smu.amps(),
    "is_on": lambda smu: smu.is_on(),
    "in_compliance": lambda smu: smu.in_compliance(),
    "identify": lambda smu: smu.identify(),
    "output_on": lambda smu: smu.output_on(),
    "force_volts": lambda smu: smu.force_volts(1.0, amps_limit=0.01),
}


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
@pytest.mark.parametrize("name", SMU_CALLS)
def test_spoilt_replies_are_never_readings(name: str, fault: FaultKind, lab: Lab, smu: Keithley2400) -> None:
    smu.force_volts(1.0, amps_limit=0.01)
    smu.output_on()
    lab.wires[SMU].wire.fault = fault
    if not (name == "identify" and fault is FaultKind.OTHERS_REPLY):  # a stray identity is an identity
        with pytest.raises(InstrumentError):
            SMU_CALLS[name](smu)
    lab.wires[SMU].wire.fault = None
    SMU_CALLS[name](smu)
    assert smu.volts() == pytest.approx(1.0, rel=2e-3)


# The multimeter.


@pytest.mark.parametrize("volts", [0.05, 0.8, 5.0, 54.0, 400.0])
def test_reads_volts_on_a_range_that_fits(volts: float, lab: Lab, meter: KeithleyDmm6500) -> None:
    lab.block.feed(0.0, Source(volts, 10.0, on=True))
    assert meter.dc_volts() == pytest.approx(volts, rel=1e-4, abs=1e-5)
    full = lab.meter.front.active.measured_range
    assert full / 12 <= volts <= full * 1.2
    lab.meter.write(b"VOLT:RANG 1000;NPLC 1;:COUN 3;:FUNC 'RES'\n", end=True)
    with pytest.raises(BadReply, match=r"not the function|beyond"):
        meter.dc_volts()
    assert meter.dc_volts() == pytest.approx(volts, rel=1e-4, abs=1e-5), "set up anew"


def test_meter_overload_is_a_bad_reply(lab: Lab, meter: KeithleyDmm6500) -> None:
    lab.block.feed(0.0, Source(2000.0, 10.0, on=True))
    with pytest.raises(BadReply, match="overload on the 1000 V range"):
        meter.dc_volts()


@pytest.mark.parametrize("ohms", [0.3, 47.0, 1e3, 2e6, math.inf])
def test_meter_reads_ohms(ohms: float) -> None:
    lab = Lab(ohms=ohms)
    meter = KeithleyDmm6500(lab.connection(METER))
    assert meter.ohms(four_wire=True) == pytest.approx(ohms, rel=3e-4, abs=2e-3)
    assert meter.ohms() == pytest.approx(ohms + 0.08, rel=3e-4, abs=5e-3)
    assert meter.dc_volts() == pytest.approx(0.0, abs=1e-3), "and volts again"


def test_meter_takes_ten_times_as_long_for_ten_cycles(lab: Lab) -> None:
    def cost_s(cycles: int) -> float:
        meter = KeithleyDmm6500(lab.connection(METER), power_line_cycles=cycles)
        meter.dc_volts()
        before = lab.clock.now()
        meter.dc_volts()
        meter.close()
        return float(lab.clock.now() - before)

    assert cost_s(10) > 5 * cost_s(1)
    with pytest.raises(UsageError, match="1 or 10 power-line cycles, not 3"):
        KeithleyDmm6500(lab.connection(METER), power_line_cycles=3)


METER_CALLS: dict[str, Callable[[KeithleyDmm6500], object]] = {
    "dc_volts": lambda meter: meter.dc_volts(),
    "ohms": lambda meter: meter.ohms(),
    "ohms of four wires": lambda meter: meter.ohms(four_wire=True),
}


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
@pytest.mark.parametrize("name", METER_CALLS)
def test_spoilt_replies_of_the_meter(name: str, fault: FaultKind, lab: Lab, meter: KeithleyDmm6500) -> None:
    lab.wires[METER].wire.fault = fault
    with pytest.raises(InstrumentError):
        METER_CALLS[name](meter)
    lab.wires[METER].wire.fault = None
    METER_CALLS[name](meter)
    lab.block.feed(lab.clock.now(), Source(5.0, 1.0, on=True))
    assert meter.dc_volts() == pytest.approx(5.0, rel=1e-4)


def test_a_meter_that_refuses_says_which_command(lab: Lab, meter: KeithleyDmm6500) -> None:
    lab.wires[METER].swap = (b"NPLC 10;", b"NPLC 99;")
    with pytest.raises(InstrumentError, match=r"refused 'FUNC \"VOLT:DC\".*-222"):
        meter.dc_volts()
