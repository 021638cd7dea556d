"""The 2400 on a terminal block: forcing and compliance, lead resistance, ranges, sweeps, buffer, errors, status."""

from __future__ import annotations

import struct

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.smu_2400 import Smu2400
from bringup_instruments.models.smu_2400_facts import LEAD_OHMS
from bringup_instruments.physics.circuit import TerminalBlock

NAN, OVERFLOW = 9.91e37, 9.9e37


@pytest.fixture
def block() -> TerminalBlock:
    return TerminalBlock(ohms=1000.0)


@pytest.fixture
def smu(block: TerminalBlock) -> Smu2400:
    return Smu2400(VirtualClock(), block, "1234567", seed=1)


def send(smu: Smu2400, message: str) -> None:
    smu.write(message.encode(), end=True)


def raw(smu: Smu2400, message: str, timeout_s: float = 600.0) -> bytes:
    send(smu, message)
    return smu.read(10_000_000, timeout_s)[0]


def ask(smu: Smu2400, message: str, timeout_s: float = 600.0) -> str:
    return raw(smu, message, timeout_s).decode("latin-1").rstrip("\n")


def numbers(smu: Smu2400, message: str) -> list[float]:
    return [float(field) for field in ask(smu, message).split(",")]


def error(smu: Smu2400) -> int:
    return int(ask(smu, "SYST:ERR?").split(",")[0])


def forcing_both(smu: Smu2400) -> None:
    send(smu, "SENS:FUNC 'VOLT','CURR';:SENS:CURR:PROT 0.1;:OUTP ON")


def test_identity_and_version(smu: Smu2400) -> None:
    assert ask(smu, "*IDN?").split(",")[:3] == ["KEITHLEY INSTRUMENTS INC.", "MODEL 2400", "1234567"]
    assert ask(smu, ":SYST:VERS?;*OPT?") == "1996.0;0"


RESET = {
    "OUTP?": "0",
    "OUTP:SMOD?": "NORM",
    "ROUT:TERM?": "FRON",
    "SOUR:FUNC?": "VOLT",
    "SOUR:VOLT?": "0.000000E+00",
    "SOUR:VOLT:RANG?": "2.100000E+01",
    "SOUR:VOLT:RANG:AUTO?": "1",
    "SOUR:VOLT:PROT?": "2.100000E+02",
    "SOUR:CURR:RANG?": "1.050000E-04",
    "SOUR:DEL?": "0.00100",
    "SOUR:DEL:AUTO?": "1",
    "SOUR:CLE:AUTO?": "0",
    "SOUR:VOLT:MODE?": "FIX",
    "SOUR:SWE:POIN?": "2500",
    "SENS:FUNC?": '"CURR:DC"',
    "SENS:FUNC:CONC?": "1",
    "SENS:CURR:PROT?": "1.050000E-04",
    "SENS:VOLT:PROT?": "2.100000E+01",
    "SENS:RES:MODE?": "AUTO",
    "SENS:RES:RANG?": "2.100000E+05",
    "SENS:VOLT:NPLC?": "1.00",
    "SENS:AVER?": "0",
    "SENS:AVER:COUN?": "10",
    "SENS:AVER:TCON?": "REP",
    "SYST:RSEN?": "0",
    "SYST:AZER?": "1",
    "FORM:ELEM?": "VOLT,CURR,RES,TIME,STAT",
    "FORM?": "ASC",
    "ARM:COUN?": "1",
    "TRIG:COUN?": "1",
    "TRIG:OUTP?": "NONE",
    "DISP:ENAB?": "1",
}


def test_reset_table(smu: Smu2400) -> None:
    """Every setting is moved away first, so that *RST has something to do."""
    send(smu, "SENS:RES:MODE MAN;:SOUR:FUNC CURR;:SENS:FUNC:ALL;:OUTP ON;:OUTP:SMOD ZERO;:ROUT:TERM REAR")
    send(smu, "SOUR:VOLT:PROT 20;:SOUR:CURR:RANG 1;:SOUR:DEL 2;:SOUR:CLE:AUTO ON;:SOUR:VOLT:MODE SWE;:SOUR:SWE:POIN 3")
    send(
        smu,
        "SENS:VOLT:PROT 5;:SENS:CURR:PROT 1;:SENS:VOLT:NPLC 5;:AVER:STAT ON;COUN 3;TCON MOV;:SYST:RSEN ON;AZER OFF",
    )
    send(smu, "FORM:ELEM VOLT;:FORM REAL,32;:ARM:COUN 2;:TRIG:COUN 3;OUTP SENS;:SENS:RES:RANG 100")
    assert error(smu) == 0
    send(smu, "*RST")
    assert {query: ask(smu, query) for query in RESET} == RESET


@pytest.mark.parametrize("message", ["SENSE1:CURR:PROT 0.01", ":sens:curr:dc:prot:lev 1e-2", "CURR:PROT 10E-3"])
def test_optional_nodes_and_suffixes(message: str, smu: Smu2400) -> None:
    send(smu, message)
    assert float(ask(smu, "SENSe1:CURRent:DC:PROTection:LEVel?")) == 0.01
    assert ask(smu, "SOUR1:VOLT:LEV:IMM:AMPL? MAX;:ARM:SEQ1:LAY1:COUN?;:OUTP1:STAT?") == "2.100000E+02;1;0"
    assert error(smu) == 0
    send(smu, "OUTP2 ON")
    assert error(smu) == -114


# Forcing.


@pytest.mark.parametrize("volts", [0.1, 1.0, -1.0, 15.0, -20.0])
def test_forces_volts_within_its_accuracy(volts: float, smu: Smu2400, block: TerminalBlock) -> None:
    forcing_both(smu)
    send(smu, f"SYST:RSEN ON;:SOUR:VOLT {volts}")
    measured, amps = numbers(smu, "FORM:ELEM VOLT,CURR;:READ?")
    assert block.volts(smu.clock.now()) == pytest.approx(volts, rel=2e-4, abs=2.4e-3)
    assert block.volts(smu.clock.now()) != volts
    assert measured == pytest.approx(block.volts(smu.clock.now()), rel=2e-4, abs=2e-3)
    assert amps == pytest.approx(volts / 1000.0, rel=5e-3, abs=3e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_current_compliance(sign: int, smu: Smu2400, block: TerminalBlock) -> None:
    forcing_both(smu)
    send(smu, f"SENS:CURR:PROT 0.002;:SOUR:VOLT {10 * sign}")
    volts, amps, _, _, status = numbers(smu, "READ?")
    assert amps == pytest.approx(0.002 * sign, rel=1e-3)
    assert volts == pytest.approx(2.0 * sign, rel=5e-3)
    assert int(status) & 8
    assert ask(smu, "SENS:CURR:PROT:TRIP?;:SENS:VOLT:PROT:TRIP?;:STAT:MEAS:COND?") == "1;0;16384"
    send(smu, f"SOUR:VOLT {sign}")
    assert ask(smu, "SENS:CURR:PROT:TRIP?;:STAT:MEAS:COND?") == "0;0"
    assert block.volts(smu.clock.now()) == pytest.approx(sign, rel=0.01)


@pytest.mark.parametrize("sign", [1, -1])
def test_forces_amps_up_to_its_compliance_voltage(sign: int, smu: Smu2400) -> None:
    send(smu, f"SOUR:FUNC CURR;:SENS:FUNC 'VOLT','CURR';:SOUR:CURR {0.005 * sign};:OUTP ON")
    assert numbers(smu, "READ?")[:2] == [pytest.approx(5.0 * sign, rel=2e-3), pytest.approx(0.005 * sign, rel=2e-3)]
    assert ask(smu, "SENS:VOLT:PROT:TRIP?") == "0"
    send(smu, f"SOUR:CURR {0.1 * sign}")
    assert numbers(smu, "READ?")[0] == pytest.approx(21.0 * sign, rel=2e-3)
    assert ask(smu, "SENS:VOLT:PROT:TRIP?;:SENS:CURR:PROT:TRIP?") == "1;0"


def test_output_off_delivers_nothing(smu: Smu2400, block: TerminalBlock) -> None:
    forcing_both(smu)
    send(smu, "SOUR:VOLT 5")
    assert block.volts(0.0) == pytest.approx(5.0, rel=1e-3)
    send(smu, "OUTP OFF")
    assert (block.volts(0.0), block.amps(0.0)) == (0.0, 0.0)
    send(smu, "READ?")
    assert ask(smu, "SYST:ERR?") == '+803,"Not permitted with OUTPUT off"'
    assert int(ask(smu, "*ESR?")) & 16
    send(smu, "INIT")
    assert error(smu) == 803


def test_source_voltage_protection_limits_the_output(smu: Smu2400, block: TerminalBlock) -> None:
    forcing_both(smu)
    send(smu, "SOUR:VOLT:PROT 33;:SOUR:VOLT 80")
    assert ask(smu, "SOUR:VOLT:PROT?;:SOUR:VOLT:PROT:TRIP?") == "4.000000E+01;1"
    assert block.volts(0.0) == pytest.approx(40.0, rel=2e-3)


def test_a_load_that_changes_is_seen(smu: Smu2400, block: TerminalBlock) -> None:
    class Sink:
        amps = 0.0

        def amps_at(self, volts: float) -> float:
            return self.amps if volts > 0 else 0.0

    sink = Sink()
    changed = block.connect(sink)
    forcing_both(smu)
    send(smu, "SOUR:VOLT 5;:FORM:ELEM VOLT,CURR")
    assert numbers(smu, "READ?")[1] == pytest.approx(0.005, rel=5e-3)
    sink.amps = 0.05
    changed(smu.clock.now())
    volts, amps = numbers(smu, "READ?")
    assert amps == pytest.approx(0.055, rel=5e-3)
    assert volts == pytest.approx(5.0, rel=2e-3), "the terminals hold their voltage"
    assert block.volts(0.0) == pytest.approx(5.0 - 0.055 * LEAD_OHMS, abs=2e-3), "the load loses what the leads take"


# Ohms.


@pytest.mark.parametrize("ohms", [0.5, 10.0, 1e3, 47e3, 1e6])
@pytest.mark.parametrize("mode", ["AUTO", "MAN"])
def test_ohms_with_four_wires_and_with_two(ohms: float, mode: str) -> None:
    smu = Smu2400(VirtualClock(), TerminalBlock(ohms), "1", seed=3)
    send(smu, f"SENS:FUNC:ALL;:SENS:RES:MODE {mode};:FORM:ELEM RES;:SENS:CURR:PROT 0.1;:SYST:RSEN ON")
    if mode == "MAN":
        send(smu, "SOUR:VOLT 0.2" if ohms > 100 else "SOUR:FUNC CURR;:SOUR:CURR 0.1")
    send(smu, "OUTP ON")
    four_wire = numbers(smu, "READ?")[0]
    assert four_wire == pytest.approx(ohms, rel=0.02)
    send(smu, "SYST:RSEN OFF")
    two_wire = numbers(smu, "READ?")[0]
    if ohms < 100:
        assert two_wire - four_wire == pytest.approx(LEAD_OHMS, abs=0.02)
    assert error(smu) == 0


def test_open_leads_overflow_with_auto_ohms() -> None:
    smu = Smu2400(VirtualClock(), TerminalBlock(), "1", seed=1)
    send(smu, "SENS:FUNC 'RES';:OUTP ON;:FORM:ELEM RES")
    assert numbers(smu, "READ?") == [OVERFLOW]
    assert int(ask(smu, "STAT:MEAS?")) & 128


def test_source_is_not_the_users_with_auto_ohms(smu: Smu2400) -> None:
    send(smu, "SENS:FUNC 'RES';:SOUR:VOLT 1")
    assert ask(smu, "SYST:ERR?") == '+825,"Invalid with auto-ohms on"'
    send(smu, "SENS:RES:MODE MAN;:SOUR:VOLT 1")
    assert error(smu) == 0


def test_elements_that_are_not_measured(smu: Smu2400) -> None:
    send(smu, "SOUR:VOLT 1;:SENS:CURR:PROT 0.01;:OUTP ON")
    volts, _, ohms, seconds, status = numbers(smu, "READ?")
    assert (volts, ohms) == (1.0, NAN), "the programmed level, and no number"
    assert seconds == pytest.approx(smu.clock.now(), rel=1e-4)
    assert int(status) & (1 << 11) == 0
    send(smu, "SENS:FUNC:OFF:ALL;:SENS:FUNC 'VOLT';:SOUR:FUNC CURR")
    assert numbers(smu, "READ?")[1] == 0.0


# Errors of its own.


OWN = [
    ("SENS:VOLT:RANG 2", 823),
    ("SENS:CURR:RANG 1", 824),
    ("SENS:CURR:RANG 1e-4;PROT 1e-8", 822),
    ("SENS:CURR:PROT 1;:SOUR:VOLT 100", 826),
    ("SOUR:VOLT 100;:SENS:CURR:PROT 1", 826),
    ("OUTP:ENAB ON;:OUTP ON", 802),
    ("CALC1:MATH:NAME 'NONE'", 806),
    ("ARM:COUN INF;:OUTP ON;:READ?", 830),
    ("SOUR:SWE:SPAC LOG;:SOUR:VOLT:STAR 0;STOP 1;MODE SWE;:OUTP ON;:READ?", 801),
    ("SOUR:VOLT 300", -222),
    ("SOUR:VOLT:RANG 2;:SOUR:VOLT 5", -222),
    ("ARM:COUN 100;:TRIG:COUN 100", -222),
    ("SOUR:FUNC POWER", -224),
    ("SENS:FUNC 'WATT'", -224),
    ("TRAC:CLE;:TRAC:DATA?", -230),
    ("ARM:SOUR BUS;:OUTP ON;:READ?", -214),
    ("*TRG", -211),
    ("NONSENSE", -113),
]


@pytest.mark.parametrize(("message", "number"), OWN, ids=[message for message, _ in OWN])
def test_errors(message: str, number: int, smu: Smu2400) -> None:
    send(smu, message)
    assert error(smu) == number
    assert ask(smu, "SYST:ERR?") == '0,"No error"'


def test_refused_settings_leave_the_old_ones(smu: Smu2400, block: TerminalBlock) -> None:
    send(smu, "SENS:CURR:PROT 1;:SOUR:VOLT 5;:OUTP ON")
    send(smu, "SOUR:VOLT 100")
    assert ask(smu, "SOUR:VOLT?;:SOUR:VOLT:RANG?") == "5.000000E+00;2.100000E+01"
    assert block.volts(0.0) == pytest.approx(5.0, rel=1e-2)
    send(smu, "SOUR:VOLT 0;:SENS:CURR:PROT 0.1;:SOUR:VOLT 100;:SENS:CURR:PROT 1")
    assert ask(smu, "SENS:CURR:PROT?") == "1.000000E-01"


def test_range_compliance_of_a_fixed_measurement_range(smu: Smu2400) -> None:
    send(smu, "SENS:CURR:PROT 0.01;RANG 1e-3;:SENS:FUNC 'VOLT','CURR';:SOUR:VOLT 5;:OUTP ON")
    assert numbers(smu, "READ?")[1] == pytest.approx(1.05e-3, rel=1e-3)


# Sweeps, triggers, buffer.


def test_staircase(smu: Smu2400) -> None:
    forcing_both(smu)
    send(smu, "SOUR:VOLT:STAR 0;STOP 2;STEP 0.5;MODE SWE;:TRIG:COUN 5;:FORM:ELEM VOLT")
    assert numbers(smu, "READ?") == [pytest.approx(volts, abs=4e-3) for volts in (0, 0.5, 1, 1.5, 2)]
    send(smu, "SOUR:SWE:DIR DOWN")
    assert numbers(smu, "READ?")[0] == pytest.approx(2.0, abs=4e-3)
    send(smu, "SOUR:SWE:DIR UP;SPAC LOG;POIN 3;:SOUR:VOLT:STAR 0.1;STOP 10;:TRIG:COUN 3")
    assert numbers(smu, "READ?") == [pytest.approx(volts, rel=0.02) for volts in (0.1, 1, 10)]


def test_list_sweep_repeats_its_list(smu: Smu2400) -> None:
    forcing_both(smu)
    send(smu, "SOUR:LIST:VOLT 1,3;:SOUR:LIST:VOLT:APP -2;:SOUR:VOLT:MODE LIST;:TRIG:COUN 4;:FORM:ELEM VOLT")
    assert numbers(smu, "READ?") == [pytest.approx(volts, abs=5e-3) for volts in (1, 3, -2, 1)]
    assert ask(smu, "SOUR:LIST:VOLT:POIN?") == "3"


def test_buffer_fills_once_and_keeps_statistics(smu: Smu2400) -> None:
    forcing_both(smu)
    send(smu, "TRAC:POIN 5;FEED SENS;FEED:CONT NEXT;:TRIG:COUN 7;:FORM:ELEM VOLT,CURR,TIME;:STAT:MEAS:ENAB 512;*SRE 1")
    send(smu, "SOUR:LIST:VOLT 1,2,3,4,5,6,7;:SOUR:VOLT:MODE LIST;:INIT")
    send(smu, "TRAC:CLE")
    assert error(smu) == 800
    assert ask(smu, "*OPC?;:TRAC:ACT?;:TRAC:FEED:CONT?;*STB?") == "1;5;NEV;65"
    stored = numbers(smu, "TRAC:DATA?")
    assert stored[::3] == [pytest.approx(volts, abs=5e-3) for volts in (1, 2, 3, 4, 5)]
    assert stored[2] == 0.0
    assert len(numbers(smu, "FETC?")) == 7 * 3
    assert numbers(smu, "CALC3:FORM MEAN;DATA?")[0] == pytest.approx(3.0, abs=5e-3)
    assert numbers(smu, "CALC3:FORM PKPK;DATA?")[0] == pytest.approx(4.0, abs=5e-3)
    assert int(ask(smu, "STAT:MEAS?")) & 512
    assert ask(smu, "*STB?") == "0"


def test_bus_trigger_and_timer(smu: Smu2400) -> None:
    forcing_both(smu)
    send(smu, "ARM:SOUR BUS;:FORM:ELEM TIME;:INIT;*OPC")
    assert ask(smu, "*ESR?;:STAT:OPER:COND?") == "128;64"
    send(smu, "*TRG")
    smu.clock.sleep(1.0)
    assert ask(smu, "*ESR?;:STAT:OPER:COND?") == "1;1024"
    send(smu, "ARM:SOUR TIM;TIM 2;COUN 3")
    first, *rest = numbers(smu, "READ?")
    assert rest == [pytest.approx(first + 2.0, abs=0.01), pytest.approx(first + 4.0, abs=0.01)]


def test_a_read_that_waits_forever_can_be_cleared(smu: Smu2400) -> None:
    forcing_both(smu)
    send(smu, "TRIG:SOUR TLIN;:READ?")
    with pytest.raises(TimeoutError):
        smu.read(1000, 5.0)
    smu.clear()
    assert ask(smu, "ABOR;:TRIG:SOUR IMM;:STAT:OPER:COND?") == "1024"
    assert len(numbers(smu, "READ?")) == 5


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ("SYST:AZER OFF", 0.0013 + 1 / 60),
        ("SYST:AZER ON", 0.0013 + 3 / 60),
        ("SYST:AZER OFF;:SENS:VOLT:NPLC 10", 0.0013 + 10 / 60),
        ("SYST:AZER OFF;:SENS:FUNC 'VOLT'", 0.0013 + 2 / 60),
        ("SYST:AZER OFF;:SOUR:DEL 0.5", 0.5003 + 1 / 60),
        ("SYST:AZER OFF;:SENS:AVER:COUN 4;STAT ON", 0.0013 + 4 / 60),
        ("SYST:AZER OFF;:SYST:LFR 50", 0.0013 + 1 / 50),
        ("SYST:AZER OFF;:TRIG:COUN 3;DEL 0.1", 3 * (0.1013 + 1 / 60)),
    ],
)
def test_time_that_a_reading_takes(settings: str, seconds: float, smu: Smu2400) -> None:
    send(smu, f"{settings};:OUTP ON")
    before = smu.clock.now()
    ask(smu, "READ?")
    assert smu.clock.now() - before == pytest.approx(seconds, abs=1e-6)


def test_auto_output_off(smu: Smu2400, block: TerminalBlock) -> None:
    send(smu, "SOUR:CLE:AUTO ON;:SOUR:VOLT 0.05;:SENS:FUNC 'CURR'")
    assert numbers(smu, "READ?")[1] == pytest.approx(5e-5, rel=0.05)
    assert ask(smu, "OUTP?") == "0"
    assert block.volts(0.0) == 0.0


def test_measure_configures_and_turns_the_output_on(smu: Smu2400) -> None:
    send(smu, "SENS:FUNC:ALL;:SENS:RES:MODE MAN;:SENS:VOLT:NPLC 10;:TRIG:COUN 5;:SENS:CURR:PROT 0.05;:SOUR:VOLT 3")
    values = numbers(smu, "MEAS:CURR?")
    assert len(values) == 5
    assert values[1] == pytest.approx(0.003, rel=1e-2)
    assert ask(smu, "OUTP?;:CONF?;:TRIG:COUN?;:SENS:CURR:NPLC?") == '1;"CURR:DC";1;1.00'
    assert numbers(smu, "MEAS:RES?")[2] == pytest.approx(1000, rel=5e-3)


# Formats.


@pytest.mark.parametrize(("order", "sign"), [("NORM", ">"), ("SWAP", "<")])
def test_binary_readings(order: str, sign: str, smu: Smu2400) -> None:
    forcing_both(smu)
    send(smu, f"SOUR:VOLT 2;:FORM REAL,32;:FORM:BORD {order};ELEM VOLT,CURR")
    answer = raw(smu, "READ?")
    assert answer[:2] == b"#0"
    assert len(answer) == 2 + 8 + 1
    assert struct.unpack(f"{sign}2f", answer[2:10]) == (pytest.approx(2, rel=2e-3), pytest.approx(0.002, rel=5e-3))


def test_reading_string(smu: Smu2400) -> None:
    forcing_both(smu)
    answer = ask(smu, "READ?").split(",")
    assert [len(field) for field in answer] == [13] * 5
    assert answer[2] == "+9.910000E+37"


def test_setups_are_kept_with_the_output_off(smu: Smu2400) -> None:
    send(smu, "SOUR:VOLT 3;:SENS:CURR:PROT 0.02;:SENS:FUNC 'VOLT';:FORM:ELEM CURR;:OUTP ON;*SAV 2;*RST;*RCL 2")
    answers = "SOUR:VOLT?;:SENS:CURR:PROT?;:SENS:FUNC?;:FORM:ELEM?;:OUTP?"
    assert ask(smu, answers) == '3.000000E+00;2.000000E-02;"VOLT:DC","CURR:DC";CURR;0'
    send(smu, "*RCL 3")
    assert ask(smu, answers).startswith("0.000000E+00;1.050000E-04")


def test_functions_one_at_a_time(smu: Smu2400) -> None:
    send(smu, "SENS:FUNC:CONC OFF;:SENS:FUNC 'VOLT'")
    assert ask(smu, "SENS:FUNC?;:SENS:FUNC:OFF?;:SENS:FUNC:STAT? 'VOLT'") == '"VOLT:DC";"CURR:DC","RES";1'
    send(smu, "SENS:FUNC 'CURR'")
    assert ask(smu, "SENS:FUNC?;:SENS:FUNC:COUN?") == '"CURR:DC";1'


def test_null_limit_and_math(smu: Smu2400) -> None:
    forcing_both(smu)
    send(smu, "SOUR:VOLT 2;:CALC1:STAT ON;:CALC2:FEED VOLT;:CALC2:LIM2:UPP 1;STAT ON")
    ask(smu, "READ?")
    assert float(ask(smu, "CALC1:DATA?")) == pytest.approx(0.004, rel=1e-2)
    assert ask(smu, "CALC2:LIM2:FAIL?") == "1"
    send(smu, "CALC2:NULL:ACQ;STAT ON")
    assert ask(smu, "CALC2:DATA?;:CALC2:LIM2:FAIL?") == "+0.000000E+00;0"


def test_panel_and_system(smu: Smu2400) -> None:
    send(smu, "DISP:WIND2:TEXT:DATA 'abc';STAT ON;:DISP:WIND1:TEXT 'top';:SYST:BEEP 500,0.1;LOC;KEY 13;:DISP:CND")
    assert ask(smu, "DISP:WIND2:TEXT:DATA?;STAT?;:DISP:TEXT:DATA?") == '"abc";1;"top"'
    send(smu, "NONSENSE;:FOO")
    assert ask(smu, "SYST:ERR:COUN?;:STAT:QUE?;:SYST:ERR:ALL?") == '1;-113,"Undefined header";0,"No error"'
    send(smu, ":*RST")
    assert error(smu) == 0


def test_one_seed_repeats_and_others_differ() -> None:
    def readings(serial: str, seed: int) -> list[float]:
        smu = Smu2400(VirtualClock(), TerminalBlock(1000.0), serial, seed)
        forcing_both(smu)
        send(smu, "SOUR:VOLT 2")
        return numbers(smu, "READ?") + numbers(smu, "READ?")

    assert readings("1", 1) == readings("1", 1)
    assert readings("1", 1) != readings("2", 1)
    assert readings("1", 1) != readings("1", 2)
