"""Limits: inclusive, marginal near the edge, and never such that nothing could be judged by them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup import Limit, Verdict, at_least, at_most, between, exactly, unjudged
from bringup.limits import LimitMistake
from bringup.units import UnitMistake

VALUES = st.floats(-1e6, 1e6)
PAIRS = st.tuples(VALUES, VALUES).map(sorted).map(tuple)


@given(PAIRS, VALUES)
def test_a_limit_passes_what_lies_in_it_and_nothing_else(pair: tuple[float, float], value: float) -> None:
    low, high = pair
    passes = between(low, high).judge(value) is Verdict.PASS
    assert passes == (low <= value <= high)
    assert passes == (at_least(low).judge(value) is at_most(high).judge(value) is Verdict.PASS)


@given(PAIRS)
def test_the_limits_themselves_pass(pair: tuple[float, float]) -> None:
    limit = between(*pair, "V")
    assert {limit.judge(value) for value in pair} == {Verdict.PASS}
    for beyond in (math.nextafter(pair[0], -math.inf), math.nextafter(pair[1], math.inf)):
        assert limit.judge(beyond) is Verdict.FAIL


@given(PAIRS, VALUES, st.floats(0, 1e5))
def test_marginal_is_always_a_pass(pair: tuple[float, float], value: float, band: float) -> None:
    limit = between(*pair, marginal=band)
    if limit.is_marginal(value):
        assert limit.judge(value) is Verdict.PASS
        assert value - pair[0] <= band or pair[1] - value <= band


@pytest.mark.parametrize(("value", "marginal"), [(95.0, True), (90.1, True), (90.0, False), (95.1, False), (20, False)])
def test_marginal_lies_inside_the_limit(value: float, marginal: bool) -> None:
    assert at_most(95, "degC", marginal=5).is_marginal(value) is marginal


@given(PAIRS, PAIRS, VALUES)
def test_within_means_that_everything_passes_the_other_too(
    ours: tuple[float, float], theirs: tuple[float, float], value: float
) -> None:
    tight, loose = between(*ours), between(*theirs)
    assert tight.within(loose) == (theirs[0] <= ours[0] and ours[1] <= theirs[1])
    if tight.within(loose) and tight.judge(value) is Verdict.PASS:
        assert loose.judge(value) is Verdict.PASS


def test_within_converts_units() -> None:
    assert at_most(900, "mV").within(at_most(0.95, "V"))
    assert not at_most(960, "mV").within(at_most(0.95, "V"))
    with pytest.raises(UnitMistake, match="V measures voltage, W measures power"):
        at_most(1, "W").within(at_most(1, "V"))


def test_an_open_side_is_looser_than_a_closed_one() -> None:
    assert not at_least(1).within(at_most(2))
    assert between(1, 2).within(at_most(2))
    assert at_most(2).within(Limit())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: between(2, 1, "V"), r"low limit 2 is above high limit 1 V"),
        (lambda: between(2, 1), r"low limit 2 is above high limit 1$"),
        (lambda: at_most(math.nan), "high limit is nan; give a finite number, or leave it out"),
        (lambda: at_least(-math.inf), "low limit is -inf"),
        (lambda: at_most(1, marginal=math.inf), "marginal limit is inf"),
        (lambda: at_most(1, marginal=-0.1), "marginal band -0.1 is negative"),
    ],
)
def test_a_limit_that_nothing_could_be_judged_by_is_refused(make: Callable[[], Limit], said: str) -> None:
    with pytest.raises(LimitMistake, match=said):
        make()


@pytest.mark.parametrize("make", [at_most, at_least, exactly])
def test_a_limit_in_an_unknown_unit_is_refused(make: Callable[[float, str], Limit]) -> None:
    with pytest.raises(UnitMistake, match="did you mean 'degC'"):
        make(1.0, "C")


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (at_most(0), "≤ 0"),
        (at_least(1.5, "V"), "≥ 1.5 V"),
        (between(1, 2, "W"), "1 … 2 W"),
        (exactly(4), "= 4"),
        (unjudged("A"), "any A"),
    ],
)
def test_a_limit_reads_as_a_person_writes_it(limit: Limit, text: str) -> None:
    assert str(limit) == text
