"""What only the virtual clock promises: jumps, a fixed order, guests, and no deadlock that hangs.

Random programs are in `test_virtual_clock_programs`, Ctrl-C in `test_virtual_clock_interrupts`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bringup.clock import Signal
from bringup.errors import Aborted, BenchError, ClockDeadlock
from bringup.virtual_clock import VirtualClock

GUARD_S = 30.0
"""Wall seconds after which a test counts as hung."""

START = datetime(2026, 1, 31, 19, 0, tzinfo=UTC)


# -- time


def test_start_is_the_lab_s_date() -> None:
    clock = VirtualClock(START.astimezone(timezone(timedelta(hours=2))))
    clock.sleep(12.5 * 3600)
    assert clock.utc() == datetime(2026, 2, 1, 7, 30, tzinfo=UTC)
    assert clock.utc().tzinfo is UTC
    assert clock.now() == 45_000
    assert clock.is_virtual


def test_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        VirtualClock(datetime(2026, 1, 31))


def test_start_defaults_to_the_computer_s_date() -> None:
    before = datetime.now(UTC)
    assert before <= VirtualClock().utc() <= datetime.now(UTC)


def test_time_jumps_from_wake_up_to_wake_up() -> None:
    clock = VirtualClock()
    seen: list[tuple[str, float]] = []

    def work(name: str, seconds: float) -> Callable[[], None]:
        def run() -> None:
            for _ in range(3):
                clock.sleep(seconds)
                seen.append((name, clock.now()))

        return run

    with clock.enrolled("test"):
        tasks = [clock.spawn(work("a", 2.0), "a"), clock.spawn(work("b", 3.0), "b")]
        for task in tasks:
            task.result()
    assert seen == [("a", 2.0), ("b", 3.0), ("a", 4.0), ("a", 6.0), ("b", 6.0), ("b", 9.0)]


# -- order


def order_of_ties(seed: int, tasks: int = 6) -> list[int]:
    clock = VirtualClock(START, seed)
    seen: list[int] = []

    def work(n: int) -> Callable[[], None]:
        def run() -> None:
            clock.sleep(1.0)
            seen.append(n)

        return run

    with clock.enrolled("test"):
        for task in [clock.spawn(work(n), f"t{n}") for n in range(tasks)]:
            task.result()
    return seen


def test_seed_zero_breaks_ties_in_the_order_of_the_spawns() -> None:
    assert order_of_ties(0) == [0, 1, 2, 3, 4, 5]


def test_other_seeds_permute_the_ties_each_in_its_own_fixed_way() -> None:
    orders = [tuple(order_of_ties(seed)) for seed in range(1, 9)]
    assert orders == [tuple(order_of_ties(seed)) for seed in range(1, 9)]
    assert all(sorted(order) == list(range(6)) for order in orders)
    assert len(set(orders)) >= 6


def test_two_tasks_meet_in_both_orders_under_some_seed() -> None:
    assert {tuple(order_of_ties(seed, 2)) for seed in range(12)} == {(0, 1), (1, 0)}


@pytest.mark.parametrize("seed", range(4))
def test_zero_sleeps_starve_nobody(seed: int) -> None:
    clock = VirtualClock(START, seed)
    stop = clock.signal()

    def spin() -> None:
        while not stop.is_set():
            clock.sleep(0)

    with clock.enrolled("test"):
        spinners = [clock.spawn(spin, f"spin{n}") for n in range(3)]
        clock.spawn(stop.set, "stopper").result()
        for task in spinners:
            task.result()
    assert clock.now() == 0


@pytest.mark.parametrize("seed", range(4))
def test_two_that_wake_each_other_starve_nobody(seed: int) -> None:
    clock = VirtualClock(START, seed)
    stop, ping, pong = clock.signal(), clock.signal(), clock.signal()

    def play(mine: Signal, other: Signal) -> Callable[[], None]:
        def run() -> None:
            while not stop.is_set():
                other.set()
                mine.wait(1.0)
                mine.clear()
            other.set()

        return run

    with clock.enrolled("test"):
        players = [clock.spawn(play(ping, pong), "a"), clock.spawn(play(pong, ping), "b")]
        clock.sleep(0)
        clock.sleep(0)
        stop.set()
        for task in players:
            task.result()
    assert clock.now() == 0


def test_a_spawned_task_runs_when_its_spawner_waits() -> None:
    clock = VirtualClock()
    with clock.enrolled("test"):
        task = clock.spawn(clock.now, "t")
        assert not task.done()
        clock.sleep(5)
        assert task.result() == 0


def test_void_heap_entries_are_swept() -> None:
    clock = VirtualClock()
    ping, pong = clock.signal(), clock.signal()

    def answer() -> None:
        for _ in range(2000):
            ping.wait(1e6)
            ping.clear()
            pong.set()

    with clock.enrolled("test"):
        task = clock.spawn(answer, "answer")
        for _ in range(2000):
            ping.set()
            pong.wait(1e6)
            pong.clear()
        task.result()
        # Looked at before this thread leaves: nothing is left then, and the rest of the heap is emptied.
        assert len(clock._schedule._heap) < 200


# -- outside threads


def test_guest_alone_makes_time_jump() -> None:
    clock = VirtualClock()
    clock.sleep(5)
    assert clock.now() == 5
    assert clock.signal().wait(2.5) is False
    assert clock.now() == 7.5


def test_guest_sleeps_among_running_tasks() -> None:
    clock = VirtualClock()
    stop = clock.signal()

    def run() -> None:
        while not stop.is_set():
            clock.sleep(1.0)

    task = clock.spawn(run, "busy")
    before_s = clock.now()
    clock.sleep(1000)
    assert clock.now() >= before_s + 1000
    stop.set()
    task.result(GUARD_S)


def test_abort_from_outside_reaches_a_task_that_never_switches() -> None:
    clock = VirtualClock()

    def run() -> None:
        while True:
            clock.sleep(1.0)

    task = clock.spawn(run, "endless")
    clock.abort("enough")
    with pytest.raises(Aborted, match="enough"):
        task.result(GUARD_S)


def test_abort_wakes_guests_even_while_a_task_hangs() -> None:
    clock = VirtualClock()
    release = threading.Event()
    hang = clock.spawn(lambda: release.wait(GUARD_S), "hang")
    aborter = threading.Timer(0.1, clock.abort, ["from a third thread"])
    aborter.start()
    with pytest.raises(Aborted, match="third thread"):
        clock.sleep(10)
    assert clock.now() == 0
    release.set()
    assert hang.result(GUARD_S)
    aborter.join()


def test_abort_happens_at_the_present_lab_time() -> None:
    clock = VirtualClock()
    ends: list[tuple[str, float]] = []

    def plain() -> None:
        try:
            clock.sleep(100)
        except Aborted:
            ends.append(("plain", clock.now()))

    def shielded() -> None:
        with clock.shielded():
            clock.sleep(100)
        ends.append(("shielded", clock.now()))

    with clock.enrolled("test"), clock.shielded():
        tasks = [clock.spawn(plain, "plain"), clock.spawn(shielded, "shielded")]
        clock.sleep(7)
        clock.abort("stop")
        for task in tasks:
            task.result()
    assert ends == [("plain", 7), ("shielded", 100)]


def test_many_guests_and_tasks_at_once() -> None:
    clock = VirtualClock()
    ends: list[float] = []

    def sleep() -> None:
        for _ in range(50):
            clock.sleep(1.0)
        ends.append(clock.now())

    guests = [threading.Thread(target=sleep) for _ in range(4)]
    tasks = [clock.spawn(sleep, f"t{n}") for n in range(4)]
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.join(GUARD_S)
    for task in tasks:
        task.result(GUARD_S)
    assert len(ends) == 8
    assert min(ends) >= 50


# -- deadlock


def test_deadlock_tells_every_waiter_who_waits_for_what() -> None:
    clock = VirtualClock()
    go, meeting = clock.signal("go"), clock.barrier(3, "coolant")

    def shielded() -> bool:
        with clock.shielded():
            return meeting.wait()

    with clock.enrolled("test"):
        tasks = [clock.spawn(go.wait, "slot1"), clock.spawn(shielded, "slot2")]
        clock.sleep(2)
        with pytest.raises(ClockDeadlock) as caught:
            tasks[0].result()
        for task in tasks:
            with pytest.raises(ClockDeadlock):
                task.result()
    message = str(caught.value)
    assert "lab time 2.0" in message
    assert "'slot1' waits for signal 'go'" in message
    assert "'slot2' waits for barrier 'coolant' (1 of 3 there)" in message
    assert "'test' waits for the end of task 'slot1'" in message
    assert "enrolled" in message
    assert isinstance(caught.value, BenchError)


def test_deadlocked_guest_is_told_and_the_clock_stays_usable() -> None:
    clock = VirtualClock()
    with pytest.raises(ClockDeadlock, match="'MainThread' waits for signal 'nobody'"):
        clock.signal("nobody").wait()
    with pytest.raises(ClockDeadlock):
        clock.barrier(2).wait()
    clock.sleep(1)
    assert clock.spawn(lambda: 3, "t").result(GUARD_S) == 3


def test_the_last_that_ends_leaves_no_one_hanging() -> None:
    clock = VirtualClock()
    with clock.enrolled("test"):
        task = clock.spawn(clock.signal("never").wait, "waiter")
        clock.sleep(1)
    with pytest.raises(ClockDeadlock, match="never"):
        task.result(GUARD_S)


def test_what_is_planned_happens_at_its_time_and_before_who_waits_for_it() -> None:
    clock = VirtualClock()
    seen: list[tuple[str, float]] = []

    def failing() -> None:
        seen.append(("fails", clock.now()))
        raise ValueError("the plan's own mistake")

    def work() -> None:
        for at_s, name in ((7.0, "late"), (3.0, "early"), (5.0, "with"), (1e9, "never")):
            clock.plan(at_s, lambda name=name: seen.append((name, clock.now())))  # type: ignore[misc]
        clock.plan(4.0, failing)
        clock.sleep(5.0)
        seen.append(("awake", clock.now()))
        clock.sleep(10.0)

    clock.spawn(work, "work").result()
    assert seen == [("early", 3.0), ("fails", 4.0), ("with", 5.0), ("awake", 5.0), ("late", 7.0)]
    assert clock.now() == 15.0
