"""The Vmin map, against a plain reading of the same verdicts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.limits import Limit
from bringup.measure import Measurement
from bringup.records import Attempt, AxisStart, Run
from bringup.report.points import RunPoints
from bringup.report.vmin import Cell, Edge, edge_of, vmin_maps
from bringup.verdicts import Verdict

P, F, INV, E, N = Verdict.PASS, Verdict.FAIL, Verdict.INVALID, Verdict.ERROR, None
VOLTS = (0.75, 0.74, 0.73, 0.72, 0.71)


def cell(*verdicts: Verdict | None) -> Cell:
    return edge_of(tuple(zip(VOLTS, verdicts, strict=False)))


@pytest.mark.parametrize(
    ("verdicts", "text"),
    [
        ((P, P, P, F, N), "0.730"),
        ((P, P, P, P, P), "≤0.710"),
        ((F, N, N, N, N), "none"),
        ((N, N, N, N, N), "–"),
        ((INV, INV, INV, N, N), "INVALID"),
        ((E, N, N, N, N), "INVALID"),
        ((P, P, INV, F, N), "0.740?"),  # the edge may lie one step lower
        ((P, N, N, F, N), "0.750?"),  # nobody measured the steps between
        ((INV, P, P, F, N), "0.730"),  # what is INVALID far above the edge does not move it
        ((P, P, INV, N, N), "≤0.740?"),
        ((P, F, P, P, P), "0.750!"),  # an island below a failure is not to be trusted
        ((F, P, P, P, P), "none!"),
        ((INV, F, N, N, N), "none?"),
    ],
)
def test_a_walk_in_a_few_characters(verdicts: tuple[Verdict | None, ...], text: str) -> None:
    assert cell(*verdicts).text == text


def test_a_walk_that_ended_early_is_told_apart_from_one_that_came_to_its_end() -> None:
    assert cell(P, P, N, N, N).cut_short
    assert not cell(P, P, P, P, P).cut_short


def _oracle(steps: list[tuple[float, Verdict | None]]) -> tuple[float | None, float | None]:
    """Walks down by hand: the last pass before the first failure, and that failure."""
    lowest = None
    for value, verdict in steps:
        if verdict is F:
            return lowest, value
        lowest = value if verdict is P else lowest
    return lowest, None


@given(st.lists(st.sampled_from([P, F, INV, E, N]), min_size=1, max_size=30))
def test_the_edge_is_what_walking_down_by_hand_finds(verdicts: list[Verdict | None]) -> None:
    steps = [(round(0.9 - 0.005 * i, 3), verdict) for i, verdict in enumerate(verdicts)]
    found = edge_of(steps)
    assert (found.lowest_pass_volts, found.highest_fail_volts) == _oracle(steps)
    trusted = {P, F} & set(verdicts)
    assert (found.edge in (Edge.UNTRUSTED, Edge.UNMEASURED)) == (not trusted)
    assert found.passes_below == (F in verdicts and P in verdicts[verdicts.index(F) :])


def _run_points(axes: tuple[AxisStart, ...], verdicts: dict[tuple[float, ...], Verdict]) -> RunPoints:
    run = Run(1, 1, "S1", "SN-1", "vmin_map", "d", "b0", "d", axes, {"e": Limit(high=0)}, 0.0, 1.0, P, "")
    attempts: list[Attempt] = []
    taken: dict[int, tuple[Measurement, ...]] = {}
    for index, values in enumerate(itertools.product(*(axis.values for axis in axes))):
        if values in verdicts:
            verdict = verdicts[values]
            attempts.append(Attempt(len(attempts) + 1, 1, index, 1, 0.0, 1.0, verdict, ""))
            if verdict in (P, F):
                taken[len(attempts)] = (Measurement("e", "chip0", 0, P), Measurement("e", "chip1", 1, verdict))
    return RunPoints(run, tuple(attempts), taken)


@st.composite
def _maps(draw: st.DrawFn) -> tuple[tuple[AxisStart, ...], dict[tuple[float, ...], Verdict]]:
    rail = AxisStart("vdd", "V", VOLTS[: draw(st.integers(2, 5))], draw(st.sampled_from([None, 0.74])))
    others = [AxisStart("coolant", "degC", (20.0, 30.0, 45.0)), AxisStart("clock", "Hz", (1e9, 2e9))]
    axes = tuple(draw(st.permutations([rail, *others[: draw(st.integers(0, 2))]])))
    points = itertools.product(*(axis.values for axis in axes))
    verdicts = {point: draw(st.sampled_from([P, F, INV, E, N])) for point in points}
    return axes, {point: verdict for point, verdict in verdicts.items() if verdict is not None}


@given(_maps())
def test_every_cell_is_the_walk_of_its_own_conditions(
    made: tuple[tuple[AxisStart, ...], dict[tuple[float, ...], Verdict]],
) -> None:
    axes, verdicts = made
    maps = vmin_maps([_run_points(axes, verdicts)])
    others = [axis for axis in axes if axis.knob != "vdd"]
    assert {shown.across for shown in maps} == {others[0] if others else None}
    across = others[0].values if others else (0.0,)
    held = others[1].values if len(others) > 1 else (0.0,)
    rail = next(axis for axis in axes if axis.knob == "vdd")
    cells = [found for shown in maps for row in shown.rows for found in row.cells]
    for found, (two, one) in zip(cells, itertools.product(held, across), strict=True):
        at = {axis.knob: value for axis, value in zip(others, (one, two), strict=False)}
        steps = [(v, verdicts.get(tuple({**at, "vdd": v}[axis.knob] for axis in axes))) for v in rail.values]
        assert (found.lowest_pass_volts, found.highest_fail_volts) == _oracle(steps)


def test_the_limiting_part_failed_first_and_the_others_are_bounds() -> None:
    rail = AxisStart("vdd", "V", VOLTS, 0.74)
    (shown,) = vmin_maps([_run_points((rail,), {(0.75,): P, (0.74,): P, (0.73,): F})])
    (row,) = shown.rows
    assert row.cells[0].limiting == ("chip1",)
    assert [(place, cells[0].text) for place, cells in row.places] == [("chip0", "≤0.730"), ("chip1", "0.740")]
    assert not row.cells[0].too_high


def test_a_failure_where_it_has_to_pass_is_marked() -> None:
    rail = AxisStart("vdd", "V", VOLTS, 0.74)
    (shown,) = vmin_maps([_run_points((rail,), {(0.75,): P, (0.74,): F})])
    assert shown.rows[0].cells[0].text == "0.750✗"
    assert [mark for mark, _ in shown.marks] == ["✗"]


@pytest.mark.parametrize("values", [(0.70, 0.71), (0.7,), (0.75, 0.70, 0.72)])
def test_only_a_falling_voltage_is_a_walk(values: tuple[float, ...]) -> None:
    assert vmin_maps([_run_points((AxisStart("vdd", "V", values),), {})]) == ()
    assert vmin_maps([_run_points((AxisStart("clock", "Hz", (2e9, 1e9)),), {})]) == ()
