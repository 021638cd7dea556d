"""`@plan`: what to do, as data around an ordinary function.

The decorated function stays callable, so that its body can be unit-tested by calling it with fakes. The runner
injects its parameters by annotation (`bringup.injection`); what it measures, where, and by which limits is data,
so that progress, estimates, order and the map on the screen come without further declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, ParamSpec

from .axes import Axis, AxisMistake
from .errors import FileMistake
from .limits import Limit

P = ParamSpec("P")


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
        map_axes: the knobs of x and y where the plan is a shmoo, else empty.
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
    map_axes: tuple[str, ...] = field(default=())

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
        for number, text in enumerate(lines[self.line - 1 :], start=self.line):
            if f'"{about}"' in text or f"'{about}'" in text or f"{about}:" in text:
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
        AxisMistake: one knob on two axes, or nothing announced at all.
    """
    given = (points,) if isinstance(points, Axis) else tuple(points)
    axes = (*given, *(Axis(knob, tuple(values)) for knob, values in (over or {}).items()))
    fixed = dict(at or {})
    _refuse_twice([axis.knob for axis in axes] + list(fixed))
    if not limits:
        raise AxisMistake("a plan announces what it measures: give at least one name in limits")
    if retries < 0 or not point_s > 0:
        raise AxisMistake("retries must be 0 or more, and point_s above 0")

    def decorate(body: Callable[P, None]) -> Plan:
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
            map_axes=tuple(axis.knob for axis in given) if len(given) == 2 else (),
        )

    return decorate


def _refuse_twice(knobs: Sequence[str]) -> None:
    for knob in knobs:
        if knobs.count(knob) > 1:
            raise AxisMistake(f"knob {knob!r} is moved twice: by two axes, or by an axis and at=")
