"""Random programs on the virtual clock: no lost wake-up, no deadlock, one thread at a time, the same order twice.

They are judged by `Replay`, a second and much simpler statement of the rules: it reads the trace in the order
in which things happened and says for each wait when and how it had to end.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from bringup.clock import Task
from bringup.errors import Aborted, ClockDeadlock
from bringup.virtual_clock import VirtualClock

GUARD_S = 30.0
"""Wall seconds after which an example counts as hung; nothing else here looks at the wall."""

START = datetime(2026, 1, 31, 19, 0, tzinfo=UTC)


class Op(NamedTuple):
    """One step of a random task; what the fields mean depends on the kind."""

    kind: str
    target: int = 0
    seconds: float | None = None
    shields: int = 0


# Binary fractions, so that equal moments are equal to the last bit.
SECONDS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.0, 2.0, 3.0])
TIMEOUTS = st.one_of(SECONDS, st.none())
TARGETS = st.integers(0, 2)
SHIELDS = st.sampled_from([0, 0, 0, 1, 2])
ZERO = st.just(0)


def ops(kinds: list[str], *parts: st.SearchStrategy[object]) -> st.SearchStrategy[Op]:
    return st.builds(Op, st.sampled_from(kinds), *parts)


OPS = st.one_of(
    ops(["sleep"], ZERO, SECONDS, SHIELDS),
    ops(["wait", "join"], TARGETS, TIMEOUTS, SHIELDS),
    ops(["meet"], st.sampled_from([0, 0, 0, 1]), TIMEOUTS, SHIELDS),
    ops(["set", "set", "clear", "leave"], TARGETS, st.none(), ZERO),
)
ABORTS = ops(["abort"], ZERO, st.none(), ZERO)
TASKS = st.lists(OPS, max_size=8)
ABORTING = st.builds(lambda before, abort, after: [*before, abort, *after], TASKS, ABORTS, TASKS)
PROGRAMS = st.builds(
    lambda plain, aborting: [*plain, *aborting],
    st.lists(TASKS, min_size=1, max_size=4),
    st.lists(ABORTING, max_size=1),
)


class Entry(NamedTuple):
    """Something that happened: a wait began or ended, or a task did something that takes no time."""

    at_s: float
    task: int
    what: str
    op: Op
    outcome: str = ""


@dataclass
class Stage:
    """Runs a program on a clock and writes down what happens."""

    program: list[list[Op]]
    seed: int
    trace: list[Entry] = field(default_factory=list)
    running: int = 0
    tasks: list[Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(START, self.seed)
        self.signals = [self.clock.signal(f"s{n}") for n in range(3)]
        self.barriers = [self.clock.barrier(len(self.program), f"b{n}") for n in range(3)]

    def play(self) -> list[Entry]:
        self.clock.spawn(self._open, "opener").result(GUARD_S)
        for task in self.tasks:
            task.result(GUARD_S)
        assert self.running == 0
        return self.trace

    def _open(self) -> None:
        self.tasks += [self.clock.spawn(self._task(n), f"t{n}") for n in range(len(self.program))]

    def _task(self, n: int) -> Callable[[], None]:
        def run() -> None:
            self._take_baton()
            left: set[int] = set()
            for op in [*self.program[n], *(Op("leave", barrier) for barrier in range(3))]:
                if not (op.kind in ("leave", "meet") and op.target in left):
                    self._step(n, op)
                if op.kind == "leave":
                    left.add(op.target)
            self._note(n, "done", Op("done", n))
            self.running -= 1

        return run

    def _take_baton(self) -> None:
        self.running += 1
        time.sleep(0)  # on purpose: offers the interpreter to any thread that should not be running
        assert self.running == 1, "two tasks run at once"

    def _note(self, n: int, what: str, op: Op, outcome: str = "") -> None:
        self.trace.append(Entry(self.clock.now(), n, what, op, outcome))

    def _step(self, n: int, op: Op) -> None:
        quick: dict[str, Callable[[], None]] = {
            "set": self.signals[op.target].set,
            "clear": self.signals[op.target].clear,
            "leave": self.barriers[op.target].leave,
            "abort": lambda: self.clock.abort(f"by t{n}"),
        }
        if op.kind in quick:
            self._note(n, op.kind, op)
            quick[op.kind]()
        elif not (op.kind == "join" and (op.target == n or op.target >= len(self.tasks))):
            self._note(n, "start", op)
            self.running -= 1
            outcome = self._shielded(op, op.shields)
            self._take_baton()
            self._note(n, "end", op, outcome)

    def _shielded(self, op: Op, depth: int) -> str:
        if depth == 0:
            return self._wait(op)
        with self.clock.shielded():
            return self._shielded(op, depth - 1)

    def _join(self, op: Op) -> bool:
        self.tasks[op.target].result(op.seconds)
        return True

    def _wait(self, op: Op) -> str:
        waits: dict[str, Callable[[], object]] = {
            "sleep": lambda: self.clock.sleep(op.seconds or 0.0),
            "wait": lambda: self.signals[op.target].wait(op.seconds) or "time",
            "meet": lambda: self.barriers[op.target].wait(op.seconds),
            "join": lambda: self._join(op),
        }
        try:
            return str(waits[op.kind]() if op.kind != "sleep" else waits[op.kind]() or "time")
        except (TimeoutError, Aborted, ClockDeadlock) as error:
            return "time" if isinstance(error, TimeoutError) else type(error).__name__


@dataclass
class Pending:
    """A wait that began; `due` once the rules say how and when it must end."""

    op: Op
    deadline_s: float | None
    due: tuple[float, str] | None = None


@dataclass
class Replay:
    """The rules of the clock, told a second time over a finished trace."""

    parties: int
    pending: dict[int, Pending] = field(default_factory=dict)
    up: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    aborted: bool = False
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.lines: list[list[int]] = [[], [], []]
        self.parties_of = [self.parties] * 3

    def judge(self, trace: list[Entry]) -> None:
        for entry in trace:
            assert entry.at_s >= self.now_s, "time went backwards"
            self._nobody_overslept(entry)
            self.now_s = entry.at_s
            getattr(self, f"_{entry.what}")(entry)
        assert not self.pending, "a wait never ended"

    def _nobody_overslept(self, entry: Entry) -> None:
        for n, wait in self.pending.items():
            if wait.due is not None:
                assert entry.at_s == wait.due[0], f"t{n} was ready at {wait.due}, yet time went on: {entry}"
            elif wait.deadline_s is not None:
                assert entry.at_s <= wait.deadline_s, f"t{n} slept through its deadline: {entry}"

    def _due(self, chosen: Callable[[Op], bool], outcome: str) -> None:
        for n, wait in self.pending.items():
            if wait.due is None and chosen(wait.op):
                self._end_of(n, wait, outcome)

    def _end_of(self, n: int, wait: Pending, outcome: str) -> None:
        wait.due = (self.now_s, outcome)
        for line in self.lines:
            if n in line:
                line.remove(n)

    def _start(self, entry: Entry) -> None:
        op = entry.op
        assert entry.task not in self.pending
        wait = Pending(op, None if op.seconds is None else entry.at_s + op.seconds)
        self.pending[entry.task] = wait
        is_over = (op.kind == "wait" and op.target in self.up) or (op.kind == "join" and op.target in self.done)
        if op.kind == "join" and is_over:
            wait.due = (entry.at_s, "True")
        elif self.aborted and not op.shields:
            wait.due = (entry.at_s, "Aborted")
        elif is_over:
            wait.due = (entry.at_s, "True")
        elif op.kind == "meet":
            self.lines[op.target].append(entry.task)
            self._meet(op.target)

    def _meet(self, barrier: int) -> None:
        line = self.lines[barrier]
        if line and len(line) >= self.parties_of[barrier]:
            for n in list(line):
                self._end_of(n, self.pending[n], str(n == line[-1]))

    def _end(self, entry: Entry) -> None:
        wait = self.pending[entry.task]
        if wait.due is None and entry.outcome == "ClockDeadlock":
            assert all(w.due is None and w.deadline_s is None for w in self.pending.values()), "no deadlock"
            assert len(self.pending) + len(self.done) == self.parties, "somebody still runs"
            self._due(lambda _: True, "ClockDeadlock")
        if wait.due is None:
            assert (entry.at_s, entry.outcome) == (wait.deadline_s, "time"), f"woken for nothing: {entry}"
            self._end_of(entry.task, wait, "time")
        assert wait.due == (entry.at_s, entry.outcome), f"had to end as {wait.due}: {entry}"
        del self.pending[entry.task]

    def _set(self, entry: Entry) -> None:
        self.up.add(entry.op.target)
        self._due(lambda op: op.kind == "wait" and op.target == entry.op.target, "True")

    def _clear(self, entry: Entry) -> None:
        self.up.discard(entry.op.target)

    def _leave(self, entry: Entry) -> None:
        self.parties_of[entry.op.target] -= 1
        self._meet(entry.op.target)

    def _abort(self, entry: Entry) -> None:
        self.aborted = True
        self._due(lambda op: not op.shields, "Aborted")

    def _done(self, entry: Entry) -> None:
        self.done.add(entry.task)
        self._due(lambda op: op.kind == "join" and op.target == entry.task, "True")


@settings(deadline=None, max_examples=300)
@given(program=PROGRAMS, seed=st.integers(0, 5))
def test_random_programs_keep_every_rule_and_repeat_exactly(program: list[list[Op]], seed: int) -> None:
    trace = Stage(program, seed).play()
    for outcome in sorted({entry.outcome for entry in trace if entry.what == "end"}):
        event(outcome)
    Replay(len(program)).judge(trace)
    assert Stage(program, seed).play() == trace


@settings(deadline=None, max_examples=50)
@given(
    program=st.lists(
        st.lists(ops(["sleep"], ZERO, st.floats(0, 1e4), ZERO), max_size=6),
        min_size=1,
        max_size=5,
    ),
    seed=st.integers(1, 1000),
)
def test_seeds_move_ties_but_no_wake_up(program: list[list[Op]], seed: int) -> None:
    def wake_ups(seed: int) -> list[list[float]]:
        trace = Stage(program, seed).play()
        return [[entry.at_s for entry in trace if entry.task == n] for n in range(len(program))]

    assert wake_ups(0) == wake_ups(seed)


def test_a_quick_interpreter_switch_changes_nothing() -> None:
    """The order must not come from the interpreter's own choice of threads."""
    program = [[Op("sleep", seconds=0.0), Op("set", 0), Op("meet", 0, 1.0), Op("sleep", seconds=1.0)]] * 5
    expected = Stage(program, 3).play()
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        assert all(Stage(program, 3).play() == expected for _ in range(20))
    finally:
        sys.setswitchinterval(before_s)
