"""`@plan`: data around a function that stays a function; what nobody could run is refused where it is written."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bringup import Axis, Measure, Plan, at_most, of_product, plan, shmoo, sweep, unjudged
from bringup.axes import MOST_POINTS, AxisMistake
from bringup.limits import LimitMistake
from bringup.plans import PlanMistake

LIMITS = {"x": at_most(1)}


def make(**given: Any) -> Plan:
    """A plan with these arguments."""

    @plan(**{"limits": LIMITS, **given})
    def a_plan(measure: Measure) -> None:
        """First line.

        Second line.
        """
        measure("x", 0)

    return a_plan


def test_a_plan_knows_its_name_and_where_it_is_written() -> None:
    made = make()
    assert (made.name, made.summary, made.path) == ("a-plan", "First line.", Path(__file__))
    assert inspect.getsource(make).splitlines()[made.line - inspect.getsourcelines(make)[1]].strip().startswith("@plan")


def test_a_plan_is_still_a_function() -> None:
    measure = Measure(LIMITS)
    make()(measure)
    assert [taken.name for taken in measure.taken] == ["x"]


def test_axes_of_points_come_before_those_of_over() -> None:
    made = make(points=shmoo(x=Axis("a", (1.0,)), y=Axis("b", (1.0,))), over={"c": (1.0, 2.0)})
    assert [axis.knob for axis in made.axes] == ["a", "b", "c"]
    assert made.axes[2].values == (1.0, 2.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"points": (Axis("v", (1.0,)), Axis("v", (2.0,)))}, "knob 'v' is moved twice"),
        ({"points": Axis("v", (1.0,)), "at": {"v": 1.0}}, "knob 'v' is moved twice"),
        ({"points": Axis("v", (1.0,)), "over": {"v": (1.0,)}}, "knob 'v' is moved twice"),
        ({"points": ("vdd_core",)}, r"points='vdd_core': give an axis or several, made by sweep"),
        ({"over": {"coolant": 20.0}}, r"over={'coolant': 20.0}: give a tuple of values, as in \(20.0,\)"),
        ({"over": {"coolant": "20"}}, r"over={'coolant': '20'}: give a tuple of values"),
        ({"over": {"coolant": ()}}, "axis 'coolant' has no values"),
        ({"over": {"coolant": (20.0, math.nan)}}, "axis 'coolant' holds a value that is not a finite number"),
        ({"at": {"vdd_core": "0.7"}}, r"at={'vdd_core': …} is '0.7', a str; give a number"),
        ({"at": {"vdd_core": True}}, r"a bool; give a number"),
        ({"retries": -1}, "retries=-1: give a whole number, 0 or more"),
        ({"retries": 1.5}, "retries=1.5: give a whole number"),
        ({"retries": "2"}, "retries is '2', a str"),
        ({"point_s": 0}, "point_s=0: give lab seconds, above 0"),
        ({"point_s": -1}, "point_s=-1: give lab seconds"),
        ({"point_s": math.inf}, "point_s=inf: give lab seconds"),
        ({"point_s": math.nan}, "point_s=nan: give lab seconds"),
        ({"point_s": 1e12}, r"at most 2.592e\+06"),
    ],
)
def test_what_no_lab_could_run_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(AxisMistake, match=said):
        make(**given)


def test_more_points_than_a_lab_has_nights_for_are_refused_before_they_are_made() -> None:
    fine = sweep("vdd_core", 0.6, 0.9, step=1e-5)
    with pytest.raises(AxisMistake, match=rf"the axes span 900060001 points; at most {MOST_POINTS} make sense"):
        make(points=(fine, Axis("core_clock", fine.values)))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, "announces what it measures: give at least one name in limits"),
        ({"tj.max": 80}, r"limits={'tj.max': 80}: give a limit, as in at_most\(80\), of_product or unjudged\(unit\)"),
        ({"tj.max": None}, "give a limit"),
        ({"tj.max": at_most}, "give a limit"),
    ],
)
def test_what_nothing_could_be_judged_by_is_refused(limits: dict[str, Any], said: str) -> None:
    with pytest.raises(LimitMistake, match=said):
        make(limits=limits)


def test_every_kind_of_limit_is_taken() -> None:
    assert set(make(limits={"a": at_most(1), "b": of_product, "c": unjudged("V")}).limits) == {"a", "b", "c"}


async def a_coroutine(measure: Measure) -> None:
    """Would never be awaited."""


def a_generator(measure: Measure) -> Any:
    """Would never be iterated."""
    yield measure


@pytest.mark.parametrize("body", [a_coroutine, a_generator])
def test_a_body_that_a_call_would_not_run_is_refused(body: Callable[..., Any]) -> None:
    with pytest.raises(PlanMistake, match=r"a_\w+ is async or yields"):
        plan(limits=LIMITS)(body)


@pytest.mark.parametrize(
    ("about", "line"),
    [("vdd_core", 4), ("coolant", 5), ("tj.max", 6), ("sled", 8), ("measure", 8), ("nowhere", 3), (None, 3)],
)
def test_a_mistake_points_at_the_line_that_says_it(about: str | None, line: int, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        '"""About tj.max and sled: not here."""\n\n@plan(\n'
        '    points=sweep("vdd_core", 0.7, 0.8, step=0.1),\n'
        "    over={'coolant': (20.0,)},\n"
        '    limits={"tj.max": of_product},\n)\n'
        "def mine(sled, measure: Measure) -> None:\n    ...\n\n\n@plan()\ndef nowhere() -> None: ...\n",
        encoding="utf-8",
    )
    made = Plan("mine", a_generator, (), {}, {}, 0, 1.0, path, line=3)
    assert str(made.mistake("wrong", about)) == f"{path}:{line}: plan mine: wrong"
