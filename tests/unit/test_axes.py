"""Axes and the points that they span."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup import Axis, shmoo, sweep
from bringup.axes import MOST_VALUES, AxisMistake, points_of, span
from bringup.records import AxisStart, Run

MILLI = st.integers(-5000, 5000).map(lambda thousandths: thousandths / 1000)
STEPS = st.integers(1, 500).map(lambda thousandths: thousandths / 1000)


@given(MILLI, st.integers(0, 200), STEPS, st.booleans())
def test_a_sweep_meets_both_ends_and_its_values_read_as_a_person_writes_them(
    start: float, steps: int, step: float, down: bool
) -> None:
    stride = -step if down else step
    stop = round(start + steps * stride, 3)
    axis = sweep("vdd_core", start, stop, step=stride)
    assert axis.values[0] == start
    assert axis.values[-1] == stop
    assert len(axis.values) == steps + 1
    assert all(value == round(value, 3) for value in axis.values), "0.75, never 0.7500000000000001"


@given(MILLI, MILLI, STEPS)
def test_a_sweep_never_leaves_its_ends_and_goes_one_way(start: float, stop: float, step: float) -> None:
    stride = step if stop >= start else -step
    values = sweep("v", start, stop, step=stride).values
    assert all(min(start, stop) <= value <= max(start, stop) for value in values)
    assert all((after - before) * stride > 0 for before, after in pairwise(values))
    assert abs(stop - values[-1]) < step, "one more step would overshoot"


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0.6, 0.9, 0.0), "a step of zero never arrives"),
        ((0.6, 0.9, -0.1), r"a step of -0.1 leads away from 0.9; write step=0.1"),
        ((0.6, 0.9, math.nan), "must be finite numbers"),
        ((math.nan, 0.9, 0.1), "must be finite numbers"),
        ((0.6, math.inf, 0.1), "must be finite numbers"),
        ((0.6, 0.9, math.inf), "must be finite numbers"),
        ((0.0, 1.0, 1e-9), r"1000000001 values; at most 100000 make sense"),
        ((0.0, 1.0, 5e-324), "at most 100000 make sense"),
    ],
)
def test_a_sweep_that_no_knob_could_follow_is_refused(numbers: tuple[float, float, float], said: str) -> None:
    start, stop, step = numbers
    with pytest.raises(AxisMistake, match=said) as mistake:
        sweep("vdd_core", start, stop, step=step)
    assert "'vdd_core'" in str(mistake.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "has no values"),
        ((0.7, math.nan), "not a finite number"),
        ((0.7, math.inf), "not a finite number"),
        ((0.7, 0.8, 0.7), "holds one value twice"),
        (tuple(range(MOST_VALUES + 1)), "has 100001 values"),
    ],
)
def test_an_axis_that_no_knob_could_follow_is_refused(values: tuple[float, ...], said: str) -> None:
    with pytest.raises(AxisMistake, match=rf"axis 'vdd_core' {said}|axis 'vdd_core' holds a value that is {said}"):
        Axis("vdd_core", values)


def test_a_walk_goes_one_way() -> None:
    with pytest.raises(AxisMistake, match="stop_at_fail walks one way"):
        Axis("vdd_core", (0.75, 0.60, 0.70), stop_at_fail=True)
    assert Axis("vdd_core", (0.75, 0.60, 0.70)).values == (0.75, 0.60, 0.70), "without a walk any order will do"


def test_where_a_walk_has_to_pass() -> None:
    axis = sweep("vdd_core", 0.75, 0.60, step=-0.05, stop_at_fail=True, must_pass_to=0.70)
    assert [axis.has_to_pass(value) for value in axis.values] == [True, True, False, False]
    up = sweep("core_clock", 1.0, 1.3, step=0.1, stop_at_fail=True)
    assert [up.has_to_pass(value) for value in up.values] == [True, False, False, False]
    assert all(map(sweep("v", 0.0, 1.0, step=0.5).has_to_pass, (0.0, 0.5, 1.0)))


def test_must_pass_to_needs_a_walk_that_gets_there() -> None:
    with pytest.raises(AxisMistake, match="must_pass_to goes with stop_at_fail=True"):
        sweep("v", 0.75, 0.60, step=-0.05, must_pass_to=0.7)
    with pytest.raises(AxisMistake, match=r"must_pass_to=0.8 lies off 0.6 … 0.75"):
        sweep("v", 0.75, 0.60, step=-0.05, stop_at_fail=True, must_pass_to=0.8)


def test_a_map_has_two_knobs() -> None:
    with pytest.raises(AxisMistake, match="both axes of the shmoo move 'v'"):
        shmoo(x=Axis("v", (1.0,)), y=Axis("v", (2.0,)))


AXES = st.lists(st.integers(1, 5), max_size=4).map(
    lambda sizes: tuple(Axis(f"k{place}", tuple(map(float, range(size)))) for place, size in enumerate(sizes))
)


@given(AXES)
def test_points_are_a_mixed_radix_number_of_their_axes(axes: tuple[Axis, ...]) -> None:
    points = list(points_of(axes))
    assert [point.index for point in points] == list(range(math.prod(len(axis.values) for axis in axes)))
    assert len({tuple(point.values.values()) for point in points}) == len(points)
    assert all(list(point.values) == [axis.knob for axis in axes] for point in points)
    for one, other in pairwise(points):
        assert tuple(one.values.values()) < tuple(other.values.values()), "the first axis is the slowest"


@given(AXES)
def test_the_journal_finds_the_same_point_by_its_index(axes: tuple[Axis, ...]) -> None:
    starts = tuple(AxisStart(axis.knob, "V", axis.values) for axis in axes)
    run = Run(1, 1, "S1", "SN", "p", "", "q", "", starts, {}, 0.0, None, None, "")
    assert run.points == len(list(points_of(axes)))
    assert all(run.values_at(point.index) == point.values for point in points_of(axes))


def test_no_axes_are_one_point() -> None:
    (point,) = points_of(())
    assert (point.index, point.values, str(point)) == (0, {}, "as powered on")


def test_the_slowest_knob_is_outermost_and_equals_keep_their_order() -> None:
    axes = [Axis(knob, (1.0,)) for knob in ("v", "w", "coolant", "clock")]
    ordered = span(axes, {"v": 1.0, "w": 1.0, "coolant": 1000.0, "clock": 3.0})
    assert [axis.knob for axis in ordered] == ["coolant", "clock", "v", "w"]
