"""The DMM6500 on a place: functions, ranges, accuracy, noise, time, buffers, trigger model, languages."""

from __future__ import annotations

import statistics
import struct

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.keithley_converter import LEAD_OHMS
from bringup_instruments.models.keithley_functions import BY_NAME, FUNCTIONS
from bringup_instruments.models.multimeter_dmm6500 import MultimeterDmm6500
from bringup_instruments.physics.places import Place

OVERFLOW = 9.9e37


class Bench(Place):
    """A place whose quantities are set by the test."""

    def __init__(self) -> None:
        self.now: dict[str, float] = {"volts": 0.75, "amps": 0.0, "ohms": 1000.0, "celsius": 23.0, "hertz": 0.0}

    def volts(self, at_s: float) -> float:
        return self.now["volts"]

    def amps(self, at_s: float) -> float:
        return self.now["amps"]

    def ohms(self, at_s: float) -> float:
        return self.now["ohms"]

    def celsius(self, at_s: float) -> float:
        return self.now["celsius"]

    def hertz(self, at_s: float) -> float:
        return self.now["hertz"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def meter(bench: Bench) -> MultimeterDmm6500:
    return MultimeterDmm6500(VirtualClock(), bench, "04340543", seed=1)


def send(meter: MultimeterDmm6500, message: str) -> None:
    meter.write(message.encode(), end=True)


def ask(meter: MultimeterDmm6500, message: str, timeout_s: float = 600.0) -> str:
    send(meter, message)
    return meter.read(10_000_000, timeout_s)[0].decode("latin-1").rstrip("\n")


def error(meter: MultimeterDmm6500) -> int:
    return int(ask(meter, "SYST:ERR?").split(",")[0])


def test_identity(meter: MultimeterDmm6500) -> None:
    assert ask(meter, "*IDN?").split(",")[:3] == ["KEITHLEY INSTRUMENTS", "MODEL DMM6500", "04340543"]
    assert ask(meter, "SYST:VERS?;*LANG?;:SYST:LFR?;:ROUT:TERM?") == "1996.0;SCPI;60;FRON"


READINGS = [
    ("VOLT:DC", "volts", (0.05, -0.9, 5.0, 54.0, -300.0)),
    ("CURR:DC", "amps", (5e-6, 0.02, -0.5, 2.5)),
    ("FRES", "ohms", (0.5, 47.0, 1e3, 2e5, 5e7)),
    ("TEMP", "celsius", (-20.0, 85.0)),
    ("FREQ:VOLT", "hertz", (50.0, 1e5)),
]


@pytest.mark.parametrize(
    ("function", "quantity", "true"), [(name, what, value) for name, what, values in READINGS for value in values]
)
@pytest.mark.parametrize("seed", range(4))
def test_readings_stay_within_one_year_accuracy(
    function: str, quantity: str, true: float, seed: int, bench: Bench
) -> None:
    bench.now.update(volts=0.0)
    bench.now[quantity] = true
    meter = MultimeterDmm6500(VirtualClock(), bench, "1", seed)
    reading = float(ask(meter, f"MEAS:{function}?"))
    facts = BY_NAME[function]
    full = float(ask(meter, f"{function}:RANG?")) if facts.has_ranges else facts.ranges[-1]
    of_reading, of_range = facts.accuracy[full]
    noise = 5e-5 * abs(true) if function == "FREQ:VOLT" else 0.02 if function == "TEMP" else 2e-6 * full
    assert abs(reading - true) <= of_reading / 100 * abs(true) + of_range / 100 * full + noise
    assert ask(meter, "FUNC?") == function


def test_two_wires_see_their_leads(meter: MultimeterDmm6500, bench: Bench) -> None:
    bench.now.update(volts=0.0, ohms=10.0)
    two, four = float(ask(meter, "MEAS:RES?")), float(ask(meter, "MEAS:FRES?"))
    assert two - four == pytest.approx(LEAD_OHMS, abs=5e-3)


def test_a_live_source_passes_for_resistance(meter: MultimeterDmm6500, bench: Bench) -> None:
    bench.now.update(volts=5.0, ohms=10.0)
    assert float(ask(meter, "FUNC 'RES';RES:RANG 10000;:READ?")) == OVERFLOW


def test_overflow(meter: MultimeterDmm6500, bench: Bench) -> None:
    bench.now.update(volts=-1.3)
    assert ask(meter, "VOLT:RANG 1;:READ?") == "-9.900000E+37"
    bench.now.update(volts=1500.0)
    assert ask(meter, "VOLT:RANG:AUTO ON;:READ? 'defbuffer1',READ,FORM") == "9.900000E+37,Overflow V"
    assert float(ask(meter, "VOLT:RANG?")) == 1000.0
    bench.now.update(volts=0.0, ohms=float("inf"))
    assert [float(ask(meter, f"MEAS:{name}?")) for name in ("RES", "CONT", "DIOD")] == [OVERFLOW] * 3


def test_reset_table_and_numbers(meter: MultimeterDmm6500) -> None:
    send(meter, "FUNC 'FRES';:FRES:NPLC 5;:FRES:RANG 100;:VOLT:REL 1;REL:STAT ON;:COUN 7;:TRAC:MAKE 'mine',100")
    send(meter, "FORM:ASC:PREC 4;:VOLT:AZER OFF;:TRIG:LOAD 'SimpleLoop',3;:DISP:USER1:TEXT 'x';*RST")
    assert ask(meter, "FUNC?;:COUN?;:FORM?;:FORM:BORD?;:FORM:ASC:PREC?") == "VOLT:DC;1;ASC;SWAP;0"
    assert ask(meter, "FRES:NPLC?;RANG?;RANG:AUTO?;:VOLT:REL?;REL:STAT?;:VOLT:AZER?;APER?") == (
        "1;1e+08;1;0;0;1;0.0166667"
    )
    assert ask(meter, "TRIG:STAT?;:TRAC:ACT?;:TRAC:POIN?;:DISP:USER1:TEXT?") == 'EMPTY;EMPTY;0;0;100000;""'
    assert ask(meter, "VOLT:NPLC? MIN;NPLC? MAX;NPLC? DEF;RANG? MIN;RANG? MAX") == "0.0005;15;1;0.1;1000"
    assert ask(meter, "SYST:ERR?") == '0,"No error;0;0 0"'


@pytest.mark.parametrize(
    ("asked", "taken"), [("0.05", "0.1"), ("0.11", "1"), ("5", "10"), ("MAX", "1000"), ("MIN", "0.1"), ("DEF", "1000")]
)
def test_a_range_that_holds_is_taken_and_fixed(asked: str, taken: str, meter: MultimeterDmm6500) -> None:
    assert ask(meter, f":SENSE1:VOLTAGE:DC:RANGE:UPPER {asked};:VOLT:RANG?;RANG:AUTO?") == f"{taken};0"


def test_every_function_is_chosen_by_any_spelling(meter: MultimeterDmm6500) -> None:
    for function in FUNCTIONS:
        assert ask(meter, f'SENS:FUNC "{function.name}";FUNC?') == function.name
    for spelling, name in (("voltage", "VOLT:DC"), ("freq", "FREQ:VOLT"), ("CURRENT:AC", "CURR:AC")):
        assert ask(meter, f"FUNC '{spelling}';FUNC?") == name
    send(meter, "FUNC 'WATT'")
    assert error(meter) == -224


def test_errors_carry_kind_and_time(meter: MultimeterDmm6500) -> None:
    send(meter, "NONSENSE")
    number, text = ask(meter, "SYST:ERR?").split(",", maxsplit=1)
    assert number == "-113"
    kind, stamp = text.strip('"').split(";")[1:]
    assert (kind, len(stamp)) == ("1", len("2024/05/09 14:12:12.345"))
    send(meter, "VOLT:NPLC 100;:COUN 0")
    assert ask(meter, "SYST:ERR:COUN?;:SYST:EVEN:COUN?;:SYST:ERR:CODE?;CODE?;CODE?") == "2;2;-222;-222;0"
    send(meter, "READ? 'other'")
    assert error(meter) == -224
    send(meter, "VOLT:NPLC 1,(@101)")
    assert error(meter) == -222


@pytest.mark.parametrize(
    ("setting", "seconds"),
    [
        ("VOLT:NPLC 10", 2 * 10 / 60),
        ("VOLT:NPLC 10;AZER OFF", 10 / 60),
        ("VOLT:NPLC 1", 2 / 60),
        ("VOLT:NPLC 0.0005;AZER OFF", 0.0005 / 60),
        ("COUN 5", 5 * 2 / 60),
        ("VOLT:AVER:COUN 4;STAT ON", 4 * 2 / 60),
        ("FUNC 'FREQ';FREQ:APER 0.1", 0.1),
        ("FUNC 'VOLT:AC';VOLT:AC:DET:BAND 300", 0.018),
    ],
)
def test_time_that_a_reading_takes(setting: str, seconds: float, meter: MultimeterDmm6500) -> None:
    send(meter, setting)
    before = meter.clock.now()
    ask(meter, "READ?")
    assert meter.clock.now() - before == pytest.approx(seconds, abs=4e-4)


def test_noise_falls_with_integration(meter: MultimeterDmm6500) -> None:
    def noise(nplc: float) -> float:
        ask(meter, f"TRAC:CLE;:VOLT:RANG 1;NPLC {nplc};:COUN 60;:READ?")
        return statistics.stdev(float(field) for field in ask(meter, "TRAC:DATA? 1,60").split(","))

    quick, slow = noise(0.0005), noise(10)
    assert 4e-6 < quick < 5e-5
    assert slow < quick / 20


def test_one_seed_repeats_and_others_differ(bench: Bench) -> None:
    def readings(serial: str, seed: int) -> list[str]:
        meter = MultimeterDmm6500(VirtualClock(), bench, serial, seed)
        return [ask(meter, "READ?") for _ in range(3)]

    assert readings("1", 1) == readings("1", 1)
    assert readings("1", 1) != readings("2", 1)
    assert readings("1", 1) != readings("1", 2)


def test_relative_and_math(meter: MultimeterDmm6500, bench: Bench) -> None:
    bench.now.update(volts=2.0)
    send(meter, "VOLT:RANG 10;REL:ACQ;:VOLT:REL:STAT ON")
    assert float(ask(meter, "VOLT:REL?")) == pytest.approx(2.0, rel=1e-3)
    assert abs(float(ask(meter, "READ?"))) < 1e-4
    send(meter, "VOLT:REL:STAT OFF;:CALC:VOLT:MATH:FORM MXB;MMF 2;MBF 1;STAT ON")
    assert float(ask(meter, "READ?")) == pytest.approx(5.0, rel=1e-3)


# Buffers.


def test_buffers(meter: MultimeterDmm6500, bench: Bench) -> None:
    send(meter, "TRAC:MAKE 'mine',10,STAN;:COUN 3")
    assert ask(meter, ":READ? 'MINE', READ, REL").split(",")[1] == f"{2 * meter.reading_s(meter.front.active):.6f}"
    assert ask(meter, "TRAC:ACT? 'mine';:TRAC:ACT?;:TRAC:ACT:STAR? 'mine';END? 'mine';:TRAC:POIN? 'mine'") == (
        "3;0;1;3;10"
    )
    bench.now.update(volts=0.25)
    ask(meter, "COUN 9;:READ? 'mine'")
    assert len(ask(meter, "TRAC:DATA? 1,10,'mine'").split(",")) == 10
    assert float(ask(meter, "TRAC:STAT:MIN? 'mine'")) == pytest.approx(0.25, rel=1e-3)
    assert float(ask(meter, "TRAC:STAT:PK2P? 'mine'")) == pytest.approx(0.5, rel=1e-3)
    send(meter, "TRAC:DATA? 1,11,'mine'")
    assert error(meter) == -222
    send(meter, "TRAC:CLE 'mine';:FETC? 'mine'")
    assert error(meter) == -230
    send(meter, "TRAC:DEL 'mine';DEL 'defbuffer1'")
    assert error(meter) == -224
    send(meter, "TRAC:ACT? 'mine'")
    assert error(meter) == -224


def test_elements(meter: MultimeterDmm6500) -> None:
    reading, unit, date, time, status, formatted = ask(meter, "READ? 'defbuffer1',READ,UNIT,DATE,TIME,STAT,FORM").split(
        ","
    )
    assert float(reading) == pytest.approx(0.75, rel=1e-3)
    assert (unit, status) == ("Volt DC", "0")
    assert (date, time) == (meter.clock.utc().strftime("%m/%d/%Y"), meter.clock.utc().strftime("%H:%M:%S"))
    assert formatted.endswith(" mV")


@pytest.mark.parametrize(
    ("form", "order", "code"), [("REAL", "SWAP", "<d"), ("REAL", "NORM", ">d"), ("SRE", "SWAP", "<f")]
)
def test_binary(form: str, order: str, code: str, meter: MultimeterDmm6500) -> None:
    send(meter, f"FORM {form};:FORM:BORD {order};:READ?")
    block = meter.read(1000, 10.0)[0]
    assert block[:2] == b"#0"
    assert struct.unpack(code, block[2:-1])[0] == pytest.approx(0.75, rel=1e-3)
    send(meter, "READ? 'defbuffer1',UNIT")
    meter.clock.sleep(1.0)
    assert error(meter) == 1133


# The trigger model.


def test_simple_loop_runs_beside_the_input(meter: MultimeterDmm6500) -> None:
    send(meter, "INIT")
    assert (error(meter), ask(meter, "*ESR?")) == (-221, "144")
    send(meter, "TRIG:LOAD 'SimpleLoop',4,0.5,'defbuffer2';:INIT;*OPC")
    assert ask(meter, "TRIG:STAT?;*ESR?") == "RUNNING;RUNNING;2;0"
    send(meter, "READ?")
    assert error(meter) == -213
    before = meter.clock.now()
    assert ask(meter, "*OPC?;:TRAC:ACT? 'defbuffer2';*ESR?") == "1;4;17"
    assert meter.clock.now() - before == pytest.approx(4 * (0.5 + 2 / 60), abs=2e-3)


def test_duration_loop_blocks_and_abort(meter: MultimeterDmm6500) -> None:
    assert ask(meter, "TRIG:LOAD 'DurationLoop',1,0.1;:INIT;*OPC?") == "1"
    assert 7 <= int(ask(meter, "TRAC:ACT?")) <= 9
    send(meter, "TRIG:LOAD 'Empty';:TRIG:BLOC:BUFF:CLE 1;:TRIG:BLOC:WAIT 2,COMM;:TRIG:BLOC:MEAS 3,'defbuffer1',2")
    send(meter, "TRIG:BLOC:BRAN:COUN 4,3,2;:INIT")
    assert ask(meter, "TRIG:STAT?;:TRAC:ACT?") == "WAITING;WAITING;2;0"
    for readings in (2, 4, 6):
        send(meter, "*TRG")
        meter.clock.sleep(0.2)
        assert ask(meter, "TRAC:ACT?") == str(readings)
    assert ask(meter, "TRIG:STAT?") == "IDLE;IDLE;4"
    assert ask(meter, "INIT;ABOR;:TRIG:STAT?").startswith("ABORTED")


# Languages.


def test_language_takes_effect_with_the_power(meter: MultimeterDmm6500) -> None:
    assert ask(meter, "*LANG TSP;*LANG?") == "TSP"
    assert float(ask(meter, "READ?")) == pytest.approx(0.75, rel=1e-3), "not before"
    meter.power_cycle()
    assert ask(meter, "print(localnode.model, localnode.serialno)") == "DMM6500\t04340543"
    assert ask(meter, "*LANG?") == "TSP"
    send(meter, "*LANG SCPI")
    meter.power_cycle()
    assert ask(meter, "FUNC?") == "VOLT:DC"


@pytest.fixture
def tsp(meter: MultimeterDmm6500) -> MultimeterDmm6500:
    send(meter, "*LANG TSP")
    meter.power_cycle()
    return meter


def test_tsp_measures(tsp: MultimeterDmm6500, bench: Bench) -> None:
    bench.now.update(volts=0.0)
    send(tsp, "dmm.measure.func = dmm.FUNC_4W_RESISTANCE\n")
    send(tsp, "dmm.measure.nplc = 10; dmm.measure.count = 3")
    assert float(ask(tsp, "print(dmm.measure.read())")) == pytest.approx(1000.0, rel=1e-3)
    assert ask(tsp, "print(dmm.measure.func, dmm.measure.nplc, defbuffer1.n)") == "dmm.FUNC_4W_RESISTANCE\t10\t3"
    assert len(ask(tsp, "printbuffer(1, 2, defbuffer1.readings)").split(",")) == 2
    send(tsp, "reset()")
    assert ask(tsp, "print(dmm.measure.func, dmm.measure.autorange, defbuffer1.n)") == "dmm.FUNC_DC_VOLTAGE\tdmm.ON\t0"


def test_tsp_errors(tsp: MultimeterDmm6500) -> None:
    send(tsp, "VOLT:RANG 10")
    send(tsp, "dmm.measure.nplc = 100")
    send(tsp, "no.such.thing()")
    assert ask(tsp, "print(errorqueue.count)") == "3"
    assert [ask(tsp, "print(errorqueue.next())").split("\t")[0] for _ in range(4)] == ["-285", "-222", "-286", "0"]
    assert ask(tsp, "print(nothing)") == "nil"


def test_emulations_answer_common_commands_alone(meter: MultimeterDmm6500) -> None:
    send(meter, "*LANG SCPI34401")
    meter.power_cycle()
    assert "DMM6500" in ask(meter, "*IDN?")
    send(meter, "READ?")
    assert int(ask(meter, "*ESR?")) & 32


def test_digitizer(meter: MultimeterDmm6500) -> None:
    send(meter, "READ:DIG?")
    assert error(meter) == -221
    send(meter, "DIG:FUNC 'VOLT';:DIG:VOLT:RANG 1;SRAT 10000;:DIG:COUN 500")
    assert ask(meter, "FUNC?;:DIG:FUNC?;COUN?;:DIG:VOLT:RANG?;SRAT?") == "NONE;VOLT;500;1;10000"
    before = meter.clock.now()
    assert float(ask(meter, "READ:DIG?")) == pytest.approx(0.75, rel=1e-3)
    assert meter.clock.now() - before == pytest.approx(0.05)
    stamps = [
        float(field) for field in ask(meter, "TRAC:ACT?;:TRAC:DATA? 1,3,'defbuffer1',REL").split(";")[1].split(",")
    ]
    assert stamps == pytest.approx([0.0, 1e-4, 2e-4], abs=1e-6)
    assert ask(meter, "FUNC 'RES';FUNC?;:DIG:FUNC?") == "RES;NONE"
    assert ask(meter, "MEAS:DIG:CURR?;*RST;:DIG:FUNC?").endswith(";NONE")


def test_setups_are_stored(meter: MultimeterDmm6500) -> None:
    send(meter, "FUNC 'FRES';:FRES:RANG 100;NPLC 5;:COUN 3;:FORM:ASC:PREC 5;*SAV 2;*RST")
    wanted = "FUNC?;:FRES:RANG?;RANG:AUTO?;:FRES:NPLC?;:COUN?;:FORM:ASC:PREC?"
    assert ask(meter, wanted) == "VOLT:DC;1e+08;1;1;1;0"
    assert ask(meter, "*RCL 2;" + wanted) == "FRES;100;0;5;3;5"
    assert ask(meter, "*RCL 4;" + wanted) == "VOLT:DC;1e+08;1;1;1;0"
    send(meter, "*SAV 5")
    assert error(meter) == -222
