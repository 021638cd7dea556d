"""The status model of IEEE 488.2 chapter 11 and SCPI-99 volume 1 chapter 9.

One `Status` per instrument: the event status register, the two SCPI register groups, the error queue and the
status byte that summarises them. Neighbours: `common.py` puts commands on it, `device.py` reports errors to it.
"""

from __future__ import annotations

from enum import IntFlag

from .errors import ErrorQueue, EventStatus, ScpiError

ALL_FIFTEEN_BITS = 0x7FFF  # bit 15 is never used, so that the value stays positive in a signed 16-bit word


class StatusByte(IntFlag):
    """The bits of the status byte (IEEE 488.2, 11.2, with SCPI-99's for the rest)."""

    ERROR_QUEUE = 4
    QUESTIONABLE = 8
    MESSAGE_AVAILABLE = 16
    EVENT_STATUS = 32
    SERVICE = 64  # MSS in *STB?, RQS in a serial poll
    OPERATION = 128


class RegisterGroup:
    """Condition, transition filters, latched events and their enable mask."""

    __slots__ = ("condition", "enable", "event", "falling", "rising")

    def __init__(self) -> None:
        self.condition = 0
        self.event = 0
        self.preset()

    def preset(self) -> None:
        """What STATus:PRESet asks for: pass rising edges, enable nothing (SCPI-99 volume 2, 20.2)."""
        self.enable = 0
        self.rising = ALL_FIFTEEN_BITS
        self.falling = 0

    def update(self, condition: int) -> None:
        """Move the condition register; edges that the filters pass are latched."""
        before = self.condition
        if condition == before:
            return
        self.condition = condition
        self.event |= (condition & ~before & self.rising) | (~condition & before & self.falling)

    def latch(self, bits: int) -> None:
        """Latch events that have no lasting condition (a meter's overload, say)."""
        self.event |= bits

    def take_event(self) -> int:
        """Read and clear the event register."""
        event, self.event = self.event, 0
        return event

    @property
    def summary(self) -> bool:
        """Whether an enabled event is latched."""
        return bool(self.event & self.enable)


class Status:
    """All status of one instrument.

    Args:
        error_capacity: length of the error queue.
    """

    def __init__(self, error_capacity: int) -> None:
        self.errors = ErrorQueue(error_capacity)
        self.operation = RegisterGroup()
        self.questionable = RegisterGroup()
        self.more: list[RegisterGroup] = []  # a model's own below those two: cleared and preset with them
        self.event = int(EventStatus.POWER_ON)
        self.event_enable = 0
        self.service_enable = 0
        self.requests = 0  # how often service was requested
        self._reasons = 0
        self._request = False

    def report(self, error: ScpiError) -> None:
        """Queue an error and set its event status bit."""
        self.errors.push(error)
        self.event |= error.event_bit

    def clear(self) -> None:
        """What *CLS clears: all events and the error queue, no enable mask (IEEE 488.2, 10.3)."""
        self.event = 0
        self.operation.event = 0
        self.questionable.event = 0
        for group in self.more:
            group.event = 0
        self.errors.clear()

    def power_on(self) -> None:
        """The power came back: every register and mask anew, as *PSC 1 has it (IEEE 488.2, 10.25), and PON is set."""
        self.clear()
        for group in (self.operation, self.questionable, *self.more):
            group.condition = 0
            group.preset()
        self.event_enable = self.service_enable = 0
        self.event = int(EventStatus.POWER_ON)

    def take_event(self) -> int:
        """Read and clear the standard event status register."""
        event, self.event = self.event, 0
        return event

    def byte(self, message_available: bool) -> int:
        """The status byte with MSS in bit 6, as *STB? answers it."""
        byte = self._summaries(message_available)
        return byte | StatusByte.SERVICE if byte & self.service_enable else byte

    def serial_poll(self, message_available: bool) -> int:
        """The status byte with RQS in bit 6; the poll takes the request away (IEEE 488.2, 11.2.2.1)."""
        self.watch(message_available)
        byte = self._summaries(message_available)
        if self._request:
            byte |= StatusByte.SERVICE
            self._request = False
        return byte

    def watch(self, message_available: bool) -> None:
        """Request service when a new enabled reason appears; to be called after anything happened."""
        reasons = self._summaries(message_available) & self.service_enable
        if reasons & ~self._reasons:
            self._request = True
            self.requests += 1
        elif not reasons:
            self._request = False
        self._reasons = reasons

    def _summaries(self, message_available: bool) -> int:
        byte = StatusByte.MESSAGE_AVAILABLE.value if message_available else 0
        if self.errors:
            byte |= StatusByte.ERROR_QUEUE.value
        if self.questionable.summary:
            byte |= StatusByte.QUESTIONABLE.value
        if self.event & self.event_enable:
            byte |= StatusByte.EVENT_STATUS.value
        if self.operation.summary:
            byte |= StatusByte.OPERATION.value
        return byte
