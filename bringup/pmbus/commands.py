"""Command codes and the shape of their data (PMBus 1.3 part II, appendix I).

`Command` has the codes that our regulators know; the last three are theirs alone (`manufacturer.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum


class Shape(Enum):
    """What follows a command code; the value is the number of data bytes, None where a count comes first."""

    SEND = 0
    BYTE = 1
    WORD = 2
    BLOCK = None


class Command(IntEnum):
    """Codes, by section."""

    PAGE = 0x00  # 11.10
    OPERATION = 0x01  # 12.1
    ON_OFF_CONFIG = 0x02  # 12.2
    CLEAR_FAULTS = 0x03  # 15.1
    PHASE = 0x04  # 11.11
    WRITE_PROTECT = 0x10  # 11.1
    CAPABILITY = 0x19  # 11.12
    VOUT_MODE = 0x20  # 13.1
    VOUT_COMMAND = 0x21  # 13.2
    VOUT_MAX = 0x24  # 13.5
    VOUT_MARGIN_HIGH = 0x25  # 13.6
    VOUT_MARGIN_LOW = 0x26  # 13.7
    VOUT_TRANSITION_RATE = 0x27  # 13.8
    VOUT_OV_FAULT_LIMIT = 0x40  # 15.2
    VOUT_UV_FAULT_LIMIT = 0x44  # 15.6
    IOUT_OC_FAULT_LIMIT = 0x46  # 15.8
    OT_FAULT_LIMIT = 0x4F  # 15.17
    STATUS_BYTE = 0x78  # 17.1
    STATUS_WORD = 0x79  # 17.2
    STATUS_VOUT = 0x7A  # 17.3
    STATUS_IOUT = 0x7B  # 17.4
    STATUS_INPUT = 0x7C  # 17.5
    STATUS_TEMPERATURE = 0x7D  # 17.6
    STATUS_CML = 0x7E  # 17.7
    READ_VIN = 0x88  # 18.1
    READ_IIN = 0x89  # 18.2
    READ_VOUT = 0x8B  # 18.4
    READ_IOUT = 0x8C  # 18.5
    READ_TEMPERATURE_1 = 0x8D  # 18.6
    READ_POUT = 0x96  # 18
    READ_PIN = 0x97  # 18
    PMBUS_REVISION = 0x98  # 22.1
    MFR_ID = 0x99  # 22.2.1
    MFR_MODEL = 0x9A  # 22.2.2
    MFR_REVISION = 0x9B  # 22.2.3
    MFR_SERIAL = 0x9E  # 22.2.6
    IC_DEVICE_ID = 0xAD  # 22.3.1
    MFR_CONFIG_CRC = 0xD0
    MFR_BLACK_BOX = 0xD1
    MFR_BLACK_BOX_CLEAR = 0xD2


ALL_PAGES = ALL_PHASES = 0xFF
PEC_SUPPORTED = 0x80
"""Of CAPABILITY (11.12)."""

CONTROLLED = 0x10
"""Of ON_OFF_CONFIG (12.2): without it the output is on whenever the device has its power."""

OBEYS_OPERATION = 0x08
"""Of ON_OFF_CONFIG: the on bit of OPERATION counts."""

_SENDS = {Command.CLEAR_FAULTS, Command.MFR_BLACK_BOX_CLEAR}
_BLOCKS = {
    Command.MFR_ID,
    Command.MFR_MODEL,
    Command.MFR_REVISION,
    Command.MFR_SERIAL,
    Command.IC_DEVICE_ID,
    Command.MFR_CONFIG_CRC,
    Command.MFR_BLACK_BOX,
}
_BYTES = {
    Command.PAGE,
    Command.OPERATION,
    Command.ON_OFF_CONFIG,
    Command.PHASE,
    Command.WRITE_PROTECT,
    Command.CAPABILITY,
    Command.VOUT_MODE,
    Command.STATUS_BYTE,
    Command.STATUS_VOUT,
    Command.STATUS_IOUT,
    Command.STATUS_INPUT,
    Command.STATUS_TEMPERATURE,
    Command.STATUS_CML,
    Command.PMBUS_REVISION,
}


def _shape(command: Command) -> Shape:
    if command in _SENDS:
        return Shape.SEND
    if command in _BLOCKS:
        return Shape.BLOCK
    return Shape.BYTE if command in _BYTES else Shape.WORD


SHAPES: Mapping[Command, Shape] = {command: _shape(command) for command in Command}
