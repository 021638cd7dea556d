"""What to do first, derived from the facts by rules that a person could check.

At most `MOST_STEPS`, in this order: what is unsafe, what is new, what cannot be trusted, what is missing, and
only then what is merely interesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ..events import Event, EventKind
from ..verdicts import Verdict
from .buckets import Bucket, Novelty
from .findings import Finding
from .points import RunPoints
from .text import counted, listed, volts
from .vmin import Edge, VminMap

# Causes that blame the plan's own code: "vmin_map.py:41: …" (text or signature), and what it forgot to measure.
_PLANS_OWN = re.compile(r"[\w#]+\.py:[\d#]+: |announced, never measured")

MOST_STEPS = 4
MOST_NEW = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        where: slot or plan to turn to.
        what: the thing, in one sentence.
    """

    where: str
    what: str


def first_steps(
    told: Sequence[Event],
    buckets: Sequence[Bucket],
    invalid: Sequence[Finding],
    runs: Sequence[RunPoints],
    maps: Sequence[VminMap],
) -> tuple[Step, ...]:
    """What to do first, most urgent first."""
    steps = [*_quarantined(told), *_new(buckets), *_repeat(invalid), *_missing(runs), *_weakest(maps)]
    return tuple(steps[:MOST_STEPS])


def _quarantined(told: Iterable[Event]) -> Iterator[Step]:
    for slot in dict.fromkeys(event.slot for event in told if event.kind is EventKind.QUARANTINED):
        yield Step(slot or "bench", "Quarantined: inspect and clear it before anything else runs there.")


def _new(buckets: Iterable[Bucket]) -> Iterator[Step]:
    new = (bucket for bucket in buckets if bucket.novelty is Novelty.NEW and not (bucket.edge or bucket.is_settled))
    # What is INVALID is to be repeated, not looked into: the next rule says so.
    for bucket in islice((b for b in new if b.verdict is not Verdict.INVALID), MOST_NEW):
        part = f", {bucket.places[0][0]} first" if bucket.places else ""
        what = f"New {bucket.verdict.name}, {bucket.first_where}{part}. {_discriminator(bucket)}"
        yield Step(listed(bucket.slots, 3), what)


def _discriminator(bucket: Bucket) -> str:
    """The cheapest measurement that tells whose fault it is."""
    if _PLANS_OWN.match(bucket.text):
        return "Mend the plan: this says nothing about the sled."
    if bucket.verdict is Verdict.ERROR:
        return "Check this instrument and its connection before the sled."
    if len(bucket.sleds) == 1:
        return "Repeat it, then swap the sled with another slot: does it go with the sled?"
    return "Several sleds alike: check plan, bench and firmware before silicon."


def _repeat(invalid: Sequence[Finding]) -> Iterator[Step]:
    if invalid:
        slots = tuple(dict.fromkeys(finding.slot for finding in invalid))
        plans = tuple(dict.fromkeys(finding.plan for finding in invalid))
        yield Step(listed(slots), f"Repeat {counted(len(invalid), 'INVALID point')} of {listed(plans)}.")


def _missing(runs: Sequence[RunPoints]) -> Iterator[Step]:
    lacking = [read for read in runs if read.missing]
    if lacking:
        slots = tuple(dict.fromkeys(read.run.slot for read in lacking))
        plans = tuple(dict.fromkeys(read.run.plan for read in lacking))
        count = sum(read.missing for read in lacking)
        yield Step(listed(slots), f"Measure {counted(count, 'missing point')} of {listed(plans)}.")


def _weakest(maps: Iterable[VminMap]) -> Iterator[Step]:
    """The sleds that need the most of each walked rail: they decide the set-point."""
    edges: dict[tuple[str, str], list[_Edge]] = {}
    for shown in maps:
        edges.setdefault((shown.plan, shown.rail.knob), []).extend(_edges(shown))
    for (_, rail), found in edges.items():
        if len({edge.volts for edge in found}) > 1:
            most = max(edge.volts for edge in found)
            yield _weakest_step(rail, [edge for edge in found if edge.volts == most])


@dataclass(frozen=True, slots=True)
class _Edge:
    volts: float
    slot: str
    where: str
    limiting: tuple[str, ...]


def _edges(shown: VminMap) -> Iterator[_Edge]:
    for row in shown.rows:
        for cell, head in zip(row.cells, shown.heads, strict=True):
            if cell.edge is Edge.FOUND and cell.lowest_pass_volts is not None:
                across = f"{shown.across.knob} {head}" if shown.across else ""
                where = ", ".join(part for part in (shown.held, across) if part)
                yield _Edge(cell.lowest_pass_volts, row.slot, where, cell.limiting)


def _weakest_step(rail: str, edges: Sequence[_Edge]) -> Step:
    first = edges[0]
    at = f" at {first.where}" if first.where else ""
    slots = tuple(dict.fromkeys(edge.slot for edge in edges))
    limit = f", limited by {listed(first.limiting)}" if first.limiting and len(slots) == 1 else ""
    return Step(listed(slots, 3), f"Needs the most {rail}: {volts(first.volts)} V{at}{limit}.")
