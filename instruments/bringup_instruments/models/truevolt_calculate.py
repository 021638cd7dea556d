"""The CALCulate subsystem of the Truevolt meters: scaling, smoothing, limits, statistics, histogram.

After the Truevolt Series Operating and Service Guide, "CALCulate Subsystem". Every reading passes through here on its
way into memory. Neighbours: `multimeter_34460.py`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Text, command, query
from .truevolt_converter import OVERLOAD

LOWER_LIMIT_FAILED, UPPER_LIMIT_FAILED = 2048, 4096  # STATus:QUEStionable bits 11 and 12
SMOOTHING = {"SLOW": 100, "MED": 50, "FAST": 10}  # readings of the moving average
LARGE = Limits(-1e15, 1e15, 0.0)
HISTOGRAM_BINS = (10, 20, 40, 100, 200, 400)


class Calculate:
    """The mathematics of one meter.

    Args:
        latch: sets bits of STATus:QUEStionable.
    """

    def __init__(self, latch: Callable[[int], None]) -> None:
        self._latch = latch
        self._values: list[float] = []
        self._smoothed: deque[float] = deque(maxlen=SMOOTHING["FAST"])

    def clear_statistics(self) -> None:
        """Forget what was counted."""
        self._values.clear()
        self._smoothed.clear()

    def process(self, reading: float) -> float:
        """What goes into memory for a reading."""
        if abs(reading) == OVERLOAD:
            return reading
        value = self._scaled(self._smooth(reading))
        if self.limits_on and value < self.lower_limit:
            self._latch(LOWER_LIMIT_FAILED)
        if self.limits_on and value > self.upper_limit:
            self._latch(UPPER_LIMIT_FAILED)
        if self.statistics_on or self.histogram_on:
            self._values.append(value)
        return value

    def _smooth(self, reading: float) -> float:
        if not self.smoothing_on:
            return reading
        self._smoothed.append(reading)
        return sum(self._smoothed) / len(self._smoothed)

    def _scaled(self, value: float) -> float:
        if not self.scaling_on:
            return value
        if self.scale_function == "SCAL":
            return value * self.gain + self.offset
        if self.scale_function == "PCT":
            reference = self._percent_reference(value)
            return (value - reference) / reference * 100.0 if reference else OVERLOAD
        power = value * value / self.reference_ohms * 1000.0
        dbm = 10.0 * math.log10(power) if power > 0 else -200.0
        if self.scale_function == "DBM":
            return dbm
        if self.automatic_reference:
            self.db_reference, self.automatic_reference = dbm, False
        return dbm - self.db_reference

    def _percent_reference(self, value: float) -> float:
        if self.automatic_reference:
            self.percent_reference, self.automatic_reference = value, False
        return self.percent_reference

    # Settings.

    def _restart_smoothing(self) -> None:
        self._smoothed = deque(maxlen=SMOOTHING[self.smoothing_response])

    def _follow_scaling(self) -> None:
        self.automatic_reference = self.scaling_on

    def _fix_reference(self) -> None:
        self.automatic_reference = False

    scaling_on = Setting("CALCulate:SCALe[:STATe]", Boolean(), reset=False, then=_follow_scaling)
    scale_function = Setting("CALCulate:SCALe:FUNCtion", Choice(("DB", "DBM", "PCT", "SCALe")), reset="DB")
    gain = Setting("CALCulate:SCALe:GAIN", Number("", Limits(-1e15, 1e15, 1.0)), reset=1.0)
    offset = Setting("CALCulate:SCALe:OFFSet", Number("", LARGE), reset=0.0)
    scale_unit = Setting("CALCulate:SCALe:UNIT", Text(longest=4), reset="")
    scale_unit_on = Setting("CALCulate:SCALe:UNIT:STATe", Boolean(), reset=False)
    db_reference = Setting(
        "CALCulate:SCALe:DB:REFerence", Number("DBM", Limits(-200.0, 200.0, 0.0)), reset=0.0, then=_fix_reference
    )
    reference_ohms = Setting("CALCulate:SCALe:DBM:REFerence", Number("OHM", Limits(50.0, 8000.0, 600.0)), reset=600.0)
    automatic_reference = Setting("CALCulate:SCALe:REFerence:AUTO", Boolean(), reset=True)
    percent_reference = Setting(
        "CALCulate:SCALe:REFerence", Number("", Limits(-1e15, 1e15, 1.0)), reset=1.0, then=_fix_reference
    )
    smoothing_on = Setting("CALCulate:SMOothing[:STATe]", Boolean(), reset=False, then=_restart_smoothing)
    smoothing_response = Setting(
        "CALCulate:SMOothing:RESPonse", Choice(("SLOW", "MEDium", "FAST")), reset="FAST", then=_restart_smoothing
    )
    limits_on = Setting("CALCulate:LIMit[:STATe]", Boolean(), reset=False)
    lower_limit = Setting("CALCulate:LIMit:LOWer[:DATA]", Number("", LARGE), reset=0.0)
    upper_limit = Setting("CALCulate:LIMit:UPPer[:DATA]", Number("", LARGE), reset=0.0)
    statistics_on = Setting("CALCulate:AVERage[:STATe]", Boolean(), reset=False, then=clear_statistics)
    histogram_on = Setting("CALCulate:TRANsform:HISTogram[:STATe]", Boolean(), reset=False, then=clear_statistics)
    histogram_auto = Setting("CALCulate:TRANsform:HISTogram:RANGe:AUTO", Boolean(), reset=True)
    trend_on = Setting("CALCulate:TCHart[:STATe]", Boolean(), reset=False)

    def _fix_histogram(self) -> None:
        self.histogram_auto = False

    def _adopt_bins(self, points: float) -> float:
        return float(min(HISTOGRAM_BINS, key=lambda bins: abs(bins - points)))

    histogram_points = Setting(
        "CALCulate:TRANsform:HISTogram:POINts",
        Number("", Limits(10, 400, 100), form="+d", whole=True),
        reset=100.0,
        adopt=_adopt_bins,
    )
    histogram_lower = Setting(
        "CALCulate:TRANsform:HISTogram:RANGe:LOWer", Number("", LARGE), reset=0.0, then=_fix_histogram
    )
    histogram_upper = Setting(
        "CALCulate:TRANsform:HISTogram:RANGe:UPPer", Number("", LARGE), reset=0.0, then=_fix_histogram
    )

    # What is asked.

    @command("CALCulate:CLEar[:IMMediate]")
    @command("CALCulate:AVERage:CLEar[:IMMediate]")
    @command("CALCulate:TRANsform:HISTogram:CLEar[:IMMediate]")
    def clear(self) -> None:
        """Forget statistics and histogram."""
        self.clear_statistics()

    @command("CALCulate:LIMit:CLEar[:IMMediate]")
    def clear_limits(self) -> None:
        """Forget that a limit failed; the bits are events, which their query clears."""

    @query("CALCulate:AVERage:ALL?")
    def all_statistics(self) -> str:
        """Average, standard deviation, minimum, maximum."""
        return ",".join((self.average(), self.deviation(), self.minimum(), self.maximum()))

    @query("CALCulate:AVERage:AVERage?")
    def average(self) -> str:
        """Mean of all readings."""
        return _shown(sum(self._values) / len(self._values) if self._values else 0.0)

    @query("CALCulate:AVERage:SDEViation?")
    def deviation(self) -> str:
        """Standard deviation of the sample."""
        count = len(self._values)
        if count < 2:
            return _shown(0.0)
        mean = sum(self._values) / count
        return _shown(math.sqrt(sum((value - mean) ** 2 for value in self._values) / (count - 1)))

    @query("CALCulate:AVERage:MINimum?")
    def minimum(self) -> str:
        """The lowest reading."""
        return _shown(min(self._values, default=0.0))

    @query("CALCulate:AVERage:MAXimum?")
    def maximum(self) -> str:
        """The highest reading."""
        return _shown(max(self._values, default=0.0))

    @query("CALCulate:AVERage:PTPeak?")
    def peak_to_peak(self) -> str:
        """Between the two."""
        return _shown(max(self._values, default=0.0) - min(self._values, default=0.0))

    @query("CALCulate:AVERage:COUNt?")
    def count(self) -> str:
        """How many readings are in it."""
        return _shown(float(len(self._values)))

    @query("CALCulate:TRANsform:HISTogram:COUNt?")
    def histogram_count(self) -> str:
        """How many readings are in it."""
        return f"{len(self._values):+d}"

    @query("CALCulate:TRANsform:HISTogram:DATA?")
    def histogram_data(self) -> str:
        """Below, every bin, above."""
        return ",".join(f"{number:+d}" for number in self._bins()[2])

    @query("CALCulate:TRANsform:HISTogram:ALL?")
    def histogram(self) -> str:
        """Both ends, how many readings, and the bins."""
        low, high, bins = self._bins()
        return ",".join((_shown(low), _shown(high), self.histogram_count(), *(f"{number:+d}" for number in bins)))

    def _bins(self) -> tuple[float, float, list[int]]:
        points = int(self.histogram_points)
        low, high = self.histogram_lower, self.histogram_upper
        if self.histogram_auto:
            low, high = min(self._values, default=0.0), max(self._values, default=0.0)
        if high < low:
            raise ScpiError(-221)
        bins = [0] * (points + 2)
        for value in self._values:
            if value < low:
                bins[0] += 1
            elif value > high:
                bins[-1] += 1
            else:
                place = int((value - low) / (high - low) * points) if high > low else 0
                bins[1 + min(place, points - 1)] += 1
        return low, high, bins


def _shown(value: float) -> str:
    return f"{value:+.8E}"
