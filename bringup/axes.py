"""Where a plan measures: axes of swept knobs, and the points that they span.

The order of the points is data: `span` puts the slowest knob outermost, so that an expensive move (coolant:
12 to 28 minutes) is made as rarely as possible.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

MOST_VALUES = 100_000
MOST_POINTS = 100_000


class AxisMistake(ValueError):
    """An axis that no knob could follow."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One swept knob.

    Attributes:
        knob: the knob's name.
        values: what it is moved to, in order, in `unit`.
        unit: of the values; "" means the knob's own unit.
        stop_at_fail: leave out the rest of this axis once a point on it fails, for the same values of all
            the other axes: the way to walk a voltage down towards the edge without crashing the sled at
            every point below it.

    Raises:
        AxisMistake: no values, a value that is not finite, one value twice, or a walk that turns round.
    """

    knob: str
    values: tuple[float, ...]
    unit: str = ""
    stop_at_fail: bool = False
    must_pass_to: float | None = None

    def __post_init__(self) -> None:
        if not self.values:
            raise AxisMistake(f"axis {self.knob!r} has no values")
        if len(self.values) > MOST_VALUES:
            raise AxisMistake(f"axis {self.knob!r} has {len(self.values)} values; at most {MOST_VALUES} make sense")
        if not all(math.isfinite(value) for value in self.values):
            raise AxisMistake(f"axis {self.knob!r} holds a value that is not a finite number")
        if len(set(self.values)) != len(self.values):
            raise AxisMistake(f"axis {self.knob!r} holds one value twice")
        if self.stop_at_fail and list(self.values) not in (sorted(self.values), sorted(self.values, reverse=True)):
            raise AxisMistake(
                f"axis {self.knob!r}: stop_at_fail walks one way; give the values in rising or falling order"
            )
        if self.must_pass_to is not None and not self.stop_at_fail:
            raise AxisMistake(f"axis {self.knob!r}: must_pass_to goes with stop_at_fail=True")
        low, high = min(self.values), max(self.values)
        if self.must_pass_to is not None and not low <= self.must_pass_to <= high:
            raise AxisMistake(f"axis {self.knob!r}: must_pass_to={self.must_pass_to:g} lies off {low:g} … {high:g}")

    def has_to_pass(self, value: float) -> bool:
        """Whether a failure at `value` is the sled's; beyond, it is the edge that was looked for."""
        if not self.stop_at_fail:
            return True
        last = self.values[0] if self.must_pass_to is None else self.must_pass_to
        return not lies_beyond(value, last, self.values)


def lies_beyond(value: float, last: float, values: Sequence[float]) -> bool:
    """Whether a walk along `values`, in their order, comes to `value` only after `last`."""
    return value < last if values[-1] < values[0] else value > last


def sweep(
    knob: str,
    start: float,
    stop: float,
    *,
    step: float,
    unit: str = "",
    stop_at_fail: bool = False,
    must_pass_to: float | None = None,
) -> Axis:
    """Values from `start` to `stop`, both included where the step meets them, `step` apart.

    The sign of the step is the direction and must agree with start and stop. Values are computed in decimal,
    so that 0.60 + 15 × 0.01 is 0.75 and not 0.7500000000000001.

    Raises:
        AxisMistake: a step of zero, or one that leads away from `stop`.
    """
    if not all(math.isfinite(x) for x in (start, stop, step)):
        raise AxisMistake(f"sweep of {knob!r}: start, stop and step must be finite numbers")
    if step == 0:
        raise AxisMistake(f"sweep of {knob!r}: a step of zero never arrives")
    if (stop - start) * step < 0:
        raise AxisMistake(f"sweep of {knob!r}: a step of {step:g} leads away from {stop:g}; write step={-step:g}")
    first, last, stride = (Decimal(repr(float(x))) for x in (start, stop, step))
    count = int((last - first) / stride) + 1
    if count > MOST_VALUES:
        raise AxisMistake(f"sweep of {knob!r}: {count} values; at most {MOST_VALUES} make sense")
    return Axis(knob, tuple(float(first + i * stride) for i in range(count)), unit, stop_at_fail, must_pass_to)


@dataclass(frozen=True, slots=True)
class Point:
    """One combination of values, in the knobs' own units.

    Attributes:
        index: its place in the plan's order, from 0; the same for every sled and every night of one plan.
        values: value by knob, slowest knob first.
    """

    index: int
    values: Mapping[str, float]

    def __str__(self) -> str:
        return " ".join(f"{knob}={value:g}" for knob, value in self.values.items()) or "as powered on"


def shmoo(*, x: Axis, y: Axis) -> tuple[Axis, ...]:
    """The two axes of a shmoo, the field's map of where a part still works.

    Raises:
        AxisMistake: both move the same knob.
    """
    if x.knob == y.knob:
        raise AxisMistake(f"both axes of the shmoo move {x.knob!r}")
    return (x, y)


def span(axes: Sequence[Axis], cost_s: Mapping[str, float]) -> tuple[Axis, ...]:
    """The axes from the slowest knob to the fastest; equals keep the plan's order.

    Args:
        axes: as the plan gives them.
        cost_s: what one move of each knob is expected to take, in seconds.
    """
    return tuple(sorted(axes, key=lambda axis: -cost_s[axis.knob]))


def points_of(axes: Sequence[Axis]) -> Iterator[Point]:
    """Every combination, the first axis slowest. No axes give one point without values."""
    names = [axis.knob for axis in axes]
    for index, values in enumerate(itertools.product(*(axis.values for axis in axes))):
        yield Point(index, dict(zip(names, values, strict=True)))
