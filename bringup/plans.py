"""`@plan`: what to do, as data around an ordinary function.

The decorated function stays callable, so that its body can be unit-tested by calling it with fakes. The runner
injects its parameters by annotation (`bringup.injection`); what it measures, where, and by which limits is data,
so that progress, estimates, order and the map on the screen come without further declarations.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Final, ParamSpec

from .axes import MOST_POINTS, Axis, AxisMistake
from .errors import FileMistake
from .limits import Limit, LimitMistake

P = ParamSpec("P")

LONGEST_POINT_S = 30 * 86400.0


class PlanMistake(ValueError):
    """A function that no plan can be made of."""


class _OfProduct:
    def __repr__(self) -> str:
        return "of_product"


of_product: Final = _OfProduct()
"""In `limits`: judge this measurement by the product file's own limit of that name."""

PlanLimit = Limit | _OfProduct


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as written, before it meets a station.

    Attributes:
        name: by which commands and screens know it: the function's name with dashes.
        body: the function.
        axes: what to sweep, in the order in which the plan gives it.
        at: knobs that are set once, before the first point.
        limits: by announced measurement.
        retries: how many more attempts a point gets that did not pass.
        point_s: what a point is expected to take, in lab seconds, until the journal knows better.
        path: the file that it was written in.
        line: where in that file, 1-based.
    """

    name: str
    body: Callable[..., None]
    axes: tuple[Axis, ...]
    at: Mapping[str, float]
    limits: Mapping[str, PlanLimit]
    retries: int
    point_s: float
    path: Path
    line: int
    summary: str = ""

    def __call__(self, *args: object, **kwargs: object) -> None:
        """Run the body once with the given arguments: for tests of the plan itself."""
        self.body(*args, **kwargs)

    def mistake(self, what: str, about: str | None = None) -> FileMistake:
        """An error that points at the plan, and at the line of its decorator that says `about` where it does."""
        return FileMistake(self.path, self._line_of(about), f"plan {self.name}: {what}")

    def _line_of(self, about: str | None) -> int:
        if about is None or not self.path.is_file():
            return self.line
        lines = self.path.read_text(encoding="utf-8").splitlines()
        said = re.compile(rf"""(["']){re.escape(about)}\1|\b{re.escape(about)}\s*[:,)=]""")
        for number, text in enumerate(lines[self.line - 1 :], start=self.line):
            if said.search(text):
                return number
            if text.startswith(("@", "class ")) and number > self.line:
                break
        return self.line


def plan(
    *,
    points: Axis | Sequence[Axis] = (),
    over: Mapping[str, Sequence[float]] | None = None,
    at: Mapping[str, float] | None = None,
    limits: Mapping[str, PlanLimit],
    retries: int = 0,
    point_s: float = 60.0,
) -> Callable[[Callable[P, None]], Plan]:
    """Make a plan of a function.

    Args:
        points: one axis or several (`sweep`, `shmoo`); the runner moves the knobs, not the body.
        over: slower conditions, values by knob, that everything is repeated over (coolant, flow …).
        at: knobs to set once before the first point, value by knob in the knob's unit.
        limits: every measurement that the body will take, by name, with what judges it: a limit
            (`at_most`, `between` …), `of_product`, or `unjudged(unit)` for a number that is only recorded.
            A name that is announced and never measured fails the point.
        retries: how many more attempts a point gets that did not pass; every attempt is kept.
        point_s: what a point is expected to take, in lab seconds, for the first estimate.

    Raises:
        AxisMistake: one knob on two axes, more points than a lab has nights for, or a value that is no number.
        LimitMistake: nothing announced at all, or by something that is no limit.
    """
    given = (points,) if isinstance(points, Axis) else tuple(map(_axis, points))
    axes = (*given, *(_axis_over(knob, values) for knob, values in (over or {}).items()))
    fixed = dict(at or {})
    _check_points(axes, fixed)
    _check_limits(limits)
    if not (_number("retries", retries).is_integer() and retries >= 0):
        raise AxisMistake(f"retries={retries!r}: give a whole number, 0 or more")
    if not 0 < _number("point_s", point_s) <= LONGEST_POINT_S:
        raise AxisMistake(f"point_s={point_s:g}: give lab seconds, above 0 and at most {LONGEST_POINT_S:g}")

    def decorate(body: Callable[P, None]) -> Plan:
        if inspect.iscoroutinefunction(body) or inspect.isgeneratorfunction(body):
            raise PlanMistake(
                f"{body.__name__} is async or yields, so calling it would measure nothing; use a plain def"
            )
        return Plan(
            name=body.__name__.replace("_", "-"),
            body=body,
            axes=axes,
            at=fixed,
            limits=dict(limits),
            retries=retries,
            point_s=point_s,
            path=Path(body.__code__.co_filename),
            line=body.__code__.co_firstlineno,
            summary=(body.__doc__ or "").strip().partition("\n")[0],
        )

    return decorate


def _axis_over(knob: str, values: object) -> Axis:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise AxisMistake(f"over={{{knob!r}: {values!r}}}: give a tuple of values, as in ({values!r},)")
    return Axis(knob, tuple(values))


def _axis(given: object) -> Axis:
    if not isinstance(given, Axis):
        raise AxisMistake(f"points={given!r}: give an axis or several, made by sweep(…), shmoo(…) or Axis(…)")
    return given


def _check_points(axes: Sequence[Axis], fixed: Mapping[str, float]) -> None:
    knobs = [axis.knob for axis in axes] + list(fixed)
    for knob in knobs:
        if knobs.count(knob) > 1:
            raise AxisMistake(f"knob {knob!r} is moved twice: by two axes, or by an axis and at=")
    for knob, value in fixed.items():
        _number(f"at={{{knob!r}: …}}", value)
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_POINTS:
        raise AxisMistake(f"the axes span {count} points; at most {MOST_POINTS} make sense: take wider steps")


def _check_limits(limits: Mapping[str, object]) -> None:
    if not limits:
        raise LimitMistake("a plan announces what it measures: give at least one name in limits")
    for name, limit in limits.items():
        if not isinstance(limit, Limit | _OfProduct):
            what = (
                f"limits={{{name!r}: {limit!r}}}: give a limit, as in at_most({limit!r}), of_product or unjudged(unit)"
            )
            raise LimitMistake(what)


def _number(what: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise AxisMistake(f"{what} is {value!r}, a {type(value).__name__}; give a number")
    return float(value)
