"""Lab time that jumps: a simulated night in seconds, the same to the last bit each time.

Many threads, of which exactly one runs at a time. When it waits, lab time jumps to the next moment that
anyone waits for. Ties are broken by a fixed order, that of the spawns for seed 0 and a permutation of it for
any other seed, so that tests can try other interleavings. See `Clock` for the contract and
`_virtual_schedule` for the baton.

An outside thread that waits here is a *guest*: it takes part for that one wait, then runs beside the others
again. What an outside thread might still do does not count when everybody else waits without a limit: that is
a `ClockDeadlock` at once, never a hang. A task that blocks without the clock (input from a person, a real
socket) holds lab time still meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from ._clock_work import Work, checked_parties, checked_seconds, checked_timeout
from ._virtual_schedule import Schedule, Seat

T = TypeVar("T")


class _VirtualSignal:
    """A flag and the line of those who wait for it."""

    def __init__(self, schedule: Schedule, name: str) -> None:
        self._schedule = schedule
        self._name = name
        self._is_up = False
        self._line: dict[Seat, None] = {}

    def __str__(self) -> str:
        return f"signal '{self._name}'"

    def set(self) -> None:
        with self._schedule.mutex:
            self._is_up = True
            for seat in list(self._line):
                self._schedule.wake(seat, value=True)
            self._schedule.kick()

    def clear(self) -> None:
        with self._schedule.mutex:
            self._is_up = False

    def is_set(self) -> bool:
        return self._is_up

    def wait(self, timeout_s: float | None = None) -> bool:
        timeout_s = checked_timeout(timeout_s)
        schedule, seat = self._schedule, self._schedule.mine()
        with schedule.mutex:
            schedule.check(seat)
            if self._is_up:
                return True
            follower = schedule.park(seat, schedule.deadline(timeout_s), self._line, self)
        return schedule.resume(seat, follower) is not None


class _VirtualBarrier:
    """A meeting; its line holds, in the order of arrival, those who wait for the rest."""

    def __init__(self, schedule: Schedule, parties: int, name: str) -> None:
        self._schedule = schedule
        self._name = name
        self._parties = checked_parties(parties)
        self._line: dict[Seat, None] = {}

    def __str__(self) -> str:
        return f"barrier '{self._name}' ({len(self._line)} of {self._parties} there)"

    @property
    def parties(self) -> int:
        return self._parties

    def wait(self, timeout_s: float | None = None) -> bool:
        timeout_s = checked_timeout(timeout_s)
        schedule, seat = self._schedule, self._schedule.mine()
        with schedule.mutex:
            schedule.check(seat)
            self._require_parties()
            if len(self._line) + 1 >= self._parties:
                self._release(leader=None)
                return True
            follower = schedule.park(seat, schedule.deadline(timeout_s), self._line, self)
        leads = schedule.resume(seat, follower)
        if leads is None:
            raise TimeoutError(f"{self}: the others did not come within {timeout_s} s of lab time")
        return leads

    def leave(self) -> None:
        with self._schedule.mutex:
            self._require_parties()
            self._parties -= 1
            if self._line and len(self._line) >= self._parties:
                self._release(leader=next(reversed(self._line)))

    def _require_parties(self) -> None:
        if self._parties == 0:
            raise ValueError(f"{self}: nobody takes part any more")

    def _release(self, leader: Seat | None) -> None:
        for seat in list(self._line):
            self._schedule.wake(seat, value=seat is leader)
        self._schedule.kick()


class _VirtualTask(Generic[T]):
    """A piece of work on its own thread, and the line of those who wait for its end."""

    def __init__(self, schedule: Schedule, work: Callable[[], T], name: str) -> None:
        self._schedule = schedule
        self._name = name
        self._work = Work(work)
        self._line: dict[Seat, None] = {}
        self._seat = schedule.new_seat(name)
        threading.Thread(target=self._run, name=name, daemon=False).start()
        schedule.admit(self._seat)

    def __str__(self) -> str:
        return f"the end of task '{self._name}'"

    @property
    def name(self) -> str:
        return self._name

    def done(self) -> bool:
        return self._work.ended.is_set()

    def result(self, timeout_s: float | None = None) -> T:
        timeout_s = checked_timeout(timeout_s)
        seat = self._schedule.mine()
        if seat is self._seat:
            raise ValueError(f"task '{self._name}' asked for its own result, which it would wait for forever")
        ended = self._wait_inside(seat, timeout_s) if seat.is_member else self._work.wait_outside(timeout_s)
        if not ended:
            raise TimeoutError(f"task '{self._name}' has not ended within {timeout_s} s")
        return self._work.outcome()

    def _wait_inside(self, seat: Seat, timeout_s: float | None) -> bool:
        schedule = self._schedule
        with schedule.mutex:
            if self.done():
                return True
            schedule.check(seat)
            follower = schedule.park(seat, schedule.deadline(timeout_s), self._line, self)
        return schedule.resume(seat, follower) is not None

    def _run(self) -> None:
        self._schedule.sit(self._seat)
        self._work.run()
        self._schedule.dismiss(self._seat, self._line)


class VirtualClock:
    """A `Clock` whose lab time jumps to the next wake-up.

    Args:
        start: the lab's date and time at lab second 0, aware; the computer's own by default.
        seed: 0 breaks ties in the order of the spawns, any other number in a permutation of it.

    Raises:
        ValueError: `start` has no time zone.
    """

    def __init__(self, start: datetime | None = None, seed: int = 0) -> None:
        if start is not None and start.utcoffset() is None:
            raise ValueError(f"the start {start!r} has no time zone: give an aware datetime, best in UTC")
        self._start = (start or datetime.now(UTC)).astimezone(UTC)
        self._schedule = Schedule(seed)

    @property
    def is_virtual(self) -> bool:
        """True: lab time jumps."""
        return True

    @property
    def aborted(self) -> str | None:
        """The reason of the abort, if there was one."""
        return self._schedule.reason

    def now(self) -> float:
        """Lab seconds since the clock was made."""
        return self._schedule.now_s

    def utc(self) -> datetime:
        """The lab's date and time in UTC, to the microsecond."""
        return self._start + timedelta(seconds=self._schedule.now_s)

    def jump(self, seconds: float) -> None:
        """Somebody sets the controller's date and time: `utc` is so much later from then on; lab time stays."""
        self._start += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`; zero lets everybody go first who is ready at this moment."""
        self._schedule.sleep(checked_seconds(seconds))

    def plan(self, at_s: float, act: Callable[[], None]) -> None:
        """Call `act` when lab time gets to `at_s`, before anybody who waits for that moment; it must not wait itself.

        A plan moves no time: lab time gets there when somebody waits for that moment or a later one.
        """
        self._schedule.plan(at_s, act)

    def signal(self, name: str = "signal") -> _VirtualSignal:
        """See `Clock.signal`."""
        return _VirtualSignal(self._schedule, name)

    def barrier(self, parties: int, name: str = "barrier") -> _VirtualBarrier:
        """See `Clock.barrier`."""
        return _VirtualBarrier(self._schedule, parties, name)

    def spawn(self, work: Callable[[], T], name: str) -> _VirtualTask[T]:
        """See `Clock.spawn`; the task first runs when the spawning participant waits."""
        return _VirtualTask(self._schedule, work, name)

    def abort(self, reason: str) -> None:
        """See `Clock.abort`; lab time stays where it is, and a task that runs meets it at its next wait."""
        self._schedule.abort(reason)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """See `Clock.shielded`."""
        seat = self._schedule.mine()
        seat.shields += 1
        try:
            yield
        finally:
            seat.shields -= 1

    @contextmanager
    def enrolled(self, name: str) -> Iterator[None]:
        """See `Clock.enrolled`; inside, lab time stands still until this thread waits.

        After a KeyboardInterrupt out of a wait the thread runs beside the others until its next wait.
        """
        seat = self._schedule.mine()
        if seat.is_member:
            yield
            return
        self._schedule.enroll(seat, name)
        try:
            yield
        finally:
            self._schedule.dismiss(seat)
