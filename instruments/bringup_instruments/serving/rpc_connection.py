"""One TCP connection of an ONC RPC client: its calls are carried out in order, each in its own time.

A call is a coroutine, so one that waits keeps back only its own connection. Neighbours: `onc_rpc.py` has the format,
`vxi11.py` the programs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Protocol, cast

from .onc_rpc import Accept, BadRecord, Call, Denied, RecordReader, as_record, parse_call, reply
from .quick_socket import send_at_once
from .xdr import XdrMistake, XdrReader, xdr_uint

MOST_WAITING = 16  # calls that one connection may send ahead; then it is not read until they are done
NULL_PROCEDURE = 0


class UnknownProcedure(Exception):
    """The program has no such procedure."""


class Program(Protocol):
    """What can be called."""

    @property
    def version(self) -> int:
        """The only one that there is."""

    async def call(self, procedure: int, arguments: XdrReader) -> bytes:
        """Carry out a procedure; its results.

        Raises:
            UnknownProcedure: there is none of that number.
            XdrMistake: the arguments are not its own.
        """


class RpcConnection(asyncio.Protocol):
    """A connection. Subclasses fill `programs` when it is made, and tidy up when it is lost.

    Args:
        loop: the event loop.
        longest_record: bytes of a call.

    Attributes:
        programs: by number.
        transport: None when the connection is gone.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, longest_record: int) -> None:
        self.programs: Mapping[int, Program] = {}
        self.transport: asyncio.Transport | None = None
        self._loop = loop
        self._reader = RecordReader(longest_record)
        self._records: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted."""
        self.transport = cast("asyncio.Transport", transport)
        send_at_once(transport)
        self._task = self._loop.create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._reader.feed(data)
        try:
            while (record := self._reader.next()) is not None:
                self._records.append(record)
        except BadRecord:
            self.drop()
            return
        self._arrived.set()
        if len(self._records) > MOST_WAITING and self.transport is not None:
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """The connection is gone; whatever is being carried out for it ends."""
        self.transport = None
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """The client does not read its replies."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """It has read."""
        self._may_write.set()

    def drop(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abort()

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            while self._records:
                answer = await self._answer(self._records.popleft())
                if answer and self.transport is not None and not self.transport.is_closing():
                    self.transport.write(as_record(answer))
                await self._may_write.wait()
            self._arrived.clear()
            if self.transport is not None and not self.transport.is_closing():
                self.transport.resume_reading()

    async def _answer(self, record: bytes) -> bytes:
        """The reply to a record; nothing for one that is no call."""
        try:
            asked = parse_call(record)
        except Denied as denied:
            return denied.reply
        except XdrMistake:
            return b""
        program = self.programs.get(asked.program)
        if program is None:
            return reply(asked.xid, Accept.PROGRAM_UNAVAILABLE)
        if asked.version != program.version:
            return reply(asked.xid, Accept.PROGRAM_MISMATCH, xdr_uint(program.version, program.version))
        return await self._carried_out(program, asked)

    async def _carried_out(self, program: Program, asked: Call) -> bytes:
        if asked.procedure == NULL_PROCEDURE:
            return reply(asked.xid, Accept.SUCCESS)
        try:
            return reply(asked.xid, Accept.SUCCESS, await program.call(asked.procedure, asked.arguments))
        except UnknownProcedure:
            return reply(asked.xid, Accept.PROCEDURE_UNAVAILABLE)
        except XdrMistake:
            return reply(asked.xid, Accept.GARBAGE_ARGUMENTS)
        except Exception as error:  # a mistake in a model must not cost the client its connection
            self._loop.call_exception_handler({"message": "a VXI-11 call failed", "exception": error})
            return reply(asked.xid, Accept.SYSTEM_ERROR)
