"""One try at a point: move this slot's knobs, settle, run the plan's body, ask the witnesses, judge."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..axes import Point
from ..clock import Clock
from ..errors import Aborted, BenchError, BringupError, SledFault, SlotLost
from ..limits import Limit
from ..measure import Measure, Measurement
from ..plans import Plan
from ..records import AttemptEnd, Evidence
from ..verdicts import Verdict, worst
from .knobs import Knob
from .settle import Settled, move

Witness = Callable[[], str]
"""Asked after the body: why the point cannot be trusted, or ""."""


class Outcome(NamedTuple):
    """How an attempt ended.

    Attributes:
        end: what the journal keeps.
        stop: what the run has to deal with beyond this attempt: a fault of sled or bench, an abort; or None.
    """

    end: AttemptEnd
    stop: BringupError | None = None


class KnobMover:
    """Moves one slot's knobs, only those that change, and in the order that is safe for the logic.

    A voltage goes up before a clock does and comes down after it: in between the chips are never faster than
    their voltage allows.
    """

    def __init__(self, knobs: Mapping[str, Knob], clock: Clock) -> None:
        self._knobs = knobs
        self._clock = clock
        self._at: dict[str, float] = {}

    @property
    def at(self) -> Mapping[str, float]:
        """Where each knob was sent, as far as it is known."""
        return self._at

    def forget(self) -> None:
        """After a power cycle nothing is where it was: the next move sets every knob again."""
        self._at.clear()

    def go(self, values: Mapping[str, float]) -> list[Settled]:
        """Move what differs and wait until it has arrived.

        Raises:
            BenchError: an instrument refused or cannot be read.
        """
        moves = [knob for knob in values if self._at.get(knob) != values[knob]]
        if len(moves) > 1:
            moves.sort(key=lambda knob: self._rank(knob, values[knob]))
        settled = []
        for name in moves:
            self._at.pop(name, None)  # unknown until it is known to have arrived
            settled.append(move(self._knobs[name], values[name], self._clock))
            self._at[name] = values[name]
        return settled

    def _rank(self, knob: str, target: float) -> int:
        if self._knobs[knob].spec.unit != "V":
            return 1
        # From an unknown voltage the move counts as upwards: early is the safe side.
        return 0 if target >= self._at.get(knob, target) else 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything that one try needs; `make` is called once per try."""

    plan: Plan
    limits: Mapping[str, Limit]
    clock: Clock
    origin_s: float
    mover: KnobMover
    inject: Callable[[Point, Measure], Sequence[object]]
    witnesses: Sequence[Witness]
    moving: Callable[[], None] = lambda: None
    running: Callable[[], None] = lambda: None
    post_mortem: Callable[[], str] = lambda: ""
    evidence: Callable[[], Sequence[Evidence]] = tuple

    def make(self, point: Point, local_values: Mapping[str, float], doubt: str) -> Outcome:
        """Try a point once.

        Args:
            point: which.
            local_values: where this slot's own knobs belong.
            doubt: why the shared knobs are not where they belong, or "".
        """
        measure = Measure(self.limits)
        try:
            doubts = [doubt] if doubt else self._move(local_values)
            if not doubts:
                self.running()
                self.plan.body(*self.inject(point, measure))
                doubts = [said for said in (*measure.doubts, *(witness() for witness in self.witnesses)) if said]
        except Aborted as problem:
            return self._stopped(measure, Verdict.ABORTED, str(problem), problem)
        except SledFault as problem:
            self._add_post_mortem(problem)
            return self._stopped(measure, Verdict.FAIL, str(problem), problem, self._captured())
        except SlotLost as problem:  # a plan that brings the rails up itself meets the identity gate
            return self._stopped(measure, Verdict.FAIL, str(problem), problem)
        except BenchError as problem:
            return self._stopped(measure, Verdict.ERROR, str(problem), problem)
        except BaseException as problem:  # the body's own, sys.exit too: it is judged here, and ends no night
            return self._stopped(measure, Verdict.ERROR, told(self.plan, problem), None)
        return Outcome(self._judge(measure, doubts))

    def _add_post_mortem(self, fault: SledFault) -> None:
        # What is seen is a help, the fault is the finding: an abort or a dead console must not cost the attempt.
        with suppress(Exception):
            seen = self.post_mortem()
            if seen:
                fault.args = (f"{fault}; {seen}",)

    def _move(self, local_values: Mapping[str, float]) -> list[str]:
        self.moving()
        return [settled.doubt for settled in self.mover.go(local_values) if settled.doubt]

    def _captured(self) -> tuple[Evidence, ...]:
        """What a power cycle would destroy; an abort ends the capture, and the fault is still the finding."""
        with suppress(Exception):
            return tuple(self.evidence())
        return ()

    def _stopped(
        self,
        measure: Measure,
        verdict: Verdict,
        cause: str,
        stop: BringupError | None,
        evidence: tuple[Evidence, ...] = (),
    ) -> Outcome:
        return Outcome(AttemptEnd(self._now_s(), verdict, cause, measure.taken, evidence), stop)

    def _judge(self, measure: Measure, doubts: Sequence[str]) -> AttemptEnd:
        taken = measure.taken
        if doubts:
            return AttemptEnd(self._now_s(), Verdict.INVALID, "; ".join(doubts), taken)
        missing = measure.missing
        if missing:
            return AttemptEnd(self._now_s(), Verdict.FAIL, f"announced, never measured: {', '.join(missing)}", taken)
        verdict = worst(measurement.verdict for measurement in taken)
        cause = "" if verdict is Verdict.PASS else self._failures(taken)
        return AttemptEnd(self._now_s(), verdict, cause, taken)

    def _failures(self, taken: Sequence[Measurement]) -> str:
        failed = [m for m in taken if m.verdict is Verdict.FAIL]
        return "; ".join(
            f"{m.name}{f' at {m.place}' if m.place else ''} = {m.value:g} ({self.limits[m.name]})" for m in failed
        )

    def _now_s(self) -> float:
        return self.clock.now() - self.origin_s


def told(plan: Plan, problem: BaseException) -> str:
    """What went wrong in the plan's own code, with its line."""
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if Path(frame.filename) == plan.path]
    where = f"{plan.path.name}:{lines[-1]}: " if lines else ""
    kind = "" if isinstance(problem, BringupError) else f"{type(problem).__name__}: "
    return f"{where}{kind}{problem}"
