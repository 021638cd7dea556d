"""One conversation at a time with one instrument.

PyVISA's `query` is a write and then a read, and another thread may come between (PyVISA issue 726), so every
driver holds this lock around a whole transaction. It waits on the lab's clock: under a virtual clock a thread
that blocked on an ordinary lock would hold lab time still for the very thread that must release it.
"""

from __future__ import annotations

import threading
from types import TracebackType

from bringup.clock import Clock
from bringup.errors import NoReply

PATIENCE_S = 3600.0
"""Longest wait for another thread's conversation; the longest of them is a workload's (estimate)."""


class TransactionLock:
    """A re-entrant lock whose waiters wait on the lab's clock.

    Args:
        clock: the station's.
        where: the instrument, for messages.
    """

    def __init__(self, clock: Clock, where: str) -> None:
        self._clock = clock
        self._where = where
        self._held = threading.Lock()
        self._released = clock.signal(f"{where} is free")
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        """Wait for the instrument.

        Raises:
            NoReply: another thread kept it for longer than any conversation takes.
            Aborted: the clock was aborted while this thread waited.
        """
        if self._owner != threading.get_ident():
            self._acquire()
            self._owner = threading.get_ident()
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            self._held.release()
            self._released.set()

    def _acquire(self) -> None:
        deadline = self._clock.now() + PATIENCE_S
        while True:
            # Lowered before the try, never after it: whoever lowers the flag either gets the lock and raises
            # the flag on release, or sees a holder that will. So no waiter is forgotten.
            self._released.clear()
            if self._held.acquire(blocking=False):
                return
            self._released.wait(deadline - self._clock.now())
            if self._clock.now() >= deadline:
                raise NoReply(f"{self._where}: another thread has kept it busy for {PATIENCE_S:g} s")
