"""A client on a byte stream (raw socket, serial line) as a link of the desk: whole messages in, answers out.

The stream has no marks, so the instrument's own dialect says where a message ends. One message at a time waits at the
desk; the others wait here, and so a client that sends without pause takes turns with the rest. Neighbours:
`wire.py` below, `desk.py` above.
"""

from __future__ import annotations

import asyncio

from .desk import Desk, Overloaded
from .wire import Wire

LONGEST_MESSAGE = 1 << 20  # bytes; as the instruments' own input (estimate)
HIGH_WATER = 1 << 16  # bytes waiting here beyond which the client is not read
LONG_BUFFER = 1 << 16  # from here on only bytes that can end a message are worth a look
TURN_S = 0.001  # wall seconds of messages before the other clients get their turn


class StreamLink:
    """One client of one instrument; `WireUser` below, `Link` above.

    Args:
        wire: its bytes.
        desk: the instrument's.
        loop: the event loop.
    """

    confirms = False  # what was sent counts as received

    def __init__(self, wire: Wire, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self._wire = wire
        self._desk = desk
        self._loop = loop
        self._buffer = bytearray()
        self._waiting = 0  # messages at the desk that it has not begun
        self._is_full = False
        self._is_taking = False
        self._is_skipping = False  # in a message that was too long
        self._has_ended = False
        self._again: asyncio.Handle | None = None
        self._is_gone = False
        desk.join(self)

    # The wire's side.

    def received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._is_skipping:
            data = self._after_the_end(data)
        self._buffer += data
        if len(self._buffer) < LONG_BUFFER or b"\n" in data or b"\r" in data:
            self._take()
        else:
            self._refuse_the_endless()

    def full(self, is_full: bool) -> None:
        """The client has stopped reading, or goes on: so does its next message."""
        self._is_full = is_full
        self._soon()

    def ended(self) -> None:
        """The client sends no more: it gets its answers, and what has no end is nothing."""
        self._has_ended = True
        self._soon()

    def gone(self) -> None:
        """The client is gone."""
        self._is_gone = True
        if self._again is not None:
            self._again.cancel()
        self._buffer.clear()
        self._desk.leave(self)

    # The desk's side.

    def answer(self, data: bytes, ended: bool) -> None:
        """Bytes of a response."""
        self._wire.send(data)
        if ended and self._has_ended:
            self._soon()

    def service_requested(self) -> None:
        """A byte stream has no place for it."""

    # Between them.

    def _take(self) -> None:
        """Hand messages to the desk for as long as it takes them at once, but not for long."""
        self._is_taking = True
        more = self._take_for(self._loop.time() + TURN_S)
        self._is_taking = False
        if more:
            self._soon()
        waits = more or bool(self._waiting) or self._is_full
        self._wire.hold(waits and len(self._buffer) > HIGH_WATER)
        if self._has_ended and not waits and not self._desk.is_answering_to(self):
            self._wire.finish()

    def _take_for(self, until_s: float) -> bool:
        """Hand over messages until that time; whether there are more that could be taken."""
        while not self._is_gone and not self._waiting and not self._is_full:
            end = self._desk.device.message_end(self._buffer)
            if not end:
                self._refuse_the_endless()
                return False
            if self._loop.time() >= until_s:
                return True
            message = bytes(self._buffer[:end])
            del self._buffer[:end]
            self._submit(message)
        return False

    def _submit(self, message: bytes) -> None:
        self._waiting += 1
        try:
            self._desk.submit(self, message, True, begun=self._begun)
        except Overloaded:
            self._wire.drop()

    def _begun(self) -> None:
        self._waiting -= 1
        if not self._is_taking and (self._buffer or self._has_ended):
            self._soon()

    def _soon(self) -> None:
        """Look for messages in the loop's next turn, when the others have had theirs."""
        if self._again is None and not self._is_gone:
            self._again = self._loop.call_soon(self._now)

    def _now(self) -> None:
        self._again = None
        self._take()

    def _refuse_the_endless(self) -> None:
        if len(self._buffer) > LONGEST_MESSAGE:
            self._buffer.clear()
            self._is_skipping = True
            self._desk.overrun()

    def _after_the_end(self, data: bytes) -> bytes:
        """What follows the end of the message that is being skipped."""
        ends = [at for at in (data.find(b"\n"), data.find(b"\r")) if at >= 0]
        if not ends:
            return b""
        self._is_skipping = False
        return data[min(ends) + 1 :]
