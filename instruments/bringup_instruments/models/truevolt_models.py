"""What the data sheets say of Keysight's meters: functions, ranges, accuracy, integration times.

After the Truevolt data sheet (5991-1983EN) for the 34461A and the 34465A, and the 34980A data sheet (5989-1437EN) for
the meter inside the mainframe. The headline figures are the sheets'; the rest is from memory, rounded to estimates.
Neighbours: `truevolt_functions.py` makes settings of them, `truevolt_converter.py` readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

LINE_HZ: Final = 60.0
Accuracy = Mapping[float, tuple[float, float]]


class Pace(Enum):
    """What decides how long a reading takes."""

    INTEGRATION = auto()
    FILTER = auto()
    GATE = auto()
    FIXED = auto()


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """One measurement function of one model.

    Args:
        name: as FUNCtion? answers it.
        header: its node under SENSe, CONFigure and MEASure.
        unit: behind a reading, in DATA:LAST?.
        suffix: of its parameters.
        accuracy: one-year accuracy by range, percent of reading and percent of range; its keys are the ranges.
        default_range: after *RST.
        pace: what its time depends on.
        overload: bit of STATus:QUEStionable.
        ends_at_top: the highest range has no 20 % above it.
        fixed_s: seconds of a reading whose pace is fixed.
    """

    name: str
    header: str
    unit: str
    suffix: str
    accuracy: Accuracy
    default_range: float
    pace: Pace
    overload: int = 1
    ends_at_top: bool = False
    fixed_s: float = 0.0

    @property
    def ranges(self) -> tuple[float, ...]:
        """Ascending."""
        return tuple(self.accuracy)

    def range_that_holds(self, value: float) -> float:
        """The smallest range whose full scale is at least `value`, as a program asks for it."""
        return next((full for full in self.accuracy if abs(value) <= full), self.ranges[-1])


@dataclass(frozen=True, slots=True)
class MeterModel:
    """One model.

    Args:
        resolution_ppm: resolution as parts per million of the range, by NPLC (guide: "Range, Resolution and
            Integration Time"); the readings' rms noise is taken to be of the same size (estimate).
        functions: by name.
        default_nplc: after *RST.
        memory_readings: how many readings the memory keeps.
        most_samples: SAMPle:COUNt MAX.
        filters_s: seconds of an AC reading by the filter's lowest frequency in Hz.
        apertures_s: gate times of FREQuency and PERiod.
        has_digitizing: APERture, level triggers, sample timer: the larger Truevolt models.
    """

    resolution_ppm: dict[float, float]
    functions: Mapping[str, FunctionFacts]
    default_nplc: float
    memory_readings: int
    most_samples: int
    filters_s: Mapping[float, float]
    apertures_s: tuple[float, ...]
    has_digitizing: bool

    @property
    def accuracy(self) -> Accuracy:
        """Of DC volts, the function that most programs use."""
        return self.functions["VOLT"].accuracy


def _steps(lowest: float, highest: float, accuracy: tuple[float, float]) -> dict[float, tuple[float, float]]:
    """Decades with one accuracy."""
    found = {}
    while lowest <= highest * 1.0001:
        found[float(f"{lowest:.3g}")] = accuracy
        lowest *= 10.0
    return found


def _functions(volts: Accuracy, amps: Accuracy, ohms: Accuracy, ac_volts: Accuracy) -> Mapping[str, FunctionFacts]:
    """All functions; what the models share is written here."""
    ac_amps = {full: (0.10, 0.04) for full in amps if full >= 100e-6}
    hertz = {300e3: (0.01, 0.0)}
    facts = (
        FunctionFacts("VOLT", "VOLTage[:DC]", "VDC", "V", volts, 10.0, Pace.INTEGRATION, ends_at_top=True),
        FunctionFacts("VOLT:AC", "VOLTage:AC", "VAC", "V", ac_volts, 10.0, Pace.FILTER, ends_at_top=True),
        FunctionFacts("VOLT:RAT", "VOLTage[:DC]:RATio", "VDC/VDC", "V", volts, 10.0, Pace.INTEGRATION),
        FunctionFacts("CURR", "CURRent[:DC]", "ADC", "A", amps, 0.1, Pace.INTEGRATION, 2, ends_at_top=True),
        FunctionFacts("CURR:AC", "CURRent:AC", "AAC", "A", ac_amps, 0.1, Pace.FILTER, 2, ends_at_top=True),
        FunctionFacts("RES", "RESistance", "OHM", "OHM", ohms, 1e3, Pace.INTEGRATION, 512),
        FunctionFacts("FRES", "FRESistance", "OHM", "OHM", ohms, 1e3, Pace.INTEGRATION, 512),
        FunctionFacts("FREQ", "FREQuency", "HZ", "HZ", hertz, 20.0, Pace.GATE),
        FunctionFacts("PER", "PERiod", "SEC", "S", {1.0: (0.01, 0.0)}, 0.05, Pace.GATE),
        FunctionFacts("TEMP", "TEMPerature", "C", "CEL", {600.0: (0.0, 0.01)}, 600.0, Pace.INTEGRATION, 16),
        FunctionFacts("DIOD", "DIODe", "VDC", "V", {5.0: (0.01, 0.02)}, 5.0, Pace.FIXED, ends_at_top=True,
                      fixed_s=0.04),
        FunctionFacts("CONT", "CONTinuity", "OHM", "OHM", {1e3: (0.01, 0.02)}, 1e3, Pace.FIXED, 512, fixed_s=0.0033),
        FunctionFacts("CAP", "CAPacitance", "F", "F", _steps(1e-9, 100e-6, (0.5, 0.4)), 1e-6, Pace.FIXED, 1024,
                      fixed_s=0.3),
    )  # fmt: skip
    return {fact.name: fact for fact in facts}


def _ac(highest: float) -> Accuracy:
    """AC volts: 0.06 % and 0.03 % in the middle of the band."""
    return dict.fromkeys((0.1, 1.0, 10.0, 100.0, highest), (0.06, 0.03))


_AC_FILTERS_S = {3.0: 2.5, 20.0: 0.625, 200.0: 0.025}

MODELS = {
    "34461A": MeterModel(
        {100.0: 0.3, 10.0: 1.0, 1.0: 3.0, 0.2: 10.0, 0.02: 100.0},
        _functions(
            {0.1: (0.0050, 0.0035), 1.0: (0.0040, 0.0007), 10.0: (0.0035, 0.0005), 100.0: (0.0045, 0.0006),
             1000.0: (0.0045, 0.0010)},
            {**_steps(100e-6, 100e-3, (0.05, 0.02)), 1.0: (0.10, 0.01), 3.0: (0.20, 0.02), 10.0: (0.12, 0.01)},
            {100.0: (0.010, 0.004), **_steps(1e3, 1e6, (0.010, 0.001)), 10e6: (0.040, 0.001), 100e6: (0.800, 0.010)},
            _ac(750.0),
        ),
        10.0, 10_000, 1_000_000, _AC_FILTERS_S, (0.01, 0.1, 1.0), has_digitizing=False,
    ),
    "34465A": MeterModel(
        {100.0: 0.03, 10.0: 0.1, 1.0: 0.3, 0.2: 0.7, 0.06: 1.5, 0.02: 3.0, 0.006: 6.0, 0.002: 15.0, 0.001: 30.0},
        _functions(
            {0.1: (0.0050, 0.0035), 1.0: (0.0035, 0.0006), 10.0: (0.0030, 0.0004), 100.0: (0.0040, 0.0006),
             1000.0: (0.0040, 0.0006)},
            {1e-6: (0.05, 0.005), 10e-6: (0.05, 0.002), 100e-6: (0.05, 0.0125), 1e-3: (0.05, 0.004),
             10e-3: (0.05, 0.0125), 100e-3: (0.05, 0.004), 1.0: (0.10, 0.005), 3.0: (0.20, 0.02), 10.0: (0.12, 0.01)},
            {100.0: (0.008, 0.003), **_steps(1e3, 1e6, (0.0080, 0.0005)), 10e6: (0.020, 0.001), 100e6: (0.300, 0.001),
             1e9: (3.0, 0.01)},
            _ac(750.0),
        ),
        10.0, 50_000, 1_000_000_000, {3.0: 1.67, 20.0: 0.625, 200.0: 0.025}, (0.001, 0.01, 0.1, 1.0),
        has_digitizing=True,
    ),
    "34980A": MeterModel(
        {200.0: 0.22, 100.0: 0.22, 20.0: 0.5, 10.0: 0.7, 2.0: 1.5, 1.0: 2.2, 0.2: 10.0, 0.02: 100.0},
        _functions(
            {0.1: (0.0050, 0.0040), 1.0: (0.0040, 0.0007), 10.0: (0.0035, 0.0005), 100.0: (0.0045, 0.0006),
             300.0: (0.0045, 0.0030)},
            {10e-3: (0.050, 0.020), 100e-3: (0.050, 0.005), 1.0: (0.100, 0.010)},
            {100.0: (0.010, 0.004), **_steps(1e3, 1e6, (0.010, 0.001)), 10e6: (0.040, 0.001), 100e6: (0.800, 0.010)},
            _ac(300.0),
        ),
        1.0, 500_000, 500_000, {3.0: 7.0, 20.0: 1.0, 200.0: 0.12}, (0.01, 0.1, 1.0), has_digitizing=False,
    ),
}  # fmt: skip
