"""`measure`, as a plan's body gets it: takes numbers under announced names and judges them.

Neighbours: a plan's body calls it; the runner reads what was taken and hands it to the journal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from .errors import PlanError
from .limits import Limit
from .nearest import unknown
from .units import UnitMistake, convert
from .verdicts import Verdict


class Measurement(NamedTuple):
    """One number that was taken.

    A tuple, because there are several for every point: a frozen dataclass was measured to cost 1 µs more each.

    Attributes:
        name: as announced by the plan.
        place: the part of the sled that it was taken on ("chip2"), or "" for the sled as a whole.
        value: in the limit's unit.
        verdict: PASS or FAIL.
    """

    name: str
    place: str
    value: float
    verdict: Verdict


class Measure:
    """Takes the measurements of one attempt.

    Args:
        limits: limit by announced name; nothing else can be measured.
    """

    def __init__(self, limits: Mapping[str, Limit]) -> None:
        self._limits = limits
        self._taken: dict[tuple[str, str], Measurement] = {}
        self._doubts: list[str] = []

    def __call__(self, name: str, value: float, unit: str | None = None, *, at: str = "") -> Verdict:
        """Record `value` under an announced `name`, and judge it.

        Args:
            name: one of the names that the plan announced.
            value: a finite number; True and False count as 1 and 0.
            unit: of the value, where it is not the limit's own; it is converted.
            at: the part of the sled that was measured, where there are several ("chip2").

        Raises:
            PlanError: the name was not announced, was measured at this place already, the place is no text, the
                value is not a finite number, or its unit measures something else than the limit's.
        """
        if not isinstance(at, str):
            raise PlanError(f'{name!r} was measured at={at!r} ({type(at).__name__}); name the place, as in at="chip2"')
        limit = self._limits.get(name)
        if limit is None:
            raise PlanError(unknown("measurement", name, self._limits) + "; a plan announces what it measures")
        if (name, at) in self._taken:
            where = f" at {at!r}" if at else ""
            raise PlanError(f"{name!r} was measured twice{where} in one attempt; name the place with at=…")
        number = value if type(value) is float and math.isfinite(value) else _finite(name, value)
        if unit is not None and unit != limit.unit:
            number = _finite(name, _converted(name, number, unit, limit.unit))
        verdict = limit.judge(number)
        self._taken[name, at] = Measurement(name, at, number, verdict)
        return verdict

    def invalid(self, reason: str) -> None:
        """Say that this attempt's numbers cannot be trusted, and why; it will be judged INVALID."""
        self._doubts.append(reason or "the plan's own code says so, without a reason")

    @property
    def taken(self) -> tuple[Measurement, ...]:
        """What was measured, in the order in which it was taken."""
        return tuple(self._taken.values())

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why this attempt cannot be trusted; empty if nothing speaks against it."""
        return tuple(self._doubts)

    @property
    def missing(self) -> tuple[str, ...]:
        """Announced names under which nothing was measured."""
        seen = {name for name, _ in self._taken}
        if len(seen) == len(self._limits):  # nothing else can have been measured
            return ()
        return tuple(name for name in self._limits if name not in seen)


def _finite(name: str, value: object) -> float:
    number = value if isinstance(value, float) else _number(name, value)
    if not math.isfinite(number):
        raise PlanError(f"{name!r} was measured as {number}; a number that is not one says nothing about the sled")
    return number


def _number(name: str, value: object) -> float:
    # Text is refused even where float() would read it: "1e3" from a reply is a parsing slip, not a number.
    if isinstance(value, str | bytes) or not hasattr(value, "__float__"):
        raise PlanError(f"{name!r} was measured as {value!r}, a {type(value).__name__}; only numbers can be judged")
    try:
        return float(value)
    except (ArithmeticError, TypeError, ValueError):  # a whole number too great, an array of many, a signalling NaN
        raise PlanError(f"{name!r} was measured as a {type(value).__name__} that is not one finite number") from None


def _converted(name: str, value: float, unit: str, to: str) -> float:
    try:
        return convert(value, unit, to)
    except UnitMistake as mistake:
        raise PlanError(f"{name!r}: {mistake}") from None
