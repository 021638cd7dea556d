"""What a bad wire does to replies: nothing, noise, half a line, another query's answer.

`FaultyDevice` wraps any `MessageDevice`; what is written always reaches the instrument, as on a wire whose return
path is bad. The fault can be put on and taken off while clients talk. Neighbours: `scpi/message_device.py`.
"""

from __future__ import annotations

import random
import threading
from enum import Enum

from bringup.clock import Clock

from ..scpi import MessageDevice

_WHOLE = 1 << 24  # bytes: more than any reply


class WireFault(Enum):
    """How replies are spoilt."""

    NO_ANSWER = "no answer: the reply is lost and the reader waits its whole timeout"
    GARBAGE = "garbage: as many bytes of noise as the reply had, the newline intact"
    HALF_LINE = "half a line: the reply is cut in the middle and has no newline"
    OTHERS_REPLY = "another query's answer: replies come one query late"


class FaultyDevice:
    """A device behind a bad wire.

    Args:
        device: the real one.
        fault: what happens to replies, or None while the wire is good.
        seed: of the noise.
    """

    def __init__(self, device: MessageDevice, fault: WireFault | None, seed: int = 0) -> None:
        self.device = device
        self.fault = fault
        self._noise = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._lock = threading.Lock()
        self._late = b""  # the reply before, for OTHERS_REPLY
        self._rest = b""

    @property
    def clock(self) -> Clock:
        """The wrapped device's."""
        return self.device.clock

    def write(self, data: bytes, end: bool) -> None:
        """Pass on; what was not read of a spoilt reply is lost."""
        with self._lock:
            self._rest = b""
        self.device.write(data, end)

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        """Read a whole reply from the device and give out what the wire makes of it.

        Raises:
            TimeoutError: no reply, or it was lost; `timeout_s` of lab time has passed.
        """
        with self._lock:
            if self._rest:
                return self._give_out(max_bytes)
        started_at_s = self.clock.now()
        reply = self._whole_reply(timeout_s)
        if self.fault is WireFault.NO_ANSWER:
            self.clock.sleep(max(started_at_s + timeout_s - self.clock.now(), 0.0))
            raise TimeoutError("the reply was lost on the wire")
        with self._lock:
            self._rest = self._spoil(reply)
            return self._give_out(max_bytes)

    def clear(self) -> None:
        """Device clear; the late reply is gone too, and so the client is in step until the next one."""
        with self._lock:
            self._rest = self._late = b""
        self.device.clear()

    def status_byte(self) -> int:
        """Pass on: a serial poll is not a message."""
        return self.device.status_byte()

    def _whole_reply(self, timeout_s: float) -> bytes:
        give_up_at_s = self.clock.now() + timeout_s
        reply, ended = self.device.read(_WHOLE, timeout_s)
        while not ended:
            more, ended = self.device.read(_WHOLE, max(give_up_at_s - self.clock.now(), 0.0))
            reply += more
        return reply

    def _spoil(self, reply: bytes) -> bytes:
        before, self._late = self._late, reply
        if self.fault is WireFault.GARBAGE:
            return self._noise.randbytes(max(len(reply) - 1, 1)).replace(b"\n", b"\0") + b"\n"
        if self.fault is WireFault.HALF_LINE:
            return reply[: max(len(reply) // 2, 1)]
        if self.fault is WireFault.OTHERS_REPLY:
            return before or self._identity()
        return reply

    def _identity(self) -> bytes:
        """Nothing was answered yet: somebody else's *IDN? is the likeliest stray reply."""
        self.device.write(b"*IDN?\n", end=True)
        return self.device.read(_WHOLE, 0.0)[0]

    def _give_out(self, max_bytes: int) -> tuple[bytes, bool]:
        data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return data, not self._rest
