"""What `measure` takes from a plan's body, and what it does not."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup import Limit, Measure, Verdict, at_most, between, unjudged
from bringup.errors import PlanError

LIMITS = {"gemm.errors": at_most(0), "vin.power": between(100, 4200, "W"), "note": unjudged("V")}


@pytest.fixture
def measure() -> Measure:
    return Measure(LIMITS)


def test_numbers_are_judged_and_kept_in_order(measure: Measure) -> None:
    assert measure("vin.power", 3000) is Verdict.PASS
    assert measure("gemm.errors", 1, at="chip1") is Verdict.FAIL
    assert measure("gemm.errors", 0, at="chip0") is Verdict.PASS
    assert [(m.name, m.place, m.value, m.verdict) for m in measure.taken] == [
        ("vin.power", "", 3000.0, Verdict.PASS),
        ("gemm.errors", "chip1", 1.0, Verdict.FAIL),
        ("gemm.errors", "chip0", 0.0, Verdict.PASS),
    ]
    assert measure.missing == ("note",)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_units_are_converted_to_the_limits_own(watts: float) -> None:
    measure = Measure({"p": unjudged("W")})
    measure("p", watts / 1000, "kW")
    assert measure.taken[0].value == pytest.approx(watts, rel=1e-12)


@pytest.mark.parametrize("value", [True, Decimal("0"), 0, 0.0, -0.0])
def test_anything_that_is_a_number_will_do(measure: Measure, value: Any) -> None:
    measure("gemm.errors", value)
    assert measure.taken[0].value == float(value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (math.nan, "'gemm.errors' was measured as nan; a number that is not one says nothing about the sled"),
        (math.inf, "was measured as inf"),
        ("0.7", "was measured as '0.7', a str; only numbers can be judged"),
        ("nan", "a str"),
        (b"1", "a bytes"),
        (None, "was measured as None, a NoneType"),
        ([1], "a list"),
        (1j, "a complex"),
        (10**400, "was measured as a int that is not one finite number"),
        (Decimal("sNaN"), "was measured as a Decimal that is not one finite number"),
    ],
)
def test_anything_else_is_the_plans_mistake(measure: Measure, value: Any, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        measure("gemm.errors", value)
    assert not measure.taken, "nothing of it is kept"


def test_an_unannounced_name_is_told_the_nearest_announced_one(measure: Measure) -> None:
    with pytest.raises(PlanError, match=r"unknown measurement 'gem.errors'; did you mean 'gemm.errors'\?.*announces"):
        measure("gem.errors", 0)


def test_the_same_name_twice_needs_two_places(measure: Measure) -> None:
    measure("gemm.errors", 0, at="chip0")
    measure("gemm.errors", 0, at="chip1")
    with pytest.raises(PlanError, match=r"'gemm.errors' was measured twice at 'chip1' in one attempt; name the place"):
        measure("gemm.errors", 0, at="chip1")
    measure("vin.power", 200)
    with pytest.raises(PlanError, match=r"'vin.power' was measured twice in one attempt"):
        measure("vin.power", 201)
    assert len(measure.taken) == 3


@pytest.mark.parametrize("place", [0, 2, None, ("chip", 2)])
def test_a_place_is_a_name(measure: Measure, place: Any) -> None:
    with pytest.raises(PlanError, match=r"'gemm.errors' was measured at=.*name the place, as in at=\"chip2\""):
        measure("gemm.errors", 0, at=place)


def test_a_unit_of_something_else_is_the_plans_mistake(measure: Measure) -> None:
    with pytest.raises(PlanError, match=r"'vin\.power': A measures current, W measures power"):
        measure("vin.power", 3, "A")
    with pytest.raises(PlanError, match="unknown unit 'Watt'; did you mean 'W'"):
        measure("vin.power", 3, "Watt")


def test_a_number_that_overflows_in_the_limits_unit_is_refused() -> None:
    measure = Measure({"v": unjudged("mV")})
    with pytest.raises(PlanError, match="'v'"):
        measure("v", 1e308, "V")


def test_a_doubt_counts_whether_or_not_it_has_a_reason(measure: Measure) -> None:
    measure.invalid("the door was open")
    measure.invalid("")
    assert len(measure.doubts) == 2
    assert all(measure.doubts)


def test_nothing_is_missing_once_each_name_was_measured_somewhere() -> None:
    measure = Measure({"a": Limit(), "b": Limit()})
    assert measure.missing == ("a", "b")
    measure("a", 1, at="chip3")
    measure("b", 1)
    assert not measure.missing
