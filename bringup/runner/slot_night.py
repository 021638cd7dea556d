"""One slot's night, on its own task: it owns the slot's power from the first rail to the safe state."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..errors import Aborted, BenchError, BringupError, NotSafe, SledFault, SlotLost, evidence
from ..events import EventKind, SlotState
from ..evidence import POWER_UP_BUDGET_S
from ..files.product import FLOW
from ..operator import Operator
from ..verdicts import Verdict
from .bench import SlotBench
from .energized import SlotPower, energized
from .identity import IdentityGate
from .monitor import SlotMonitor
from .night_log import NightLog
from .shared import groups_of
from .slot_run import SlotRun, run_start
from .stages import Stage
from .tools import tools_for


class SlotNight:
    """The plans of one slot, one after the other.

    Attributes:
        verdicts: of its runs, as far as they have ended.
        doubt: why its safe state is in doubt, or None.
        is_complete: whether every run so far visited every point that was wanted of it.
    """

    def __init__(
        self, slot: SlotBench, stages: Sequence[Stage], operator: Operator, log: NightLog, monitor: SlotMonitor
    ) -> None:
        self.verdicts: list[Verdict] = []
        self.doubt: NotSafe | None = None
        self.is_complete = True
        self._slot = slot
        self._stages = list(stages)
        self._is_up = False
        self._operator = operator
        self._log = log
        self._monitor = monitor
        self._gate = IdentityGate(slot, log)

    def go(self) -> None:
        """Run every stage; on return, by whatever way, the slot is safe or `doubt` says why not.

        What the sled or the bench does wrong ends in the journal; only a defect of this tool is raised.
        """
        try:
            self._gate.check_paper()
            self._establish_coolant()
            with energized(self._slot, self._monitor.state, self._made_safe, self._gate.check_board) as power:
                self._run_stages(power)
        except (SledFault, SlotLost, BenchError, Aborted) as problem:
            self._give_up(problem)
        except Exception as defect:
            self._give_up(BringupError(f"{type(defect).__name__}: {defect}"))
            raise
        finally:
            for stage in self._stages:
                stage.shared.leave()

    def _run_stages(self, power: SlotPower) -> None:
        if not self._stages[0].bound.walks_power:
            self._walk_up(power)
            self._log.event(EventKind.POWERED_ON, "every rail in band, host ready", self._slot.name)
        self._is_up = True
        while self._stages:
            # Taken off the list first: once it has begun, the run itself journals how it ended.
            stage = self._stages.pop(0)
            try:
                self._run(stage, power)
            finally:
                stage.shared.leave()

    def _walk_up(self, power: SlotPower) -> None:
        """Up; where the sled fails on the way, what it says is kept before its power goes."""
        try:
            power.walk_up()
        except SledFault:
            with suppress(BenchError):  # the fault is the finding; what is captured of it is a help
                captured = self._slot.evidence(self._log.origin_s, POWER_UP_BUDGET_S)
                self._log.keep(captured, self._slot.name)
            raise

    def _run(self, stage: Stage, power: SlotPower) -> None:
        tools = tools_for(stage.bound, self._slot, power, stage.shared, self._operator, self._log, self._monitor)
        run = SlotRun(stage.bound, tools, stage.shared, self._log, self._monitor)
        try:
            run.go()
        finally:
            self.verdicts.append(run.verdict)
            self.is_complete = self.is_complete and run.is_complete

    def _establish_coolant(self) -> None:
        """Coolant has to flow before anything is energized: without it a die at load has seven seconds."""
        first = self._stages[0]
        self._monitor.state(SlotState.WAITING, "coolant")
        doubt = first.shared.go(groups_of(first.bound)[0].shared)
        if FLOW in doubt:
            raise BenchError(f"coolant does not flow as it should, nothing was energized: {doubt}")

    def _made_safe(self, doubt: NotSafe | None, out_of_order: str) -> None:
        self.doubt = doubt
        if doubt is None:
            self._monitor.state(SlotState.SAFE)
            entry = self._slot.product.input_name
            what = f"{entry} off" if out_of_order else f"rails and {entry} off"
            lost = f"; the rails went with it, not in their order: {out_of_order}" if out_of_order else ""
            self._log.event(EventKind.MADE_SAFE, f"{what}, verified by read-back{lost}", self._slot.name)
        else:
            self._monitor.state(SlotState.QUARANTINED, "safe state in doubt")
            self._log.event(EventKind.QUARANTINED, str(doubt), self._slot.name, evidence(doubt))

    def _give_up(self, problem: BringupError) -> None:
        """Journal what the slot cannot run any more: a plan that is missing in the morning has a cause."""
        verdict = _verdict_of(problem)
        self.verdicts.append(verdict)
        for place, stage in enumerate(self._stages):
            run = self._log.begin_run(run_start(stage.bound, self._slot.serial_number, self._log.now_s()))
            if place == 0 and not self._is_up:
                self._log.end_run(run, verdict, f"power-up: {problem}")
            else:
                self._log.end_run(run, Verdict.NOT_RUN, f"not run: {problem}")
        if not isinstance(problem, Aborted):
            self._monitor.state(SlotState.QUARANTINED, str(problem))
            told = f"out for the rest of the night: {problem}"
            self._log.event(EventKind.QUARANTINED, told, self._slot.name, evidence(problem))


def _verdict_of(problem: BringupError) -> Verdict:
    if isinstance(problem, Aborted):
        return Verdict.ABORTED
    return Verdict.FAIL if isinstance(problem, SledFault | SlotLost) else Verdict.ERROR
