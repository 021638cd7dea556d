"""Statistics, limits and formats of a Pendulum CNT-91.

After the "CNT-90/91/91R/90XL Programmer's Handbook" (4031 600 90201), chapter 8, CALCulate and FORMat. Neighbours:
`counter_cnt91.py` measures.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, block, command, integer, query

NOT_A_NUMBER = 9.91e37  # what stands for a result that there is not
LIMIT_FAILED = 512  # STATus:OPERation? bit 9 (estimate: the handbook keeps it in device status register 0)


@dataclass(frozen=True, slots=True)
class Result:
    """One result and when its measurement began, in seconds of the counter's own time."""

    value: float
    stamp_s: float


class Calculate:
    """What is made of the results.

    Args:
        results: of the present acquisition.
        fail: called when a limit is passed.
    """

    def __init__(self, results: Callable[[], Sequence[Result]], fail: Callable[[], None]) -> None:
        self._results = results
        self._fail = fail
        self._failed = False

    on = Setting("CALCulate:STATe", Boolean(), reset=False)
    math_on = Setting("CALCulate:MATH:STATe", Boolean(), reset=False)
    statistics_on = Setting("CALCulate:AVERage:STATe", Boolean(), reset=False)
    count = Setting("CALCulate:AVERage:COUNt", integer(2, 2_000_000_000, 100), reset=100.0)
    kind = Setting(
        "CALCulate:AVERage:TYPE", Choice(("MAXimum", "MINimum", "MEAN", "SDEViation", "ADEViation")), reset="MEAN"
    )
    limits_on = Setting("CALCulate:LIMit[:STATe]", Boolean(), reset=False)
    upper = Setting("CALCulate:LIMit:UPPer[:DATA]", Number("", Limits(-9.9e37, 9.9e37)), reset=0.0)
    upper_on = Setting("CALCulate:LIMit:UPPer:STATe", Boolean(), reset=False)
    lower = Setting("CALCulate:LIMit:LOWer[:DATA]", Number("", Limits(-9.9e37, 9.9e37)), reset=0.0)
    lower_on = Setting("CALCulate:LIMit:LOWer:STATe", Boolean(), reset=False)

    # Formats.

    form = Setting("FORMat[:DATA]", Choice(("ASCii", "REAL", "PACKed")), reset="ASC")
    border = Setting("FORMat:BORDer", Choice(("NORMal", "SWAPped")), reset="NORM")
    fixed = Setting("FORMat:FIXed", Boolean(), reset=False)
    most = Setting("FORMat:SMAX", integer(4, 10_000, 10_000), reset=10_000.0)
    stamps_on = Setting("FORMat:TINFormation", Boolean(), reset=False)

    def judge(self, value: float) -> None:
        """Compare a result with the limits."""
        beyond = (self.upper_on and value > self.upper) or (self.lower_on and value < self.lower)
        if self.limits_on and beyond and value != NOT_A_NUMBER:
            self._failed = True
            self._fail()

    def told(self, results: Sequence[Result]) -> str:
        """Results as FETCh?, READ? and MEASure? answer them."""
        if self.form == "PACK":
            return block(b"".join(self._packed(result) for result in results))
        write = self._ascii if self.form == "ASC" else self._real
        numbers = [
            number for result in results for number in (result.value, result.stamp_s)[: 2 if self.stamps_on else 1]
        ]
        return ",".join(write(number) for number in numbers)

    def _ascii(self, number: float) -> str:
        """Twelve digits, as many as a second of gate resolves."""
        return f"{number:+.12E}" if self.fixed else f"{number:.12E}"

    def _real(self, number: float) -> str:
        return block(struct.pack(f"{self._order}d", number))

    def _packed(self, result: Result) -> bytes:
        """The time stamp is a whole number of picoseconds here."""
        data = struct.pack(f"{self._order}d", result.value)
        return data + struct.pack(f"{self._order}q", round(result.stamp_s * 1e12)) if self.stamps_on else data

    @property
    def _order(self) -> str:
        return ">" if self.border == "NORM" else "<"

    # Queries.

    @query("CALCulate:DATA?")
    def data(self) -> str:
        """The statistic that is chosen, or the latest result."""
        values = self._values()
        if not self.statistics_on:
            return f"{values[-1]:.12E}"
        return f"{_STATISTICS[self.kind](values):.12E}"

    @query("CALCulate:AVERage:ALL?")
    def all_statistics(self) -> str:
        """Mean, standard deviation, minimum, maximum, Allan deviation."""
        values = self._values()
        names = ("MEAN", "SDEV", "MIN", "MAX", "ADEV")
        return ",".join(f"{_STATISTICS[name](values):.12E}" for name in names)

    @query("CALCulate:AVERage:COUNt:CURRent?")
    def present_count(self) -> str:
        """How many results the statistics have so far."""
        return str(len(self._results()))

    @query("CALCulate:IMMediate?")
    def recalculate(self) -> str:
        """As CALCulate:DATA?."""
        return self.data()

    @command("CALCulate:IMMediate")
    def calculate_again(self) -> None:
        """Everything is calculated when it is asked for."""

    @query("CALCulate:LIMit:FAIL?")
    def failed(self) -> str:
        """Whether a limit was passed since it was last asked or cleared."""
        failed, self._failed = self._failed, False
        return "1" if failed else "0"

    @command("CALCulate:LIMit:CLEar")
    def clear_failure(self) -> None:
        """Forget it."""
        self._failed = False

    def _values(self) -> list[float]:
        values = [result.value for result in self._results() if result.value != NOT_A_NUMBER]
        if not values:
            raise ScpiError(-230)
        return values


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _standard_deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _allan_deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    steps = [after - before for before, after in pairwise(values)]
    return math.sqrt(math.fsum(step * step for step in steps) / (2 * len(steps)))


_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "MEAN": _mean,
    "SDEV": _standard_deviation,
    "ADEV": _allan_deviation,
    "MIN": min,
    "MAX": max,
}
