"""The contract between an instrument and whatever wire carries its bytes.

A PyVISA session, a raw socket, HiSLIP and VXI-11 all come down to these four calls. Neighbours: `device.py`
keeps it for SCPI instruments, `wires/` wraps it with faults, `pyvisa_bringup` speaks it.
"""

from __future__ import annotations

from typing import Protocol

from bringup.clock import Clock


class MessageDevice(Protocol):
    """Something that takes program messages and gives response messages, on lab time.

    Every call is safe from any thread; none holds a lock while lab time passes, so that one thread may wait for
    a reading while another one clears the device.
    """

    @property
    def clock(self) -> Clock:
        """The lab's time, on which this device waits."""

    def write(self, data: bytes, end: bool) -> None:
        """Take bytes; `end` says that the wire marked the last one as the end of the message."""

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        """Take at most `max_bytes` of the response, waiting up to `timeout_s` of lab time for it.

        Returns:
            the bytes, and whether they end the response message.

        Raises:
            TimeoutError: nothing came; `timeout_s` of lab time has passed.
        """

    def clear(self) -> None:
        """Device clear: forget input, output and whatever is being executed; settings stay."""

    def status_byte(self) -> int:
        """Serial poll: the status byte with RQS in bit 6, which the poll takes away."""
