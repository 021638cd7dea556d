"""The standard event status of IEEE 488.2 chapter 11 for instruments that have it without SCPI.

Neighbours: `line_device.py` asks for the summary and requests service; `models/` put their own bits beside it.
"""

from __future__ import annotations

from ..scpi.errors import EventStatus

EVENT_SUMMARY = 32


class StatusByte488:
    """The event register, its mask, and the service mask."""

    def __init__(self) -> None:
        self.event = int(EventStatus.POWER_ON)
        self.event_enable = 0

    def report(self, bit: EventStatus) -> None:
        """Latch an event."""
        self.event |= bit.value

    def take_event(self) -> int:
        """Read and clear the events."""
        event, self.event = self.event, 0
        return event

    @property
    def summary(self) -> int:
        """The ESB bit of the status byte."""
        return EVENT_SUMMARY if self.event & self.event_enable else 0
