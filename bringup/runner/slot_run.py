"""One plan on one sled: its points in order, their attempts, and what a fault leads to.

Neighbours: `night` makes one per slot and plan; `attempt` does a single try; the journal hears of every attempt
before the next begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ..axes import Point
from ..errors import Aborted, BenchError, BringupError, SledFault, SlotLost, evidence
from ..events import EventKind, SlotState
from ..records import AttemptStart, RunStart
from ..store import OpenRun
from ..verdicts import Verdict, worst
from .attempt import Attempt, KnobMover, Outcome
from .binding import BoundPlan
from .monitor import Sample, SlotMonitor
from .night_log import NightLog
from .point_queue import PointQueue
from .shared import Group, SharedKnobs, groups_of

ERRORS_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class SlotTools:
    """What a run needs of its slot beside the knobs.

    Attributes:
        serial_number: of the sled.
        attempt: one try, with the slot's instruments in it.
        mover: of the slot's own knobs; the same that `attempt` uses.
        sample: reads what the screens show; None where the sled cannot be read.
        is_ready: whether the sled's host is up and answers for itself.
        recover: power-cycles the sled and waits until it is ready.
    """

    serial_number: str
    attempt: Attempt
    mover: KnobMover
    sample: Callable[[], Sample | None]
    is_ready: Callable[[], bool]
    recover: Callable[[], None]


class _Try(NamedTuple):
    point: Point
    number: int


def run_start(bound: BoundPlan, serial_number: str, at_s: float) -> RunStart:
    """What the journal keeps of a run as it begins."""
    return RunStart(
        slot=bound.slot,
        serial_number=serial_number,
        plan=bound.plan.name,
        plan_source=bound.source,
        product=bound.product.name,
        product_source=bound.product.source,
        axes=bound.axis_starts(),
        limits=bound.limits,
        at_s=at_s,
    )


class SlotRun:
    """One plan on one sled.

    Args:
        bound: the plan, valid for this slot.
        tools: the slot.
        shared: the knobs that it shares with others.
        log: the night's journal.
        monitor: what the screens are told.

    Attributes:
        is_complete: whether every point that was wanted has been visited.
    """

    def __init__(
        self, bound: BoundPlan, tools: SlotTools, shared: SharedKnobs, log: NightLog, monitor: SlotMonitor
    ) -> None:
        self._bound = bound
        self._tools = tools
        self._shared = shared
        self._log = log
        self._monitor = monitor
        self._queue = PointQueue(bound.axes)
        self._verdicts: dict[int, Verdict] = {}
        self._tried: Counter[int] = Counter()
        self._done_before = monitor.points_done
        self._errors_in_a_row = 0
        self._ending = Verdict.NOT_RUN
        self.is_complete = False

    def go(self) -> Verdict:
        """Visit every point; return the run's verdict.

        Raises:
            SlotLost: the sled did not come back, or the bench is in doubt; the run is journaled as ended.
            Aborted: likewise, on an abort.
        """
        bound = self._bound
        self._monitor.run_begins(bound.plan.name, len(bound.points))
        run = self._log.begin_run(run_start(bound, self._tools.serial_number, self._log.now_s()))
        try:
            cause = self._groups(run)
        except BaseException as problem:
            self._ending = _verdict_of(problem)
            self._log.end_run(run, self.verdict, str(problem) or type(problem).__name__)
            raise
        self.is_complete = not cause
        self._log.end_run(run, self.verdict, cause)
        return self.verdict

    @property
    def verdict(self) -> Verdict:
        """The worst of the points so far; a failure beyond a walked edge is what was looked for."""
        points = self._bound.points
        of_points = (
            Verdict.PASS if verdict is Verdict.FAIL and not self._bound.has_to_pass(points[index]) else verdict
            for index, verdict in self._verdicts.items()
        )
        return worst((self._ending, *of_points))

    def _groups(self, run: OpenRun) -> str:
        for group in groups_of(self._bound):
            if self._is_late():
                return self._late()  # before the coolant is moved for points that nobody will measure
            self._monitor.state(SlotState.WAITING, "shared knobs")
            doubt = self._shared.go(group.shared)
            cause = self._visit(run, group, doubt)
            if cause:
                return cause
        return ""

    def _visit(self, run: OpenRun, group: Group, doubt: str) -> str:
        """Every point of a group; returns why the run ends early, or ""."""
        self._queue.begin(group.points)
        step = self._next_try(self._queue.next())
        attempt_id: int | None = None
        while step is not None:
            if attempt_id is None:
                if self._is_late():
                    return self._late()
                attempt_id = self._log.begin_attempt(run, self._start(step))
            outcome = self._tools.attempt.make(step.point, self._bound.local_values(step.point), doubt)
            following = self._after(step, outcome, retake=not doubt)
            goes_on = following is not None and outcome.stop is None and not self._has_given_up and not self._is_late()
            then = self._start(following) if goes_on and following is not None else None
            attempt_id = self._log.complete(run, attempt_id, outcome.end, then)
            self._show(step, outcome)
            if outcome.stop is not None:
                if self._bound.walks_power and not isinstance(outcome.stop, Aborted):
                    return f"stopped: {outcome.end.cause}"  # a board that stood at a hold point is not powered again
                self._deal_with(outcome.stop)
            if self._has_given_up:
                return f"gave up after {ERRORS_IN_A_ROW} errors in a row: {outcome.end.cause}"
            step = following
        return ""

    def _next_try(self, point: Point | None) -> _Try | None:
        return None if point is None else _Try(point, self._tried[point.index] + 1)

    def _start(self, step: _Try) -> AttemptStart:
        return AttemptStart(step.point.index, step.number, self._log.now_s())

    def _after(self, step: _Try, outcome: Outcome, *, retake: bool) -> _Try | None:
        """What comes after this try: another one of the same point, the next point, or the group's end.

        `retake` is whether an INVALID point may be taken again later: not where the group's shared knobs are in doubt.
        """
        verdict = outcome.end.verdict
        self._tried[step.point.index] = step.number
        self._errors_in_a_row = self._errors_in_a_row + 1 if verdict is Verdict.ERROR else 0
        self._verdicts[step.point.index] = verdict
        if verdict is Verdict.INVALID and retake:
            self._queue.untrusted(step.point)
        may_retry = verdict in (Verdict.FAIL, Verdict.ERROR) and not self._bound.walks_power
        if may_retry and step.number <= self._bound.plan.retries:
            return _Try(step.point, step.number + 1)
        if verdict is Verdict.FAIL:
            self._queue.failed(step.point)
        return self._next_try(self._queue.next())

    @property
    def _has_given_up(self) -> bool:
        return self._errors_in_a_row >= ERRORS_IN_A_ROW

    def _show(self, step: _Try, outcome: Outcome) -> None:
        sample = self._sample() if outcome.stop is None else None
        self._monitor.point_ends(step.point.index, sample, outcome.end.at_s)
        self._monitor.points_done = self._done_before + len(self._verdicts) + self._queue.left_out

    def _sample(self) -> Sample | None:
        # A screen's numbers are not worth an attempt: the next one has begun, and hears of an abort at its first wait.
        try:
            return self._tools.sample()
        except Exception:
            return None

    def _deal_with(self, stop: BringupError) -> None:
        if isinstance(stop, SledFault):
            self._recover(stop)
        elif isinstance(stop, BenchError):
            self._tools.mover.forget()
            self._log.event(EventKind.BENCH_FAILED, str(stop), self._bound.slot, evidence(stop))
            if not self._tools.is_ready():
                self._cycle()
        else:
            raise stop

    def _recover(self, fault: SledFault) -> None:
        self._log.event(EventKind.SLED_HUNG, str(fault), self._bound.slot, evidence(fault))
        self._tools.mover.forget()
        self._cycle()

    def _cycle(self) -> None:
        """Power-cycle the sled and wait until it is ready; the lab's clock feels what that costs."""
        began_s = self._log.now_s()
        try:
            self._tools.recover()
        except (SledFault, BenchError) as problem:
            raise SlotLost(f"not recovered by a power cycle: {problem}") from problem
        took_s = self._log.now_s() - began_s
        self._log.event(
            EventKind.SLED_RECOVERED, f"ready again after {took_s:.0f} s", self._bound.slot, {"took_s": took_s}
        )

    def _is_late(self) -> bool:
        deadline_s = self._log.deadline_s
        return deadline_s is not None and self._log.now_s() + self._bound.plan.point_s > deadline_s

    def _late(self) -> str:
        missing = len(self._bound.points) - len(self._verdicts)
        return f"deadline: up to {missing} points not run"


def _verdict_of(problem: BaseException) -> Verdict:
    """What it says of a run that it was ended by `problem`."""
    if isinstance(problem, Aborted | KeyboardInterrupt):
        return Verdict.ABORTED
    return Verdict.FAIL if isinstance(problem, SledFault | SlotLost) else Verdict.ERROR
