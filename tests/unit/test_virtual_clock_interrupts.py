"""Ctrl-C at every awkward moment of a wait on the virtual clock: the baton is neither lost nor held twice."""

from __future__ import annotations

import _thread
import threading

import pytest

from bringup.virtual_clock import VirtualClock

GUARD_S = 30.0
"""Wall seconds after which a test counts as hung."""


class _GateStruckAfterGrant:
    """A gate whose thread meets Ctrl-C after the baton came, but before it noticed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self.release = self._lock.release
        self.locked = self._lock.locked
        self.is_struck = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self.is_struck or not blocking:
            return self._lock.acquire(blocking, timeout)
        self.is_struck = True
        with self._lock:
            pass
        raise KeyboardInterrupt


@pytest.mark.parametrize("enrol", [False, True])
def test_ctrl_c_at_the_moment_of_the_turn_lets_nobody_run_twice(enrol: bool) -> None:
    clock = VirtualClock()

    def other() -> None:
        for _ in range(4):
            clock.sleep(0.75)

    def struck() -> None:
        seat = clock._schedule.mine()
        seat.gate = _GateStruckAfterGrant()  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt):
            clock.sleep(1)
        assert clock.now() == 1
        assert seat.gate.locked()
        clock.sleep(1)
        assert clock.now() == 2

    if enrol:
        with clock.enrolled("test"):
            task = clock.spawn(other, "other")
            struck()
            task.result()
        assert clock.now() == 3
    else:
        struck()


def test_ctrl_c_between_parking_and_blocking_is_mended_by_the_next_wait() -> None:
    clock = VirtualClock()
    schedule = clock._schedule
    with clock.enrolled("test"):
        seat = schedule.mine()
        with schedule.mutex:
            schedule.park(seat, 1.0, None, "lab time")  # nobody else: the baton comes back at once, at 1.0
        task = clock.spawn(lambda: clock.sleep(0.5), "other")
        clock.sleep(2)
        assert clock.now() == 3
        assert task.done()
        assert seat.gate.locked()


def test_an_interrupted_participant_can_still_wake_the_others() -> None:
    clock = VirtualClock()
    go = clock.signal("go")
    with clock.enrolled("test"):
        release = threading.Event()

        def hang_then_wait() -> bool:
            release.wait(GUARD_S)
            return go.wait()

        task = clock.spawn(hang_then_wait, "hang")
        timer = threading.Timer(0.2, _thread.interrupt_main)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            clock.sleep(10)
        timer.join()
        release.set()
        assert not task._work.ended.wait(0.1)  # it now waits without a limit, and that is no deadlock yet
        go.set()
        assert task.result()
