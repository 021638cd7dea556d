"""The input: a constant-power load behind a cable on a limited supply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.physics.parameters import InputParameters
from bringup_instruments.physics.supply import InputPort, load_volts
from bringup_instruments.world import Source


@given(st.floats(45.0, 60.0), st.floats(0.0, 5000.0))
def test_kirchhoff_and_power_hold(volts: float, watts: float) -> None:
    at_load = load_volts(volts, 6e-3, watts)
    assert at_load is not None
    amps = watts / at_load
    assert at_load + 6e-3 * amps == pytest.approx(volts)


def test_a_cable_that_cannot_carry_it_has_no_solution() -> None:
    assert load_volts(54.0, 6e-3, 200e3) is None


def port(amps: float) -> InputPort:
    made = InputPort(InputParameters())
    made.offer(0.0, Source(54.0, amps, on=True))
    made.came(0.0)
    return made


def test_the_cable_drops_half_a_volt_at_80_amps() -> None:
    entry = port(100.0)
    watts = 80.0 * 53.52
    assert entry.terminals(1.0, watts).volts - entry.sled_end(1.0, watts).volts == pytest.approx(0.48, abs=0.002)


def test_above_the_limit_the_input_collapses_and_is_tried_again() -> None:
    entry = port(50.0)
    assert entry.holds(2600.0)
    assert not entry.holds(2800.0)
    entry.lost(10.0)
    seen = entry.terminals(10.02, 0.0)
    assert seen.constant_current
    assert seen.amps == 50.0
    assert entry.terminals(10.2, 0.0).amps == 0.0
    assert entry.retry_at_s == 11.0
    assert entry.brownouts == [10.0]


def test_a_limit_below_standby_stays_in_constant_current() -> None:
    entry = InputPort(InputParameters())
    entry.offer(0.0, Source(54.0, 0.1, on=True))
    assert not entry.starts(14.0)
    assert entry.terminals(60.0, 0.0).constant_current


def test_the_input_discharges_when_the_supply_goes_off() -> None:
    entry = port(100.0)
    entry.offer(5.0, Source(54.0, 100.0, on=False))
    assert entry.terminals(5.0, 0.0).volts == pytest.approx(54.0)
    assert entry.terminals(5.1, 0.0).volts == pytest.approx(54.0 / 2.71828, rel=1e-4)
    assert entry.terminals(7.0, 0.0).volts < 0.001
