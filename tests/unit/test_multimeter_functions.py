"""All functions of the Truevolt meters, their settings, triggers, memory and mathematics."""

from __future__ import annotations

import statistics
import struct

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.multimeter_34460 import Multimeter34465A
from bringup_instruments.physics.places import Place


class Terminal(Place):
    """A node whose voltage is set by the test, with a ramp if asked."""

    def __init__(self, volts: float, volts_per_s: float = 0.0) -> None:
        self.at_zero = volts
        self.volts_per_s = volts_per_s

    def volts(self, at_s: float) -> float:
        return self.at_zero + self.volts_per_s * at_s


@pytest.fixture
def node() -> Terminal:
    return Terminal(0.75)


@pytest.fixture
def meter(node: Terminal) -> Multimeter34465A:
    return Multimeter34465A(VirtualClock(), node, "MY60000001", seed=1)


def send(meter: Multimeter34465A, message: str) -> None:
    meter.write(message.encode(), end=True)


def ask(meter: Multimeter34465A, message: str, timeout_s: float = 600.0) -> str:
    send(meter, message)
    return meter.read(10_000_000, timeout_s)[0].decode().rstrip("\n")


def error(meter: Multimeter34465A) -> int:
    return int(ask(meter, "SYST:ERR?").split(",")[0])


class Everything(Terminal):
    """A place that has something of every quantity."""

    def amps(self, at_s: float) -> float:
        return 0.25

    def ohms(self, at_s: float) -> float:
        return 120.5

    def celsius(self, at_s: float) -> float:
        return 41.0

    def hertz(self, at_s: float) -> float:
        return 12_345.0


@pytest.fixture
def full_meter() -> Multimeter34465A:
    return Multimeter34465A(VirtualClock(), Everything(0.75), "MY60000001", seed=1)


@pytest.mark.parametrize(
    ("query", "value", "within"),
    [("VOLT:DC", 0.75, 1e-4), ("VOLT:AC", 0.0, 1e-4), ("CURR:DC", 0.25, 5e-4), ("RES", 120.5, 0.03),
     ("FRES", 120.5, 0.03), ("FREQ", 12_345.0, 2.0), ("PER", 1 / 12_345.0, 2e-8), ("TEMP", 41.0, 0.07),
     ("DIOD", 0.1205, 1.2e-3), ("CONT", 120.5, 0.3), ("CAP", 0.0, 2e-11), ("CURR:AC", 0.0, 1e-7)],
)  # fmt: skip
def test_every_function_reads_its_quantity(query: str, value: float, within: float) -> None:
    full_meter = Multimeter34465A(VirtualClock(), Everything(0.75 if query.startswith("VOLT") else 0.0), "MY6", seed=1)
    assert float(ask(full_meter, f"MEAS:{query}?")) == pytest.approx(value, abs=within)
    assert error(full_meter) == 0


def test_ohms_of_a_live_rail_are_nonsense(full_meter: Multimeter34465A) -> None:
    """The meter cannot know that the voltage is not its test current's."""
    assert float(ask(full_meter, "MEAS:RES?")) == pytest.approx(750.0, rel=1e-3)


@pytest.mark.parametrize(
    ("setting", "seconds"),
    [("CONF:VOLT:AC;:VOLT:AC:BAND 3", 1.67), ("CONF:VOLT:AC;:VOLT:AC:BAND 500", 0.025), ("CONF:FREQ 100,1e-4", 1.0),
     ("CONF:RES 100;:RES:NPLC 1;ZERO:AUTO OFF", 1 / 60), ("CONF:FRES 100;:FRES:NPLC 1", 1 / 30),
     ("CONF:RES;:RES:OCOM ON", 2 / 3), ("VOLT:APER 0.02;ZERO:AUTO OFF", 0.02),
     ("SAMP:SOUR TIM;TIM 1.5;COUN 3", 4.5)],
)  # fmt: skip
def test_time_of_a_reading(setting: str, seconds: float, full_meter: Multimeter34465A) -> None:
    send(full_meter, setting)
    ask(full_meter, "READ?")
    assert full_meter.clock.now() == pytest.approx(seconds)
    assert error(full_meter) == 0


def test_function_names(meter: Multimeter34465A) -> None:
    assert ask(meter, "FUNC 'VOLT:DC';FUNC?") == '"VOLT"'
    assert ask(meter, "FUNC 'resistance';FUNC?") == '"RES"'
    assert ask(meter, 'FUNC "CURR:AC";FUNC?') == '"CURR:AC"'
    send(meter, "FUNC 'NOISE'")
    assert error(meter) == -224


@pytest.mark.parametrize(
    ("configure", "answer"),
    [("CONF:RES 1E6,1", '"RES +1.00000000E+06,+7.00000000E-01"'), ("CONF:CURR 10", '"CURR +1.00000000E+01,'),
     ("CONF:TEMP TC,K", '"TEMP TC,K,+1.00000000E+00,+1.00000000E-03"'), ("CONF:FREQ", '"FREQ +2.00000000E+01,'),
     ("CONF:TEMP RTD,85", '"TEMP RTD,+8.50000000E+01,'), ("CONF:CAP DEF", '"CAP +1.00000000E-06,')],
)  # fmt: skip
def test_configuration_is_told(configure: str, answer: str, meter: Multimeter34465A) -> None:
    assert ask(meter, f"{configure};:CONF?").startswith(answer)


def test_open_leads_overload_the_ohms(meter: Multimeter34465A, node: Terminal) -> None:
    node.at_zero = 0.0
    assert float(ask(meter, "MEAS:RES?")) == 9.9e37
    assert ask(meter, "STAT:QUES?") == "512"
    assert float(ask(meter, "RES:RANG?")) == 1e9


def test_what_only_the_larger_model_has() -> None:
    small = Multimeter34465A(VirtualClock(), Terminal(1.0), "MY1", 1, model="34461A")
    for refused, number in (("VOLT:APER 0.1", -113), ("TRIG:SOUR INT", -224), ("VOLT:NPLC 0.01", -222)):
        send(small, refused)
        assert error(small) == number, refused
    assert float(ask(small, "RES:RANG? MAX")) == 100e6


def test_null_takes_the_first_reading(meter: Multimeter34465A, node: Terminal) -> None:
    assert float(ask(meter, "VOLT:NULL ON;:READ?")) == 0
    node.at_zero = 0.95
    assert float(ask(meter, "READ?")) == pytest.approx(0.2, abs=1e-4)
    assert float(ask(meter, "VOLT:NULL:VAL 0.5;:READ?")) == pytest.approx(0.45, abs=1e-4)


def test_level_trigger(meter: Multimeter34465A, node: Terminal) -> None:
    node.at_zero, node.volts_per_s = 0.0, 0.1
    send(meter, "CONF:VOLT 1;:VOLT:NPLC 0.02;:TRIG:SOUR INT;LEV 0.5;SLOP POS;:INIT")
    assert float(ask(meter, "FETC?")) == pytest.approx(0.5, abs=0.01)


def test_readings_leave_memory_in_blocks(meter: Multimeter34465A) -> None:
    ask(meter, "SAMP:COUN 3;:READ?")
    first = ask(meter, "R? 2")
    assert first.startswith("#231+")
    assert len(first) == 4 + 31
    assert ask(meter, "DATA:POIN?;:R?").startswith("+1;#215+")
    assert ask(meter, "R?") == "#10"
    send(meter, "DATA:REM? 1")
    assert error(meter) == -222


def test_real_format_is_a_block_of_doubles(meter: Multimeter34465A) -> None:
    send(meter, "FORM REAL;:SAMP:COUN 2;:READ?")
    data = meter.read(1000, 10.0)[0]
    assert data[:4] == b"#216"
    assert struct.unpack(">2d", data[4:20]) == pytest.approx((0.75, 0.75), abs=1e-4)
    assert ask(meter, "FORM?;:FORM:BORD?") == "REAL,64;NORM"


def test_statistics_and_limits(meter: Multimeter34465A) -> None:
    send(meter, "CALC:AVER ON;:CALC:LIM ON;LIM:UPP 0.5;:SAMP:COUN 10")
    readings = [float(value) for value in ask(meter, "READ?").split(",")]
    average, deviation, low, high = map(float, ask(meter, "CALC:AVER:ALL?").split(","))
    assert (low, high) == (min(readings), max(readings))
    assert average == pytest.approx(statistics.mean(readings), rel=1e-8)
    assert deviation == pytest.approx(statistics.stdev(readings), rel=0.01, abs=1e-9)
    assert ask(meter, "STAT:QUES?;:CALC:AVER:COUN?") == "4096;+1.00000000E+01"


def test_scaling(meter: Multimeter34465A) -> None:
    assert float(ask(meter, "CALC:SCAL:FUNC SCAL;GAIN 2;OFFS 1;STAT ON;:READ?")) == pytest.approx(2.5, abs=1e-3)
    send(meter, "CALC:SCAL:FUNC PCT;REF 0.5")
    assert float(ask(meter, "READ?")) == pytest.approx(50.0, abs=0.1)
    assert float(ask(meter, "CALC:SCAL:FUNC DBM;:READ?")) == pytest.approx(-0.28, abs=0.01)


def test_histogram_counts_every_reading(meter: Multimeter34465A) -> None:
    ask(meter, "CALC:TRAN:HIST ON;HIST:POIN 10;:SAMP:COUN 50;:READ?")
    bins = [int(number) for number in ask(meter, "CALC:TRAN:HIST:DATA?").split(",")]
    assert len(bins) == 12
    assert sum(bins) == 50


def test_saved_states(meter: Multimeter34465A) -> None:
    send(meter, "CONF:RES 1000;:RES:NPLC 1;:SAMP:COUN 4;:CALC:LIM:UPP 3;*SAV 2;*RST;*RCL 2")
    assert ask(meter, "FUNC?;:RES:NPLC?;:SAMP:COUN?;:CALC:LIM:UPP?") == '"RES";+1.00000000E+00;4;+3.00000000E+00'


def test_trigger_count_without_end(meter: Multimeter34465A) -> None:
    send(meter, "TRIG:COUN INF;:VOLT:NPLC 1;:INIT")
    meter.clock.sleep(1.0)
    assert ask(meter, "DATA:POIN?;:STAT:OPER:COND?") == "+30;16"
    assert ask(meter, "ABOR;:STAT:OPER:COND?;:TRIG:COUN?") == "0;+9.90000000E+37"


def test_it_gives_itself_out_for_an_older_meter() -> None:
    clock = VirtualClock()
    meter = Multimeter34465A(clock, Place(), "MY1", 1, "34461A")

    def ask(message: str) -> str:
        meter.write(message.encode() + b"\n", end=True)
        return meter.read(1000, 5.0)[0].decode().strip()

    assert ask("SYST:IDEN?") == "DEF"
    meter.write(b"SYST:IDEN HP34401A\n", end=True)
    assert ask("*IDN?").startswith("HEWLETT-PACKARD,34401A,MY1,A.")
    meter.write(b"*RST\n", end=True)
    assert ask("SYST:IDEN?") == "HP34401A", "it is kept"
    assert ask("SYST:IDEN AT34410A;:SYST:ERR?").startswith("-224")
    meter.write(b"SYST:IDEN DEF\n", end=True)
    assert ask("*IDN?").startswith("Keysight Technologies,34461A,MY1,")
