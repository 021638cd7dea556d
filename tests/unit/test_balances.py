"""The balances: they close on sleds that are well, at random loads, and name the witness that lies on others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.capabilities import InputReading, RailReading
from bringup.files.product import Product, load_product
from bringup.validity import Loaded, doubts

PRODUCT = load_product(Path(__file__).parent.parent.parent / "test_plans" / "products" / "liquid-sled.toml")
GOLDEN = PRODUCT.facts.chip.golden_kelvin_per_watt or 0.0


def well(product: Product = PRODUCT, watts: float = 4000.0, core: float = 600.0, lpm: float = 6.0) -> Loaded:
    """A sled whose accounts all close."""
    rise = watts / (product.facts.coolant.joules_per_litre_kelvin * lpm / 60.0)
    celsius = {"coolant.in": 30.0, "coolant.out": 30.0 + rise, "board": 40.0}
    celsius |= {f"tj.{chip}": 30.0 + GOLDEN * core for chip in range(4)}
    celsius |= {f"hbm.{chip}": 30.0 + 0.3 * GOLDEN * core + 20.0 for chip in range(4)}
    rails = [RailReading(f"vdd_core.{chip}", True, True, 0.75, 0.75, core / 0.75) for chip in range(4)]
    amps = watts / 53.5
    return Loaded(InputReading(53.5, amps, watts), celsius, rails, 54.0, watts / 54.0, lpm, rested=True)


@given(st.floats(300.0, 4400.0), st.floats(110.0, 700.0), st.floats(-0.02, 0.02), st.floats(-0.1, 0.1))
def test_what_is_well_is_not_doubted(watts: float, core: float, input_error: float, heat_error: float) -> None:
    seen = well(watts=watts, core=core)
    rise = seen.celsius["coolant.out"] - 30.0
    seen = replace(
        seen,
        input=replace(seen.input, watts=watts * (1.0 + input_error)),
        celsius={**seen.celsius, "coolant.out": 30.0 + rise * (1.0 + heat_error)},
    )
    assert doubts(PRODUCT, seen) == []


def test_the_account_that_stands_alone_is_named() -> None:
    seen = well()
    lying = replace(seen, input=replace(seen.input, watts=4000.0 * 2048))
    assert ["vin.watts stands against the others" in said for said in doubts(PRODUCT, lying)] == [True]
    lying = replace(seen, supply_amps=seen.supply_amps * 0.5)
    assert ["the supply stands against the others" in said for said in doubts(PRODUCT, lying)] == [True]
    lying = replace(seen, celsius={**seen.celsius, "coolant.out": 55.0})
    assert ["the coolant stands against the others" in said for said in doubts(PRODUCT, lying)] == [True]


def test_two_that_contradict_are_both_told_where_there_is_no_third() -> None:
    lying = replace(well(), input=InputReading(53.5, 50.0, 2700.0), rested=False)
    (said,) = doubts(PRODUCT, lying)
    assert said == "power balance: the supply 4000 W, vin.watts 2700 W contradict each other"


def test_heat_says_nothing_before_it_is_at_rest() -> None:
    cold = well()
    assert doubts(PRODUCT, replace(cold, celsius={**cold.celsius, "coolant.out": 31.0}, rested=False)) == []


@pytest.mark.parametrize(("volts", "said"), [(57.5, "a sense lead is open"), (51.0, "a bad contact")])
def test_an_input_that_is_not_the_supplys(volts: float, said: str) -> None:
    seen = well()
    seen = replace(seen, input=replace(seen.input, volts=volts))
    assert any(said in one for one in doubts(PRODUCT, seen))


@pytest.mark.parametrize("celsius", [25.0, 95.0])
def test_a_die_whose_memory_does_not_follow_lies(celsius: float) -> None:
    seen = well()
    (said,) = doubts(PRODUCT, replace(seen, celsius={**seen.celsius, "tj.2": celsius}))
    assert "tj.2 lies" in said


def test_a_die_that_is_really_hot_is_believed() -> None:
    """Its memory is as much warmer: the plan's limits judge it, it is no lie."""
    seen = well()
    hot = {"tj.2": seen.celsius["tj.2"] + 40.0, "hbm.2": seen.celsius["hbm.2"] + 12.0}
    assert doubts(PRODUCT, replace(seen, celsius={**seen.celsius, **hot})) == []


def test_a_reading_that_no_die_can_have_lies() -> None:
    seen = well()
    (said,) = doubts(PRODUCT, replace(seen, celsius={**seen.celsius, "tj.0": 143155.0}))
    assert said == "tj.0 reads 143155 degC, which no die that answers can have: it lies"


def test_at_another_flow_a_die_has_no_golden_path() -> None:
    seen = well(lpm=3.0)
    assert doubts(PRODUCT, replace(seen, celsius={**seen.celsius, "tj.0": 90.0})) == []
