"""What an instrument can complain about: SCPI-99 error numbers and the queue that they wait in.

Numbers and texts are those of SCPI-99 volume 2, chapter 21.8. Neighbours: `status.py` turns a number into its
event status bit, `device.py` reports what the parser and the commands raise.
"""

from __future__ import annotations

from collections import deque
from enum import IntFlag

STANDARD_ERRORS = {
    0: "No error",
    -100: "Command error",
    -101: "Invalid character",
    -102: "Syntax error",
    -103: "Invalid separator",
    -104: "Data type error",
    -105: "GET not allowed",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -110: "Command header error",
    -111: "Header separator error",
    -112: "Program mnemonic too long",
    -113: "Undefined header",
    -114: "Header suffix out of range",
    -120: "Numeric data error",
    -121: "Invalid character in number",
    -123: "Exponent too large",
    -124: "Too many digits",
    -128: "Numeric data not allowed",
    -130: "Suffix error",
    -131: "Invalid suffix",
    -134: "Suffix too long",
    -138: "Suffix not allowed",
    -140: "Character data error",
    -141: "Invalid character data",
    -144: "Character data too long",
    -148: "Character data not allowed",
    -150: "String data error",
    -151: "Invalid string data",
    -158: "String data not allowed",
    -160: "Block data error",
    -161: "Invalid block data",
    -168: "Block data not allowed",
    -170: "Expression error",
    -171: "Invalid expression",
    -178: "Expression data not allowed",
    -200: "Execution error",
    -211: "Trigger ignored",
    -213: "Init ignored",
    -214: "Trigger deadlock",
    -220: "Parameter error",
    -221: "Settings conflict",
    -222: "Data out of range",
    -223: "Too much data",
    -224: "Illegal parameter value",
    -230: "Data corrupt or stale",
    -240: "Hardware error",
    -241: "Hardware missing",
    -300: "Device-specific error",
    -310: "System error",
    -321: "Out of memory",
    -330: "Self-test failed",
    -350: "Queue overflow",
    -363: "Input buffer overrun",
    -400: "Query error",
    -410: "Query INTERRUPTED",
    -420: "Query UNTERMINATED",
    -430: "Query DEADLOCKED",
    -440: "Query UNTERMINATED after indefinite response",
}


class EventStatus(IntFlag):
    """The standard event status register (IEEE 488.2, 11.5.1)."""

    OPERATION_COMPLETE = 1
    QUERY_ERROR = 4
    DEVICE_ERROR = 8
    EXECUTION_ERROR = 16
    COMMAND_ERROR = 32
    POWER_ON = 128


class ScpiError(Exception):
    """An entry for the error queue; raised by the parser and by commands, never seen by a client as such.

    Args:
        number: a standard (negative) number, or the model's own (positive) one.
        text: the queue's text; the standard one where left out.
    """

    def __init__(self, number: int, text: str | None = None) -> None:
        self.number = number
        self.text = STANDARD_ERRORS[number] if text is None else text
        super().__init__(f'{number},"{self.text}"')

    @property
    def event_bit(self) -> EventStatus:
        """The event status bit that this number sets (SCPI-99 volume 2, 21.8.2)."""
        if -200 < self.number <= -100:
            return EventStatus.COMMAND_ERROR
        if -300 < self.number <= -200:
            return EventStatus.EXECUTION_ERROR
        if -500 < self.number <= -400:
            return EventStatus.QUERY_ERROR
        return EventStatus.DEVICE_ERROR


class ErrorQueue:
    """First in, first out; when full, the newest entry gives way to -350 (SCPI-99 volume 2, 21.8.1).

    Args:
        capacity: how many entries the model's manual promises.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._entries: deque[ScpiError] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, error: ScpiError) -> None:
        """Add an entry, or mark the overflow in the last place."""
        if len(self._entries) < self.capacity:
            self._entries.append(error)
        elif self._entries[-1].number != -350:
            self._entries[-1] = ScpiError(-350)

    def pop(self) -> ScpiError | None:
        """Take the oldest entry, or None."""
        return self._entries.popleft() if self._entries else None

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()
