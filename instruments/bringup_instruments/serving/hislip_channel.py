"""One TCP connection of a HiSLIP client; its first message says which of the two channels it is.

Neighbours: `hislip.py` keeps the sessions, `hislip_session.py` takes the messages.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from .hislip_messages import BadHeader, FatalCode, Message, MessageReader, MessageType, packed
from .hislip_session import HislipSession
from .quick_socket import send_at_once

HANDSHAKE_S = 30.0  # wall seconds for a client to initialize both channels (estimate)


class Reception(Protocol):
    """What makes sessions: the server."""

    def begin(self, channel: HislipChannel, message: Message) -> HislipSession | None:
        """Initialize: the new session, or None if the channel was told why not."""

    def join(self, channel: HislipChannel, message: Message) -> HislipSession | None:
        """AsyncInitialize: the session that it belongs to, or None if the channel was told why not."""

    def opened(self, channel: HislipChannel) -> None:
        """A connection was accepted."""

    def closed(self, channel: HislipChannel) -> None:
        """It is gone."""

    def ended(self, session: HislipSession) -> None:
        """One of a session's connections is lost."""


class HislipChannel(asyncio.Protocol):
    """A connection, synchronous or asynchronous.

    Args:
        server: makes the sessions.
        loop: the event loop.

    Attributes:
        is_full: the client does not read what it was sent.
    """

    def __init__(self, server: Reception, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._reader = MessageReader()
        self._transport: asyncio.Transport | None = None
        self._session: HislipSession | None = None
        self._is_sync = False
        self.is_full = False
        self._is_held = False  # messages wait, and nothing more is read until they are taken
        self._handshake: asyncio.TimerHandle | None = None

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted."""
        self._transport = cast("asyncio.Transport", transport)
        send_at_once(transport)
        self._handshake = self._loop.call_later(HANDSHAKE_S, self._too_late)
        self._server.opened(self)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._reader.feed(data)
        self._take()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """The connection is gone, and with it the other one and the session."""
        if self._handshake is not None:
            self._handshake.cancel()
        self._transport = None
        session, self._session = self._session, None
        self._server.closed(self)
        if session is not None:
            self._server.ended(session)

    def pause_writing(self) -> None:
        """The client is slow: nothing more is taken from it until it has read."""
        self.is_full = True

    def resume_writing(self) -> None:
        """It has read."""
        self.is_full = False
        self.go_on()

    # The session's side.

    def send(self, data: bytes) -> None:
        """Bytes for the client."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def fail(self, code: FatalCode, text: str) -> None:
        """Say why and end the connection."""
        self.send(packed(MessageType.FATAL_ERROR, code, 0, text.encode("ascii", "replace")))
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """End the connection at once: what was not sent yet is for nobody."""
        if self._transport is not None:
            self._transport.abort()

    def go_on(self) -> None:
        """Look again at messages that were held back."""
        if self._is_held:
            self._take()

    # Between them.

    def _take(self) -> None:
        """Take messages for as long as they may be."""
        try:
            while self._transport is not None and not self._transport.is_closing():
                if not self._may_take():
                    self._hold(True)
                    return
                message = self._reader.next()
                if message is None:
                    break
                self._on(message)
        except BadHeader as error:
            self.fail(FatalCode.BAD_HEADER, str(error))
        self._hold(False)

    def _may_take(self) -> bool:
        if self.is_full:
            return False
        return self._session is None or not self._is_sync or self._session.may_go_on

    def _hold(self, held: bool) -> None:
        if held is self._is_held:
            return
        self._is_held = held
        if self._transport is None or self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _on(self, message: Message) -> None:
        if self._session is None:
            self._initialize(message)
        elif not self._is_sync:
            self._session.on_async(message)
        elif self._session.is_joined:
            self._session.on_sync(message)
        else:
            self.fail(FatalCode.CHANNEL_MISSING, "the asynchronous channel is not there yet")

    def _initialize(self, message: Message) -> None:
        if message.type == MessageType.INITIALIZE:
            self._is_sync = True
            self._session = self._server.begin(self, message)
        elif message.type == MessageType.ASYNC_INITIALIZE:
            self._session = self._server.join(self, message)
        else:
            self.fail(FatalCode.BAD_INITIALIZATION, "a connection begins with Initialize or AsyncInitialize")

    def _too_late(self) -> None:
        if self._session is None or not self._session.is_joined:
            self.fail(FatalCode.BAD_INITIALIZATION, f"not initialized within {HANDSHAKE_S:g} s")
