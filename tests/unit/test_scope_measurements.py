"""The oscilloscope's measurements, on the physics and on plain samples."""

from __future__ import annotations

from math import pi, sin

import pytest

from bringup_instruments.models.dsox_pulse import Pulse
from tests.unit.scope_bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


# Measurements.


def test_measurements_of_a_ramp(bench: Bench) -> None:
    bench.ramp()
    top = bench.sled.read_rail(bench.clock.now(), "vdd_sram.0").volts
    for name, value, near in (
        ("VTOP", top, 0.02), ("VBAS", 0.0, 0.02), ("VAMP", top, 0.03), ("VMAX", top, 0.03), ("VMIN", 0.0, 0.03),
        ("VPP", top, 0.05), ("VAV", 0.9 * top, 0.02), ("RIS", 1.6e-3, 3e-5), ("PEDG", 1, 0), ("NEDG", 0, 0),
        ("XMAX", 5e-3, 5e-3), ("OVER", 0.0, 5.0),
    ):  # fmt: skip
        assert bench.number(f":MEAS:{name}?") == pytest.approx(value, abs=near), name
    for name in ("FALL", "FREQ", "PER", "PWID", "NWID", "DUTY"):
        assert bench.ask(f":MEAS:{name}?") == "+9.9E+37", name
    assert bench.number(":MEAS:VTIM? 5e-3") == pytest.approx(top, abs=0.03)
    assert bench.number(":MEAS:TVAL? 0.4,+1") == pytest.approx(0.0, abs=3e-5)
    bench.send(":MEAS:DEF THR,PERC,80,50,20")
    assert bench.number(":MEAS:RIS?") == pytest.approx(1.2e-3, rel=0.03)


def test_measurements_of_a_square_wave(bench: Bench) -> None:
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;OFFS 1.5;:TIM:RANG 0.05;:TRIG:EDGE:SOUR CHAN2;LEV 1;:TRIG:SWE NORM")
    for _ in range(20):
        for volts, seconds in ((3.0, 2e-3), (0.0, 6e-3)):
            bench.feed(volts)
            bench.clock.sleep(seconds)
    bench.send(":STOP;:MEAS:SOUR CHAN2")
    for name, value in (
        ("FREQ", 125.0), ("PER", 8e-3), ("PWID", 2e-3), ("NWID", 6e-3), ("DUTY", 25.0), ("VTOP", 3.0), ("VPP", 3.0),
        ("VRMS", 1.5), ("PPUL", 6), ("COUN", 125.0),
    ):  # fmt: skip
        assert bench.number(f":MEAS:{name}?") == pytest.approx(value, rel=0.06), name
    assert bench.number(":MEAS:VAV? CYCL,CHAN2") == pytest.approx(0.75, rel=0.06)
    assert bench.number(":MEAS:VRMS? CYCL,AC,CHAN2") == pytest.approx(1.3, rel=0.06)


def test_installed_measurements_are_answered_together(bench: Bench) -> None:
    bench.feed(3.0)
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;:MEAS:STAT CURR;:MEAS:CLE;VMAX CHAN2;VAV DISP,CHAN2")
    bench.clock.sleep(1.0)
    values = [float(field) for field in bench.ask(":MEAS:RES?").split(",")]
    assert values == pytest.approx([3.0, 3.0], abs=0.15)
    assert bench.ask(":MEAS:CLE;:MEAS:RES?") == ""


def test_pulse_levels_edges_and_overshoot() -> None:
    volts = [0.0] * 100 + [0.1 * n for n in range(10)] + [1.2] * 3 + [1.0] * 100
    pulse = Pulse(volts, 0.0, 1e-3)
    assert pulse.levels == pytest.approx((0.0, 1.0), abs=0.02)
    edge = pulse.edge(rising=True, near_s=0.0)
    assert edge is not None
    assert edge.last_s - edge.first_s == pytest.approx(8e-3, rel=0.05)
    assert pulse.period_s(0.0) is None
    wave = Pulse([sin(2 * pi * n / 100) for n in range(1000)], 0.0, 1e-3)
    assert wave.period_s(0.5) == pytest.approx(0.1, rel=1e-3)
