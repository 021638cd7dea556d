"""Time: the one contract through which everything in the lab waits.

Drivers, the simulated instruments, the runner and plans never call `time.sleep`; they wait on the
station's `Clock`, so that a simulated night costs seconds (`bringup.virtual_clock`) and a real one takes
the time it takes (`bringup.wall_clock`). An abort wakes every sleeper at once.

Threads are either *participants* (tasks, and threads inside `enrolled`) or *outside* (a REPL, a test's main
thread). Under a virtual clock exactly one participant runs at a time and holds lab time still until it waits;
an outside thread runs beside them, so what it spawns or sets is not ordered against them. Code that must be
deterministic therefore spawns from a task or inside `with clock.enrolled(name):`.

A timeout is in lab seconds: None or infinity means no limit, zero or less only yields, NaN is a ValueError.
"""

from __future__ import annotations

import math
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
        """Wait until the flag is up or `timeout_s` of lab time passed; return whether it was up.

        A flag that is raised and lowered again while this thread waits is not lost: that is True as well.

        Raises:
            Aborted: the clock was aborted, unless the caller is shielded.
            ClockDeadlock: virtual clock only: every participant waits without a limit, nobody can raise it.
        """


class Barrier(Protocol):
    """A meeting of several tasks: the last to arrive releases all of them."""

    @property
    def parties(self) -> int:
        """How many tasks still take part."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Arrive and wait for the others; True for exactly one of them (the one to act for all).

        The one is the last that arrived. Whoever gets an exception instead has its arrival taken back, but
        still takes part: it may come again, and must `leave` if it will not.

        Raises:
            TimeoutError: the others did not come within `timeout_s`.
            Aborted: the clock was aborted, unless the caller is shielded.
            ClockDeadlock: virtual clock only: every participant waits without a limit.
            ValueError: nobody takes part any more.
        """

    def leave(self) -> None:
        """Take part no longer; whoever waits only for this task goes on. Belongs in a `finally`, once a task.

        Raises:
            ValueError: nobody takes part any more.
        """


class Task(Protocol, Generic[T_co]):
    """A piece of work that runs on a clock's own thread."""

    @property
    def name(self) -> str:
        """As given to `Clock.spawn`."""

    def done(self) -> bool:
        """Whether it has returned or raised."""

    def result(self, timeout_s: float | None = None) -> T_co:
        """Wait for the end; return what it returned or raise what it raised.

        From a participant the wait is on lab time and ends at an abort. From an outside thread it really
        blocks, in wall time, until the task has ended, abort or not (so that a task's way to its safe state
        is waited for); Ctrl-C interrupts it.

        Raises:
            TimeoutError: it has not ended within `timeout_s`.
            Aborted: the clock was aborted while a participant waited, unless it is shielded.
            ClockDeadlock: virtual clock only: every participant waits without a limit.
            ValueError: a task asked for its own result.
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
        """Let lab time pass. Zero yields to the other tasks.

        Raises:
            Aborted: the clock was aborted before or during the sleep, unless the caller is shielded.
            ValueError: `seconds` is negative, infinite or NaN.
        """

    def signal(self, name: str = "signal") -> Signal:
        """A new flag, lowered; `name` is for messages."""

    def barrier(self, parties: int, name: str = "barrier") -> Barrier:
        """A new meeting of `parties` tasks (fewer than one is a ValueError); `name` is for messages."""

    def spawn(self, work: Callable[[], T], name: str) -> Task[T]:
        """Run `work` as a task on its own thread.

        What it raises is kept for `Task.result` and printed nowhere. The thread keeps the process alive until
        it has ended: the way to a safe state must not be cut off by the interpreter's exit.
        """

    def enrolled(self, name: str) -> AbstractContextManager[None]:
        """Inside, the current (outside) thread is a participant; nothing changes for one that already is."""

    def abort(self, reason: str) -> None:
        """Wake every unshielded waiter at once with `Aborted(reason)`, and any later wait likewise.

        Safe to call from any thread, though not from inside a signal handler; the first reason stands.
        """

    @property
    def aborted(self) -> str | None:
        """The reason of the abort, if there was one."""

    def shielded(self) -> AbstractContextManager[None]:
        """Inside, this thread's waits ignore the abort: for taking a bench to its safe state. It nests."""


def until(clock: Clock, condition: Callable[[], bool], timeout_s: float, poll_s: float) -> bool:
    """Ask `condition` every `poll_s` of lab time, first at once and last at the deadline.

    Returns:
        True as soon as the condition holds; False if it did not within `timeout_s`.

    Raises:
        ValueError: `poll_s` is not above zero (lab time would stand still), or `timeout_s` is NaN.
        Aborted: the clock was aborted while it waited, unless the caller is shielded.
    """
    if not poll_s > 0 or math.isnan(timeout_s):
        raise ValueError(f"cannot poll every {poll_s!r} s for {timeout_s!r} s")
    deadline = clock.now() + timeout_s
    while not condition():
        left_s = deadline - clock.now()
        if left_s <= 0:
            return False
        clock.sleep(min(poll_s, left_s))
    return True
