"""One instrument's lock, over all of its network clients: exclusive, or shared among those who know a key.

The rules are HiSLIP's (IVI-6.1, locking: a holder of the shared lock may take the exclusive one on top of it, a
second request for the same lock is a mistake). VXI-11's device_lock is the exclusive one. Lives in the event loop:
nothing here waits or is safe from other threads. Neighbours: `desk.py` owns it and holds other links' messages
back; `hislip_session.py` and `vxi11_link.py` take it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

LONGEST_KEY = 256  # bytes of a shared lock's key (IVI-6.1)


class LockAnswer(Enum):
    """What became of a request."""

    GRANTED = "granted"
    HELD = "held by others"
    MISTAKE = "the asker has it already"


class Released(Enum):
    """What a release gave back."""

    EXCLUSIVE = "exclusive"
    SHARED = "shared"
    NOTHING = "nothing"


class LockRequest:
    """A request that may have to wait; `cancel` it when its client goes."""

    def __init__(self, owner: object, key: bytes | None, done: Callable[[LockAnswer], None]) -> None:
        self.owner = owner
        self.key = key
        self.done: Callable[[LockAnswer], None] | None = done
        self.timer: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        """Forget it; nobody will be told."""
        self.done = None
        if self.timer is not None:
            self.timer.cancel()

    def answer(self, answer: LockAnswer) -> None:
        """Tell the asker, once."""
        done = self.done
        self.cancel()
        if done is not None:
            done(answer)


class InstrumentLock:
    """The lock. Owners are any objects: the links of the desk.

    Attributes:
        held: whether anybody has it; looked at before every message.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.held = False
        self._loop = loop
        self._exclusive: object | None = None
        self._key = b""
        self._sharers: list[object] = []
        self._waiting: list[LockRequest] = []
        self._listeners: list[Callable[[], None]] = []

    def admits(self, owner: object) -> bool:
        """Whether an owner may use the instrument now."""
        if self._exclusive is not None:
            return self._exclusive is owner
        return not self._sharers or owner in self._sharers

    @property
    def is_exclusive(self) -> bool:
        """Whether somebody has it exclusively."""
        return self._exclusive is not None

    @property
    def holders(self) -> int:
        """How many have it in either way; who has both counts once."""
        return len(self._sharers) + (self._exclusive is not None and self._exclusive not in self._sharers)

    def request(
        self, owner: object, key: bytes | None, timeout_s: float, done: Callable[[LockAnswer], None]
    ) -> LockRequest:
        """Ask for it, and for so long; `done` is called once, maybe at once.

        Args:
            owner: who asks.
            key: of the shared lock, or None for the exclusive one.
            timeout_s: wall seconds to wait for it.
            done: takes the answer.
        """
        request = LockRequest(owner, key, done)
        answer = self._try(request)
        if answer is not LockAnswer.HELD or timeout_s <= 0:
            request.answer(answer)
        else:
            request.timer = self._loop.call_later(timeout_s, request.answer, LockAnswer.HELD)
            self._waiting = [waiting for waiting in self._waiting if waiting.done is not None]
            self._waiting.append(request)
        return request

    def release(self, owner: object) -> Released:
        """Give back what an owner took last: the exclusive lock before the shared one."""
        if self._exclusive is owner:
            self._exclusive = None
            released = Released.EXCLUSIVE
        elif owner in self._sharers:
            self._sharers.remove(owner)
            released = Released.SHARED
        else:
            return Released.NOTHING
        self._settle()
        return released

    def forget(self, owner: object) -> None:
        """An owner is gone: all it holds is free, and what it still waits for is off."""
        for request in self._waiting:
            if request.owner is owner:
                request.cancel()
        while self.release(owner) is not Released.NOTHING:
            pass

    def watch(self, listener: Callable[[], None]) -> None:
        """Have a listener called whenever something was given back."""
        self._listeners.append(listener)

    def unwatch(self, listener: Callable[[], None]) -> None:
        """Undo `watch`."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _try(self, request: LockRequest) -> LockAnswer:
        owner, key = request.owner, request.key
        shares = owner in self._sharers
        if self._exclusive is owner or (key is not None and shares):
            return LockAnswer.MISTAKE
        wrong_key = key is not None and self._sharers and key != self._key
        locked_out = key is None and self._sharers and not shares
        if self._exclusive is not None or wrong_key or locked_out:
            return LockAnswer.HELD
        if key is None:
            self._exclusive = owner
        else:
            self._key = key
            self._sharers.append(owner)
        self.held = True
        return LockAnswer.GRANTED

    def _settle(self) -> None:
        """Something is free: first those who wait for the lock, in their order, then those who wait to work."""
        self.held = self._exclusive is not None or bool(self._sharers)
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            if request.done is None:
                continue
            answer = self._try(request)
            if answer is LockAnswer.HELD:
                self._waiting.append(request)
            else:
                request.answer(answer)
        for listener in tuple(self._listeners):
            listener()
