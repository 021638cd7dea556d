"""A wall clock that runs faster or slower than the wall: every second that it takes or tells is one of lab time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from bringup.clock import until
from bringup.wall_clock import WallClock

FAST = 1000.0
SLOW = 0.01


def wall_seconds_of(work: Callable[[], object]) -> float:
    began_s = time.monotonic()
    work()
    return time.monotonic() - began_s


def test_the_wall_s_own_pace_unless_told() -> None:
    assert WallClock().speed == 1.0
    assert WallClock().wall_seconds(7.0) == 7.0


@pytest.mark.parametrize("speed", [0.0, -1.0, math.inf, math.nan])
def test_a_speed_that_means_nothing_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="lab time cannot pass"):
        WallClock(speed)


@pytest.mark.parametrize("speed", [SLOW, 1.0, FAST])
def test_now_and_utc_pass_at_the_speed(speed: float) -> None:
    clock = WallClock(speed)
    before_s, before, wall_before_s = clock.now(), clock.utc(), time.monotonic()
    time.sleep(0.05)
    wall_s = time.monotonic() - wall_before_s
    passed_s, passed = clock.now() - before_s, clock.utc() - before
    assert 0.05 * speed <= passed_s
    assert passed_s == pytest.approx(wall_s * speed, rel=0.5)
    assert passed.total_seconds() == pytest.approx(passed_s, rel=0.5, abs=1e-5)


def test_a_sleep_takes_lab_time() -> None:
    clock = WallClock(FAST)
    before_s = clock.now()
    taken_s = wall_seconds_of(lambda: clock.sleep(60.0))
    assert clock.now() - before_s >= 60.0
    assert 0.06 <= taken_s < 30.0
    assert clock.wall_seconds(60.0) == pytest.approx(0.06)


def test_a_slow_lab_waits_longer_than_the_wall() -> None:
    assert wall_seconds_of(lambda: WallClock(SLOW).sleep(0.001)) >= 0.1


def test_timeouts_are_lab_seconds_everywhere() -> None:
    clock = WallClock(FAST)
    assert wall_seconds_of(lambda: clock.signal().wait(60.0)) < 30.0
    with pytest.raises(TimeoutError):
        clock.barrier(2).wait(60.0)
    assert until(clock, lambda: False, timeout_s=60.0, poll_s=5.0) is False
    gate = clock.signal()
    task = clock.spawn(gate.wait, "waits")
    with pytest.raises(TimeoutError):
        task.result(60.0)  # from outside
    asking = clock.spawn(lambda: task.result(60.0), "asks")
    with pytest.raises(TimeoutError):
        asking.result()  # from inside
    gate.set()
    assert task.result() is True


def test_an_abort_wakes_a_long_sleep_of_a_slow_lab() -> None:
    clock = WallClock(SLOW)
    task = clock.spawn(lambda: clock.sleep(3600.0), "sleeps")
    clock.abort("enough")
    with pytest.raises(Exception, match="enough"):
        task.result()
