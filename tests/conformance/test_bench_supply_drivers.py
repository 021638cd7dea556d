"""The drivers of the bench supplies on their simulated instruments: every method, every refusal, every bad wire."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import MultiOutputSupply, PowerSupply
from bringup.errors import InstrumentError, OutOfEnvelope, UsageError
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.supply_e3631a import SupplyE3631A
from bringup_instruments.models.supply_hmp4040 import SupplyHmp4040
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.wires.faulty_device import FaultyDevice
from pyvisa_bringup import BringupVisaLibrary

HMP, E3631A = "R&S HMP4040", "Keysight E3631A"
LAN, SERIAL = "TCPIP::bench.lab::hislip0::INSTR", "ASRL3::INSTR"
LEVELS = {HMP: (3.3, 5.0), E3631A: (3.3, 30.0)}  # volts, over_volts


class Heard(FaultyDevice):
    """A wire that is listened to and can be spoilt."""

    heard = b""

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        super().write(data, end)


class Bench:
    """One supply on resistors of 10 Ω, reached over one wire."""

    def __init__(self, model: str, address: str) -> None:
        self.model, self.address = model, address
        self.clock = VirtualClock()
        self.blocks = {number: TerminalBlock(10.0) for number in range(1, 5)}
        self.supply: Any = (
            SupplyHmp4040(self.clock, self.blocks, "103781") if model == HMP else SupplyE3631A(self.clock, self.blocks)
        )
        self.wire = Heard(self.supply, None)
        self.visa: Mapping[str, Any] = {address: self.wire}
        self.lab: Any = SimpleNamespace(clock=self.clock, visa=self.visa, close=lambda: None)
        self.lab.visa_library = BringupVisaLibrary(lab=self)

    def driver(self, **envelope: tuple[float, float]) -> Any:
        connection = Connection("it", self.model, self.address, self.lab, envelope=envelope)
        return hooks.drivers()[self.model].open(connection)

    def send(self, message: str) -> None:
        self.supply.write(message.encode() + b"\n", end=True)

    def ask(self, message: str) -> str:
        self.send(message)
        return str(self.supply.read(1000, 5.0)[0].decode().strip())

    def volts(self) -> list[float]:
        """At every output's terminals."""
        return [self.blocks[number].volts(self.clock.now()) for number in self.driver().channels]


@pytest.fixture(params=itertools.product((HMP, E3631A), (LAN, SERIAL)), ids=str)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(*request.param)


@pytest.fixture
def hmp() -> Bench:
    return Bench(HMP, LAN)


@pytest.fixture
def e3631a() -> Bench:
    return Bench(E3631A, LAN)


def configured(bench: Bench, channel: int = 1) -> Any:
    output = bench.driver().output(channel)
    volts, over_volts = LEVELS[bench.model]
    output.configure(volts=-volts if (bench.model, channel) == (E3631A, 3) else volts, amps=1.0, over_volts=over_volts)
    return output


def test_it_has_its_capabilities_and_identity(bench: Bench) -> None:
    driver = bench.driver()
    assert isinstance(driver, MultiOutputSupply)
    assert not bench.wire.heard, "opening it sends nothing"
    assert driver.identify().model == bench.model.split()[-1]
    assert driver.channels == ((1, 2, 3, 4) if bench.model == HMP else (1, 2, 3))
    output = driver.output(2)
    assert isinstance(output, PowerSupply)
    assert output.identify() == driver.identify()
    output.close()
    assert driver.output(1).is_on() in (True, False), "the wire is open"
    driver.close()
    driver.close()


def test_an_output_that_does_not_exist_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError, match="no output 5"):
        bench.driver().output(5)


def test_every_output_is_set_switched_and_measured(bench: Bench) -> None:
    for channel in bench.driver().channels:
        output = configured(bench, channel)
        sign = -1 if (bench.model, channel) == (E3631A, 3) else 1
        assert bench.volts() == [0.0] * len(bench.volts()), "configuring leaves the output as it is"
        output.output_on()
        assert output.is_on()
        assert output.volts() == pytest.approx(sign * 3.3, abs=0.003)
        assert output.amps() == pytest.approx(0.33, abs=0.003)
        assert [bool(volts) for volts in bench.volts()] == [n == channel for n in bench.driver().channels]
        output.output_off()
        assert not output.is_on()
        assert output.volts() == pytest.approx(0.0, abs=0.003)
        assert bench.ask("SYST:ERR?").lstrip("+") == '0,"No error"'


def test_outputs_come_and_go_one_by_one(bench: Bench) -> None:
    first, second = configured(bench, 1), configured(bench, 2)
    first.output_on()
    assert not second.is_on()
    second.output_on()
    assert bench.volts()[:2] == pytest.approx([3.3, 3.3])
    first.output_off()
    assert bench.volts()[:2] == pytest.approx([0.0, 3.3])
    assert second.is_on()
    first.output_on()
    assert bench.volts()[:2] == pytest.approx([3.3, 3.3]), "it comes back to what it was configured for"
    second.output_off()
    first.output_off()
    assert bench.volts() == [0.0] * len(bench.volts())
    assert bench.ask("OUTP?") == "0"


def test_a_live_output_moves_at_once(bench: Bench) -> None:
    output = configured(bench)
    output.output_on()
    output.configure(volts=5.0, amps=0.2, over_volts=30.0)
    assert output.volts() == pytest.approx(2.0, abs=0.003), "in constant current"
    output.configure(volts=1.0, amps=1.0, over_volts=30.0)
    assert output.volts() == pytest.approx(1.0, abs=0.003)


@pytest.mark.parametrize("what", ["volts", "amps", "over_volts"])
def test_beyond_the_envelope_nothing_is_sent(bench: Bench, what: str) -> None:
    driver = bench.driver(**{what: (0.0, 0.5)})
    with pytest.raises(OutOfEnvelope, match=rf"{what} = .* nothing was sent"):
        driver.output(1).configure(volts=3.3, amps=1.0, over_volts=30.0)
    assert not bench.wire.heard


def test_what_the_instrument_refuses_is_raised_with_the_command(bench: Bench) -> None:
    with pytest.raises(InstrumentError, match=r"refused 'INST:NSEL 1;:CURR 50'|refused '.*INST:NSEL 1;:CURR 50'.*-222"):
        bench.driver().output(1).configure(volts=1.0, amps=50.0, over_volts=30.0)
    assert bench.driver().output(1).volts() == pytest.approx(0.0, abs=0.003)


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_a_bad_wire_is_noticed_and_the_next_answer_is_right(bench: Bench, fault: FaultKind) -> None:
    output = configured(bench)
    output.output_on()
    good = output.volts()
    bench.wire.fault = fault
    for question in (output.volts, output.amps, output.is_on, output.output_on):
        with pytest.raises(InstrumentError):
            question()
    bench.wire.fault = None
    assert output.volts() == good


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_it_goes_off_over_a_bad_wire_and_says_that_it_cannot_know(bench: Bench, fault: FaultKind) -> None:
    output = configured(bench)
    output.output_on()
    bench.wire.fault = fault
    with pytest.raises(InstrumentError, match="the output may be on"):
        output.output_off()
    assert bench.volts()[0] == 0.0
    bench.wire.fault = None
    output.output_off()


MESSES: dict[str, Callable[[Bench], None]] = {
    "half a command": lambda bench: bench.supply.write(b"VOLT 5", end=False),
    "unread reply": lambda bench: bench.send("MEAS:VOLT?"),
    "full error queue": lambda bench: bench.supply.write(b"NONSENSE\n" * 50, end=True),
    "another output selected": lambda bench: bench.send("INST:NSEL 2"),
}


@pytest.mark.parametrize("mess", MESSES)
def test_it_goes_off_whatever_state_it_is_in(bench: Bench, mess: str) -> None:
    output = configured(bench)
    output.output_on()
    MESSES[mess](bench)
    output.output_off()
    assert bench.volts()[0] == 0.0


def test_the_off_command_goes_first(bench: Bench) -> None:
    output = configured(bench)
    output.output_on()
    bench.wire.heard = b""
    output.output_off()
    first = bench.wire.heard.partition(b"\n")[0]
    assert first.endswith(b"OUTP OFF" if bench.model == HMP else b"VOLT 0")
    assert b"?" not in first


# What only one of them has.


HMP_LEVELS = [(0.0, 0.0, 33.0), (3.3, 2.0, 5.0), (12.0, 1.0, 13.0), (32.0, 10.0, 33.0), (5.0, 0.1, 5.1)]


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(HMP_LEVELS, 2)))
def test_hmp_never_passes_through_a_state_that_trips(
    before: tuple[float, float, float], after: tuple[float, float, float], hmp: Bench
) -> None:
    output = hmp.driver().output(4)
    for number, (volts, amps, over_volts) in enumerate((before, after)):
        output.configure(volts=volts, amps=amps, over_volts=over_volts)
        if not number:
            output.output_on()
    assert output.is_on()
    assert hmp.ask("INST OUT4;:VOLT:PROT:TRIP?") == "0"


def test_hmp_says_why_it_does_not_come_on(hmp: Bench) -> None:
    output = configured(hmp)
    output.output_on()
    hmp.send("INST OUT1;:VOLT:PROT 3")
    assert not output.is_on()
    with pytest.raises(InstrumentError, match="output 1: the output did not come on: over-voltage tripped"):
        output.output_on()


def test_hmp_does_not_bring_up_what_was_activated_at_the_panel(hmp: Bench) -> None:
    hmp.send("INST OUT3;:APPL 12,1;:OUTP:SEL ON")
    configured(hmp).output_on()
    assert hmp.volts() == pytest.approx([3.3, 0.0, 0.0, 0.0])


def test_hmp_refuses_a_protection_too_near_to_the_voltage(hmp: Bench) -> None:
    with pytest.raises(OutOfEnvelope, match=r"at least 0.1 V above the voltage of 5 V"):
        hmp.driver().output(1).configure(volts=5.0, amps=1.0, over_volts=5.0)
    assert not hmp.wire.heard


def test_hmp_that_takes_another_value_is_found_out(hmp: Bench) -> None:
    honest = hmp.supply.write
    hmp.supply.write = lambda data, end: honest(data.replace(b"VOLT 20", b"VOLT 19"), end)
    with pytest.raises(InstrumentError, match=r"VOLT 20 was sent, it says 19"):
        hmp.driver().output(1).configure(volts=20.0, amps=1.0, over_volts=33.0)


def test_hmp4030_has_three_outputs(hmp: Bench) -> None:
    driver = hooks.drivers()["R&S HMP4030"].open(Connection("it", "R&S HMP4030", LAN, hmp.lab))
    assert isinstance(driver, MultiOutputSupply)
    assert driver.channels == (1, 2, 3)


def test_e3631a_has_no_protection_and_says_so(e3631a: Bench) -> None:
    with pytest.raises(OutOfEnvelope, match=r"output 2: a protection at 20 V was asked for, and this model has none"):
        e3631a.driver().output(2).configure(volts=12.0, amps=1.0, over_volts=20.0)
    assert not e3631a.wire.heard


def test_e3631a_keeps_what_is_configured_over_a_new_driver(e3631a: Bench) -> None:
    configured(e3631a, 3)
    output = e3631a.driver().output(3)
    output.output_on()
    assert output.volts() == pytest.approx(-3.3, abs=0.003)


def test_e3631a_is_taken_to_remote_on_a_serial_line_alone() -> None:
    serial, lan = Bench(E3631A, SERIAL), Bench(E3631A, LAN)
    for bench in (serial, lan):
        bench.driver().output(1).volts()
    assert (serial.supply.control, lan.supply.control) == ("REM", "LOC")
