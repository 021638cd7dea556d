"""The way back of VXI-11: the server calls the client's device_intr_srq when an instrument requests service.

Neighbours: `vxi11_core.py` opens and closes it, `onc_rpc.py` has the format.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import cast

from .onc_rpc import as_record, call
from .quick_socket import send_at_once
from .vxi11_link import Vxi11Error
from .xdr import xdr_opaque

SERVICE_REQUEST_PROCEDURE = 30
CONNECT_S = 5.0  # wall seconds for the client to accept (estimate)
MOST_UNSENT = 1 << 16  # bytes; a client that does not take its service requests loses them


@dataclass(frozen=True, slots=True)
class Target:
    """What the client listens with: its port, and the program and version that it named."""

    port: int
    program: int
    version: int


class _Outgoing(asyncio.Protocol):
    """The connection; replies to device_intr_srq are read and forgotten."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        send_at_once(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        self.transport = None


class InterruptChannel:
    """One client's.

    Args:
        loop: the event loop.
        address: the client's own; it is the only machine that may be called up.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str) -> None:
        self._loop = loop
        self._address = address
        self._outgoing: _Outgoing | None = None
        self._target = Target(0, 0, 0)
        self._xid = 0

    async def open(self, target: Target, *, is_tcp: bool) -> Vxi11Error:
        """Connect; the UDP kind is not there."""
        if self._outgoing is not None and self._outgoing.transport is not None:
            return Vxi11Error.CHANNEL_EXISTS
        if not is_tcp:
            return Vxi11Error.NOT_SUPPORTED
        if not 0 < target.port <= 0xFFFF:
            return Vxi11Error.PARAMETER
        with contextlib.suppress(OSError, TimeoutError):
            made = self._loop.create_connection(_Outgoing, self._address, target.port)
            _, self._outgoing = await asyncio.wait_for(made, CONNECT_S)
            self._target = target
            return Vxi11Error.NONE
        return Vxi11Error.NO_CHANNEL

    def close(self) -> Vxi11Error:
        """Disconnect."""
        outgoing, self._outgoing = self._outgoing, None
        if outgoing is None or outgoing.transport is None:
            return Vxi11Error.NO_CHANNEL
        outgoing.transport.close()
        return Vxi11Error.NONE

    def request_service(self, handle: bytes) -> None:
        """Call the client up; never waits."""
        transport = self._outgoing.transport if self._outgoing is not None else None
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > MOST_UNSENT:
            return
        self._xid = (self._xid + 1) & 0xFFFF_FFFF
        target = self._target
        body = call(self._xid, target.program, target.version, SERVICE_REQUEST_PROCEDURE, xdr_opaque(handle))
        transport.write(as_record(body))
