"""A night: plans on slots, side by side, until they are through, the deadline, or a wish to stop.

One task per slot owns that slot's power from its first rail to its safe state. The main thread stays outside the
lab's time: it looks at the monitors, keeps `live` and heartbeat in the journal, and passes on the wish to stop.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ..clock import Task
from ..errors import Aborted, JournalError
from ..events import EventKind
from ..operator import Operator
from ..records import Heartbeat
from ..verdicts import Verdict, worst
from .bench import Bench
from .binding import BoundPlan
from .monitor import SlotMonitor
from .night_log import NightLog
from .slot_night import SlotNight
from .stages import staged
from .stopping import Stopping

LOOK_S = 0.05
LIVE_S = 0.5
UNSEEN_S = 30.0
"""Longest time for which a night goes on whose sign of life cannot be written (wall seconds, estimate)."""


@dataclass(frozen=True, slots=True)
class NightResult:
    """How a night ended.

    Attributes:
        verdict: the worst of its runs.
        cause: why it is not simply what its runs say, or "".
        unsafe: slots whose safe state is in doubt, each with the reason.
        is_complete: whether every point that was wanted has been visited.
    """

    verdict: Verdict
    cause: str
    unsafe: tuple[str, ...]
    is_complete: bool

    @property
    def exit_code(self) -> int:
        """Of the command that held the night; a PASS with points missing is "not run", not "pass"."""
        if self.verdict is Verdict.PASS and not self.is_complete:
            return Verdict.NOT_RUN.exit_code
        return self.verdict.exit_code


class Night:
    """A night on an open bench.

    Args:
        bench: open; nothing on it is energized yet.
        plans: by slot, in the order in which they run; every slot has the same plans.
        log: the night's journal.
        operator_for: the person to ask, by slot.
        live: told twice a second what every slot is doing, with the runner's sign of life.
    """

    def __init__(
        self,
        bench: Bench,
        plans: Mapping[str, Sequence[BoundPlan]],
        log: NightLog,
        operator_for: Callable[[str], Operator],
        live: Callable[[Sequence[SlotMonitor], Heartbeat], None],
    ) -> None:
        self._bench = bench
        self._log = log
        self._live = live
        self.monitors = {
            slot: SlotMonitor(slot, bench.slot(slot).serial_number, sum(len(b.points) for b in bounds))
            for slot, bounds in plans.items()
        }
        stages = staged(bench, plans, log)
        self._slots = {
            slot: SlotNight(bench.slot(slot), stages[slot], operator_for(slot), log, self.monitors[slot])
            for slot in plans
        }
        self._last_live = 0.0
        self._seen_at = time.monotonic()

    def run(self, stop: Stopping, look: Callable[[], None]) -> NightResult:
        """Run to the end; on return every slot is safe, or named in the result's `unsafe`.

        Args:
            stop: the wish to stop.
            look: called about twenty times a second from this thread: draw, ask the operator.
        """
        clock = self._bench.clock
        with stop.noted_only():
            conductor = clock.spawn(self._conduct, "night")
            self._seen_at = time.monotonic()
            while not conductor.done():
                self._look_once(stop, look)
                time.sleep(LOOK_S)
            with suppress(JournalError):
                if Verdict.ABORTED in self._verdicts():
                    self._pass_on(stop)  # a hold hears of a signal before this loop does
                self._tell_live(force=True)
            return self._result(conductor.result())

    def _conduct(self) -> list[str]:
        """Start every slot and wait for all of them; returns this tool's own defects, if any showed.

        A task of its own, so that no slot gets to a meeting before the others have been started.
        """
        clock = self._bench.clock
        tasks: list[Task[None]] = []
        told: list[str] = []
        try:
            for slot, slot_night in self._slots.items():
                tasks.append(clock.spawn(slot_night.go, slot))
        except Exception as problem:  # no more threads: those that run must come home first
            told.append(f"not every slot could be started: {type(problem).__name__}: {problem}")
            clock.abort(told[0])
        with clock.shielded():
            return [*told, *filter(None, map(_defect, tasks))]

    def _look_once(self, stop: Stopping, look: Callable[[], None]) -> None:
        """Pass on the wish to stop, show a sign of life, draw. Never raises: behind it sleds are powered."""
        try:
            self._pass_on(stop)
            self._tell_live()
            look()
        except Aborted as problem:  # a signal while the operator was being asked
            stop.reason = stop.reason or str(problem)
        except JournalError as problem:
            # The slots find it out for themselves with their next attempt; a moment's lock passes.
            if time.monotonic() - self._seen_at > UNSEEN_S:
                stop.reason = stop.reason or f"the journal cannot be written: {problem}"
        except BaseException as problem:  # a SystemExit too: behind this loop sleds are powered
            # A screen that breaks must not leave sleds powered with nobody watching: it ends the night.
            stop.reason = stop.reason or f"the screen broke: {type(problem).__name__}: {problem}"

    def _pass_on(self, stop: Stopping) -> None:
        clock = self._bench.clock
        if stop.reason and not clock.aborted:
            # The bench before the journal: a full disk must not stand in the way of a stop.
            clock.abort(stop.reason)
            self._log.event(EventKind.ABORTED, stop.reason)

    def _tell_live(self, *, force: bool = False) -> None:
        now = time.monotonic()
        if force or now - self._last_live >= LIVE_S:
            self._last_live = now
            beat = Heartbeat(datetime.now(UTC), self._log.now_s(), os.getpid())
            self._live(tuple(self.monitors.values()), beat)
            self._seen_at = now

    def _verdicts(self) -> list[Verdict]:
        return [verdict for slot in self._slots.values() for verdict in slot.verdicts]

    def _result(self, crashes: Sequence[str]) -> NightResult:
        verdicts = self._verdicts()
        unsafe = tuple(str(slot.doubt) for slot in self._slots.values() if slot.doubt is not None)
        causes = [*unsafe, *crashes]
        if causes:
            verdicts.append(Verdict.ERROR)
        aborted = self._bench.clock.aborted
        if aborted:
            verdicts.append(Verdict.ABORTED)
            causes.insert(0, f"aborted: {aborted}")
        is_complete = all(slot.is_complete for slot in self._slots.values())
        return NightResult(worst(verdicts), "; ".join(causes), unsafe, is_complete)


def _defect(task: Task[None]) -> str:
    try:
        task.result()
    except BaseException as problem:
        return f"slot {task.name}: {type(problem).__name__}: {problem}"
    return ""
