"""One conversation at a time with one instrument.

PyVISA's `query` is a write and then a read, and another thread may come between (PyVISA issue 726), so every
driver holds this lock around a whole transaction. It waits on the lab's clock: under a virtual clock a thread
that blocked on an ordinary lock would hold lab time still for the very thread that must release it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from bringup.errors import InstrumentError, NoReply
from bringup.hooks import Connection

PATIENCE_S = 3600.0
"""Longest wait for another thread's conversation; the longest of them is a workload's (estimate)."""


class TransactionLock:
    """A re-entrant lock whose waiters wait on the lab's clock.

    An instrument's error that leaves a conversation takes the transcript's last seconds with it.

    Args:
        connection: the instrument's.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._clock = connection.lab.clock
        self._where = connection.where
        self._held = threading.Lock()
        self._released = self._clock.signal(f"{self._where} is free")
        self._waiting = 0
        self._count = threading.Lock()
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
        if error is not None and isinstance(error, InstrumentError) and not error.transcript:
            error.transcript = self._connection.told()
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            self._held.release()
            if self._waiting:
                self._released.set()

    def _acquire(self) -> None:
        if self._held.acquire(blocking=False):  # the usual case
            return
        deadline = self._clock.now() + PATIENCE_S
        with self._counted():
            while True:
                # Lowered before the try, never after it: whoever lowers the flag either gets the lock and raises
                # the flag on release, or sees a holder that will. So no waiter is forgotten.
                self._released.clear()
                if self._held.acquire(blocking=False):
                    return
                self._released.wait(deadline - self._clock.now())
                if self._clock.now() >= deadline:
                    raise NoReply(f"{self._where}: another thread has kept it busy for {PATIENCE_S:g} s")

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """A holder signals its release only where somebody waits: most conversations have no rival."""
        with self._count:
            self._waiting += 1
        try:
            yield
        finally:
            with self._count:
                self._waiting -= 1
