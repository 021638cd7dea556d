"""What every `Clock` promises about abort, shield, Ctrl-C and outside threads, run over both clocks.

Durations are short because the wall clock really waits; nothing here asserts an upper bound in wall time.
"""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bringup.clock import Clock, until
from bringup.errors import Aborted
from tests.unit.both_clocks import GUARD_S, NEVER_S, TICK_S, all_ends, end_of, results

# -- abort


def test_abort_wakes_every_kind_of_waiter_at_once(clock: Clock) -> None:
    go = clock.signal()

    def shielded() -> bool:
        with clock.shielded():
            return go.wait(NEVER_S)

    safe = clock.spawn(shielded, "safe")
    tasks = all_ends(
        clock,
        [
            clock.signal().wait,
            lambda: clock.signal().wait(NEVER_S),
            clock.barrier(2).wait,
            lambda: clock.barrier(2).wait(NEVER_S),
            lambda: clock.sleep(NEVER_S),
            safe.result,
        ],
    )
    clock.sleep(TICK_S)
    clock.abort("stop button")
    with clock.shielded():
        assert results(tasks) == ["Aborted"] * 6
        go.set()
        assert safe.result(GUARD_S)
    assert clock.now() < NEVER_S


def test_later_waits_raise_at_once_with_the_first_reason(clock: Clock) -> None:
    up = clock.signal()
    up.set()
    clock.abort("first")
    clock.abort("second")
    assert clock.aborted == "first"
    waits: list[Callable[[], object]] = [
        lambda: clock.sleep(NEVER_S),
        lambda: clock.sleep(0),
        clock.signal().wait,
        up.wait,
        clock.barrier(1).wait,
        lambda: until(clock, lambda: False, NEVER_S, NEVER_S),
    ]
    for wait in waits:
        with pytest.raises(Aborted, match=r"^first$"):
            wait()
    assert clock.now() < NEVER_S


def test_shielded_sleep_keeps_its_full_length(clock: Clock) -> None:
    def make_safe() -> float:
        before_s = clock.now()
        with clock.shielded():
            clock.sleep(3 * TICK_S)
        return clock.now() - before_s

    task = clock.spawn(make_safe, "safe")
    clock.sleep(TICK_S)
    clock.abort("stop")
    with clock.shielded():
        assert task.result(GUARD_S) >= 3 * TICK_S


def test_shield_nests_and_ends(clock: Clock) -> None:
    clock.abort("stop")
    with clock.shielded():
        with clock.shielded():
            clock.sleep(0)
        clock.sleep(TICK_S)
        assert clock.signal().wait(TICK_S) is False
        assert clock.barrier(1).wait() is True
    with pytest.raises(Aborted):
        clock.sleep(0)


def test_shield_is_the_own_thread_s(clock: Clock) -> None:
    with clock.shielded():
        (task,) = all_ends(clock, [lambda: clock.sleep(NEVER_S)])
        clock.sleep(TICK_S)
        clock.abort("stop")
        assert task.result(GUARD_S) == "Aborted"


def test_aborted_party_takes_its_arrival_back(clock: Clock) -> None:
    meeting = clock.barrier(2)
    (gone,) = all_ends(clock, [meeting.wait])
    clock.sleep(TICK_S)
    clock.abort("stop")
    with clock.shielded():
        assert gone.result(GUARD_S) == "Aborted"
        with pytest.raises(TimeoutError):
            meeting.wait(TICK_S)
        meeting.leave()
        assert meeting.wait() is True


def test_work_that_runs_meets_the_abort_at_its_next_wait(clock: Clock) -> None:
    def work() -> str:
        clock.abort("from within")
        return end_of(lambda: clock.sleep(0))

    task = clock.spawn(work, "own goal")
    with clock.shielded():
        assert task.result(GUARD_S) == "Aborted"


def test_a_task_after_the_abort_starts_and_may_make_safe(clock: Clock) -> None:
    clock.abort("stop")
    with clock.shielded():
        (task,) = all_ends(clock, [lambda: clock.sleep(TICK_S)])
        assert task.result(GUARD_S) == "Aborted"


def test_outside_thread_waits_for_the_safe_state_in_spite_of_the_abort(outside: Clock) -> None:
    def work() -> str:
        try:
            outside.signal().wait(NEVER_S)
        except Aborted:
            with outside.shielded():
                outside.sleep(TICK_S)
            return "safe"
        return "not aborted"

    with outside.enrolled("test"):
        task = outside.spawn(work, "slot")
        outside.sleep(TICK_S)
        outside.abort("stop")
    assert task.result(GUARD_S) == "safe"


# -- outside threads


def test_outside_thread_may_sleep_and_wait(outside: Clock) -> None:
    before_s = outside.now()
    outside.sleep(TICK_S)
    assert outside.signal().wait(TICK_S) is False
    assert outside.now() - before_s >= 2 * TICK_S


def test_outside_thread_may_wait_for_what_a_task_does(outside: Clock) -> None:
    go = outside.signal()

    def work() -> None:
        outside.sleep(TICK_S)
        go.set()

    task = outside.spawn(work, "worker")
    assert go.wait(NEVER_S)
    task.result(GUARD_S)
    assert outside.now() < NEVER_S


def test_enrolling_twice_changes_nothing(clock: Clock) -> None:
    with clock.enrolled("again"):
        clock.sleep(TICK_S)
    task = clock.spawn(lambda: clock.sleep(TICK_S), "t")
    task.result(GUARD_S)
    assert clock.now() >= 2 * TICK_S


@contextmanager
def ctrl_c_soon() -> Iterator[None]:
    """Ctrl-C for the main thread a moment from now; it does not depend on the clock under test."""
    timer = threading.Timer(0.2, _thread.interrupt_main)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@pytest.mark.parametrize("wait", ["result", "sleep", "signal", "barrier"])
@pytest.mark.parametrize("enrol", [False, True])
def test_ctrl_c_gets_through_to_the_main_thread(outside: Clock, wait: str, enrol: bool) -> None:
    hang = threading.Event()
    waits: dict[str, Callable[[], object]] = {
        "sleep": lambda: outside.sleep(GUARD_S),
        "signal": outside.signal().wait,
        "barrier": outside.barrier(2).wait,
    }

    def interrupted() -> None:
        # Under the virtual clock this task holds the baton, so that lab time cannot jump meanwhile.
        task = outside.spawn(lambda: hang.wait(GUARD_S), "hangs")
        waits["result"] = task.result
        try:
            with pytest.raises(KeyboardInterrupt), ctrl_c_soon():
                waits[wait]()
        finally:
            hang.set()
        assert task.result(GUARD_S)

    if enrol:
        with outside.enrolled("main"):
            interrupted()
            outside.sleep(TICK_S)
    else:
        interrupted()
    outside.sleep(TICK_S)
    assert outside.spawn(lambda: 1, "after").result(GUARD_S) == 1
