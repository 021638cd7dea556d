"""Shared knobs: moved once for all slots, whoever drops out and when; nobody waits for ever, nobody is lied to."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.clock import Clock
from bringup.errors import Aborted, BenchError, NoReply
from bringup.runner.knobs import Knob, KnobSpec, Settle
from bringup.runner.settle import Settled
from bringup.runner.shared import SharedKnobs
from bringup.virtual_clock import VirtualClock

SETTLE = Settle(tolerance=0.5, slope_per_min=None, poll_s=10.0, timeout_s=60.0)


@dataclass
class Bench:
    """A coolant that arrives after a while, and the slots that share it."""

    parties: int
    seed: int = 0
    moves: list[float] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    problem: Exception | None = None
    sticks_at: float | None = None
    abort_at_s: float | None = None

    def __post_init__(self) -> None:
        self.clock = VirtualClock(seed=self.seed)
        self.at, self.since = 20.0, 0.0
        spec = KnobSpec("coolant", "degC", 10, 60, "", SETTLE, 0.0, shared=True)
        knob = Knob(spec, self.move, self.read)
        self.shared = SharedKnobs({"coolant": knob}, self.parties, self.clock, self.settled.append)

    def move(self, target: float) -> None:
        if self.problem is not None:
            raise self.problem
        self.moves.append(target)
        self.at, self.since = target, self.clock.now()

    def read(self) -> float:
        if self.sticks_at is not None:
            return self.sticks_at
        return self.at if self.clock.now() >= self.since + 25.0 else self.at - 5.0

    def run(self, *slots: list[float]) -> list[object]:
        """One task per slot; what each ended with."""
        with self.clock.enrolled("test"):  # so that all are there before the first one runs
            tasks = [self.clock.spawn(self.slot(sleeps), f"S{number}") for number, sleeps in enumerate(slots)]
            if self.abort_at_s is not None:
                self.clock.spawn(self.abort, "abort")
        ends: list[object] = []
        for task in tasks:
            try:
                ends.append(task.result())
            except Exception as problem:
                ends.append(problem)
        return ends

    def abort(self) -> None:
        self.clock.sleep(self.abort_at_s or 0.0)
        self.clock.abort("stop")

    def slot(self, sleeps: list[float]) -> Slot:
        return Slot(self.shared, self.clock, sleeps, self)


@dataclass
class Slot:
    """Visits one group per sleep, at 20, 25, 30 … degC, and drops out after the last of its own."""

    shared: SharedKnobs
    clock: Clock
    sleeps: list[float]
    bench: Bench

    def __call__(self) -> list[tuple[float, str]]:
        seen = []
        try:
            for number, sleep_s in enumerate(self.sleeps):
                self.clock.sleep(sleep_s)
                doubt = self.shared.go({"coolant": 20.0 + 5 * number})
                seen.append((self.bench.at, doubt))
                self.clock.sleep(sleep_s)
                # Nobody may move it while somebody measures.
                assert self.bench.at == 20.0 + 5 * number
        finally:
            self.shared.leave()
        return seen


SLEEPS = st.lists(st.floats(0, 500), max_size=6)


@given(st.lists(SLEEPS, min_size=1, max_size=6), st.integers(0, 5))
def test_moved_once_for_all_whoever_drops_out(slots: list[list[float]], seed: int) -> None:
    """Each slot drops out after a number of groups of its own: no deadlock, one move per group, the right place."""
    bench = Bench(len(slots), seed)
    ends = bench.run(*slots)
    assert ends == [[(20.0 + 5 * number, "") for number in range(len(sleeps))] for sleeps in slots]
    assert bench.moves == [20.0 + 5 * number for number in range(max(map(len, slots)))]
    assert [one.target for one in bench.settled] == bench.moves


def test_everybody_goes_on_only_when_it_has_arrived() -> None:
    bench = Bench(3)
    bench.run([1.0], [2.0], [300.0])
    assert bench.settled[0].took_s == 30.0  # 25 s, seen at the third poll
    assert bench.clock.now() == 300.0 + 30.0 + 300.0


def test_a_knob_that_does_not_arrive_is_everybodys_doubt_and_is_moved_again() -> None:
    bench = Bench(2, sticks_at=10.0)
    ends = bench.run([1.0, 1.0], [1.0, 1.0])
    for end in ends:
        assert isinstance(end, list)
        assert all("not settled: coolant 10" in doubt for _, doubt in end)
    assert bench.shared.drift() == ""  # nothing is known to be anywhere


@pytest.mark.parametrize("problem", [NoReply("cdu is silent"), ValueError("a defect of its driver")])
def test_a_failure_of_the_instrument_is_everybodys(problem: Exception) -> None:
    """Also of whoever only waited: it must not measure at a temperature that nobody set."""
    bench = Bench(3, problem=problem)
    ends = bench.run([1.0], [2.0], [3.0])
    for end in ends:
        assert isinstance(end, BenchError)
        assert str(problem) in str(end)


def test_an_abort_wakes_all_who_meet() -> None:
    bench = Bench(3, abort_at_s=50.0)
    ends = bench.run([1.0], [2.0], [1000.0])
    assert [type(end) for end in ends] == [Aborted] * 3
    assert bench.clock.now() == 50.0


def test_what_drifts_after_it_had_arrived_is_told() -> None:
    bench = Bench(1)
    bench.run([1.0])
    assert bench.shared.drift() == ""
    bench.sticks_at = 22.0
    assert bench.shared.drift() == "not settled: coolant 22 for 20 degC"
