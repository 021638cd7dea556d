"""Facts of the Keithley 2400: ranges, accuracy, its own errors, its status bits.

After the Series 2400 SourceMeter User's Manual (2400S-900-01), appendices A (specifications) and B (status and error
messages), section 15 (status) and section 18 (FORMat:ELEMents, status word). One-year accuracies are from memory of
the specification. Neighbours: every other `smu_2400*.py`.
"""

from __future__ import annotations

from enum import IntFlag

from ..scpi import ScpiError
from ..scpi.errors import EventStatus
from ..scpi.status import RegisterGroup, Status

VOLTS_RANGES = (0.21, 2.1, 21.0, 210.0)
AMPS_RANGES = (1.05e-6, 1.05e-5, 1.05e-4, 1.05e-3, 1.05e-2, 0.105, 1.05)
OHMS_RANGES = (21.0, 210.0, 2.1e3, 2.1e4, 2.1e5, 2.1e6, 2.1e7, 2.1e8)
"""Ranges as queries answer them: 105 % of their names."""

OVERFLOW = 9.9e37
NOT_A_NUMBER = 9.91e37

Accuracy = dict[float, tuple[float, float]]
"""Percent of reading and an offset in volts or amperes, by range."""

MEASURE_VOLTS: Accuracy = {0.21: (0.012, 3e-4), 2.1: (0.012, 3e-4), 21.0: (0.015, 1.5e-3), 210.0: (0.015, 1e-2)}
SOURCE_VOLTS: Accuracy = {0.21: (0.02, 6e-4), 2.1: (0.02, 6e-4), 21.0: (0.02, 2.4e-3), 210.0: (0.02, 2.4e-2)}
MEASURE_AMPS: Accuracy = {
    1.05e-6: (0.029, 3e-10),
    1.05e-5: (0.027, 7e-10),
    1.05e-4: (0.025, 6e-9),
    1.05e-3: (0.027, 6e-8),
    1.05e-2: (0.035, 6e-7),
    0.105: (0.055, 6e-6),
    1.05: (0.22, 5.7e-4),
}
SOURCE_AMPS: Accuracy = {
    1.05e-6: (0.035, 6e-10),
    1.05e-5: (0.033, 2e-9),
    1.05e-4: (0.031, 2e-8),
    1.05e-3: (0.034, 2e-7),
    1.05e-2: (0.045, 2e-6),
    0.105: (0.066, 2e-5),
    1.05: (0.27, 9e-4),
}
AUTO_OHMS_AMPS = dict(zip(OHMS_RANGES, (0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-6, 1e-7), strict=True))
"""Test current of each range with automatic ohms (specifications)."""

AUTO_OHMS_VOLTS = 21.0
"""Compliance with automatic ohms; 2 V on the 20 Ω range in the specification, which nothing here tells apart."""

HIGHEST_AMPS_AT_210_VOLTS = 0.105
LEAD_OHMS = 0.15
"""Both leads together, as 2-wire sensing sees them (estimate)."""

NOISE_OVER_RANGE = 2e-6
"""Rms noise at 1 NPLC over the range (estimate)."""

AUTOZERO_FACTOR = 3.0
"""Signal, zero and reference are converted for each reading while autozero is on (section 3)."""

READING_OVERHEAD_S = 0.0003
"""Of one source-delay-measure cycle (estimate)."""


def holding(ranges: tuple[float, ...], value: float) -> float:
    """The lowest range that holds a value."""
    return next((full for full in ranges if abs(value) <= full * (1 + 1e-9)), ranges[-1])


class Word(IntFlag):
    """The STATus element of a reading."""

    OVERFLOW = 1 << 0
    FILTERED = 1 << 1
    FRONT = 1 << 2
    COMPLIANCE = 1 << 3
    OVER_VOLTAGE = 1 << 4
    MATH = 1 << 5
    NULL = 1 << 6
    LIMITS = 1 << 7
    AUTO_OHMS = 1 << 10
    MEASURED_VOLTS = 1 << 11
    MEASURED_AMPS = 1 << 12
    MEASURED_OHMS = 1 << 13
    SOURCED_VOLTS = 1 << 14
    SOURCED_AMPS = 1 << 15
    RANGE_COMPLIANCE = 1 << 16
    OFFSET_COMPENSATED = 1 << 17
    REMOTE_SENSE = 1 << 22


class Measurement(IntFlag):
    """STATus:MEASurement bits."""

    LIMIT_1 = 1 << 0
    LOW_LIMIT_2 = 1 << 1
    HIGH_LIMIT_2 = 1 << 2
    LIMITS_PASS = 1 << 5
    READING_AVAILABLE = 1 << 6
    READING_OVERFLOW = 1 << 7
    BUFFER_AVAILABLE = 1 << 8
    BUFFER_FULL = 1 << 9
    INTERLOCK = 1 << 11
    OVER_VOLTAGE = 1 << 13
    COMPLIANCE = 1 << 14


class Operation(IntFlag):
    """STATus:OPERation bits."""

    SWEEPING = 1 << 3
    WAITING_FOR_TRIGGER = 1 << 5
    WAITING_FOR_ARM = 1 << 6
    IDLE = 1 << 10


OWN_ERRORS = {
    800: "Illegal with storage active",
    801: "Insufficient vector data",
    802: "OUTPUT blocked by output enable",
    803: "Not permitted with OUTPUT off",
    806: "Expression not found",
    822: "Too small for sense range",
    823: "Invalid with source read-back on",
    824: "Cannot exceed compliance range",
    825: "Invalid with auto-ohms on",
    826: "Attempt to exceed power limit",
    830: "Invalid with INF ARM:COUNT",
}


class SmuError(ScpiError):
    """An error of Keithley's own numbers, which are written with their sign and are execution errors."""

    def __init__(self, number: int) -> None:
        super().__init__(number, OWN_ERRORS[number])

    def __str__(self) -> str:
        return f'{self.number:+d},"{self.text}"'

    @property
    def event_bit(self) -> EventStatus:
        """Bit 4 (appendix B)."""
        return EventStatus.EXECUTION_ERROR


class SmuStatus(Status):
    """With the measurement event register, which bit 0 of the status byte summarises."""

    def __init__(self, error_capacity: int) -> None:
        super().__init__(error_capacity)
        self.measurement = RegisterGroup()
        self.more.append(self.measurement)

    def _summaries(self, message_available: bool) -> int:
        byte = super()._summaries(message_available)
        return byte | 1 if self.measurement.summary else byte
