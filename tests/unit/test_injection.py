"""What a plan's parameters are given, and what they are told where nothing can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bringup import (
    Clock,
    CoolantLoop,
    Measure,
    Multimeter,
    Operator,
    Plan,
    Point,
    PowerSequence,
    PowerSupply,
    Sled,
    SledController,
    WorkloadHost,
    at_most,
    plan,
)
from bringup.errors import FileMistake
from bringup.injection import Wanted, wanted_by


def planned(body: Callable[..., None]) -> Plan:
    return plan(limits={"x": at_most(1)})(body)


def everything(
    sled: Sled, measure: Measure, point: Point, clock: Clock, operator: Operator, power: PowerSequence
) -> None: ...


def instruments(
    supply: PowerSupply, multimeter: Multimeter, coolant: CoolantLoop, controller: SledController, host: WorkloadHost
) -> None: ...


def nothing() -> None: ...


def test_parameters_are_told_by_their_annotation_and_the_name_is_the_role() -> None:
    assert [wanted.kind for wanted in wanted_by(planned(everything))] == [
        *(Sled, Measure, Point, Clock, Operator, PowerSequence)
    ]
    assert not any(wanted.is_instrument for wanted in wanted_by(planned(everything)))
    found = wanted_by(planned(instruments))
    assert found[0] == Wanted("supply", PowerSupply)
    assert all(wanted.is_instrument for wanted in found)
    assert wanted_by(planned(nothing)) == ()


def unannotated(sled: Sled, measure) -> None: ...  # type: ignore[no-untyped-def]


def misspelt(sled: Sled, meter: Multimetre) -> None: ...  # type: ignore[name-defined]  # noqa: F821


def another_type(sled: Sled, count: int) -> None: ...


def a_union(sled: Sled | None) -> None: ...


def a_string(sled: "Sledd") -> None: ...  # type: ignore[name-defined]  # noqa: F821, UP037


def keyword_only(sled: Sled, *, measure: Measure) -> None: ...


def starred(sled: Sled, *measure: Measure) -> None: ...


def double_starred(**sled: Sled) -> None: ...


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (unannotated, "parameter 'measure' has no annotation; say what it is, as in `sled: Sled`"),
        (misspelt, r"unknown capability 'Multimetre'; did you mean 'Multimeter'\?"),
        (another_type, r"parameter 'count': unknown capability 'int'"),
        (a_union, "parameter 'sled': unknown capability '"),
        (a_string, r"unknown capability 'Sledd'; did you mean 'Sled'\?"),
        (keyword_only, "parameter 'measure' is keyword-only or starred"),
        (starred, "parameter 'measure' is keyword-only or starred"),
        (double_starred, "parameter 'sled' is keyword-only or starred"),
    ],
)
def test_what_nothing_can_be_injected_for_is_told_at_its_line(body: Callable[..., Any], said: str) -> None:
    made = planned(body)
    with pytest.raises(FileMistake, match=said) as mistake:
        wanted_by(made)
    assert mistake.value.path == made.path
    assert mistake.value.line == body.__code__.co_firstlineno
