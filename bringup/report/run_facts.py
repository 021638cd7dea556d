"""One run in numbers: the rows of the page's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..verdicts import Verdict, worst
from .findings import Finding, is_marginal
from .points import RunPoints


@dataclass(frozen=True, slots=True)
class RunFact:
    """One run in numbers.

    Attributes:
        slot: where the sled sat.
        serial_number: of the sled.
        plan: that ran.
        verdict: the run's, or the worst so far where it has not ended.
        ended: whether it ended.
        total: points of the plan.
        left_out: of these, left out on purpose below a failing voltage.
        missing: of these, without an answer.
        passed: plain passes.
        marginal: passes near a limit.
        invalid: points that say nothing about the sled.
        failed: failing points, the searched edges not among them.
        edges: failing points that are the edge which a voltage walk looked for.
        errors: points that the bench or the tool spoilt.
        on_retry: passes that took more than one try.
        seconds: lab time from the run's begin to its end, or to the last thing known of it.
        cause: why it ended as it did, or why points are missing.
    """

    slot: str
    serial_number: str
    plan: str
    verdict: Verdict
    ended: bool
    total: int
    left_out: int
    missing: int
    passed: int
    marginal: int
    invalid: int
    failed: int
    edges: int
    errors: int
    on_retry: int
    seconds: float
    cause: str

    @property
    def wanted(self) -> int:
        """The points that the plan wanted answered: all but those left out."""
        return self.total - self.left_out

    @property
    def done(self) -> int:
        """The points that have an answer."""
        return self.wanted - self.missing

    @property
    def whole(self) -> bool:
        """Whether the run ended with nothing missing."""
        return self.ended and not self.missing


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the points that were wanted are trusted, INVALID, ERROR or missing."""

    word: str
    count: int


def run_fact(read: RunPoints, found: Sequence[Finding], lab_s: float) -> RunFact:
    """One run in numbers.

    Args:
        read: the run.
        found: the findings of the night.
        lab_s: where a run that has not ended is cut.
    """
    run = read.run
    verdicts = [read.verdict(point) for point in read.answered]
    passes = [point for point in read.answered if read.verdict(point) is Verdict.PASS]
    marginal = sum(is_marginal(read, point) for point in passes)
    edges = sum(f.edge and f.last for f in found if f.run_id == run.id)
    return RunFact(
        slot=run.slot,
        serial_number=run.serial_number,
        plan=run.plan,
        verdict=worst(v for v in verdicts if v is not None) if run.verdict is None else run.verdict,
        ended=run.ended_s is not None,
        total=run.points,
        left_out=len(read.left_out),
        missing=read.missing,
        passed=len(passes) - marginal,
        marginal=marginal,
        invalid=verdicts.count(Verdict.INVALID),
        failed=verdicts.count(Verdict.FAIL) - edges,
        edges=edges,
        errors=verdicts.count(Verdict.ERROR),
        on_retry=sum(read.last[point].number > 1 for point in passes),
        seconds=(lab_s if run.ended_s is None else run.ended_s) - run.began_s,
        cause=_why(read),
    )


def _why(read: RunPoints) -> str:
    if read.run.cause:
        return read.run.cause
    if read.run.ended_s is None:
        return "has not ended"
    return "no cause recorded" if read.missing else ""


def shares_of(runs: Sequence[RunFact]) -> tuple[Share, ...]:
    """Where the wanted points stand, in the order of trust; what there is none of is left out."""
    invalid, errors = sum(run.invalid for run in runs), sum(run.errors for run in runs)
    trusted = sum(run.done for run in runs) - invalid - errors
    counts = {"trusted": trusted, "INVALID": invalid, "ERROR": errors, "missing": sum(run.missing for run in runs)}
    return tuple(Share(word, count) for word, count in counts.items() if count)
