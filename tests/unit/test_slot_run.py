"""One plan on one sled: attempts and retries, edges, the deadline, giving up, and what makes a point INVALID.

On the real runner, the real drivers and the simulated lab of one test: a night of one sled takes a quarter second.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bringup import Measure, Point, Sled, at_least, at_most, plan, sweep, unjudged
from bringup.clock import Clock
from bringup.errors import BenchError
from bringup.events import EventKind
from bringup.runner.point_queue import RETAKES
from bringup.verdicts import Verdict
from bringup_instruments.lab import SimulatedLab
from tests.integration.one_night import HOST, Seen, hold_one, wired

WATTS = {"watts": unjudged("W")}


def tries(seen: Seen) -> list[tuple[int, int, str]]:
    """Point, number and verdict of every attempt, in order."""
    return [(one.point, one.number, one.verdict.name if one.verdict is not None else "open") for one in seen.attempts]


def test_a_retry_is_a_new_attempt_and_the_old_one_stays(lab: Path) -> None:
    count = iter(range(10))

    @plan(points=sweep("vdd_core", 0.75, 0.73, step=-0.01), limits={"n": at_least(2)}, retries=2)
    def stubborn(measure: Measure) -> None:
        measure("n", next(count))

    seen = hold_one(lab, stubborn)
    assert tries(seen) == [(0, 1, "FAIL"), (0, 2, "FAIL"), (0, 3, "PASS"), (1, 1, "PASS"), (2, 1, "PASS")]
    assert [seen.measurements[one.id][0].value for one in seen.attempts] == [0, 1, 2, 3, 4]
    assert seen.runs[0].verdict is Verdict.PASS, "a point is what its last attempt is"


def test_retries_end(lab: Path) -> None:
    @plan(points=(), limits={"n": at_least(2)}, retries=2)
    def hopeless(measure: Measure) -> None:
        measure("n", 0)

    seen = hold_one(lab, hopeless)
    assert tries(seen) == [(0, 1, "FAIL"), (0, 2, "FAIL"), (0, 3, "FAIL")]
    assert seen.runs[0].verdict is Verdict.FAIL
    assert "n = 0" in seen.attempts[-1].cause


@pytest.mark.parametrize(
    ("must_pass_to", "verdict"), [(0.73, Verdict.PASS), (0.71, Verdict.FAIL), (None, Verdict.PASS)]
)
def test_a_walk_stops_at_its_edge_and_is_judged_by_how_far_it_had_to_go(
    lab: Path, must_pass_to: float | None, verdict: Verdict
) -> None:
    edge = {1.4e9: 0.72, 1.6e9: 0.74}  # fails at and below

    @plan(
        points=(
            sweep("core_clock", 1.4e9, 1.6e9, step=0.2e9),
            sweep("vdd_core", 0.75, 0.70, step=-0.01, stop_at_fail=True, must_pass_to=must_pass_to),
        ),
        limits={"errors": at_most(0)},
    )
    def walk(measure: Measure, point: Point) -> None:
        measure("errors", point.values["vdd_core"] <= edge[point.values["core_clock"]] - (0.02 if must_pass_to else 0))

    seen = hold_one(lab, walk)
    failed = [one.point for one in seen.attempts if one.verdict is Verdict.FAIL]
    lowest = 0.02 if must_pass_to else 0.0
    assert [round(seen.runs[0].values_at(point)["vdd_core"], 3) for point in failed] == [
        round(volts - lowest, 3) for volts in edge.values() if volts - lowest >= 0.70
    ]
    left_out = set(range(12)) - {one.point for one in seen.attempts}
    assert all(any(point % 6 > edge % 6 and point // 6 == edge // 6 for edge in failed) for point in left_out)
    assert seen.runs[0].verdict is verdict


def test_the_deadline_ends_a_run_between_points(lab: Path) -> None:
    """The lab's clock reads 19:00 UTC at the start; points of ten minutes, three quarters of an hour."""

    @plan(points=sweep("vdd_core", 0.75, 0.66, step=-0.01), limits=WATTS, point_s=600)
    def slow(sled: Sled, measure: Measure, clock: Clock) -> None:
        clock.sleep(590)
        measure("watts", sled.power())

    from bringup_instruments.lab import open_lab

    utc = open_lab(lab / "stations" / "simulated.toml").clock.utc()
    begins = utc.astimezone()
    until = time((begins.hour + (begins.minute + 45) // 60) % 24, (begins.minute + 45) % 60)
    seen = hold_one(lab, slow, until=until)
    run, last, deadline_s = seen.runs[0], seen.attempts[-1], 45 * 60
    assert {one.verdict for one in seen.attempts} == {Verdict.PASS}
    assert run.cause == f"deadline: up to {10 - len(seen.attempts)} points not run"
    assert last.ended_s is not None
    assert last.began_s + 600 <= deadline_s, "a point that does not fit is not begun"
    assert last.ended_s + 600 > deadline_s, "one that fits is"
    assert seen.danger() == []


def test_three_errors_in_a_row_are_given_up_and_leave_no_attempt_open(lab: Path) -> None:
    @plan(points=sweep("vdd_core", 0.75, 0.70, step=-0.01), limits=WATTS)
    def broken(measure: Measure) -> None:
        raise ZeroDivisionError("in the plan")

    seen = hold_one(lab, broken)
    assert tries(seen) == [(0, 1, "ERROR"), (1, 1, "ERROR"), (2, 1, "ERROR")]
    assert "gave up after 3 errors in a row" in seen.runs[0].cause
    assert "ZeroDivisionError" in seen.runs[0].cause
    assert seen.runs[0].verdict is Verdict.ERROR


def test_errors_that_are_not_in_a_row_are_not_given_up(lab: Path) -> None:
    @plan(points=sweep("vdd_core", 0.75, 0.68, step=-0.01), limits=WATTS)
    def flaky(sled: Sled, measure: Measure, point: Point) -> None:
        if point.index % 3 != 2:
            raise BenchError("loose cable")
        measure("watts", sled.power())

    seen = hold_one(lab, flaky)
    assert [one.verdict for one in seen.attempts] == [Verdict.ERROR, Verdict.ERROR, Verdict.PASS] * 2 + [
        Verdict.ERROR
    ] * 2
    assert seen.kinds().count(EventKind.BENCH_FAILED) == 6
    assert seen.kinds().count(EventKind.POWERED_ON) == 1, "a sled that is ready is not power-cycled for a cable"


Spoil = Callable[[SimulatedLab], None]


def spoilt(lab: Path, spoil: Spoil, retries: int = 0) -> Seen:
    """A plan whose body spoils something in the lab, after it has measured."""
    labs: list[SimulatedLab] = []

    @plan(points=(), limits={"errors": at_most(0)}, retries=retries)
    def run(sled: Sled, measure: Measure, clock: Clock) -> None:
        measure("errors", sled.run("gemm", seconds=10).errors)
        spoil(labs[0])
        clock.sleep(600)

    return hold_one(lab, run, sabotage=labs.append)


def wrong_clock(lab: SimulatedLab) -> None:
    sled: Any = lab.sleds["S1"]
    sled.measured_clock = lambda _at_s, _chip=None: 1.5e9


def warm_coolant(lab: SimulatedLab) -> None:
    lab.loops["cdu"].set_supply_celsius(lab.clock.now(), 33.0)


def less_flow(lab: SimulatedLab) -> None:
    lab.loops["cdu"].set_flow_lpm(lab.clock.now(), 4.0)


TAKEN_AGAIN = [(0, number, "INVALID") for number in range(1, RETAKES + 2)]


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (wrong_clock, "wrong clock: 1.5e+09 Hz measured for 1.6e+09 Hz commanded"),
        (warm_coolant, "not settled: coolant 33"),
        (less_flow, "not settled: flow 4"),
    ],
)
def test_a_point_whose_conditions_did_not_hold_is_invalid(lab: Path, spoil: Spoil, cause: str) -> None:
    seen = spoilt(lab, spoil)
    assert tries(seen) == TAKEN_AGAIN
    assert cause in seen.attempts[0].cause
    assert seen.runs[0].verdict is Verdict.INVALID
    assert seen.held.result.verdict.exit_code == 3
    assert len(seen.measurements[seen.attempts[0].id]) == 1, "the numbers are kept, and not believed"


def test_an_invalid_point_is_tried_again(lab: Path) -> None:
    celsius = iter((33.0, 30.0))

    def meddle(lab: SimulatedLab) -> None:
        lab.loops["cdu"].set_supply_celsius(lab.clock.now(), next(celsius))

    seen = spoilt(lab, meddle, retries=1)
    assert tries(seen) == [(0, 1, "INVALID"), (0, 2, "PASS")]
    assert seen.runs[0].verdict is Verdict.PASS


def test_a_throttled_workload_is_invalid(lab: Path) -> None:
    def sabotage(lab: SimulatedLab) -> None:
        console = wired(lab, HOST)
        console.spoil = lambda said: said.replace(b'"throttled": false', b'"throttled": true', 1)

    @plan(points=(), limits={"errors": at_most(0)})
    def run(sled: Sled, measure: Measure) -> None:
        measure("errors", sled.run("gemm", seconds=10).errors)

    seen = hold_one(lab, run, sabotage=sabotage)
    assert tries(seen) == TAKEN_AGAIN
    assert "throttled: chips [0]" in seen.attempts[0].cause


def test_what_the_plan_itself_doubts_is_invalid(lab: Path) -> None:
    @plan(points=(), limits=WATTS)
    def doubtful(sled: Sled, measure: Measure) -> None:
        measure("watts", sled.power())
        measure.invalid("the probe was loose")

    seen = hold_one(lab, doubtful)
    assert (tries(seen), seen.attempts[0].cause) == (TAKEN_AGAIN, "the probe was loose")


def test_an_invalid_point_is_taken_again_when_the_others_are_through(lab: Path) -> None:
    doubted: list[int] = []

    @plan(points=sweep("core_clock", 1.4e9, 1.6e9, step=0.1e9), limits=WATTS)
    def doubtful_once(sled: Sled, measure: Measure, point: Point) -> None:
        measure("watts", sled.power())
        if point.index == 1 and not doubted:
            doubted.append(point.index)
            measure.invalid("a door was open")

    seen = hold_one(lab, doubtful_once)
    assert tries(seen) == [(0, 1, "PASS"), (1, 1, "INVALID"), (2, 1, "PASS"), (1, 2, "PASS")]
    assert seen.runs[0].verdict is Verdict.PASS


def test_what_was_announced_and_never_measured_fails_the_point(lab: Path) -> None:
    @plan(points=(), limits={"watts": unjudged("W"), "volts": unjudged("V")})
    def forgetful(sled: Sled, measure: Measure) -> None:
        measure("watts", sled.power())

    seen = hold_one(lab, forgetful)
    assert (tries(seen), seen.attempts[0].cause) == ([(0, 1, "FAIL")], "announced, never measured: volts")


@pytest.mark.parametrize("value", [float("nan"), "3.3", None])
def test_what_is_no_number_is_an_error_of_the_plan(lab: Path, value: object) -> None:
    @plan(points=(), limits=WATTS)
    def odd(measure: Measure) -> None:
        measure("watts", value)  # type: ignore[arg-type]

    seen = hold_one(lab, odd)
    assert tries(seen) == [(0, 1, "ERROR")]
    assert Path(__file__).name in seen.attempts[0].cause, "the plan's file and line are named"
