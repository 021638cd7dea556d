"""The procedures of VXI-11's core and abort channels (VXI-11 revision 1.0, appendix B).

Neighbours: `vxi11_link.py` does the work, `vxi11_interrupt.py` is the way back for service requests, `vxi11.py`
the server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from .rpc_connection import UnknownProcedure
from .vxi11_interrupt import InterruptChannel, Target
from .vxi11_link import Vxi11Error, Vxi11Link
from .xdr import XdrReader, xdr_int, xdr_opaque, xdr_uint

CORE_PROGRAM, ABORT_PROGRAM, VERSION = 0x0607AF, 0x0607B0, 1
LARGEST_RECEIVED = 1 << 20  # bytes of one device_write (maxRecvSize)
LONGEST_NAME = 256
LONGEST_HANDLE = 40
WAIT_FOR_LOCK, END, TERMINATION_CHARACTER = 0x01, 0x08, 0x80


class Vxi11Host(Protocol):
    """What keeps the links: the server, for one of its connections."""

    def open_link(self, name: str) -> Vxi11Link | Vxi11Error:
        """A new link of this connection with a device."""

    def link(self, number: int) -> Vxi11Link | None:
        """A link of this connection."""

    def any_link(self, number: int) -> Vxi11Link | None:
        """A link of any connection."""

    def close_link(self, link: Vxi11Link) -> None:
        """Destroy a link."""

    @property
    def port(self) -> int:
        """The TCP port that also takes aborts."""

    @property
    def interrupts(self) -> InterruptChannel:
        """This connection's way back."""


class AbortProgram:
    """device_abort; it comes on another connection than what it aborts."""

    version = VERSION

    def __init__(self, host: Vxi11Host) -> None:
        self._host = host

    async def call(self, procedure: int, arguments: XdrReader) -> bytes:
        """Carry out a procedure."""
        if procedure != 1:
            raise UnknownProcedure
        link = self._host.any_link(arguments.signed())
        if link is None:
            return xdr_int(Vxi11Error.INVALID_LINK)
        link.abort()
        return xdr_int(Vxi11Error.NONE)


class CoreProgram:
    """Everything else."""

    version = VERSION

    def __init__(self, host: Vxi11Host) -> None:
        self._host = host
        self._procedures: dict[int, Callable[[XdrReader], Awaitable[bytes]]] = {
            10: self._create_link,
            11: self._write,
            12: self._read,
            13: self._read_status_byte,
            14: self._trigger,
            15: self._clear,
            16: self._remote_or_local,
            17: self._remote_or_local,
            18: self._lock,
            19: self._unlock,
            20: self._enable_service_requests,
            22: self._do_command,
            23: self._destroy_link,
            25: self._create_interrupt_channel,
            26: self._destroy_interrupt_channel,
        }

    async def call(self, procedure: int, arguments: XdrReader) -> bytes:
        """Carry out a procedure."""
        if procedure not in self._procedures:
            raise UnknownProcedure
        return await self._procedures[procedure](arguments)

    # Links.

    async def _create_link(self, arguments: XdrReader) -> bytes:
        arguments.signed()  # the client's own number, for nothing
        wants_lock, timeout_s = arguments.boolean(), arguments.unsigned() / 1000.0
        name = arguments.opaque(LONGEST_NAME).decode("latin-1")
        link = self._host.open_link(name)
        error, number = Vxi11Error.NONE, 0
        if isinstance(link, Vxi11Error):
            error = link
        else:
            number = link.number
            if wants_lock:
                error = await link.lock(wait=True, timeout_s=timeout_s)
            if error:
                self._host.close_link(link)
        return xdr_int(error) + xdr_int(number) + xdr_uint(self._host.port, LARGEST_RECEIVED)

    async def _destroy_link(self, arguments: XdrReader) -> bytes:
        link = self._host.link(arguments.signed())
        if link is None:
            return xdr_int(Vxi11Error.INVALID_LINK)
        self._host.close_link(link)
        return xdr_int(Vxi11Error.NONE)

    # Messages.

    async def _write(self, arguments: XdrReader) -> bytes:
        link = self._host.link(arguments.signed())
        arguments.unsigned()  # io_timeout: what is written never waits here
        lock_timeout_s, flags = arguments.unsigned() / 1000.0, arguments.signed()
        data = arguments.opaque(LARGEST_RECEIVED)
        error = await self._admitted(link, flags, lock_timeout_s)
        if link is not None and not error:
            error = link.write(data, bool(flags & END))
        return xdr_int(error) + xdr_uint(0 if error else len(data))

    async def _read(self, arguments: XdrReader) -> bytes:
        link, count = self._host.link(arguments.signed()), arguments.unsigned()
        io_timeout_s, lock_timeout_s = arguments.unsigned() / 1000.0, arguments.unsigned() / 1000.0
        flags, character = arguments.signed(), arguments.signed() & 0xFF
        error = await self._admitted(link, flags, lock_timeout_s)
        reason, data = 0, b""
        if link is not None and not error:
            stop = character if flags & TERMINATION_CHARACTER else None
            error, reason, data = await link.read(count, io_timeout_s, stop)
        return xdr_int(error) + xdr_int(reason) + xdr_opaque(data)

    # What has only the generic parameters.

    async def _read_status_byte(self, arguments: XdrReader) -> bytes:
        link, error = await self._generic(arguments)
        return xdr_int(error) + xdr_uint(0 if link is None or error else link.status_byte())

    async def _trigger(self, arguments: XdrReader) -> bytes:
        link, error = await self._generic(arguments)
        return xdr_int(error if link is None or error else link.trigger())

    async def _clear(self, arguments: XdrReader) -> bytes:
        link, error = await self._generic(arguments)
        if link is not None and not error:
            link.clear()
        return xdr_int(error)

    async def _remote_or_local(self, arguments: XdrReader) -> bytes:
        """device_remote and device_local: nobody stands at a simulated front panel."""
        _, error = await self._generic(arguments)
        return xdr_int(error)

    async def _generic(self, arguments: XdrReader) -> tuple[Vxi11Link | None, Vxi11Error]:
        link, flags, lock_timeout_s = (
            self._host.link(arguments.signed()),
            arguments.signed(),
            arguments.unsigned() / 1000.0,
        )
        arguments.unsigned()  # io_timeout
        return link, await self._admitted(link, flags, lock_timeout_s)

    async def _admitted(self, link: Vxi11Link | None, flags: int, lock_timeout_s: float) -> Vxi11Error:
        if link is None:
            return Vxi11Error.INVALID_LINK
        return await link.admitted(bool(flags & WAIT_FOR_LOCK), lock_timeout_s)

    # Locks.

    async def _lock(self, arguments: XdrReader) -> bytes:
        link, flags, timeout_s = self._host.link(arguments.signed()), arguments.signed(), arguments.unsigned() / 1000.0
        if link is None:
            return xdr_int(Vxi11Error.INVALID_LINK)
        return xdr_int(await link.lock(bool(flags & WAIT_FOR_LOCK), timeout_s))

    async def _unlock(self, arguments: XdrReader) -> bytes:
        link = self._host.link(arguments.signed())
        return xdr_int(Vxi11Error.INVALID_LINK if link is None else link.unlock())

    # Service requests.

    async def _enable_service_requests(self, arguments: XdrReader) -> bytes:
        link, enable = self._host.link(arguments.signed()), arguments.boolean()
        handle = arguments.opaque(LONGEST_HANDLE)
        if link is None:
            return xdr_int(Vxi11Error.INVALID_LINK)
        link.handle = handle if enable else None
        return xdr_int(Vxi11Error.NONE)

    async def _create_interrupt_channel(self, arguments: XdrReader) -> bytes:
        arguments.unsigned()  # the client's address; the connection knows it, and nobody else shall be called up
        port, program, version = arguments.unsigned(), arguments.unsigned(), arguments.unsigned()
        family = arguments.signed()
        return xdr_int(await self._host.interrupts.open(Target(port, program, version), is_tcp=family == 0))

    async def _destroy_interrupt_channel(self, arguments: XdrReader) -> bytes:
        del arguments
        return xdr_int(self._host.interrupts.close())

    async def _do_command(self, arguments: XdrReader) -> bytes:
        """device_docmd: the instruments have no commands of that kind."""
        link = self._host.link(arguments.signed())
        error = Vxi11Error.INVALID_LINK if link is None else Vxi11Error.NOT_SUPPORTED
        return xdr_int(error) + xdr_opaque(b"")
