"""Buckets: findings of one plan with one signature, and whether they are new since an earlier night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..verdicts import Verdict
from .findings import Finding
from .text import counted, listed


class Novelty(StrEnum):
    """How a bucket compares with the earlier night; in the order of the page."""

    NEW = "NEW"
    KNOWN = "KNOWN"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Findings of one plan that share a signature, on one side of a walked edge.

    What fails beyond the edge was looked for; the same failing where it has to pass is another finding.

    Attributes:
        novelty: against the earlier night.
        plan: that found them.
        verdict: the worst of them.
        text: the cause as recorded where all are alike, else the signature.
        slots: where, each once, in order.
        sleds: serial numbers, in the order of the slots.
        points: how many points of how many runs showed it.
        tries: how many attempts did.
        passed_later: at how many of the points a later attempt passed.
        first_s: when it was first seen, in lab seconds of the night that it was seen in.
        first_where: the point at which it was first seen.
        edge: whether they are the edge that a voltage walk looked for.
        spread: on which sleds, in words; for a known one also whether it moved with the sled.
        places: the parts that failed, the most frequent first, with how often.
    """

    novelty: Novelty
    plan: str
    verdict: Verdict
    text: str
    slots: tuple[str, ...]
    sleds: tuple[str, ...]
    points: int
    tries: int
    passed_later: int
    first_s: float
    first_where: str
    edge: bool
    spread: str
    places: tuple[tuple[str, int], ...]

    @property
    def word(self) -> str:
        """The verdict's name; "edge" where it is what a walk looked for, which is nobody's failure."""
        return "edge" if self.edge else self.verdict.name

    @property
    def is_settled(self) -> bool:
        """Whether a retry passed at every one of its points."""
        return self.passed_later == self.points

    @property
    def times(self) -> str:
        """How often it was seen, in words."""
        said = counted(self.points, "point")
        if self.tries > self.points:
            said += f" ({counted(self.tries, 'try')})"
        if self.is_settled:
            return said + ", passed on a retry"
        return said + (f", {self.passed_later} of them passed on a retry" if self.passed_later else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The buckets of a night against an earlier one.

    Attributes:
        buckets: ranked: new, known, gone; a searched edge after what nobody looked for; the worst first.
        not_looked_for: how many buckets of the earlier night this one could not have shown, because neither
            their plan ran on one of their sleds nor anything else would tell that they are gone.
    """

    buckets: tuple[Bucket, ...]
    not_looked_for: int


Key = tuple[str, str, bool]
# What to look at first: what blames the sled, then the bench, then what says nothing about either.
_URGENCY = (Verdict.FAIL, Verdict.ERROR, Verdict.INVALID)


def compare(tonight: Iterable[Finding], earlier: Iterable[Finding], looked_at: Sequence[tuple[str, str]]) -> Comparison:
    """Tonight's findings in buckets, ranked by novelty.

    Args:
        tonight: the night's findings.
        earlier: those of the night to compare with.
        looked_at: plan and serial number of each run of tonight that has an answer to at least one point.
    """
    ours, theirs = _grouped(tonight), _grouped(earlier)
    gone = {key: group for key, group in theirs.items() if key not in ours}
    looked = {key: group for key, group in gone.items() if _was_looked_for(group, looked_at)}
    buckets = [_bucket(group, theirs.get(key), looked_at) for key, group in ours.items()]
    buckets += [_gone(group) for group in looked.values()]
    return Comparison(tuple(sorted(buckets, key=_rank)), len(gone) - len(looked))


def _grouped(found: Iterable[Finding]) -> dict[Key, list[Finding]]:
    groups: dict[Key, list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.plan, finding.signature, finding.edge), []).append(finding)
    return groups


def _was_looked_for(group: list[Finding], looked_at: Sequence[tuple[str, str]]) -> bool:
    return any((finding.plan, finding.serial_number) in looked_at for finding in group)


def _rank(bucket: Bucket) -> tuple[int, bool, bool, int, int, float, str]:
    novelty, urgency = list(Novelty).index(bucket.novelty), _URGENCY.index(bucket.verdict)
    return (novelty, bucket.edge, bucket.is_settled, urgency, -bucket.points, bucket.first_s, bucket.text)


def _bucket(group: list[Finding], before: list[Finding] | None, looked_at: Sequence[tuple[str, str]]) -> Bucket:
    sleds = _sleds(group)
    ran = {serial for plan, serial in looked_at if plan == group[0].plan}
    spread = _spread(sleds, ran, edge=group[0].edge)
    moved = _moved(sleds, _sleds(before)) if before else ""
    said = "; ".join(part for part in (spread, moved) if part)
    return _filled(group, Novelty.KNOWN if before else Novelty.NEW, said)


def _gone(group: list[Finding]) -> Bucket:
    return _filled(group, Novelty.GONE, f"was on {listed(tuple(slot for slot, _ in _sleds(group)))}")


def _filled(group: list[Finding], novelty: Novelty, spread: str) -> Bucket:
    first = min(group, key=lambda finding: finding.at_s)
    sleds = _sleds(group)
    causes = {finding.cause for finding in group}
    points = {(f.run_id, f.point): f.passed_later for f in group}
    return Bucket(
        novelty=novelty,
        plan=first.plan,
        verdict=max(finding.verdict for finding in group),
        text=first.cause if len(causes) == 1 else first.signature,
        slots=tuple(dict.fromkeys(slot for slot, _ in sleds)),
        sleds=tuple(dict.fromkeys(serial for _, serial in sleds)),
        points=len(points),
        tries=len(group),
        passed_later=sum(points.values()),
        first_s=first.at_s,
        first_where=first.where,
        edge=first.edge,
        spread=spread,
        places=tuple(Counter(place for f in group for place in f.places).most_common()),
    )


def _sleds(group: list[Finding]) -> list[tuple[str, str]]:
    return sorted({(finding.slot, finding.serial_number) for finding in group})


def _spread(sleds: list[tuple[str, str]], ran: set[str], edge: bool) -> str:
    """Which of the sleds that ran the plan show it: the first question about part, slot or bench."""
    slots = listed(tuple(slot for slot, _ in sleds))
    affected = {serial for _, serial in sleds}
    others = len(ran - affected)
    if len(affected) > 1 and not others:
        return f"all {len(affected)} sleds" + ("" if edge else ": suspect plan, bench or firmware first")
    if len(affected) == 1 and others:
        return f"only {slots}; not on the {counted(others, 'other sled')}"
    return f"{slots}; not on the {counted(others, 'other sled')}" if others else slots


def _moved(now: list[tuple[str, str]], before: list[tuple[str, str]]) -> str:
    if len(now) != 1 or len(before) != 1 or now == before:
        return ""
    (slot, serial), (old_slot, old_serial) = now[0], before[0]
    if serial == old_serial:
        return f"went with the sled from {old_slot} to {slot}"
    return f"stayed in slot {slot}, on another sled" if slot == old_slot else ""
