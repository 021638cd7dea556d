"""The thermal network against a brute-force integration, and its time constants."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup_instruments.physics.board import board_after, chip_flows_lpm
from bringup_instruments.physics.parameters import SledParameters, ThermalParameters
from bringup_instruments.physics.thermal import (
    TwoNode,
    hbm_celsius,
    heat_capacity_flow,
    plate_conductance,
    stability_margin,
)

THERMAL = ThermalParameters()


@settings(max_examples=25)
@given(lpm=st.floats(0.0, 3.0), gain=st.floats(0.0, 5.0), watts=st.floats(0.0, 1000.0), seconds=st.floats(0.001, 5.0))
def test_closed_form_is_the_integral(lpm: float, gain: float, watts: float, seconds: float) -> None:
    conductance, junction = plate_conductance(THERMAL, lpm), 0.020
    die = plate = 0.0
    steps = 6000
    dt = seconds / steps
    for _ in range(steps):  # midpoint rule; inlet at zero, heat = watts + gain * die
        half = []
        for d, p, h in ((die, plate, 0.5 * dt),):
            across = (d - p) / junction
            half = [d + h * (watts + gain * d - across), p + h * (across - conductance * p) / 230.0]
        across = (half[0] - half[1]) / junction
        die += dt * (watts + gain * half[0] - across)
        plate += dt * (across - conductance * half[1]) / 230.0
    moved = TwoNode(THERMAL, junction, conductance, gain).move(watts, 0.0, seconds)
    assert moved == pytest.approx((die, plate), rel=2e-3, abs=1e-3)


@given(lpm=st.floats(0.3, 3.0), gain=st.floats(0.0, 3.0), seconds=st.floats(0.0, 300.0))
def test_a_moving_inlet_is_exact_at_any_split(lpm: float, gain: float, seconds: float) -> None:
    """Two halves are one whole, at a constant inlet rate of 1.5 °C/min."""
    conductance = plate_conductance(THERMAL, lpm)
    net = TwoNode(THERMAL, 0.020, conductance, gain)
    rate = 0.025
    push = conductance * rate / 230.0
    half = seconds / 2.0
    die, plate = net.move(0.0, 0.0, half, push)
    across = (die - plate) / 0.020
    die_rate = gain * die - across
    plate_rate = (across - conductance * (plate - rate * half)) / 230.0
    die2, plate2 = net.move(die_rate, plate_rate, half, push)
    assert net.move(0.0, 0.0, seconds, push) == pytest.approx((die + die2, plate + plate2), abs=1e-6)


def test_die_answers_in_20_ms_and_plate_in_6_s() -> None:
    net = TwoNode(THERMAL, 0.020, plate_conductance(THERMAL, 1.5), 0.0)
    assert net.move(740.0, 0.0, 0.020)[0] == pytest.approx(740 * 0.020 * 0.632, rel=0.01)
    assert net.move(740.0, 0.0, 0.060)[0] == pytest.approx(15.0, rel=0.06)
    rest = 740.0 / plate_conductance(THERMAL, 1.5)
    tau = next(t / 10 for t in range(1, 200) if net.move(740.0, 0.0, t / 10)[1] > 0.632 * rest)
    # 5.8 s of film alone, and the coolant's own rise (1/(2 rho c Q)) in series: 6.9 s.
    assert tau == pytest.approx(230 * (0.025 + 0.5 * 60 / (1.5 * 3980)), rel=0.03)


def test_coolant_rise_is_power_over_heat_capacity_flow() -> None:
    rise = 926.0 / heat_capacity_flow(THERMAL, 1.5)
    assert rise == pytest.approx(9.3, abs=0.05)


def test_without_flow_the_plate_keeps_everything() -> None:
    assert plate_conductance(THERMAL, 0.0) == 0.0
    _, plate = TwoNode(THERMAL, 0.020, 0.0, 0.0).move(926.0, 0.0, 100.0)
    assert plate == pytest.approx(926.0 * 100.0 / 231.0, rel=0.01)


def test_runaway_is_a_negative_margin() -> None:
    junction, conductance = 0.020, plate_conductance(THERMAL, 1.5)
    assert stability_margin(junction, conductance, 1.0) > 0.9
    assert stability_margin(10 * junction, conductance, 6.0) < 0.0
    net = TwoNode(THERMAL, 10 * junction, conductance, 6.0)
    assert net.move(1.0, 0.0, 60.0)[0] > 10.0 * net.move(1.0, 0.0, 6.0)[0]


def test_hbm_takes_three_tenths_of_the_dies_rise() -> None:
    step = hbm_celsius(THERMAL, 30.0, 80.0, 85.0) - hbm_celsius(THERMAL, 30.0, 70.0, 85.0)
    assert step == pytest.approx(3.0)


def test_board_follows_in_240_s_and_never_cools_without_flow() -> None:
    sled = SledParameters()
    warm = board_after(sled, 20.0, 240.0, inlet=30.0, watts=0.0, conductance=50.0)
    assert warm == pytest.approx(30.0 - 10.0 / 2.71828, abs=1e-3)
    still = board_after(sled, 20.0, 120.0, inlet=30.0, watts=900.0, conductance=0.0)
    assert still == pytest.approx(20.0 + 900.0 * 120.0 / 12000.0)


def test_flow_divides_by_the_root_of_the_resistances() -> None:
    flows = chip_flows_lpm(SledParameters(chip_flow_resistance=(1.0, 1.0, 1.0, 4.0)), 7.0)
    assert flows == pytest.approx((2.0, 2.0, 2.0, 1.0))
