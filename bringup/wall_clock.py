"""Lab time on a real bench: it takes the time that it takes. See `Clock` for the contract.

One condition variable wakes every waiter at every event; a station has a dozen threads that wait for seconds,
so the spurious wake-ups cost nothing, and an abort cannot miss anybody. A simulated lab that is served to others
may run faster than the wall: then every second told to the clock, and told by it, is still one of lab time.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from ._clock_work import POLL_S, Work, checked_parties, checked_seconds, checked_timeout
from .errors import Aborted

T = TypeVar("T")

_LONGEST_NAP_S = 3600.0  # a lock's own timeout has an upper bound that differs between systems


class _Role(threading.local):
    """What the current thread is to one clock."""

    def __init__(self) -> None:
        self.is_participant = False
        self.shields = 0
        self.is_main = threading.current_thread() is threading.main_thread()


class _Floor:
    """Where a clock's threads wait for each other; methods are called with `changed` held."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.changed = threading.Condition()
        self.role = _Role()
        self.reason: str | None = None

    def check(self) -> None:
        """Raise Aborted where an abort applies to this thread."""
        if self.reason is not None and not self.role.shields:
            raise Aborted(self.reason)

    def wait(self, is_ready: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait until `is_ready`; False if it was not within `timeout_s` of lab time."""
        deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s / self.speed
        nap_s = POLL_S if self.role.is_main else _LONGEST_NAP_S
        while not is_ready():
            self.check()
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self.changed.wait(min(left_s, nap_s))
        return True


class _WallSignal:
    """A flag, and how often it was raised, so that a short pulse is not lost on a waiter."""

    def __init__(self, floor: _Floor, name: str) -> None:
        self._floor = floor
        self._name = name
        self._is_up = False
        self._raised = 0

    def __str__(self) -> str:
        return f"signal '{self._name}'"

    def set(self) -> None:
        with self._floor.changed:
            self._is_up = True
            self._raised += 1
            self._floor.changed.notify_all()

    def clear(self) -> None:
        with self._floor.changed:
            self._is_up = False

    def is_set(self) -> bool:
        return self._is_up

    def wait(self, timeout_s: float | None = None) -> bool:
        timeout_s = checked_timeout(timeout_s)
        with self._floor.changed:
            self._floor.check()
            before = self._raised
            return self._floor.wait(lambda: self._is_up or self._raised != before, timeout_s)


class _Place:
    """One arrival at a barrier."""

    def __init__(self) -> None:
        self.is_released = False
        self.leads = False


class _WallBarrier:
    """A meeting; `_places` holds, in the order of arrival, those who wait for the rest."""

    def __init__(self, floor: _Floor, parties: int, name: str) -> None:
        self._floor = floor
        self._name = name
        self._parties = checked_parties(parties)
        self._places: list[_Place] = []

    def __str__(self) -> str:
        return f"barrier '{self._name}' ({len(self._places)} of {self._parties} there)"

    @property
    def parties(self) -> int:
        return self._parties

    def wait(self, timeout_s: float | None = None) -> bool:
        timeout_s = checked_timeout(timeout_s)
        place = _Place()
        with self._floor.changed:
            self._floor.check()
            self._require_parties()
            self._places.append(place)
            self._release_if_complete()
            try:
                came = self._floor.wait(lambda: place.is_released, timeout_s)
            finally:
                if not place.is_released:
                    self._places.remove(place)
        if not came:
            raise TimeoutError(f"{self}: the others did not come within {timeout_s} s")
        return place.leads

    def leave(self) -> None:
        with self._floor.changed:
            self._require_parties()
            self._parties -= 1
            self._release_if_complete()

    def _require_parties(self) -> None:
        if self._parties == 0:
            raise ValueError(f"{self}: nobody takes part any more")

    def _release_if_complete(self) -> None:
        if not self._places or len(self._places) < self._parties:
            return
        self._places[-1].leads = True
        for place in self._places:
            place.is_released = True
        self._places.clear()
        self._floor.changed.notify_all()


class _WallTask(Generic[T]):
    """A piece of work on its own thread."""

    def __init__(self, floor: _Floor, work: Callable[[], T], name: str) -> None:
        self._floor = floor
        self._name = name
        self._work = Work(work)
        self._thread = threading.Thread(target=self._run, name=name, daemon=False)
        self._thread.start()

    def __str__(self) -> str:
        return f"the end of task '{self._name}'"

    @property
    def name(self) -> str:
        return self._name

    def done(self) -> bool:
        return self._work.ended.is_set()

    def result(self, timeout_s: float | None = None) -> T:
        timeout_s = checked_timeout(timeout_s)
        if threading.current_thread() is self._thread:
            raise ValueError(f"task '{self._name}' asked for its own result, which it would wait for forever")
        ended = self._wait_inside if self._floor.role.is_participant else self._wait_outside
        if not ended(timeout_s):
            raise TimeoutError(f"task '{self._name}' has not ended within {timeout_s} s")
        return self._work.outcome()

    def _wait_inside(self, timeout_s: float | None) -> bool:
        with self._floor.changed:
            return self._floor.wait(self.done, timeout_s)

    def _wait_outside(self, timeout_s: float | None) -> bool:
        return self._work.wait_outside(None if timeout_s is None else timeout_s / self._floor.speed)

    def _run(self) -> None:
        self._floor.role.is_participant = True
        self._work.run()
        with self._floor.changed:
            self._floor.changed.notify_all()


class WallClock:
    """A `Clock` on wall time.

    The date is anchored once and then follows the monotonic clock, so that a jump of the computer's clock
    (NTP, a person, summer time) does not bend the lab's time.

    Args:
        speed: lab seconds per wall second; other than 1 only for a lab that is simulated.

    Raises:
        ValueError: `speed` is not above zero, or not finite.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not (speed > 0 and math.isfinite(speed)):
            raise ValueError(f"lab time cannot pass {speed!r} times as quick as the wall's")
        self._anchor = datetime.now(UTC)
        self._zero_s = time.monotonic()
        self._floor = _Floor(speed)

    @property
    def is_virtual(self) -> bool:
        """False: lab time passes by itself."""
        return False

    @property
    def speed(self) -> float:
        """Lab seconds per wall second."""
        return self._floor.speed

    def wall_seconds(self, lab_seconds: float) -> float:
        """How long so much lab time takes."""
        return lab_seconds / self._floor.speed

    @property
    def aborted(self) -> str | None:
        """The reason of the abort, if there was one."""
        return self._floor.reason

    def now(self) -> float:
        """Monotonic lab seconds since the clock was made."""
        return (time.monotonic() - self._zero_s) * self._floor.speed

    def utc(self) -> datetime:
        """The anchored date and time in UTC."""
        return self._anchor + timedelta(seconds=self.now())

    def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        seconds = checked_seconds(seconds)
        with self._floor.changed:
            self._floor.wait(lambda: False, seconds)

    def signal(self, name: str = "signal") -> _WallSignal:
        """See `Clock.signal`."""
        return _WallSignal(self._floor, name)

    def barrier(self, parties: int, name: str = "barrier") -> _WallBarrier:
        """See `Clock.barrier`."""
        return _WallBarrier(self._floor, parties, name)

    def spawn(self, work: Callable[[], T], name: str) -> _WallTask[T]:
        """See `Clock.spawn`."""
        return _WallTask(self._floor, work, name)

    def abort(self, reason: str) -> None:
        """See `Clock.abort`."""
        with self._floor.changed:
            if self._floor.reason is None:
                self._floor.reason = reason
            self._floor.changed.notify_all()

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """See `Clock.shielded`."""
        role = self._floor.role
        role.shields += 1
        try:
            yield
        finally:
            role.shields -= 1

    @contextmanager
    def enrolled(self, name: str) -> Iterator[None]:  # noqa: ARG002  on wall time nobody is told its name
        """See `Clock.enrolled`; here it only decides how `Task.result` waits."""
        role = self._floor.role
        before, role.is_participant = role.is_participant, True
        try:
            yield
        finally:
            role.is_participant = before
