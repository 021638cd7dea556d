"""Modes and ranges of the Aim-TTi LD400P: what each level may be, how finely, and how fast it may move.

After the LD400/LD400P data sheet and instruction manual (48511-1730), "Specification"; figures that neither page at
hand gave are marked estimates. Neighbours: `load_ld400p.py` asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """One range of one mode: levels and slew, in the mode's unit (per second)."""

    lowest: float
    highest: float
    step: float
    slowest: float
    fastest: float


@dataclass(frozen=True, slots=True)
class Mode:
    """A load mode.

    Args:
        unit: behind the numbers of the replies.
        ranges: low and high, the high one being the mode's standard; one where there is no choice.
        standard: level A and B after the mode is chosen (estimate).
    """

    unit: str
    ranges: tuple[Range, ...]
    standard: float


# Levels after the data sheet; the slew limits of CC are from memory, the others estimates of like span.
MODES = {
    "C": Mode("A", (Range(0.0, 8.0, 0.001, 0.25, 25e3), Range(0.0, 80.0, 0.01, 2.5, 250e3)), 0.0),
    "P": Mode("W", (Range(0.0, 600.0, 0.1, 6.0, 600e3),), 0.0),
    "R": Mode("OHM", (Range(0.04, 10.0, 0.01, 0.5, 50e3), Range(2.0, 400.0, 0.1, 20.0, 2e6)), 400.0),
    "G": Mode("SIE", (Range(0.01, 1.0, 0.001, 0.05, 5e3), Range(0.2, 40.0, 0.01, 2.0, 200e3)), 0.2),
    "V": Mode("V", (Range(0.0, 8.0, 0.001, 0.25, 25e3), Range(0.0, 80.0, 0.01, 2.5, 250e3)), 80.0),
}

STANDARD_WATTS = 400.0
SHORT_TERM_WATTS = 600.0  # in 600 W mode
LONGEST_SHORT_TERM_S = 60.0  # above 400 W before the duty-cycle warning (estimate)
TRIP_AFTER_WARNING_S = 10.0  # manual, Input State Register, bit 4
LEAST_OHMS = 0.0125  # of the conducting load: 1 V at 80 A (estimate)
HIGHEST_VOLTS = 80.0
TRIP_VOLTS = 90.0  # over-voltage trip (estimate)
TRIP_AMPS = 92.0  # over-current trip, as its smaller sister's
FREQUENCIES_HZ = (0.01, 10e3)
DUTIES_PERCENT = (1, 99)


def decimals(step: float) -> int:
    """How many decimals a level of this resolution has."""
    return max(0, round(-math.log10(step)))
