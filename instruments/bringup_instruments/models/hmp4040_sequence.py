"""EasyArb, the HMP4040's arbitrary sequences: points of volts, amps and seconds that a channel runs through.

Neighbours: `hmp4040_bank.py` asks a running sequence for the point in force, `supply_hmp4040.py` has the commands.
"""

from __future__ import annotations

from collections.abc import Sequence as Values
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from ..scpi import Limits, ScpiError

MOST_POINTS = 128
_ROUNDING_S = 1e-9  # a moment that is a point's end but for rounding belongs to the next one
SECONDS = Limits(0.01, 60.0)
"""Dwell time of a point (data sheet, from memory: 10 ms to 60 s)."""


class Point(NamedTuple):
    """One step of a sequence."""

    volts: float
    amps: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Table:
    """Points, and how often they are run through; 0 is for ever."""

    points: tuple[Point, ...] = ()
    repetitions: int = 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """A table under way since some lab time."""

    table: Table
    started_s: float

    def at(self, at_s: float) -> tuple[Point, float]:
        """The point in force and when the next one follows; the last one stays for ever when all is run through."""
        points, repetitions = self.table.points, self.table.repetitions
        once_s = sum(point.seconds for point in points)
        elapsed_s = at_s - self.started_s + _ROUNDING_S
        if repetitions and elapsed_s >= once_s * repetitions:
            return points[-1], inf
        left_s = elapsed_s % once_s
        for point in points:
            if left_s < point.seconds:
                return point, at_s + point.seconds - left_s + _ROUNDING_S
            left_s -= point.seconds
        return points[-1], at_s + _ROUNDING_S


def points_of(values: Values[float], volts: Limits, amps: Limits) -> tuple[Point, ...]:
    """Points from ARBitrary:DATA's numbers.

    Raises:
        ScpiError: -109, a triple is not whole; -222, a value is out of range.
    """
    if len(values) % 3:
        raise ScpiError(-109)
    points = tuple(Point(*values[at : at + 3]) for at in range(0, len(values), 3))
    for point in points:
        for value, limits in zip(point, (volts, amps, SECONDS), strict=True):
            if not limits.minimum <= value <= limits.maximum:
                raise ScpiError(-222)
    return points
