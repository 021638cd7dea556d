"""Bytes as they come, made into whole program messages; what never ends is dropped at a limit.

Neighbours: `lexer.message_end` knows where a message ends, `device.py` compiles what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator

from .lexer import message_end

INPUT_LIMIT = 1 << 20  # bytes without a terminator, beyond any sane message (estimate); then -363


class InputBuffer:
    """The input of one instrument. `pending` is true while a message has begun and not ended."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._overrun = False
        self.pending = False

    def take(self, data: bytes, end: bool) -> Iterator[bytes | None]:
        """Add bytes and give out every message that is whole; None for one that overran the buffer.

        Args:
            data: what came.
            end: the wire marked the last byte as the end of the message.
        """
        self._bytes += data
        while length := message_end(self._bytes):
            message = bytes(self._bytes[:length])
            del self._bytes[:length]
            yield self._whole(message)
        if end and (self._bytes or self._overrun):
            message = bytes(self._bytes)
            self._bytes.clear()
            yield self._whole(message)
        elif len(self._bytes) > INPUT_LIMIT:
            self._bytes.clear()
            self._overrun = True
        self.pending = bool(self._bytes) or self._overrun

    def clear(self) -> None:
        """Forget what has begun."""
        self._bytes.clear()
        self.pending = self._overrun = False

    def _whole(self, message: bytes) -> bytes | None:
        """The message, unless it is the tail of one whose beginning was dropped."""
        if self._overrun:
            self._overrun = False
            return None
        return message
