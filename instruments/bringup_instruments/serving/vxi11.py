"""VXI-11 server for one instrument: core and abort channel on one port, which clients are told or know.

Revision 1.0 of "VXI-11 TCP/IP Instrument Protocol", device name `inst0`. Clients that ask a portmapper first need
one that names this port. Neighbours: `rpc_connection.py` is one connection, `vxi11_core.py` the procedures.
"""

from __future__ import annotations

import asyncio
from functools import partial

from .desk import Desk
from .rpc_connection import RpcConnection
from .vxi11_core import ABORT_PROGRAM, CORE_PROGRAM, LARGEST_RECEIVED, AbortProgram, CoreProgram
from .vxi11_interrupt import InterruptChannel
from .vxi11_link import Vxi11Error, Vxi11Link

DEVICE_NAMES = ("inst0", "")  # in any case; with none the server chooses
LONGEST_RECORD = LARGEST_RECEIVED + 4096  # a device_write with its headers
MOST_LINKS = 64  # of one instrument; real ones take fewer (estimate)
MOST_CONNECTIONS = 128


class Vxi11Server:
    """The server; `await loop.create_server(server.protocol_factory, host, port)`.

    Args:
        desk: the instrument's.
        loop: the event loop; the running one where it is not given.

    Attributes:
        links: of all connections, by number.
        connections: that are open.
    """

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.desk = desk
        self.loop = loop or asyncio.get_running_loop()
        self.links: dict[int, Vxi11Link] = {}
        self.connections: set[Vxi11Connection] = set()
        self._next_number = 1

    def protocol_factory(self) -> asyncio.Protocol:
        """A protocol for an accepted connection."""
        return Vxi11Connection(self)

    def close(self) -> None:
        """Drop every client."""
        for connection in tuple(self.connections):
            connection.drop()

    def new_number(self) -> int:
        """A link number that is free; they go round late, so that a stale one is noticed."""
        while self._next_number in self.links:
            self._next_number = self._next_number % 0x7FFF_FFFF + 1
        number, self._next_number = self._next_number, self._next_number % 0x7FFF_FFFF + 1
        return number


class Vxi11Connection(RpcConnection):
    """One client's connection with its links."""

    def __init__(self, server: Vxi11Server) -> None:
        super().__init__(server.loop, LONGEST_RECORD)
        self._server = server
        self._own: set[int] = set()
        self.port = 0
        self.interrupts = InterruptChannel(server.loop, "")
        self.programs = {CORE_PROGRAM: CoreProgram(self), ABORT_PROGRAM: AbortProgram(self)}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted."""
        super().connection_made(transport)
        self._server.connections.add(self)
        own, peer = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        self.port = own[1] if own else 0
        self.interrupts = InterruptChannel(self._server.loop, peer[0] if peer else "")
        if len(self._server.connections) > MOST_CONNECTIONS:
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and with it its links, their locks and their pending answers."""
        super().connection_lost(exc)
        self._server.connections.discard(self)
        self.interrupts.close()
        for number in tuple(self._own):
            self.close_link(self._server.links[number])

    def open_link(self, name: str) -> Vxi11Link | Vxi11Error:
        """A new link of this connection."""
        if name.casefold().strip("\0 ") not in DEVICE_NAMES:
            return Vxi11Error.NOT_ACCESSIBLE
        if len(self._server.links) >= MOST_LINKS:
            return Vxi11Error.OUT_OF_RESOURCES
        number = self._server.new_number()
        link = Vxi11Link(number, self._server.desk, self._server.loop, partial(_request_service, self))
        self._server.links[number] = link
        self._own.add(number)
        return link

    def link(self, number: int) -> Vxi11Link | None:
        """A link of this connection; another client's number is no key to its link."""
        return self._server.links.get(number) if number in self._own else None

    def any_link(self, number: int) -> Vxi11Link | None:
        """A link of any connection, for device_abort."""
        return self._server.links.get(number)

    def close_link(self, link: Vxi11Link) -> None:
        """Destroy a link."""
        self._own.discard(link.number)
        if self._server.links.pop(link.number, None) is not None:
            link.end()


def _request_service(connection: Vxi11Connection, handle: bytes) -> None:
    connection.interrupts.request_service(handle)
