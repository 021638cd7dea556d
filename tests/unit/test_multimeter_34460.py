"""The 34465A on a node: accuracy, noise, time, ranges, overload, and the trigger model."""

from __future__ import annotations

import statistics

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.multimeter_34460 import Multimeter34465A
from bringup_instruments.models.truevolt_converter import MODELS
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


def test_identity(meter: Multimeter34465A) -> None:
    assert ask(meter, "*IDN?").split(",")[:3] == ["Keysight Technologies", "34465A", "MY60000001"]
    with pytest.raises(ValueError, match="34461A"):
        Multimeter34465A(VirtualClock(), Terminal(0.0), "1", seed=0, model="34401A")


@pytest.mark.parametrize("volts", [0.05, 0.75, -0.9, 5.0, 54.0, -300.0])
@pytest.mark.parametrize("seed", range(8))
def test_readings_stay_within_one_year_accuracy(volts: float, seed: int) -> None:
    meter = Multimeter34465A(VirtualClock(), Terminal(volts), "MY1", seed)
    reading = float(ask(meter, "MEAS:VOLT:DC?"))
    full = float(ask(meter, "VOLT:RANG?"))
    percent_of_reading, percent_of_range = MODELS["34465A"].accuracy[full]
    noise = 5 * MODELS["34465A"].resolution_ppm[10.0] * full / 1e6
    allowed = percent_of_reading / 100 * abs(volts) + percent_of_range / 100 * full + noise
    assert reading != volts
    assert abs(reading - volts) <= allowed


def test_two_meters_differ_and_one_seed_repeats() -> None:
    def readings(serial: str, seed: int) -> list[str]:
        meter = Multimeter34465A(VirtualClock(), Terminal(54.0), serial, seed)
        return [ask(meter, "READ?") for _ in range(3)]

    assert readings("MY1", 1) == readings("MY1", 1)
    assert readings("MY1", 1) != readings("MY2", 1)
    assert readings("MY1", 1) != readings("MY1", 2)


@pytest.mark.parametrize(
    ("setting", "seconds"),
    [("VOLT:NPLC 10", 1 / 3), ("VOLT:NPLC 10;:VOLT:ZERO:AUTO OFF", 1 / 6), ("VOLT:NPLC 1", 1 / 30),
     ("VOLT:NPLC 100", 10 / 3), ("VOLT:NPLC 3", 1 / 3), ("TRIG:DEL 2 S", 2 + 1 / 3),
     ("SAMP:COUN 5", 5 / 3), ("SAMP:COUN 2;:TRIG:COUN 2", 4 / 3)],
)  # fmt: skip
def test_reading_costs_integration_and_autozero(meter: Multimeter34465A, setting: str, seconds: float) -> None:
    send(meter, setting)
    ask(meter, "READ?")
    assert meter.clock.now() == pytest.approx(seconds)


def test_noise_falls_with_integration_time(meter: Multimeter34465A) -> None:
    def spread(nplc: str) -> float:
        readings = ask(meter, f"VOLT:RANG 1;NPLC {nplc};:SAMP:COUN 200;:READ?").split(",")
        return statistics.stdev(map(float, readings))

    fast, slow = spread("0.02"), spread("10")
    assert fast == pytest.approx(3e-6, rel=0.25)
    assert slow == pytest.approx(0.1e-6, rel=0.25)


def test_a_value_is_taken_when_its_integration_ends(meter: Multimeter34465A, node: Terminal) -> None:
    node.volts_per_s = 0.3
    assert float(ask(meter, "READ?")) == pytest.approx(0.75 + 0.3 / 3, abs=1e-3)
    first, second = map(float, ask(meter, "SAMP:COUN 2;:READ?").split(","))
    assert second - first == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize(
    ("before", "volts", "full"),
    [(0.0, 0.119, 0.1), (0.0, 0.121, 1.0), (0.5, 1.19, 1.0), (5.0, 1.19, 10.0), (5.0, 12.1, 100.0), (54.0, 0.5, 1.0)],
)
def test_automatic_ranges(meter: Multimeter34465A, node: Terminal, before: float, volts: float, full: float) -> None:
    """Up beyond 120 %, down below 10 %, and between them it stays where it was."""
    node.at_zero = before
    ask(meter, "READ?")
    node.at_zero = volts
    ask(meter, "READ?")
    assert float(ask(meter, "VOLT:RANG?")) == full


def test_a_fixed_range_overloads(meter: Multimeter34465A, node: Terminal) -> None:
    assert float(ask(meter, "VOLT:RANG 0.1;:READ?")) == 9.9e37
    assert ask(meter, "VOLT:RANG:AUTO?;:STAT:QUES?") == "0;1"
    node.at_zero = -2.0
    assert float(ask(meter, "READ?")) == -9.9e37
    node.at_zero = 1001.0
    assert float(ask(meter, "VOLT:RANG:AUTO ON;:READ?")) == 9.9e37


def test_range_once_fits_and_stays(meter: Multimeter34465A, node: Terminal) -> None:
    assert ask(meter, "VOLT:RANG:AUTO ONCE;AUTO?;:VOLT:RANG?") == "0;+1.00000000E+00"
    node.at_zero = 5.0
    assert float(ask(meter, "READ?")) == 9.9e37


def test_range_and_integration_round_up_to_what_there_is(meter: Multimeter34465A) -> None:
    assert ask(meter, "VOLT:RANG 2;RANG?;NPLC 0.5;NPLC?") == "+1.00000000E+01;+1.00000000E+00"
    assert ask(meter, "VOLT:RANG? MAX;NPLC? MIN;NPLC? DEF") == "+1.00000000E+03;+1.00000000E-03;+1.00000000E+01"
    for refused in ("VOLT:RANG 1001", "VOLT:NPLC 101", "SAMP:COUN 0", "VOLT:NPLC 0.0005"):
        send(meter, refused)
        assert error(meter) == -222, refused


def test_configure_sets_range_and_resolution_and_defaults_the_rest(meter: Multimeter34465A) -> None:
    send(meter, "SAMP:COUN 7;:TRIG:SOUR BUS;:VOLT:NPLC 100;:CONF:VOLT:DC 10,1e-5")
    assert ask(meter, "CONF?") == '"VOLT +1.00000000E+01,+7.00000000E-06"'
    assert ask(meter, "VOLT:NPLC?;RANG:AUTO?;:SAMP:COUN?;:TRIG:SOUR?") == "+2.00000000E-01;0;1;IMM"
    assert ask(meter, "CONF;:VOLT:RANG:AUTO?;:VOLT:NPLC?") == "1;+1.00000000E+01"
    send(meter, "CONF AUTO,1e-5")
    assert error(meter) == -221
    send(meter, "CONF 10,1e-9")
    assert error(meter) == -222


def test_resolution_chooses_integration(meter: Multimeter34465A) -> None:
    assert ask(meter, "VOLT:RANG 10;RES 1e-6;NPLC?;RES?") == "+1.00000000E+01;+1.00000000E-06"
    assert ask(meter, "VOLT:RES? MIN") == "+3.00000000E-07"


def test_measure_with_range(meter: Multimeter34465A) -> None:
    assert float(ask(meter, "MEASURE:VOLTAGE:DC? 1 V,MAX")) == pytest.approx(0.75, abs=1e-3)
    assert ask(meter, "VOLT:RANG?") == "+1.00000000E+00"


def test_init_and_fetch(meter: Multimeter34465A) -> None:
    with pytest.raises(TimeoutError):
        ask(meter, "FETC?", 1.0)
    assert error(meter) == -230
    begin_s = meter.clock.now()
    send(meter, "SAMP:COUN 3;:INIT;*OPC")
    assert meter.clock.now() == begin_s
    assert ask(meter, "*ESR?") == str(128 | 16 | 4)  # not complete; -230 and the read without an answer
    readings = ask(meter, "FETC?").split(",")
    assert len(readings) == 3
    assert meter.clock.now() - begin_s == pytest.approx(1.0)
    assert ask(meter, "*ESR?;:DATA:POIN?") == "1;+3"
    assert ask(meter, "FETC?").split(",") == readings
    assert ask(meter, "DATA:LAST?") == f"{readings[-1]} VDC"


def test_bus_triggers(meter: Multimeter34465A) -> None:
    send(meter, "TRIG:SOUR BUS;*TRG")
    assert error(meter) == -211
    send(meter, "READ?")
    with pytest.raises(TimeoutError):
        meter.read(100, 1.0)
    assert error(meter) == -214
    send(meter, "TRIG:COUN 2;:INIT")
    send(meter, "INIT")
    assert error(meter) == -420  # the read above
    assert error(meter) == -213
    meter.clock.sleep(5.0)
    assert ask(meter, "DATA:POIN?") == "+0"
    send(meter, "*TRG")
    meter.clock.sleep(5.0)
    assert ask(meter, "DATA:POIN?") == "+1"
    send(meter, "*TRG")
    assert len(ask(meter, "FETC?").split(",")) == 2


def test_a_change_of_settings_stops_and_empties(meter: Multimeter34465A) -> None:
    send(meter, "SAMP:COUN 3;:INIT;:VOLT:NPLC 1")
    assert ask(meter, "*OPC?;:DATA:POIN?") == "1;+0"
    send(meter, "INIT;:ABOR")
    assert ask(meter, "*OPC?;:DATA:POIN?") == "1;+0"


def test_memory_keeps_the_latest_readings() -> None:
    meter = Multimeter34465A(VirtualClock(), Terminal(1.0), "MY1", 1, model="34461A")
    assert len(ask(meter, "VOLT:NPLC 0.02;:SAMP:COUN 10100;:READ?").split(",")) == 10_000
    assert ask(meter, "STAT:QUES?") == "16384"


def test_display(meter: Multimeter34465A) -> None:
    assert ask(meter, "DISP:TEXT 'SLED 3';:DISP:TEXT?;:DISP?") == '"SLED 3";1'
    assert ask(meter, "DISP:TEXT:CLE;:DISP:TEXT?") == '""'


def test_reset(meter: Multimeter34465A) -> None:
    ask(meter, "VOLT:RANG 1000;NPLC 100;:SAMP:COUN 2;:READ?")
    send(meter, "*RST")
    assert ask(meter, "VOLT:RANG:AUTO?;:VOLT:NPLC?;:SAMP:COUN?;:DATA:POIN?") == "1;+1.00000000E+01;1;+0"


def test_this_model_has_no_transition_filters(meter: Multimeter34465A) -> None:
    send(meter, "STAT:QUES:PTR 1")
    assert error(meter) == -113
