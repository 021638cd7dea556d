"""The CNT-91 on signals: gate, resolution, its own oscillator, arming, arrays, formats, no signal."""

from __future__ import annotations

import statistics
import struct

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.counter_cnt91 import CounterCnt91
from bringup_instruments.physics.places import Place

HERTZ = 12_345_678.0


class Signal(Place):
    """A place with a frequency that a test can switch off."""

    def __init__(self, hertz: float) -> None:
        self.now_hertz = hertz

    def hertz(self, at_s: float) -> float:
        return self.now_hertz

    def volts(self, at_s: float) -> float:
        return 1.25


@pytest.fixture
def signals() -> dict[int, Signal]:
    return {1: Signal(HERTZ), 2: Signal(0.0)}


@pytest.fixture
def counter(signals: dict[int, Signal]) -> CounterCnt91:
    return CounterCnt91(VirtualClock(), signals.__getitem__, "123456", seed=1)


def send(counter: CounterCnt91, message: str) -> None:
    counter.write(message.encode(), end=True)


def ask(counter: CounterCnt91, message: str, timeout_s: float = 600.0) -> str:
    send(counter, message)
    return counter.read(10_000_000, timeout_s)[0].decode("latin-1").rstrip("\n")


def error(counter: CounterCnt91) -> int:
    return int(ask(counter, "SYST:ERR?").split(",")[0])


def test_identity_and_the_form_of_no_error(counter: CounterCnt91) -> None:
    assert ask(counter, "*IDN?").startswith("PENDULUM, CNT-91, 123456, V")
    assert ask(counter, "SYST:ERR?") == '0,"No error"'


@pytest.mark.parametrize("seed", range(8))
def test_a_frequency_is_right_but_for_the_counters_own_oscillator(seed: int) -> None:
    counter = CounterCnt91(VirtualClock(), lambda number: Signal(HERTZ), "1", seed)
    hertz = float(ask(counter, "MEAS:FREQ? (@1)"))
    assert hertz != HERTZ
    assert hertz == pytest.approx(HERTZ, rel=1e-7)
    assert float(ask(counter, "MEAS:FREQ? (@6)")) == pytest.approx(10e6, rel=5e-9), "its own oscillator is right"


def test_same_seed_same_counts() -> None:
    def counts(seed: int) -> list[str]:
        counter = CounterCnt91(VirtualClock(), lambda number: Signal(HERTZ), "1", seed)
        return [ask(counter, "READ?") for _ in range(3)]

    assert counts(1) == counts(1)
    assert counts(1) != counts(2)


@pytest.mark.parametrize(("gate", "spread"), [("0.001", 5e-9), ("0.1", 5e-11)])
def test_resolution_comes_from_the_gate(gate: str, spread: float, counter: CounterCnt91) -> None:
    send(counter, f"CONF:ARR:FREQ 100,(@1);:ACQ:APER {gate}")
    readings = [float(text) for text in ask(counter, "READ:ARR? 100").split(",")]
    assert statistics.stdev(readings) / HERTZ == pytest.approx(spread, rel=0.3)


@pytest.mark.parametrize(
    ("setting", "seconds"),
    [("CONF:FREQ (@1);:ACQ:APER 0.5", 0.5001), ("CONF:FREQ:BTB (@1);:ACQ:APER 0.5", 0.5),
     ("CONF:FREQ 1E7,1E-5,(@1)", 1.0001), ("CONF:FREQ (@1);:ARM:DEL 0.2", 0.2101),
     ("CONF:ARR:FREQ:BTB 10,(@1)", 0.1), ("CONF:ARR:FREQ 5,(@1);:TRIG:SOUR TIM;TIM 0.1", 0.5)],
)  # fmt: skip
def test_a_measurement_takes_its_time(setting: str, seconds: float, counter: CounterCnt91) -> None:
    send(counter, f"{setting};:INIT")
    assert ask(counter, "*OPC?") == "1"
    assert counter.clock.now() == pytest.approx(seconds)


def test_functions(counter: CounterCnt91) -> None:
    assert float(ask(counter, "MEAS:PER? (@1)")) == pytest.approx(1 / HERTZ, rel=1e-7)
    assert float(ask(counter, "MEAS:FREQ:RAT? (@1),(@6)")) == pytest.approx(HERTZ / 10e6, rel=1e-7)
    assert ask(counter, "FUNC?") == '"FREQ:RAT 1,6"'
    assert float(ask(counter, "MEAS:MAX? (@1)")) == 1.25
    assert ask(counter, "FUNC 'PERIOD:AVERAGE 1';FUNC?") == '"PER:AVER 1"'
    send(counter, "FUNC 'NOISE 1'")
    assert error(counter) == -224
    send(counter, "CONF:FREQ (@5)")
    assert error(counter) == -224


def test_no_signal_is_not_a_number(counter: CounterCnt91) -> None:
    assert float(ask(counter, "MEAS:FREQ? (@2)")) == 9.91e37
    assert ask(counter, "STAT:QUES?") == "1024"
    assert counter.clock.now() == pytest.approx(0.1)


def test_without_detection_it_waits_as_long_as_it_is_told(counter: CounterCnt91) -> None:
    send(counter, "CONF:FREQ (@2);:SYST:SDET OFF;:SYST:TOUT ON;TOUT:TIME 3")
    assert float(ask(counter, "READ?")) == 9.91e37
    assert counter.clock.now() == pytest.approx(3.0)
    send(counter, "SYST:TOUT OFF;:READ?")
    with pytest.raises(TimeoutError):
        counter.read(100, 100.0)


def test_results_are_fetched_one_after_the_other(counter: CounterCnt91) -> None:
    send(counter, "CONF:ARR:FREQ 6,(@1);:FORM:TINF ON;:INIT")
    first = ask(counter, "FETC?").split(",")
    assert len(first) == 2
    assert float(first[1]) == pytest.approx(0.0)
    assert counter.clock.now() == pytest.approx(0.0101), "it waits for as many as it needs"
    assert len(ask(counter, "FETC:ARR? 2").split(",")) == 4
    rest = ask(counter, "FETC:ARR? MAX").split(",")
    assert len(rest) == 6
    assert float(rest[-1]) == pytest.approx(5 * 0.0101)
    with pytest.raises(TimeoutError):
        ask(counter, "FETC?", 1.0)
    assert error(counter) == -230


def test_continuous_measurement(counter: CounterCnt91) -> None:
    send(counter, "INIT:CONT ON")
    counter.clock.sleep(1.0)
    assert float(ask(counter, "FETC:ARR? -1")) == pytest.approx(HERTZ, rel=1e-7)
    send(counter, "INIT")
    assert error(counter) == -213
    assert ask(counter, "INIT:CONT OFF;CONT?") == "0"


def test_bus_arming(counter: CounterCnt91) -> None:
    send(counter, "*TRG")
    assert error(counter) == -211
    send(counter, "CONF:FREQ (@1);:ARM:LAY2:SOUR BUS;:READ?")
    assert error(counter) == -214
    send(counter, "INIT")
    counter.clock.sleep(5.0)
    assert ask(counter, "STAT:OPER:COND?") == "64"
    send(counter, "*TRG")
    assert float(ask(counter, "FETC?")) == pytest.approx(HERTZ, rel=1e-7)


def test_arming_by_an_input_needs_its_signal(counter: CounterCnt91, signals: dict[int, Signal]) -> None:
    send(counter, "CONF:FREQ (@1);:ARM:SOUR EXT2;:READ?")
    with pytest.raises(TimeoutError):
        counter.read(100, 10.0)
    counter.clear()
    signals[2].now_hertz = 1e3
    assert float(ask(counter, "READ?")) == pytest.approx(HERTZ, rel=1e-7)


def test_statistics(counter: CounterCnt91) -> None:
    send(counter, "CONF:FREQ (@1);:CALC:AVER:STAT ON;COUN 20;:INIT;*OPC?")
    assert counter.read(10, 10.0)[0] == b"1\n"
    values = [float(text) for text in ask(counter, "FETC:ARR? MAX").split(",")]
    mean, deviation, low, high, allan = map(float, ask(counter, "CALC:AVER:ALL?").split(","))
    assert len(values) == 20
    assert (mean, low, high) == pytest.approx((statistics.mean(values), min(values), max(values)))
    assert deviation == pytest.approx(statistics.stdev(values), rel=1e-3)
    assert 0.3 * deviation < allan < 3 * deviation
    assert float(ask(counter, "CALC:AVER:TYPE MAX;:CALC:DATA?")) == high


def test_limits(counter: CounterCnt91) -> None:
    send(counter, "CALC:LIM ON;LIM:UPP 1E6;UPP:STAT ON")
    ask(counter, "READ?")
    assert ask(counter, "CALC:LIM:FAIL?;FAIL?") == "1;0"


def test_binary_formats(counter: CounterCnt91) -> None:
    send(counter, "FORM REAL;:READ?")
    data = counter.read(100, 10.0)[0]
    assert data[:3] == b"#18"
    assert struct.unpack(">d", data[3:11])[0] == pytest.approx(HERTZ, rel=1e-7)
    send(counter, "FORM PACK;:FORM:TINF ON;:FORM:BORD SWAP;:READ?")
    data = counter.read(100, 10.0)[0]
    assert data[:4] == b"#216"
    hertz, picoseconds = struct.unpack("<dq", data[4:20])
    assert hertz == pytest.approx(HERTZ, rel=1e-7)
    assert picoseconds == pytest.approx(0.0101e12, rel=1e-3)


def test_inputs(counter: CounterCnt91) -> None:
    assert ask(counter, "INP:COUP?;ATT?;SLOP?;LEV:AUTO?;:INP2:IMP?") == "AC;1;POS;1;+1.00000000E+06"
    assert ask(counter, "INP2:LEV 1.5;LEV?;LEV:AUTO?;:INP1:LEV:AUTO?") == "+1.50000000E+00;0;1"
    send(counter, "INP:LEV 6")
    assert error(counter) == -222
    assert ask(counter, "INP:ATT 10;:INP:LEV 6;LEV?;:INP:IMP 50;IMP?") == "+6.00000000E+00;+5.00000000E+01"
    send(counter, "INP3:LEV 1")
    assert error(counter) == -114


def test_reset(counter: CounterCnt91) -> None:
    send(counter, "CONF:ARR:PER 10,(@2);:ACQ:APER 1;:INP:COUP DC;:FORM REAL;:SYST:TOUT ON;*RST")
    assert ask(counter, "FUNC?;:ACQ:APER?;:TRIG:COUN?;:INP:COUP?;:FORM?;:SYST:TOUT?;:INIT:CONT?") == (
        '"FREQ 1";1.000000000000E-02;1;AC;ASC;0;0'
    )
    for refused in ("ACQ:APER 1001", "ACQ:APER 1E-9", "CONF:ARR:FREQ 2,(@1)", "FORM:SMAX 3"):
        send(counter, refused)
        assert error(counter) == -222, refused
