"""The OPERATION command's values (PMBus 1.3 part II, section 12.1).

A margin comes in two kinds. A test uses the one on which faults act: the other one masks what the test looks for.
"""

from __future__ import annotations

from enum import IntEnum

ON_BIT = 0x80
SOURCE_BITS = 0x30
"""Where the set-point comes from: 0x00 VOUT_COMMAND, 0x10 VOUT_MARGIN_LOW, 0x20 VOUT_MARGIN_HIGH."""

FAULT_BITS = 0x0C
"""While margined: 0x04 faults are ignored, 0x08 they act."""


class Operation(IntEnum):
    """What a device is told to do with its output."""

    OFF = 0x00
    SOFT_OFF = 0x40
    ON = 0x80
    MARGIN_LOW_IGNORING_FAULTS = 0x94
    MARGIN_LOW = 0x98
    MARGIN_HIGH_IGNORING_FAULTS = 0xA4
    MARGIN_HIGH = 0xA8

    @classmethod
    def of(cls, byte: int) -> Operation:
        """What a byte means: only the two highest bits count while off, the middle two more while on.

        Raises:
            ValueError: the byte is one of those that the specification has not given out.
        """
        if not byte & ON_BIT:
            return cls(byte & 0xC0)
        return cls.ON if byte & 0xF0 == ON_BIT else cls(byte & 0xFC)

    @property
    def is_on(self) -> bool:
        """Whether the output is to be on."""
        return bool(self & ON_BIT)

    @property
    def masks_faults(self) -> bool:
        """Whether faults of the output voltage are let pass."""
        return self in (Operation.MARGIN_LOW_IGNORING_FAULTS, Operation.MARGIN_HIGH_IGNORING_FAULTS)
