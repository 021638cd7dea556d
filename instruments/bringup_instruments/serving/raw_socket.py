"""The raw socket of an instrument: program messages over plain TCP, for any number of clients up to a bound.

`TCPIP::host::port::SOCKET` in VISA; port 5025 on most real instruments. Neighbours: `stream_link.py` is one client,
`tcp_wire.py` its connection.
"""

from __future__ import annotations

import asyncio

from .desk import Desk
from .stream_link import StreamLink
from .tcp_wire import TcpWire
from .wire import Wire

MOST_CLIENTS = 32  # of one instrument; real ones take four to sixteen (estimate)


class RawSocketServer:
    """The server; `await loop.create_server(server.protocol_factory, host, port)`.

    Args:
        desk: the instrument's.
        loop: the event loop.
    """

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self._desk = desk
        self._loop = loop

    def protocol_factory(self) -> asyncio.Protocol:
        """A protocol for an accepted connection."""
        return TcpWire(self.link, self._loop)

    def link(self, wire: Wire) -> StreamLink:
        """A client on any byte stream."""
        return StreamLink(wire, self._desk, self._loop)
