"""What the graphical Keithley multimeters (DMM6500, DAQ6510) measure: functions, ranges, accuracy, noise, time.

After the Model DMM6500 Reference Manual (DMM6500-901-01), "SCPI command reference", SENSe1 subsystem, and the data
sheet's one-year accuracies (figures from memory, rounded). Neighbours: `keithley_setups.py` gives every function
its settings, `keithley_converter.py` makes readings of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import inf

OVERFLOW = 9.9e37
"""What the meters answer beyond a range."""

OVERRANGE = 1.2
"""Readings go to 120 % of a range's name (data sheet)."""


class Quantity(Enum):
    """What a function looks at."""

    DC_VOLTS = "DC voltage"
    AC_VOLTS = "AC voltage"
    DC_AMPS = "direct current"
    AC_AMPS = "alternating current"
    OHMS = "2-wire resistance"
    OHMS_4W = "4-wire resistance"
    CELSIUS = "temperature"
    DIODE = "diode voltage"
    CONTINUITY = "continuity"
    FARADS = "capacitance"
    HERTZ = "frequency"
    SECONDS = "period"
    RATIO = "DC voltage ratio"


@dataclass(frozen=True, slots=True)
class Function:
    """One measurement function.

    Attributes:
        name: as SENSe:FUNCtion? answers it.
        header: its node under SENSe, DISPlay and CALCulate, as the manual prints it.
        quantity: what it looks at.
        unit: the UNIT element of a reading.
        symbol: unit of a formatted reading.
        ranges: ascending; one for functions that have no choice.
        default_range: what RANGe? MAX and DEF answer after *RST, with automatic ranging on.
        accuracy: one-year accuracy by range, percent of reading and percent of range.
        end: highest reading over the highest range.
    """

    name: str
    header: str
    quantity: Quantity
    unit: str
    symbol: str
    ranges: tuple[float, ...]
    default_range: float
    accuracy: Mapping[float, tuple[float, float]] = field(repr=False)
    end: float = OVERRANGE

    @property
    def has_ranges(self) -> bool:
        """Whether RANGe exists."""
        return len(self.ranges) > 1

    def readable(self, full: float) -> float:
        """Highest reading on a range."""
        return full * (self.end if full == self.ranges[-1] else OVERRANGE)

    def holding(self, value: float) -> float:
        """The smallest range whose name is at least `value`, as a program asks for it."""
        return next((full for full in self.ranges if abs(value) <= full * (1 + 1e-9)), self.ranges[-1])


def _same(ranges: tuple[float, ...], of_reading: float, of_range: float) -> dict[float, tuple[float, float]]:
    return dict.fromkeys(ranges, (of_reading, of_range))


_DCV = {0.1: (0.0030, 0.0035), 1.0: (0.0025, 0.0006), 10.0: (0.0025, 0.0005), 100.0: (0.0040, 0.0006)}
_DCV[1000.0] = (0.0040, 0.0006)
_ACV = (0.1, 1.0, 10.0, 100.0, 750.0)
_DCI = (10e-6, 100e-6, 1e-3, 10e-3, 100e-3, 1.0, 3.0)
_ACI = (100e-6, 1e-3, 10e-3, 100e-3, 1.0, 3.0)
_RES = {10.0: (0.0085, 0.0060), 100.0: (0.0075, 0.0030), 1e3: (0.0075, 0.0006), 10e3: (0.0075, 0.0006)}
_RES |= {100e3: (0.0075, 0.0006), 1e6: (0.0100, 0.0006), 10e6: (0.0200, 0.0010), 100e6: (0.2000, 0.0030)}
_FRES = {1.0: (0.0085, 0.0200), **_RES}
_CAP = (1e-9, 10e-9, 100e-9, 1e-6, 10e-6, 100e-6, 1e-3)

TEST_AMPS = {
    1.0: 10e-3, 10.0: 10e-3, 100.0: 1e-3, 1e3: 1e-3, 10e3: 100e-6, 100e3: 10e-6, 1e6: 10e-6, 10e6: 0.7e-6,
    100e6: 0.7e-6,
}  # fmt: skip
"""Test current of the resistance ranges (data sheet)."""

FUNCTIONS = (
    Function("VOLT:DC", "VOLTage[:DC]", Quantity.DC_VOLTS, "Volt DC", "V", tuple(_DCV), 1000.0, _DCV, 1.01),
    Function(
        "VOLT:AC", "VOLTage:AC", Quantity.AC_VOLTS, "Volt AC", "V", _ACV, 750.0, _same(_ACV, 0.06, 0.03), 1.01
    ),
    Function(
        "CURR:DC", "CURRent[:DC]", Quantity.DC_AMPS, "Amp DC", "A", _DCI, 3.0, _same(_DCI, 0.05, 0.005), 1.05
    ),
    Function("CURR:AC", "CURRent:AC", Quantity.AC_AMPS, "Amp AC", "A", _ACI, 3.0, _same(_ACI, 0.10, 0.04), 1.05),
    Function("RES", "RESistance", Quantity.OHMS, "Ohm", "Ohm", tuple(_RES), 100e6, _RES),
    Function("FRES", "FRESistance", Quantity.OHMS_4W, "Ohm", "Ohm", tuple(_FRES), 100e6, _FRES),
    Function("DIOD", "DIODe", Quantity.DIODE, "Volt", "V", (10.0,), 10.0, {10.0: (0.0025, 0.0005)}, 1.0),
    Function("CAP", "CAPacitance", Quantity.FARADS, "Farad", "F", _CAP, 1e-3, _same(_CAP, 0.4, 0.1)),
    Function("TEMP", "TEMPerature", Quantity.CELSIUS, "Celsius", "C", (3310.0,), 3310.0, {3310.0: (0.0, 0.006)}),
    Function("CONT", "CONTinuity", Quantity.CONTINUITY, "Ohm", "Ohm", (1000.0,), 1000.0, {1000.0: (0.01, 0.01)}),
    Function("FREQ:VOLT", "FREQuency[:VOLTage]", Quantity.HERTZ, "Hertz", "Hz", (300e3,), 300e3, {300e3: (0.008, 0)}),
    Function("PER:VOLT", "PERiod[:VOLTage]", Quantity.SECONDS, "Second", "s", (1.0,), 1.0, {1.0: (0.008, 0)}),
    Function(
        "VOLT:DC:RAT", "VOLTage[:DC]:RATio", Quantity.RATIO, "Ratio", "", tuple(_DCV), 1000.0, _DCV, inf
    ),
)  # fmt: skip

BY_NAME = {function.name: function for function in FUNCTIONS}

INTEGRATING = frozenset(
    {
        Quantity.DC_VOLTS,
        Quantity.DC_AMPS,
        Quantity.OHMS,
        Quantity.OHMS_4W,
        Quantity.DIODE,
        Quantity.CELSIUS,
        Quantity.CONTINUITY,
        Quantity.RATIO,
    }
)
"""Functions with NPLCycles, APERture and AZERo."""

BANDED = frozenset({Quantity.AC_VOLTS, Quantity.AC_AMPS})
"""Functions with DETector:BANDwidth."""

COUNTING = frozenset({Quantity.HERTZ, Quantity.SECONDS})
"""Functions with a gate (APERture) and THReshold."""

AC_READING_S = {3.0: 2.0, 30.0: 0.3, 300.0: 0.018}
"""Seconds that an AC reading takes by detector bandwidth (estimate)."""

CAPACITANCE_READING_S = 0.2
"""Charging and discharging once (estimate)."""

AUTOZERO_FACTOR = 2.0
"""A zero of the same length with each reading while autozero is on (estimate: the reference costs less)."""

READING_OVERHEAD_S = 0.000070
"""So that the quickest reading takes 1/14000 s (data sheet: 14 000 readings a second)."""
