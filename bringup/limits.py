"""What a measurement is judged by. Limits are inclusive: a value on the limit passes.

A value inside the limits but within `marginal` of one of them passes and is marked marginal: the morning page
shows it, because tomorrow's part may not be so lucky.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .units import UnitMistake, convert, dimension
from .verdicts import Verdict


class LimitMistake(ValueError):
    """A limit that nothing could be judged by."""


@dataclass(frozen=True, slots=True)
class Limit:
    """An inclusive interval in one unit.

    Attributes:
        low: the lowest value that passes, or None for no lower limit.
        high: the highest value that passes, or None for no upper limit.
        unit: of low, high and marginal; "" for a bare count.
        marginal: width of the band inside each limit in which a pass is marked marginal.
        source: where the limit comes from (specification, datasheet, paper).
        version: of that document.
        requirement: the id of the requirement that it proves; "" where it proves none.

    Raises:
        LimitMistake: not a number, low above high, or a negative marginal band.
        UnitMistake: an unknown unit.
    """

    low: float | None = None
    high: float | None = None
    unit: str = ""
    marginal: float = 0.0
    source: str = ""
    version: str = ""
    requirement: str = ""

    def __post_init__(self) -> None:
        dimension(self.unit)
        for name, value in (("low", self.low), ("high", self.high), ("marginal", self.marginal)):
            if value is not None and not math.isfinite(value):
                raise LimitMistake(f"{name} limit is {value}; give a finite number, or leave it out")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise LimitMistake(f"low limit {self.low:g} is above high limit {self.high:g} {self.unit}".rstrip())
        if self.marginal < 0:
            raise LimitMistake(f"marginal band {self.marginal:g} is negative")

    def judge(self, value: float) -> Verdict:
        """PASS or FAIL for a finite `value` in this limit's unit."""
        if self.low is not None and value < self.low:
            return Verdict.FAIL
        if self.high is not None and value > self.high:
            return Verdict.FAIL
        return Verdict.PASS

    def is_marginal(self, value: float) -> bool:
        """Whether `value` passes, but within `marginal` of a limit."""
        if not self.marginal or self.judge(value) is not Verdict.PASS:
            return False
        near_low = self.low is not None and value < self.low + self.marginal
        near_high = self.high is not None and value > self.high - self.marginal
        return near_low or near_high

    def within(self, other: Limit) -> bool:
        """Whether everything that passes here passes `other` too (units converted).

        Raises:
            UnitMistake: the two limits measure different things.
        """
        low, high = (None if v is None else convert(v, other.unit, self.unit) for v in (other.low, other.high))
        low_holds = low is None or (self.low is not None and self.low >= low)
        return low_holds and (high is None or (self.high is not None and self.high <= high))

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and self.low == self.high:
            return f"= {self.low:g}{unit}"
        if self.low is not None and self.high is not None:
            return f"{self.low:g} … {self.high:g}{unit}"
        if self.high is not None:
            return f"≤ {self.high:g}{unit}"
        return f"≥ {self.low:g}{unit}" if self.low is not None else f"any{unit}"


def at_most(
    high: float, unit: str = "", *, marginal: float = 0.0, source: str = "", version: str = "", requirement: str = ""
) -> Limit:
    """A limit that passes everything up to and including `high`."""
    return Limit(None, high, unit, marginal, source, version, requirement)


def at_least(
    low: float, unit: str = "", *, marginal: float = 0.0, source: str = "", version: str = "", requirement: str = ""
) -> Limit:
    """A limit that passes everything from `low` on."""
    return Limit(low, None, unit, marginal, source, version, requirement)


def between(
    low: float,
    high: float,
    unit: str = "",
    *,
    marginal: float = 0.0,
    source: str = "",
    version: str = "",
    requirement: str = "",
) -> Limit:
    """A limit that passes from `low` to `high`, both included."""
    return Limit(low, high, unit, marginal, source, version, requirement)


def exactly(value: float, unit: str = "", *, source: str = "", version: str = "", requirement: str = "") -> Limit:
    """A limit that passes one value only: a count, a width, an identity."""
    return Limit(value, value, unit, 0.0, source, version, requirement)


def unjudged(unit: str) -> Limit:
    """A number that is recorded in `unit` and judged by nothing."""
    return Limit(unit=unit)


__all__ = ["Limit", "LimitMistake", "UnitMistake", "at_least", "at_most", "between", "exactly", "unjudged"]
