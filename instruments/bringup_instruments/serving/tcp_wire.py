"""A byte stream over an accepted TCP connection, with a bounded write buffer.

A client that does not read what it is sent is not read from either; if it takes nothing for `STALLED_S`, it is cut.
Neighbours: `listener.py` accepts, `wire.py` has the contract, `stream_link.py` and `console_desk.py` use it.
"""

from __future__ import annotations

import asyncio
from typing import cast

from .wire import UserOf, WireUser

WRITE_BUFFER = 1 << 18  # bytes beyond which a client counts as slow
STALLED_S = 30.0  # wall seconds in which a slow client must take something (estimate)
LINGER_S = 1.0  # wall seconds for which a client that sends no more is given the rest of its answers


class TcpWire(asyncio.Protocol):
    """One connection.

    Args:
        user_of: makes who talks over it.
        loop: the event loop.
    """

    def __init__(self, user_of: UserOf, loop: asyncio.AbstractEventLoop) -> None:
        self._user_of = user_of
        self._loop = loop
        self._user: WireUser | None = None
        self._transport: asyncio.Transport | None = None
        self._is_held = False
        self._has_ended = False
        self._watch: asyncio.TimerHandle | None = None
        self._seen_backlog = 0

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self._user = self._user_of(self)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._user is not None:
            self._user.received(data)

    def eof_received(self) -> bool:
        """The client sends no more; True keeps the connection for what it still has to be told."""
        self._has_ended = True
        if self._user is not None:
            self._loop.call_later(LINGER_S, self.finish)
            self._user.ended()
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """It is gone."""
        self._transport = None
        self._unwatch()
        user, self._user = self._user, None
        if user is not None:
            user.gone()

    def pause_writing(self) -> None:
        """The client is slow."""
        self._seen_backlog = self.backlog
        self._watch = self._loop.call_later(STALLED_S, self._look)
        if self._user is not None:
            self._user.full(True)

    def resume_writing(self) -> None:
        """It has read."""
        self._unwatch()
        if self._user is not None:
            self._user.full(False)

    # The user's side.

    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet, beyond what the system holds for it."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def send(self, data: bytes) -> None:
        """Bytes for the client."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def hold(self, held: bool) -> None:
        """Read no more, or go on."""
        if held is self._is_held:
            return
        self._is_held = held
        if self._transport is None or self._transport.is_closing() or self._has_ended:
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def finish(self) -> None:
        """Close when the client has everything."""
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _look(self) -> None:
        """Has the slow client taken anything?"""
        backlog = self.backlog
        if backlog >= self._seen_backlog:
            self.drop()
            return
        self._seen_backlog = backlog
        self._watch = self._loop.call_later(STALLED_S, self._look)

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
