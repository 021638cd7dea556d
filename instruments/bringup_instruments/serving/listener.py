"""One TCP port of the served lab: bound and listening at once, its clients counted, acknowledged early, and let go.

Delayed acknowledges would cost a client that writes and then asks 40 ms each time, so they are switched off anew
after every receive, where the system can. Neighbours: `ports.py` opens them, the protocols of the wires serve them.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

ACCEPTED_AT_ONCE = 16  # connections in one turn of the loop, so that a flood of them does not hold up the rest
QUEUE = 1024  # connections that the system keeps until they are accepted; it may keep fewer
CHUNK = 1 << 15  # bytes of one client in one turn of the loop, likewise; asyncio's own choice is 256 KiB
KEEPALIVE_S = 60  # wall seconds of silence after which the system asks whether a client is still there
MOST_CONNECTIONS = 512  # of one port, whatever runs on it; a wire's own bound is lower

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Listener:
    """A port.

    Args:
        bound: the socket; it listens already, so that nobody else can take the port.

    Attributes:
        port: its number.
    """

    def __init__(self, bound: socket.socket) -> None:
        self.port: int = bound.getsockname()[1]
        self._bound = bound
        self._most = MOST_CONNECTIONS
        self._is_cut = False
        self._open: set[_Accepted] = set()
        self._server: asyncio.Server | None = None

    async def serve(self, factory: Callable[[], asyncio.Protocol], most: int = MOST_CONNECTIONS) -> None:
        """Give every client a protocol.

        Args:
            factory: makes it.
            most: clients at a time; more are accepted and closed at once.
        """
        self._most = most
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Accepted(self, factory), sock=self._bound, backlog=ACCEPTED_AT_ONCE
        )
        self._bound.listen(QUEUE)  # the loop has just shortened it

    def close(self) -> None:
        """Close the port and every connection, at once."""
        if self._server is not None:
            self._server.close()
        self._bound.close()
        for accepted in tuple(self._open):
            accepted.drop()

    def cut(self, is_cut: bool) -> None:
        """Cut every connection and admit none, or admit them again."""
        self._is_cut = is_cut
        for accepted in tuple(self._open) if is_cut else ():
            accepted.drop()

    def admit(self, accepted: _Accepted) -> bool:
        """Count a connection; False if there are too many, or the link is cut."""
        if self._is_cut or len(self._open) >= self._most:
            return False
        self._open.add(accepted)
        return True

    def left(self, accepted: _Accepted) -> None:
        """It is gone."""
        self._open.discard(accepted)


class _Accepted(asyncio.Protocol):
    """A connection: passes everything on to the wire's own protocol, made when it is admitted."""

    def __init__(self, listener: Listener, factory: Callable[[], asyncio.Protocol]) -> None:
        self._listener = listener
        self._factory = factory
        self._inner: asyncio.Protocol | None = None
        self._transport: Any = None
        self._socket: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if not self._listener.admit(self):
            transport.close()
            return
        if hasattr(transport, "max_size"):
            self._transport.max_size = CHUNK
        self._socket = transport.get_extra_info("socket")
        with suppress(OSError):  # it may be gone already
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _keep_alive(self._socket)
            self._acknowledge_at_once()
        self._inner = self._factory()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.data_received(data)
            with suppress(OSError):
                self._acknowledge_at_once()

    def eof_received(self) -> bool | None:
        return None if self._inner is None else self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.left(self)
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_writing()

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _acknowledge_at_once(self) -> None:
        """The system forgets this with time, hence anew after every receive."""
        if _QUICKACK is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


def _keep_alive(accepted: Any) -> None:
    """Notice clients that vanished without a word: their places are few."""
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = getattr(socket, "TCP_KEEPIDLE", None)
    if idle is not None:
        accepted.setsockopt(socket.IPPROTO_TCP, idle, KEEPALIVE_S)
