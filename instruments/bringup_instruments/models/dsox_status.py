"""The status byte of an InfiniiVision oscilloscope, which has a trigger bit and none for the error queue.

After the Programmer's Guide, chapter "Status Reporting". Neighbours: `scpi/status.py` has the standard one.
"""

from __future__ import annotations

from ..scpi.status import Status, StatusByte

RUN, WAIT_TRIG = 8, 32
"""Bits of the operation status register."""

TRIGGERED = 1
"""Bit 0 of the status byte: the Trigger Event Register."""


class ScopeStatus(Status):
    """With the two event registers that stand outside of IEEE 488.2's."""

    trigger_event = False
    armed_event = False

    def clear(self) -> None:
        """*CLS clears them too."""
        super().clear()
        self.trigger_event = self.armed_event = False

    def _summaries(self, message_available: bool) -> int:
        byte = super()._summaries(message_available) & ~(StatusByte.ERROR_QUEUE | StatusByte.QUESTIONABLE)
        return byte | TRIGGERED if self.trigger_event else byte
