"""Findings: every attempt that was not a plain pass, and every pass that was a near miss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..limits import Limit
from ..measure import Measurement
from ..records import Attempt
from ..verdicts import Verdict
from .points import RunPoints
from .signature import signature
from .text import quantity

_BLAMED = frozenset({Verdict.INVALID, Verdict.FAIL, Verdict.ERROR})


@dataclass(frozen=True, slots=True)
class Finding:
    """One attempt that was INVALID, failed or in error; or a run that ended so before any attempt did.

    Attributes:
        slot: where the sled sat.
        serial_number: of the sled.
        plan: that found it.
        run_id: the run.
        point: index of the point, or None for the run as a whole.
        where: the point in words.
        verdict: INVALID, FAIL or ERROR.
        cause: as it was recorded.
        signature: of the cause.
        at_s: when it ended, in lab seconds.
        number: the attempt's number at its point.
        last: whether it is the point's last attempt, so that the point stands as it says.
        passed_later: whether a later attempt at the point passed.
        edge: whether it is the edge that a voltage walk looked for.
        places: the parts of the sled that failed ("chip2").
    """

    slot: str
    serial_number: str
    plan: str
    run_id: int
    point: int | None
    where: str
    verdict: Verdict
    cause: str
    signature: str
    at_s: float
    number: int = 1
    last: bool = True
    passed_later: bool = False
    edge: bool = False
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A pass within the marginal band of its limit.

    Attributes:
        slot: where the sled sat.
        serial_number: of the sled.
        plan: that measured it.
        where: the point in words.
        what: measurement and place.
        value: with its unit.
        limit: in words.
        left: how far inside the nearest limit it was, as a share of the marginal band: 0 is on the limit.
    """

    slot: str
    serial_number: str
    plan: str
    where: str
    what: str
    value: str
    limit: str
    left: float


def findings(read: RunPoints) -> tuple[Finding, ...]:
    """Every finding of a run, in the order in which they were made."""
    found = tuple(_finding(read, attempt) for attempt in read.attempts if attempt.verdict in _BLAMED)
    return found + tuple(_of_the_run(read, {finding.verdict for finding in found}))


def failed_places(measurements: tuple[Measurement, ...]) -> tuple[str, ...]:
    """The places at which something failed, in order, each once."""
    return tuple(dict.fromkeys(m.place for m in measurements if m.verdict is Verdict.FAIL and m.place))


def near_misses(read: RunPoints) -> tuple[NearMiss, ...]:
    """The marginal measurements of the points that passed, the closest to a limit first."""
    found = [miss for point in sorted(read.last) for miss in _near_misses_at(read, point)]
    return tuple(sorted(found, key=lambda miss: miss.left))


def is_marginal(read: RunPoints, point: int) -> bool:
    """Whether a point passed with at least one measurement near its limit."""
    return next(_near_misses_at(read, point), None) is not None


@dataclass(frozen=True, slots=True)
class Group:
    """Points of one run that are alike but for their numbers, to be told in one breath."""

    first: Finding
    wheres: tuple[str, ...]


def grouped(found: Iterable[Finding]) -> tuple[Group, ...]:
    """Findings by run and signature, in the order of their first."""
    groups: dict[tuple[int, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.run_id, finding.signature), []).append(finding)
    return tuple(Group(group[0], tuple(f.where for f in group)) for group in groups.values())


def _finding(read: RunPoints, attempt: Attempt) -> Finding:
    verdict = attempt.verdict or Verdict.NOT_RUN
    cause = attempt.cause or f"{verdict.name} without a recorded cause"
    return Finding(
        slot=read.run.slot,
        serial_number=read.run.serial_number,
        plan=read.run.plan,
        run_id=read.run.id,
        point=attempt.point,
        where=read.label(attempt.point),
        verdict=verdict,
        cause=cause,
        signature=signature(cause, (read.run.slot, read.run.serial_number)),
        at_s=attempt.began_s if attempt.ended_s is None else attempt.ended_s,
        number=attempt.number,
        last=read.last[attempt.point].id == attempt.id,
        passed_later=read.verdict(attempt.point) is Verdict.PASS,
        edge=verdict is Verdict.FAIL and read.is_edge(attempt.point),
        places=failed_places(read.taken.get(attempt.id, ())),
    )


def _of_the_run(read: RunPoints, told: set[Verdict]) -> Iterator[Finding]:
    """The run's own cause, where none of its attempts tells it: a sled that never came up, or came not back."""
    run = read.run
    if run.verdict not in _BLAMED or (run.verdict in told and not _ended_by_itself(read)):
        return
    cause = run.cause or f"{run.verdict.name} without a recorded cause"
    yield Finding(
        slot=run.slot,
        serial_number=run.serial_number,
        plan=run.plan,
        run_id=run.id,
        point=None,
        where="the whole run",
        verdict=run.verdict,
        cause=cause,
        signature=signature(cause, (run.slot, run.serial_number)),
        at_s=run.began_s if run.ended_s is None else run.ended_s,
    )


def _ended_by_itself(read: RunPoints) -> bool:
    """Whether the run ended early for a reason that is neither the clock's, a person's, nor an attempt's."""
    cause = read.run.cause
    if not read.missing or not cause or cause.startswith(("deadline", "aborted")):
        return False
    return not any(attempt.cause and attempt.cause in cause for attempt in read.attempts)


def _near_misses_at(read: RunPoints, point: int) -> Iterator[NearMiss]:
    if read.verdict(point) is not Verdict.PASS:
        return
    run = read.run
    for m in read.measured(point):
        limit = run.limits.get(m.name)
        if limit is not None and limit.is_marginal(m.value):
            what = f"{m.name} at {m.place}" if m.place else m.name
            value = quantity(m.value, limit.unit)
            yield NearMiss(
                run.slot, run.serial_number, run.plan, read.label(point), what, value, str(limit), _left(limit, m.value)
            )


def _left(limit: Limit, value: float) -> float:
    distances = [abs(value - bound) for bound in (limit.low, limit.high) if bound is not None]
    return min(distances) / limit.marginal
