"""One VXI-11 link: what has been written and not ended, what was answered and not read, and who waits for it.

Neighbours: `vxi11_core.py` has the procedures, `desk.py` the instrument.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import IntEnum, IntFlag

from .desk import Desk, Overloaded
from .instrument_lock import LockAnswer, Released

LONGEST_PROGRAM = 1 << 24  # bytes of one program message over all its device_write calls (estimate)
MESSAGE_AVAILABLE = 16


class Vxi11Error(IntEnum):
    """Device_ErrorCode (VXI-11, table B.2), as far as a server here has use for them."""

    NONE = 0
    NOT_ACCESSIBLE = 3
    INVALID_LINK = 4
    PARAMETER = 5
    NO_CHANNEL = 6
    NOT_SUPPORTED = 8
    OUT_OF_RESOURCES = 9
    LOCKED = 11
    NO_LOCK = 12
    IO_TIMEOUT = 15
    IO_ERROR = 17
    ABORTED = 23
    CHANNEL_EXISTS = 29


class Reason(IntFlag):
    """Why a device_read ended."""

    NONE = 0
    COUNT = 1
    CHARACTER = 2
    END = 4


class Vxi11Link:
    """A link; a `Link` of the desk.

    Args:
        number: link identifier.
        desk: the instrument's.
        loop: the event loop.
        request_service: called when the instrument requests service.
    """

    confirms = True  # an answer counts as available until it is read

    def __init__(
        self, number: int, desk: Desk, loop: asyncio.AbstractEventLoop, request_service: Callable[[bytes], None]
    ) -> None:
        self.number = number
        self.handle: bytes | None = None  # of service requests, where they are enabled
        self._desk = desk
        self._loop = loop
        self._request_service = request_service
        self._written = bytearray()
        self._answer = bytearray()
        self._answer_ended = False
        self._waiter: asyncio.Future[Vxi11Error] | None = None
        self._lock_wanted = False
        desk.join(self)

    def end(self) -> None:
        """The link is destroyed, or its connection lost: its lock and its pending answer go with it."""
        self.abort()
        self._desk.leave(self)

    # The desk's side.

    def answer(self, data: bytes, ended: bool) -> None:
        """Keep response bytes until they are read."""
        self._answer += data
        self._answer_ended = ended
        if not self._lock_wanted:
            self._wake(Vxi11Error.NONE)

    def service_requested(self) -> None:
        """Tell the client, where it wants to know."""
        if self.handle is not None:
            self._request_service(self.handle)

    # What the procedures do.

    def abort(self) -> None:
        """End whatever waits on this link."""
        self._wake(Vxi11Error.ABORTED)

    async def admitted(self, wait: bool, timeout_s: float) -> Vxi11Error:
        """Whether it may use the instrument; where others have locked it and `wait` is set, only after a while."""
        lock = self._desk.lock
        if not lock.held or lock.admits(self):
            return Vxi11Error.NONE
        if not wait:
            return Vxi11Error.LOCKED

        def look() -> None:
            if lock.admits(self):
                self._wake(Vxi11Error.NONE)

        self._lock_wanted = True
        lock.watch(look)
        try:
            return await self._wait(timeout_s, Vxi11Error.LOCKED)
        finally:
            self._lock_wanted = False
            lock.unwatch(look)

    async def lock(self, wait: bool, timeout_s: float) -> Vxi11Error:
        """Take the exclusive lock; a link that has it already does not get it again (from memory of the rules)."""
        outcome: list[LockAnswer] = []

        def done(answer: LockAnswer) -> None:
            outcome.append(answer)
            self._wake(Vxi11Error.NONE if answer is LockAnswer.GRANTED else Vxi11Error.LOCKED)

        request = self._desk.lock.request(self, None, timeout_s if wait else 0.0, done)
        if outcome:
            return Vxi11Error.NONE if outcome[0] is LockAnswer.GRANTED else Vxi11Error.LOCKED
        self._lock_wanted = True
        try:
            error = await self._wait(None, Vxi11Error.LOCKED)
        finally:
            self._lock_wanted = False
            request.cancel()
        return Vxi11Error.NONE if LockAnswer.GRANTED in outcome else error  # granted, though aborted a moment before

    def unlock(self) -> Vxi11Error:
        """Give the lock back."""
        released = self._desk.lock.release(self)
        return Vxi11Error.NO_LOCK if released is Released.NOTHING else Vxi11Error.NONE

    def write(self, data: bytes, end: bool) -> Vxi11Error:
        """Take program message bytes; whole messages go to the instrument."""
        self._written += data
        if len(self._written) > LONGEST_PROGRAM:
            self._written.clear()
            return Vxi11Error.OUT_OF_RESOURCES
        try:
            if end:
                message = bytes(self._written)
                self._written.clear()
                self._submit(message, end=True)
            while length := self._desk.device.message_end(self._written):
                message = bytes(self._written[:length])
                del self._written[:length]
                self._submit(message, end=False)
        except Overloaded:
            return Vxi11Error.IO_ERROR
        return Vxi11Error.NONE

    def trigger(self) -> Vxi11Error:
        """Group execute trigger, which an IEEE 488.2 instrument treats as *TRG."""
        return self.write(b"*TRG\n", end=True)

    async def read(self, count: int, timeout_s: float, stop: int | None) -> tuple[Vxi11Error, Reason, bytes]:
        """Give response bytes, waiting for them; up to a count, a termination character or the end."""
        if not self._answer:
            self._desk.unterminated(self)
            error = await self._wait(timeout_s, Vxi11Error.IO_TIMEOUT)
            if error:
                return error, Reason.NONE, b""
        reason = Reason.NONE
        found = self._answer.find(stop, 0, count) + 1 if stop is not None else 0
        data = bytes(self._answer[: found or count])
        del self._answer[: len(data)]
        if found:
            reason |= Reason.CHARACTER
        if len(data) == count:
            reason |= Reason.COUNT
        if self._answer_ended and not self._answer:
            reason |= Reason.END
            self._desk.confirmed(self)
        return Vxi11Error.NONE, reason, data

    def status_byte(self) -> int:
        """Serial poll; an answer is available to this link if it is this link's."""
        byte = self._desk.status_byte() & ~MESSAGE_AVAILABLE
        return byte | MESSAGE_AVAILABLE if self._answer else byte

    def clear(self) -> None:
        """Device clear."""
        self._written.clear()
        self._forget_answer()
        self._desk.clear(self)

    def _submit(self, message: bytes, end: bool) -> None:
        if message:
            self._desk.submit(self, message, end, interrupt=True, begun=self._forget_answer)

    def _forget_answer(self) -> None:
        """A new message is begun: what was not read of the old answer is lost, and the instrument says -410."""
        self._answer.clear()
        self._answer_ended = False

    async def _wait(self, timeout_s: float | None, otherwise: Vxi11Error) -> Vxi11Error:
        """Wait to be woken; `otherwise` if nobody does in time."""
        waiter: asyncio.Future[Vxi11Error] = self._loop.create_future()
        self._waiter = waiter
        timer = None if timeout_s is None else self._loop.call_later(timeout_s, _settle, waiter, otherwise)
        try:
            return await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self, outcome: Vxi11Error) -> None:
        if self._waiter is not None:
            _settle(self._waiter, outcome)


def _settle(waiter: asyncio.Future[Vxi11Error], outcome: Vxi11Error) -> None:
    if not waiter.done():
        waiter.set_result(outcome)
