"""What both clocks share: a task's work and how it ended, and the checks of seconds and timeouts.

Neighbours: `wall_clock` and `virtual_clock` run a `Work` on a thread each in their own way.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar, cast

T = TypeVar("T")

POLL_S = 0.1
"""Longest wait in which Python's main thread cannot run signal handlers.

Windows does not interrupt a blocked lock for Ctrl-C, so the main thread wakes up and looks.
"""


def checked_seconds(seconds: float) -> float:
    """`seconds` of a sleep, or a ValueError for what no clock can sleep."""
    if not 0 <= seconds < math.inf:
        raise ValueError(f"cannot sleep {seconds!r} s: a finite number of seconds, zero or more, is needed")
    return seconds


def checked_timeout(timeout_s: float | None) -> float | None:
    """A timeout as a number of at least zero, None for no limit; NaN is a ValueError."""
    if timeout_s is None or timeout_s == math.inf:
        return None
    if math.isnan(timeout_s):
        raise ValueError("a timeout of NaN seconds means nothing: give a number, or None for no limit")
    return max(0.0, timeout_s)


def checked_parties(parties: int) -> int:
    """The parties of a barrier, or a ValueError if there is nobody to meet."""
    if parties < 1:
        raise ValueError(f"a barrier needs at least one party, not {parties!r}")
    return parties


class Work(Generic[T]):
    """A callable that is run once, and how it ended."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._value: T | None = None
        self._error: BaseException | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Do the work and keep its value or exception; never raises, so no thread prints a traceback."""
        try:
            self._value = self._work()
        except BaseException as error:
            self._error = error
        self.ended.set()

    def outcome(self) -> T:
        """What it returned; raises what it raised. Only after it has ended."""
        if self._error is not None:
            raise self._error
        return cast("T", self._value)

    def wait_outside(self, timeout_s: float | None) -> bool:
        """Block an outside thread in wall time until the end; whether it has ended. Ctrl-C gets through."""
        deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while not self.ended.is_set():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self.ended.wait(min(POLL_S, left_s))
        return True
