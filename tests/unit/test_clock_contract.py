"""What every `Clock` promises, run over the wall clock and the virtual one.

Abort, Ctrl-C and outside threads are in `test_clock_contract_abort`.
Durations are short because the wall clock really waits; nothing here asserts an upper bound in wall time.
"""

from __future__ import annotations

import math
import threading
from datetime import UTC, timedelta

import pytest

from bringup.clock import Clock, Task, until
from tests.unit.both_clocks import GUARD_S, NEVER_S, TICK_S, all_ends, results

# -- time


def test_sleep_lets_lab_time_pass(clock: Clock) -> None:
    before_s, before = clock.now(), clock.utc()
    clock.sleep(TICK_S)
    # A microsecond of slack: utc() is no finer.
    assert clock.now() - before_s >= TICK_S
    assert clock.utc() - before >= timedelta(seconds=TICK_S - 1e-6)


def test_utc_is_aware_and_keeps_step_with_now(clock: Clock) -> None:
    assert clock.utc().tzinfo is UTC
    start_low = clock.utc() - timedelta(seconds=clock.now())
    clock.sleep(TICK_S)
    start = clock.utc() - timedelta(seconds=clock.now())
    assert abs((start - start_low).total_seconds()) < TICK_S / 2 or not clock.is_virtual


def test_a_new_clock_starts_at_zero_and_unaborted(outside: Clock) -> None:
    assert 0 <= outside.now() < GUARD_S
    assert outside.aborted is None


@pytest.mark.parametrize("seconds", [-0.001, -math.inf, math.inf, math.nan])
def test_a_sleep_that_means_nothing_is_refused(clock: Clock, seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot sleep"):
        clock.sleep(seconds)


def test_a_nan_timeout_is_refused_everywhere(clock: Clock) -> None:
    task = clock.spawn(lambda: None, "t")
    for wait in (clock.signal().wait, clock.barrier(2).wait, task.result):
        with pytest.raises(ValueError, match="NaN"):
            wait(math.nan)
    task.result(GUARD_S)


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, -math.inf])
def test_no_time_left_means_no_wait(clock: Clock, timeout_s: float) -> None:
    assert clock.signal().wait(timeout_s) is False
    with pytest.raises(TimeoutError):
        clock.barrier(2).wait(timeout_s)


def test_infinity_is_no_limit(clock: Clock) -> None:
    go = clock.signal()
    task = clock.spawn(lambda: go.wait(math.inf), "waiter")
    clock.sleep(TICK_S)
    go.set()
    assert task.result(math.inf) is True


def test_zero_sleep_lets_the_others_run(clock: Clock) -> None:
    go = clock.signal()
    task = clock.spawn(go.set, "setter")
    while not go.is_set():
        clock.sleep(0)
    task.result(GUARD_S)


# -- signals


def test_signal_that_is_up_needs_no_wait(clock: Clock) -> None:
    go = clock.signal()
    assert not go.is_set()
    go.set()
    assert go.is_set()
    assert go.wait()
    assert go.wait(0)
    go.clear()
    assert not go.is_set()


def test_signal_times_out_after_its_lab_time(clock: Clock) -> None:
    before_s = clock.now()
    assert clock.signal().wait(TICK_S) is False
    assert clock.now() - before_s >= TICK_S


def test_signal_wakes_every_waiter(clock: Clock) -> None:
    go = clock.signal()
    tasks = all_ends(clock, [go.wait, lambda: go.wait(NEVER_S), go.wait])
    clock.sleep(TICK_S)
    go.set()
    assert results(tasks) == ["True", "True", "True"]
    assert clock.now() < NEVER_S


def test_a_pulse_is_not_lost(clock: Clock) -> None:
    go = clock.signal()
    tasks = all_ends(clock, [lambda: go.wait(NEVER_S)] * 2)
    clock.sleep(TICK_S)
    go.set()
    go.clear()
    assert results(tasks) == ["True", "True"]
    assert clock.now() < NEVER_S


# -- barriers


def test_barrier_releases_all_and_names_one(clock: Clock) -> None:
    meeting = clock.barrier(3)
    first = all_ends(clock, [meeting.wait] * 3)
    assert sorted(results(first)) == ["False", "False", "True"]
    again = all_ends(clock, [lambda: meeting.wait(NEVER_S)] * 3)
    assert sorted(results(again)) == ["False", "False", "True"]


def test_barrier_of_one_does_not_wait(clock: Clock) -> None:
    assert clock.barrier(1).wait() is True


def test_timed_out_party_takes_its_arrival_back_and_may_come_again(clock: Clock) -> None:
    meeting = clock.barrier(2)
    with pytest.raises(TimeoutError, match="did not come"):
        meeting.wait(TICK_S)
    assert meeting.parties == 2
    task = clock.spawn(meeting.wait, "late")
    assert sorted([meeting.wait(GUARD_S), task.result(GUARD_S)]) == [False, True]


def test_leaving_releases_who_waits_only_for_the_leaver(clock: Clock) -> None:
    meeting = clock.barrier(3)
    tasks = all_ends(clock, [meeting.wait, meeting.wait])
    clock.sleep(TICK_S)
    meeting.leave()
    assert sorted(results(tasks)) == ["False", "True"]
    assert meeting.parties == 2


def test_leaving_before_anybody_came_shrinks_the_meeting(clock: Clock) -> None:
    meeting = clock.barrier(2)
    meeting.leave()
    assert meeting.wait() is True


def test_a_slot_that_dies_does_not_leave_the_others_stuck(clock: Clock) -> None:
    meeting = clock.barrier(3)

    def dying() -> None:
        try:
            raise RuntimeError("sled died")
        finally:
            meeting.leave()

    dead = clock.spawn(dying, "dead")
    tasks = all_ends(clock, [meeting.wait, meeting.wait])
    assert sorted(results(tasks)) == ["False", "True"]
    with pytest.raises(RuntimeError, match="sled died"):
        dead.result(GUARD_S)


def test_barrier_that_nobody_takes_part_in_is_an_error(clock: Clock) -> None:
    meeting = clock.barrier(1)
    meeting.leave()
    for use in (meeting.leave, meeting.wait):
        with pytest.raises(ValueError, match="nobody takes part"):
            use()
    with pytest.raises(ValueError, match="at least one"):
        clock.barrier(0)


# -- tasks


def test_result_is_what_it_returned(clock: Clock) -> None:
    def work() -> str:
        clock.sleep(TICK_S)
        return "42"

    task = clock.spawn(work, "answer")
    assert task.name == "answer"
    assert not task.done()
    assert task.result(GUARD_S) == "42"
    assert task.done()
    assert task.result(0) == "42"


def test_result_raises_what_it_raised_each_time(outside: Clock, capfd: pytest.CaptureFixture[str]) -> None:
    task = outside.spawn(lambda: 1 / 0, "bad")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            task.result(GUARD_S)
    assert capfd.readouterr().err == ""


def test_unobserved_exception_prints_nothing(outside: Clock, capfd: pytest.CaptureFixture[str]) -> None:
    def leave() -> None:
        raise SystemExit(3)

    before = set(threading.enumerate())
    tasks: list[Task[object]] = [outside.spawn(lambda: 1 / 0, "bad"), outside.spawn(leave, "exit")]
    for thread in set(threading.enumerate()) - before:
        thread.join(GUARD_S)
    assert all(task.done() for task in tasks)
    assert capfd.readouterr() == ("", "")


def test_result_times_out(clock: Clock) -> None:
    go = clock.signal()
    task = clock.spawn(lambda: go.wait(NEVER_S), "slow")
    with pytest.raises(TimeoutError, match="'slow' has not ended"):
        task.result(TICK_S)
    go.set()
    assert task.result(GUARD_S)


def test_result_times_out_in_wall_time_for_an_outside_thread(outside: Clock) -> None:
    go = threading.Event()  # really blocks, as a hanging driver would
    task = outside.spawn(lambda: go.wait(GUARD_S), "hangs")
    with pytest.raises(TimeoutError):
        task.result(TICK_S)
    go.set()
    assert task.result(GUARD_S)


def test_a_task_cannot_wait_for_itself(clock: Clock) -> None:
    box: list[Task[None]] = []

    def work() -> None:
        clock.sleep(TICK_S)
        box[0].result()

    box.append(clock.spawn(work, "narcissus"))
    with pytest.raises(ValueError, match="its own result"):
        box[0].result(GUARD_S)


def test_tasks_spawn_tasks(clock: Clock) -> None:
    def inner() -> int:
        clock.sleep(TICK_S)
        return 7

    task = clock.spawn(lambda: clock.spawn(inner, "inner").result(NEVER_S), "outer")
    assert task.result(GUARD_S) == 7


# -- until


def test_until_ends_when_the_condition_holds(clock: Clock) -> None:
    at_s = clock.now() + 2.5 * TICK_S
    assert until(clock, lambda: clock.now() >= at_s, NEVER_S, TICK_S)
    assert at_s <= clock.now() < NEVER_S


def test_until_looks_first_and_last(clock: Clock) -> None:
    looks: list[float] = []

    def look() -> bool:
        looks.append(clock.now())
        return False

    before_s = clock.now()
    assert not until(clock, look, 2.5 * TICK_S, TICK_S)
    assert looks[-1] >= before_s + 2.5 * TICK_S
    if clock.is_virtual:
        assert [round((at - before_s) / TICK_S, 6) for at in looks] == [0, 1, 2, 2.5]


@pytest.mark.parametrize(("timeout_s", "poll_s"), [(1.0, 0.0), (1.0, -1.0), (1.0, math.nan), (math.nan, 1.0)])
def test_until_refuses_to_poll_without_end(clock: Clock, timeout_s: float, poll_s: float) -> None:
    with pytest.raises(ValueError, match="cannot poll"):
        until(clock, lambda: False, timeout_s, poll_s)
