"""The analogue side of Keysight's Truevolt meters: ranges, own error, noise and integration time.

Neighbours: `multimeter_34460.py` gives it its commands; the true voltage comes from a `Node`.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

RANGES_VOLTS = (0.1, 1.0, 10.0, 100.0, 1000.0)
OVERLOAD = 9.9e37  # what the meters answer beyond the range
OVERRANGE = 1.2  # readings go to 120 % of a range, on the 1000 V range to its end
LINE_HZ = 60.0
AUTOZERO_FACTOR = 2.0  # autozero measures a zero after each reading, of the same length


@dataclass(frozen=True, slots=True)
class MeterModel:
    """What differs between the models.

    Args:
        resolution_ppm: resolution as parts per million of the range, by NPLC (guide: "Range, Resolution and
            Integration Time"); the readings' rms noise is taken to be of the same size (estimate).
        accuracy: one-year accuracy by range, percent of reading and percent of range (data sheet
            5991-1983EN; figures other than the 10 V range's headline are rounded to estimates).
    """

    resolution_ppm: dict[float, float]
    accuracy: dict[float, tuple[float, float]]


MODELS = {
    "34461A": MeterModel(
        {100.0: 0.3, 10.0: 1.0, 1.0: 3.0, 0.2: 10.0, 0.02: 100.0},
        {
            0.1: (0.0050, 0.0035),
            1.0: (0.0040, 0.0007),
            10.0: (0.0035, 0.0005),
            100.0: (0.0045, 0.0006),
            1000.0: (0.0045, 0.0010),
        },
    ),
    "34465A": MeterModel(
        {100.0: 0.03, 10.0: 0.1, 1.0: 0.3, 0.2: 0.7, 0.06: 1.5, 0.02: 3.0},
        {
            0.1: (0.0050, 0.0035),
            1.0: (0.0035, 0.0006),
            10.0: (0.0030, 0.0004),
            100.0: (0.0040, 0.0006),
            1000.0: (0.0040, 0.0006),
        },
    ),
}


def reading_s(nplc: float, *, auto_zero: bool) -> float:
    """Lab seconds that one reading takes: integration, and the zero after it."""
    return nplc / LINE_HZ * (AUTOZERO_FACTOR if auto_zero else 1.0)


def range_that_holds(volts: float) -> float:
    """The smallest range whose full scale is at least `volts`, as a program asks for it."""
    return next(full for full in RANGES_VOLTS if abs(volts) <= full)


class Converter:
    """One meter's converter, with the gain and offset that it left its last calibration with.

    Args:
        model: the data sheet's figures.
        seed: of error and noise; any text.
    """

    def __init__(self, model: MeterModel, seed: str) -> None:
        self.model = model
        self._random = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._gain: dict[float, float] = {}
        self._offset_volts: dict[float, float] = {}
        for full, (percent_of_reading, percent_of_range) in model.accuracy.items():
            self._gain[full] = percent_of_reading / 100.0 * self._within_one()
            self._offset_volts[full] = percent_of_range / 100.0 * full * self._within_one()

    def auto_range(self, volts: float, present_volts: float) -> float:
        """Up beyond 120 % of the present range, down below 10 % of it."""
        place = RANGES_VOLTS.index(present_volts)
        while place + 1 < len(RANGES_VOLTS) and abs(volts) > _readable(RANGES_VOLTS[place]):
            place += 1
        while place > 0 and abs(volts) < 0.1 * RANGES_VOLTS[place]:
            place -= 1
        return RANGES_VOLTS[place]

    def convert(self, volts: float, full_volts: float, nplc: float) -> float:
        """A reading of the true `volts` on a range, or plus or minus `OVERLOAD`."""
        if abs(volts) > _readable(full_volts):
            return math.copysign(OVERLOAD, volts)
        noise_volts = self._random.gauss(0.0, self.resolution_volts(full_volts, nplc))
        return volts * (1.0 + self._gain[full_volts]) + self._offset_volts[full_volts] + noise_volts

    def resolution_volts(self, full_volts: float, nplc: float) -> float:
        """What an integration time resolves on a range."""
        return self.model.resolution_ppm[nplc] * full_volts / 1e6

    def nplc_for(self, volts: float, full_volts: float) -> float | None:
        """The shortest integration that resolves `volts` on a range, or None if none does."""
        return min(
            (n for n in self.model.resolution_ppm if self.resolution_volts(full_volts, n) <= volts * (1 + 1e-9)),
            default=None,
        )

    def _within_one(self) -> float:
        """Normal with two sigma at the specified limit, and never beyond it."""
        return min(max(self._random.gauss(0.0, 0.5), -1.0), 1.0)


def _readable(full_volts: float) -> float:
    return full_volts if full_volts == RANGES_VOLTS[-1] else full_volts * OVERRANGE
