"""The Genesys supply behind both of its languages, and each language's own rules."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.genesys_gen import GenesysGen
from bringup_instruments.models.genesys_scpi import GenesysScpi
from bringup_instruments.models.genesys_words import checksum_of
from bringup_instruments.models.supply_genesys import Fault, GenesysSupply
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.circuit import TerminalBlock


@dataclass
class Amps:
    """A sink of constant current."""

    amps: float = 0.0

    def amps_at(self, volts: float) -> float:
        return self.amps if volts > 0.1 else 0.0


class Bench:
    def __init__(self, ohms: float = 2.0, model: str = "GEN60-85") -> None:
        self.clock = VirtualClock()
        self.block = TerminalBlock(ohms)
        self.supply = GenesysSupply(self.clock, self.block, model)


class Gen(Bench):
    def __init__(self, ohms: float = 2.0, model: str = "GEN60-85", addressed: bool = True) -> None:
        super().__init__(ohms, model)
        self.unit = GenesysGen(self.clock, self.supply, "20-1234-0001")
        if addressed:
            assert self.ask("ADR 06") == "OK"

    def ask(self, text: str, timeout_s: float = 0.3) -> str | None:
        self.unit.write(text.encode("latin-1") + b"\r", False)
        try:
            data, ended = self.unit.read(1000, timeout_s)
        except TimeoutError:
            return None
        assert ended
        assert data.endswith(b"\r")
        assert b"\n" not in data
        return data[:-1].decode("latin-1")

    def all(self, *texts: str) -> list[str | None]:
        return [self.ask(text) for text in texts]


class Scpi(Bench):
    def __init__(self, ohms: float = 2.0) -> None:
        super().__init__(ohms)
        self.unit = GenesysScpi(self.clock, self.supply, "20-1234-0001")

    def do(self, text: str) -> None:
        self.unit.write(text.encode() + b"\n")

    def ask(self, text: str) -> str:
        self.do(text)
        return self.unit.read(1000, 1.0)[0].decode().rstrip("\n")


# The native dialect.


def test_only_the_addressed_unit_answers() -> None:
    gen = Gen(addressed=False)
    assert gen.all("IDN?", "PV 10", "", "ADR 5") == [None] * 4
    assert gen.supply.settings.volts == 0.0
    assert gen.all("ADR 6", "IDN?", "ADR 7", "IDN?", "adr 06") == ["OK", "LAMBDA,GEN60-85", None, None, "OK"]


def test_global_commands_are_heard_by_all_and_answered_by_none() -> None:
    gen = Gen(addressed=False)
    assert gen.all("GPV 20", "GPC 5", "GOUT 1", "GPV 900") == [None] * 4
    assert (gen.supply.settings.volts, gen.supply.settings.amps, gen.supply.is_on) == (20.0, 5.0, True)
    gen.ask("GRST")
    assert not gen.supply.is_on


def test_identity_and_lone_return() -> None:
    gen = Gen()
    assert gen.all("IDN?", "SN?", "", "MDAV?", "MS?") == ["LAMBDA,GEN60-85", "20-1234-0001", "OK", "0", "1"]
    assert gen.ask("REV?", 1.0)
    assert gen.ask("DATE?") == "2019/06/24"


def test_settings_are_answered_as_they_were_sent() -> None:
    gen = Gen()
    assert gen.all("PV 012.0", "PV?", "pc 5", "PC?", "OVP 30.50", "OVP?", "UVL 5", "UVL?") == [
        "OK", "012.0", "OK", "5", "OK", "30.50", "OK", "5",
    ]  # fmt: skip
    assert gen.all("OVM", "OVP?") == ["OK", "66.00"]


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ((), "PV 63.1", "E01"),
        (("OVP 50",), "PV 47.6", "E01"),
        (("PV 40", "UVL 30"), "PV 31", "E02"),
        (("PV 40",), "OVP 42.9", "E04"),
        ((), "OVP 4", "E04"),
        (("PV 40",), "UVL 38.5", "E06"),
        ((), "OVP 67", "C05"),
        ((), "PC 90", "C05"),
        ((), "FBD 256", "C05"),
        ((), "VOLT 5", "C01"),
        ((), "PV", "C02"),
        ((), "PV abc", "C03"),
        ((), "PV 1234567890123", "C03"),
        ((), "OUT 2", "C03"),
        ((), "FENA 1G", "C03"),
        ((), "IDN? 5", "C03"),
        ((), "PV 5$00", "C04$A7"),
    ],
)
def test_errors(before: tuple[str, ...], command: str, code: str) -> None:
    gen = Gen()
    assert gen.all(*before) == ["OK"] * len(before)
    settings = gen.supply.settings
    assert gen.ask(command) == code
    assert gen.supply.settings == settings


def test_limits_themselves_are_taken() -> None:
    gen = Gen()
    assert gen.all("PV 62.7", "PC 89.25", "PV 40", "OVP 43", "PV 40.85", "OVP 66", "UVL 38.8") == ["OK"] * 7


def test_checksum_and_backspace_and_repeat() -> None:
    gen = Gen()
    assert checksum_of("STT?") == "3A"
    assert checksum_of("STAT?") == "7B"
    assert gen.ask("RMT?$" + checksum_of("RMT?")) == "LOC$" + checksum_of("LOC")
    assert gen.ask("PX\bV 77\b\b8") == "OK"
    assert gen.supply.settings.volts == 8.0
    assert gen.all("PV?", "\\", "\\") == ["8", "8", "8"]


def test_reset_is_a_safe_and_known_state() -> None:
    gen = Gen()
    gen.all("PV 20", "PC 10", "OVP 40", "UVL 5", "FLD ON", "FBD 7", "AST ON", "RMT LLO", "OUT ON")
    assert gen.all("RST", "OUT?", "FLD?", "AST?", "RMT?", "OVP?", "UVL?", "FBD?", "FLT?", "STAT?") == [
        "OK", "OFF", "OFF", "OFF", "REM", "66.00", "00.00", "0", "00", "04",
    ]  # fmt: skip
    assert float(gen.ask("PV?") or "x") == 0.0
    assert float(gen.ask("PC?") or "x") == 0.0


def test_remote_and_local() -> None:
    gen = Gen()
    assert gen.all("RMT?", "PV 1", "RMT?", "RMT 2", "RMT?", "RMT LOC", "STAT?") == [
        "LOC", "OK", "REM", "OK", "LLO", "OK", "84",
    ]  # fmt: skip


def test_crossover_and_read_back() -> None:
    gen = Gen(ohms=2.0)
    gen.all("PV 50", "PC 30", "OUT 1")
    assert gen.all("MODE?", "MV?", "MC?", "STAT?")[0] == "CV"
    assert float(gen.ask("MV?") or "x") == pytest.approx(50.0, abs=0.01)
    assert float(gen.ask("MC?") or "x") == pytest.approx(25.0, abs=0.01)
    gen.ask("PC 20")
    assert gen.ask("MODE?") == "CC"
    assert float(gen.ask("MV?") or "x") == pytest.approx(40.0, abs=0.01)
    status = gen.ask("STT?", 1.0)
    assert status is not None
    assert status.endswith("PC(20),SR(06),FR(00)")
    assert len((gen.ask("DVC?", 1.0) or "").split(",")) == 6
    gen.ask("OUT 0")
    assert gen.all("MODE?", "MV?") == ["OFF", "00.000"]


def test_foldback_trips_by_itself_after_its_delay_and_out_on_clears_it() -> None:
    gen = Gen(ohms=float("inf"))
    sink = Amps(5.0)
    changed = gen.block.connect(sink)
    gen.all("PV 50", "PC 10", "FLD 1", "FBD 5", "OUT 1")
    sink.amps = 20.0
    changed(gen.clock.now())
    assert gen.all("MODE?", "OUT?") == ["CC", "ON"]
    gen.clock.sleep(2.0)
    trace = gen.block.trace(0.0, gen.clock.now(), 3000)
    step_s = gen.clock.now() / 2999
    limited_s = sum(0.05 < volts < 49.0 for volts in trace) * step_s
    assert limited_s == pytest.approx(0.75, abs=0.01), "at its own time"
    assert gen.all("OUT?", "FLT?", "MODE?") == ["OFF", "08", "OFF"]
    assert gen.block.volts(gen.clock.now()) == 0.0
    sink.amps = 5.0
    assert gen.all("OUT 1", "FLT?", "MODE?") == ["OK", "00", "CV"]


def test_over_voltage_trips_and_latches() -> None:
    gen = Gen()
    gen.all("PV 20", "PC 20", "OUT 1")
    gen.block._state = type(gen.block._state)(67.0, 0.0, constant_current=False)
    assert gen.all("OUT?", "FLT?") == ["OFF", "10"]
    assert gen.block.volts(0.0) == 0.0
    assert gen.all("OUT 1", "OUT?") == ["OK", "ON"]


@pytest.mark.parametrize("auto", [False, True])
def test_pins_hold_the_output_off_and_auto_restart_brings_it_back(auto: bool) -> None:
    gen = Gen()
    gen.all("PV 20", "PC 20", f"AST {int(auto)}", "OUT 1")
    gen.supply.pin(Fault.SHUT_OFF, active=True)
    assert gen.all("OUT?", "OUT 1", "FLT?") == ["OFF", "E07", "20"]
    gen.supply.pin(Fault.SHUT_OFF, active=False)
    assert gen.ask("OUT?") == ("ON" if auto else "OFF")


def test_save_and_recall() -> None:
    gen = Gen()
    gen.all("PV 20", "PC 10", "OVP 40", "SAV", "PV 5", "OVP 60", "OUT 1", "RMT LLO", "RCL")
    assert gen.all("OVP?", "OUT?", "RMT?") == ["40.00", "OFF", "REM"]
    assert gen.supply.settings.volts == 20.0


def test_events_latch_and_call_for_service_once() -> None:
    gen = Gen()
    gen.all("FENA 20", "SENA 01", "PV 5", "PC 50")
    assert gen.all("FENA?", "SENA?", "SEVE?", "FEVE?") == ["20", "01", "00", "00"]
    gen.supply.pin(Fault.SHUT_OFF, active=True)
    gen.supply.pin(Fault.SHUT_OFF, active=False)
    assert gen.unit.read(100, 0.1)[0] == b"!06\r"
    assert gen.all("OUT 1", "SEVE?", "SEVE?") == ["OK", "01", "00"]


def test_a_fault_stays_in_the_status_until_its_event_is_read() -> None:
    gen = Gen()
    gen.all("RMT REM", "FENA 20")
    gen.supply.pin(Fault.SHUT_OFF, active=True)
    gen.supply.pin(Fault.SHUT_OFF, active=False)
    gen.unit.read(100, 0.1)
    assert gen.all("FLT?", "STAT?", "FEVE?", "FEVE?", "STAT?") == ["00", "08", "20", "00", "04"]
    gen.supply.pin(Fault.SHUT_OFF, active=True)
    gen.unit.read(100, 0.1)
    assert gen.all("CLS", "FEVE?") == ["OK", "00"]


def test_answers_take_the_time_of_the_line() -> None:
    gen = Gen()
    before_s = gen.clock.now()
    answer = gen.ask("STT?", 1.0)
    assert answer is not None
    assert gen.clock.now() - before_s == pytest.approx((5 + len(answer) + 1) * 10 / 9600 + 0.010, rel=0.01)
    gen.unit.write(b"IDN?\r", False)
    assert gen.unit.poll(100).data == b""
    assert gen.unit.poll(100).expecting
    gen.unit.clear()
    assert not gen.unit.poll(100).expecting


def test_half_a_command_waits_for_its_return() -> None:
    gen = Gen()
    gen.unit.write(b"PV 1", False)
    assert gen.unit.message_end(b"PV 1") == 0
    assert gen.unit.message_end(b"PV 1\rPV") == 5
    gen.unit.write(b"2\r", False)
    assert gen.supply.settings.volts == 12.0


@pytest.mark.parametrize(
    ("model", "volts", "amps"), [("GEN80-65", "80.000", "65.000"), ("GEN30-170", "30.000", "170.00")]
)
def test_five_digits_of_each_model(model: str, volts: str, amps: str) -> None:
    supply = Gen(model=model).supply
    assert supply.shown_volts(supply.rating.volts) == volts
    assert supply.shown_amps(supply.rating.amps) == amps
    with pytest.raises(ValueError, match="no model"):
        Gen(model="GEN8-400")


# SCPI over the LAN option.


def test_scpi_sets_and_measures() -> None:
    scpi = Scpi()
    assert scpi.ask("*IDN?").startswith("LAMBDA,GEN60-85-LAN,S/N:20-1234-0001,")
    scpi.do(":SOURce:VOLTage:LEVel:IMMediate:AMPLitude 50;:CURR 20;:OUTP:STAT ON")
    assert scpi.ask("OUTP:STAT?;:SOUR:MODE?") == "ON;CC"
    assert float(scpi.ask("MEAS:VOLT?")) == pytest.approx(40.0, abs=0.01)
    assert float(scpi.ask("MEAS:CURR?")) == pytest.approx(20.0, abs=0.01)
    assert scpi.ask("VOLT?;CURR?;:VOLT:PROT:LEV?;:VOLT:LIM:LOW?") == "50.000;20.000;66.00;00.00"
    assert scpi.ask("VOLT? MAX;:VOLT:PROT:LEV? MIN") == "63.000;05.00"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("VOLT 64", '-222,"Data out of range;address 06"'),
        ("VOLT:PROT:LEV 50;:VOLT 48", '+301,"PV above OVP;address 06"'),
        ("VOLT 40;VOLT:LIM:LOW 30;:VOLT 20", '+302,"PV below UVL;address 06"'),
        ("VOLT 40;VOLT:PROT:LEV 42", '+304,"OVP below PV;address 06"'),
        ("VOLT 40;VOLT:LIM:LOW 39", '+306,"UVL above PV;address 06"'),
        ("NONSENSE", '-113,"Undefined header;address 06"'),
    ],
)
def test_scpi_errors_name_the_unit(command: str, error: str) -> None:
    scpi = Scpi()
    scpi.do(command)
    assert scpi.ask("SYST:ERR?") == error
    assert scpi.ask("SYST:ERR?") == '0,"No error"'


def test_scpi_faults_and_registers() -> None:
    scpi = Scpi()
    scpi.do("STAT:QUES:ENAB 255;:STAT:OPER:ENAB 2;:VOLT 10;:CURR 10;:OUTP ON")
    assert scpi.ask("STAT:OPER:COND?") == "5"
    scpi.do("CURR 2")
    assert scpi.ask("STAT:OPER?") == "7"
    scpi.supply.pin(Fault.AC, active=True)
    assert scpi.ask("STAT:QUES:COND?;:OUTP?") == "2;OFF"
    assert scpi.ask("SYST:ERR?") == '+321,"AC fault shutdown;address 06"'
    scpi.do("OUTP ON")
    assert scpi.ask("SYST:ERR?") == '+307,"On during fault;address 06"'
    scpi.supply.pin(Fault.AC, active=False)
    scpi.do("CURR:PROT:STAT ON;:OUTP ON")
    scpi.clock.sleep(0.3)
    assert scpi.ask("CURR:PROT:TRIP?;:VOLT:PROT:TRIP?;:OUTP?") == "1;0;OFF"


def test_scpi_reset_save_and_recall() -> None:
    scpi = Scpi()
    scpi.do("VOLT 12;:CURR 3;:OUTP:PON ON;:SYST:SET LLO;*SAV 0;*RST")
    assert scpi.ask("VOLT?;CURR?;:OUTP:PON?;:SYST:SET?") == "00.000;00.000;OFF;REM"
    scpi.do("*RCL 0")
    assert scpi.ask("VOLT?;CURR?;:OUTP:PON?;:INST:SEL?") == "12.000;03.000;ON;06"


# The same physics behind both.


def test_it_feeds_a_sled_whose_load_it_limits() -> None:
    clock = VirtualClock()
    sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
    supply = GenesysSupply(clock, sled.load)
    supply.set_volts(54.0)
    supply.set_amps(80.0)
    supply.switch(True)
    clock.sleep(1.0)
    supply.observe()
    assert supply.mode == "CV"
    assert 0.1 < supply.delivered.amps < 5.0
    assert sled.vin(clock.now()).volts == pytest.approx(54.0, abs=0.1)
    supply.switch(False)
    clock.sleep(1.0)
    assert sled.vin(clock.now()).volts < 1.0
