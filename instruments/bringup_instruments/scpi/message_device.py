"""The contract between an instrument and whatever wire carries its bytes.

A PyVISA session, a raw socket, HiSLIP and VXI-11 all come down to these calls. `read` waits and is for clients in the
process; a server that must not wait asks with `poll`. Neighbours: `device.py`
keeps it for SCPI instruments, `wires/` wraps it with faults, `pyvisa_bringup` speaks it.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from bringup.clock import Clock


class Polled(NamedTuple):
    """What a device had for a server that asked.

    Attributes:
        data: bytes of the response, empty if there are none now.
        ended: whether they end the response message.
        expecting: whether more of a response is there or will come without a further write.
        next_at_s: lab time at which to ask again; infinite where nothing will come by itself.
    """

    data: bytes
    ended: bool
    expecting: bool
    next_at_s: float


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

    def message_end(self, buffer: bytes | bytearray) -> int:
        """Where the first whole program message in what a byte stream brought ends, or 0 while it is incomplete.

        A server with several clients hands over whole messages only, so that theirs do not mix.
        """

    def poll(self, max_bytes: int, *, received: bool = True) -> Polled:
        """Take what there is of the response, without waiting.

        Args:
            max_bytes: at most so many.
            received: False for a wire that learns later that its client has the bytes (HiSLIP): until `received`
                is called the message counts as available, and a new program message interrupts it.
        """

    def received(self) -> None:
        """The client has what `poll(received=False)` took."""

    def service_requests(self) -> int:
        """How often it has begun to request service; brings itself up to the present first."""


@runtime_checkable
class Cuttable(Protocol):
    """A device whose links can be cut; only then does each client get its own."""

    def open_link(self) -> MessageDevice:
        """The device as one client has it; a `ConnectionError` now, or later when the link is cut."""
