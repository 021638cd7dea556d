"""The coolant loop: slew, lag, balance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.physics.coolant import CoolantLoop
from bringup_instruments.physics.parameters import CoolantParameters


class Heater:
    """A sled that only gives heat."""

    def __init__(self, watts: float) -> None:
        self.watts = watts
        self.at_s = 0.0

    def advance(self, at_s: float) -> None:
        self.at_s = max(self.at_s, at_s)

    def coolant_watts(self, at_s: float) -> float:
        self.advance(at_s)
        return self.watts


def stepped(celsius: float) -> CoolantLoop:
    loop = CoolantLoop(CoolantParameters(supply_celsius=20.0))
    loop.set_supply_celsius(100.0, celsius)
    return loop


def test_supply_lags_a_ramp_by_slew_times_lag() -> None:
    assert stepped(45.0).supply_celsius(100.0 + 600.0) == pytest.approx(20.0 + 15.0 - 1.5, abs=0.01)


@given(st.floats(16.0, 49.0), st.floats(0.0, 4000.0))
def test_supply_follows_the_differential_equation(celsius: float, elapsed: float) -> None:
    loop, h = stepped(celsius), 1e-3
    at = 100.0 + elapsed + h
    rate = (loop.supply_celsius(at + h) - loop.supply_celsius(at - h)) / (2.0 * h)
    ramp = 20.0 + max(-1.5 / 60 * (at - 100), min(1.5 / 60 * (at - 100), celsius - 20.0))
    assert rate == pytest.approx((ramp - loop.supply_celsius(at)) / 60.0, abs=1e-5)


def test_a_move_in_flight_continues_smoothly() -> None:
    loop = stepped(45.0)
    before = loop.supply_celsius(400.0)
    loop.set_supply_celsius(400.0, 25.0)
    assert loop.supply_celsius(400.0) == pytest.approx(before)
    assert loop.supply_celsius(8000.0) == pytest.approx(25.0)


def test_return_mixes_by_flow_and_carries_all_heat() -> None:
    loop, hot, cold = stepped(20.0), Heater(4000.0), Heater(1000.0)
    loop.attach(hot, flow_share=0.5)
    loop.attach(cold)
    rise = loop.return_celsius(200.0) - loop.supply_celsius(200.0)
    assert rise * 9.0 * 3980.0 / 60.0 == pytest.approx(5000.0)


def test_every_sled_is_brought_to_the_moment_of_a_move() -> None:
    loop, sled = stepped(20.0), Heater(1.0)
    loop.attach(sled)
    loop.set_flow_lpm(333.0, 3.0)
    assert sled.at_s == 333.0
    assert loop.flow_lpm(333.0) == 3.0


@pytest.mark.parametrize("celsius", [14.9, 50.1, float("nan")])
def test_an_impossible_set_point_is_refused(celsius: float) -> None:
    with pytest.raises(ValueError, match="outside 15 to 50"):
        stepped(20.0).set_supply_celsius(200.0, celsius)


def test_an_impossible_flow_is_refused() -> None:
    with pytest.raises(ValueError, match="outside 0 to 12"):
        stepped(20.0).set_flow_lpm(200.0, 13.0)


def test_without_flow_the_return_says_nothing_new() -> None:
    loop = stepped(20.0)
    loop.attach(Heater(900.0))
    loop.set_flow_lpm(200.0, 0.0)
    assert loop.return_celsius(300.0) == loop.supply_celsius(300.0)


def test_a_pump_that_fails_takes_flow_from_every_sled_at_its_moment() -> None:
    loop, hot = stepped(20.0), Heater(4000.0)
    loop.attach(hot)
    rise = loop.return_celsius(300.0) - loop.supply_celsius(300.0)
    loop.set_pump(400.0, 1, runs=False)
    assert hot.at_s == 400.0, "the sled was brought to the moment first"
    assert loop.sled_flow_lpm(hot) == loop.flow_lpm(400.0) == pytest.approx(0.7 * loop.set_lpm)
    assert loop.return_celsius(400.0) - loop.supply_celsius(400.0) == pytest.approx(rise / 0.7)
    loop.set_pump(500.0, 2, runs=False)
    assert loop.flow_lpm(500.0) == loop.loop_kpa() == loop.filter_kpa() == 0.0
    assert loop.return_celsius(500.0) == loop.supply_celsius(500.0)
    with pytest.raises(ValueError, match="pumps 1 to 2, no 3"):
        loop.set_pump(600.0, 3, runs=False)
