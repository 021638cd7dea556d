"""Time: the one contract through which everything in the lab waits.

Drivers, the simulated instruments, the runner and plans never call `time.sleep`; they wait on the
station's `Clock`, so that a simulated night costs seconds (`bringup.virtual_clock`) and a real one takes
the time it takes (`bringup.wall_clock`). An abort wakes every sleeper at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Signal(Protocol):
    """A flag that tasks wait for; once set it stays set until cleared."""

    def set(self) -> None:
        """Raise the flag and make every waiter ready."""

    def clear(self) -> None:
        """Lower the flag."""

    def is_set(self) -> bool:
        """Whether the flag is up."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the flag is up or `timeout_s` of lab time passed; return whether it is up.

        Raises:
            Aborted: the clock was aborted, unless the caller is shielded.
        """


class Barrier(Protocol):
    """A meeting of several tasks: the last to arrive releases all of them."""

    @property
    def parties(self) -> int:
        """How many tasks still take part."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Arrive and wait for the others; True for exactly one of them (the one to act for all).

        Raises:
            TimeoutError: the others did not come within `timeout_s`; this task has left its place again.
            Aborted: the clock was aborted, unless the caller is shielded.
        """

    def leave(self) -> None:
        """Take part no longer; whoever waits only for this task goes on."""


class Task(Protocol, Generic[T_co]):
    """A piece of work that runs on a clock's own thread."""

    @property
    def name(self) -> str:
        """As given to `Clock.spawn`."""

    def done(self) -> bool:
        """Whether it has returned or raised."""

    def result(self, timeout_s: float | None = None) -> T_co:
        """Wait for the end; return what it returned or raise what it raised.

        From a task the wait is on lab time; from an outside thread it really blocks, in wall time.

        Raises:
            TimeoutError: it has not ended within `timeout_s`.
        """


class Clock(Protocol):
    """Lab time. All seconds are floats of lab time; `utc` is aware and in UTC."""

    @property
    def is_virtual(self) -> bool:
        """Whether lab time jumps to the next wake-up instead of passing."""

    def now(self) -> float:
        """Monotonic lab seconds since the clock was made."""

    def utc(self) -> datetime:
        """The lab's date and time in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let lab time pass. Zero yields to the other tasks; a negative or NaN value is a ValueError.

        Raises:
            Aborted: the clock was aborted before or during the sleep, unless the caller is shielded.
        """

    def signal(self) -> Signal:
        """A new flag, lowered."""

    def barrier(self, parties: int) -> Barrier:
        """A new meeting of `parties` tasks (at least one)."""

    def spawn(self, work: Callable[[], T], name: str) -> Task[T]:
        """Run `work` as a task on its own thread."""

    def abort(self, reason: str) -> None:
        """Wake every unshielded waiter at once with `Aborted(reason)`, and any later wait likewise.

        Safe to call from any thread; the first reason stands.
        """

    @property
    def aborted(self) -> str | None:
        """The reason of the abort, if there was one."""

    def shielded(self) -> AbstractContextManager[None]:
        """Inside, this thread's waits ignore the abort: for taking a bench to its safe state."""
