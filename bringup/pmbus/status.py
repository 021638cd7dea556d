"""The status registers' bits (PMBus 1.3 part II, section 17). They stay set until they are cleared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag


class StatusWord(IntFlag):
    """STATUS_WORD (17.2); its low byte is STATUS_BYTE (17.1)."""

    VOUT = 0x8000
    IOUT_POUT = 0x4000
    INPUT = 0x2000
    MFR_SPECIFIC = 0x1000
    POWER_GOOD_NEGATED = 0x0800
    FANS = 0x0400
    OTHER = 0x0200
    UNKNOWN = 0x0100
    BUSY = 0x0080
    OFF = 0x0040
    VOUT_OV_FAULT = 0x0020
    IOUT_OC_FAULT = 0x0010
    VIN_UV_FAULT = 0x0008
    TEMPERATURE = 0x0004
    CML = 0x0002
    NONE_OF_THE_ABOVE = 0x0001


class StatusVout(IntFlag):
    """STATUS_VOUT (17.3)."""

    OV_FAULT = 0x80
    OV_WARNING = 0x40
    UV_WARNING = 0x20
    UV_FAULT = 0x10
    MAX_MIN_WARNING = 0x08
    TON_MAX_FAULT = 0x04
    TOFF_MAX_WARNING = 0x02
    TRACKING_ERROR = 0x01


class StatusIout(IntFlag):
    """STATUS_IOUT (17.4)."""

    OC_FAULT = 0x80
    OC_LOW_VOLTAGE_FAULT = 0x40
    OC_WARNING = 0x20
    UC_FAULT = 0x10
    CURRENT_SHARE_FAULT = 0x08
    POWER_LIMITING = 0x04
    POUT_OP_FAULT = 0x02
    POUT_OP_WARNING = 0x01


class StatusInput(IntFlag):
    """STATUS_INPUT (17.5)."""

    VIN_OV_FAULT = 0x80
    VIN_OV_WARNING = 0x40
    VIN_UV_WARNING = 0x20
    VIN_UV_FAULT = 0x10
    OFF_FOR_LOW_INPUT = 0x08
    IIN_OC_FAULT = 0x04
    IIN_OC_WARNING = 0x02
    PIN_OP_WARNING = 0x01


class StatusTemperature(IntFlag):
    """STATUS_TEMPERATURE (17.6)."""

    OT_FAULT = 0x80
    OT_WARNING = 0x40
    UT_WARNING = 0x20
    UT_FAULT = 0x10


class StatusCml(IntFlag):
    """STATUS_CML (17.7): communication, memory, logic."""

    INVALID_COMMAND = 0x80
    INVALID_DATA = 0x40
    PEC_FAILED = 0x20
    MEMORY_FAULT = 0x10
    PROCESSOR_FAULT = 0x08
    OTHER_COMMUNICATION = 0x02
    OTHER_MEMORY_OR_LOGIC = 0x01


@dataclass(frozen=True, slots=True)
class Status:
    """All of a page's status registers at one moment."""

    word: StatusWord
    vout: StatusVout
    iout: StatusIout
    input: StatusInput
    temperature: StatusTemperature
    cml: StatusCml

    @property
    def power_good(self) -> bool:
        """Whether the power-good signal is there."""
        return not self.word & StatusWord.POWER_GOOD_NEGATED

    @property
    def is_off(self) -> bool:
        """Whether the output is off, for whatever reason."""
        return bool(self.word & StatusWord.OFF)

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, in words: the names of all bits but those that a page which is off has anyway."""
        registers = {"VOUT": self.vout, "IOUT": self.iout, "INPUT": self.input, "TEMPERATURE": self.temperature}
        every = {**registers, "CML": self.cml}
        return tuple(f"{name} {bit.name}" for name, register in every.items() for bit in register if bit.name)
