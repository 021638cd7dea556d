"""The morning page as facts: what a lab engineer must know at 07:45, before anybody decides how it looks.

Computed from a reader and a night's id; `terminal` and `html` only lay it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..events import Event, EventKind
from ..records import Night
from ..verdicts import Verdict
from .advice import Step, first_steps
from .buckets import Bucket, Comparison, Novelty, compare
from .findings import Finding, NearMiss, findings, near_misses
from .hours import Spent, spent
from .points import RunPoints
from .provenance import Provenance, changes_since, sources_of
from .reading import NightReader, cleaned, plans_of, read_events, read_runs
from .run_facts import RunFact, Share, run_fact, shares_of
from .text import counted, listed
from .vmin import VminMap, vmin_maps

MOST_BUCKETS = 7
_TOLD_EVENTS = frozenset({EventKind.QUARANTINED, EventKind.BENCH_FAILED, EventKind.ABORTED})


@dataclass(frozen=True, slots=True)
class Page:
    """The morning page.

    Attributes:
        night: the night, its texts cleaned.
        earlier: the night that it is compared with, or None.
        verdict: the night's; None if it has not ended.
        headline: the one line.
        trust: how much of it can be trusted, in one line.
        ending: whether it ran to the end, in one sentence.
        shares: where the wanted points stand.
        runs: per run, by slot.
        buckets: every bucket, ranked; see `shown` and `more`.
        not_looked_for: earlier buckets that this night could not have shown.
        changes: what differs from the earlier night: versions and files.
        steps: what to do first.
        invalid: the INVALID points with why.
        failed: the points that failed or are in error, edges of a walk not among them.
        near: near misses, the nearest first.
        told: quarantines, bench failures and aborts, as they were told.
        spent: where the slots' lab time went.
        maps: the Vmin maps.
        sources: digests of station, plans and products.
        lab_s: lab time from the night's begin to its end, or to the last thing known of it.
        speed: lab seconds per wall second where time is virtual and wall time is known, else None.
    """

    night: Night
    earlier: Night | None
    verdict: Verdict | None
    headline: str
    trust: str
    ending: str
    shares: tuple[Share, ...]
    runs: tuple[RunFact, ...]
    buckets: tuple[Bucket, ...]
    not_looked_for: int
    changes: tuple[str, ...]
    steps: tuple[Step, ...]
    invalid: tuple[Finding, ...]
    failed: tuple[Finding, ...]
    near: tuple[NearMiss, ...]
    told: tuple[Event, ...]
    spent: tuple[Spent, ...]
    maps: tuple[VminMap, ...]
    sources: tuple[Provenance, ...]
    lab_s: float
    speed: float | None

    @property
    def shown(self) -> tuple[Bucket, ...]:
        """The buckets that the page shows."""
        return self.buckets[:MOST_BUCKETS]

    @property
    def more(self) -> int:
        """How many buckets the page only counts."""
        return len(self.buckets) - len(self.shown)


def morning(reader: NightReader, night_id: int | None = None) -> Page:
    """The morning page of a night, finished or not; of the latest night for None.

    Raises:
        JournalError: the database has no such night, or cannot be read.
    """
    night = cleaned(reader.night(night_id))
    reads, events = read_runs(reader, night.id), read_events(reader, night.id)
    lab_s = _last_known_s(night, reads, events)
    earlier = _earlier(reader, night, {read.run.plan for read in reads})
    before = read_runs(reader, earlier.id) if earlier else ()
    found = _findings(reads)
    compared = compare(found, _findings(before), _looked_at(reads))
    runs = tuple(run_fact(read, found, lab_s) for read in reads)
    told = tuple(event for event in events if event.kind in _TOLD_EVENTS)
    invalid = tuple(f for f in found if f.last and f.verdict is Verdict.INVALID)
    maps = vmin_maps(reads)
    return Page(
        night=night,
        earlier=earlier,
        verdict=night.verdict,
        headline=_headline(runs, compared, earlier),
        trust=_trust(runs),
        ending=_ending(night, runs),
        shares=shares_of(runs),
        runs=runs,
        buckets=compared.buckets,
        not_looked_for=compared.not_looked_for,
        changes=changes_since(night, reads, earlier, before),
        steps=first_steps(told, compared.buckets, invalid, reads, maps),
        invalid=invalid,
        failed=tuple(f for f in found if _stands_failed(f)),
        near=tuple(sorted((miss for read in reads for miss in near_misses(read)), key=lambda miss: miss.left)),
        told=told,
        spent=spent(reads, events, lab_s),
        maps=maps,
        sources=sources_of(night, reads),
        lab_s=lab_s,
        speed=_speed(night),
    )


def _findings(reads: Iterable[RunPoints]) -> tuple[Finding, ...]:
    return tuple(finding for read in reads for finding in findings(read))


def _stands_failed(finding: Finding) -> bool:
    return finding.last and not finding.edge and finding.verdict in (Verdict.FAIL, Verdict.ERROR)


def _looked_at(reads: Iterable[RunPoints]) -> list[tuple[str, str]]:
    return [(read.run.plan, read.run.serial_number) for read in reads if read.answered]


def _earlier(reader: NightReader, night: Night, plans: set[str]) -> Night | None:
    """The most recent earlier finished night of this station that ran one of the plans."""
    for other in reversed(reader.nights()):
        here = cleaned(other)
        if here.id >= night.id or here.ended_s is None or here.station != night.station:
            continue
        if not plans.isdisjoint(plans_of(reader, other.id)):
            return here
    return None


def _last_known_s(night: Night, reads: Sequence[RunPoints], events: Sequence[Event]) -> float:
    if night.ended_s is not None:
        return night.ended_s
    known = [event.at_s for event in events]
    for read in reads:
        known += [read.run.began_s, read.run.ended_s or 0.0]
        known += [attempt.ended_s or attempt.began_s for attempt in read.attempts]
    return max([*known, night.heartbeat.lab_s if night.heartbeat else 0.0])


def _speed(night: Night) -> float | None:
    """Only where the lab's date began at the wall's: a lab date of its own says nothing about wall time."""
    if not night.virtual_time or night.heartbeat is None:
        return None
    wall_s = (night.heartbeat.wall_utc - night.began_utc).total_seconds()
    return night.heartbeat.lab_s / wall_s if 0 < wall_s < night.heartbeat.lab_s else None


def _ending(night: Night, runs: Sequence[RunFact]) -> str:
    if not runs:
        return "No run was started" + (f": {night.cause}." if night.cause else ".")
    if night.ended_s is None:
        return f"It has not ended{_sign_of_life(night)}."
    whole = sum(run.whole for run in runs)
    if whole == len(runs):
        return "It ran to the end: " + ("the run is complete." if whole == 1 else f"all {whole} runs are complete.")
    why = f" ({night.cause})" if night.cause else ""
    return f"It ended{why} with {whole} of {counted(len(runs), 'run')} complete."


def _sign_of_life(night: Night) -> str:
    if night.heartbeat is None:
        return "; there is no sign of life of its sequencer"
    return f"; last sign of life {night.heartbeat.wall_utc:%d %b %H:%M:%S} UTC"


def _headline(runs: Sequence[RunFact], compared: Comparison, earlier: Night | None) -> str:
    new = [b for b in compared.buckets if b.novelty is Novelty.NEW and not b.edge]
    slots = tuple(sorted({slot for bucket in new for slot in bucket.slots}))
    what = "finding" if earlier is None else "new finding"
    parts = [f"{counted(len(new), what)} on {listed(slots)}" if new else f"No {what}s"]
    missing = sum(run.missing for run in runs)
    parts.append(f"{counted(missing, 'point')} missing" if missing else "nothing missing")
    if any(run.edges for run in runs) and not any(run.failed for run in runs):
        parts.append("every failure is a searched edge")
    return "; ".join(parts) + "."


def _trust(runs: Sequence[RunFact]) -> str:
    done = sum(run.done for run in runs)
    bad = {"INVALID": sum(run.invalid for run in runs), "ERROR": sum(run.errors for run in runs)}
    trusted = done - sum(bad.values())
    if not done:
        return "There is no number to trust."
    if trusted == done:
        return "The 1 measured point can be trusted." if done == 1 else f"All {done} measured points can be trusted."
    against = " and ".join(f"{count} {verdict}" for verdict, count in bad.items() if count)
    return f"Trust {trusted} of {counted(done, 'measured point')}; not {against}."
