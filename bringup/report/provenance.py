"""What the numbers came from, and what of that differs from an earlier night."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..records import Night
from .points import RunPoints


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the numbers came from: digests of a plan or product, with the name."""

    kind: str
    name: str
    digest: str


def sources_of(night: Night, reads: Iterable[RunPoints]) -> tuple[Provenance, ...]:
    """Station, plans and products of a night, each once."""
    found = [Provenance("station", night.station, night.station_digest)]
    for read in reads:
        found.append(Provenance("plan", read.run.plan, read.run.plan_digest))
        found.append(Provenance("product", read.run.product, read.run.product_digest))
    order = ("station", "plan", "product")
    return tuple(sorted(dict.fromkeys(found), key=lambda source: (order.index(source.kind), source.name)))


def changes_since(
    night: Night, reads: Sequence[RunPoints], earlier: Night | None, before: Sequence[RunPoints]
) -> tuple[str, ...]:
    """What differs from the earlier night: the first suspect for anything new."""
    if earlier is None:
        return ()
    changes = [] if night.version == earlier.version else [f"bringup {earlier.version} → {night.version}"]
    ours, theirs = (
        {(s.kind, s.name): s.digest for s in sources}
        for sources in (sources_of(night, reads), sources_of(earlier, before))
    )
    changes += [
        f"{kind} {name} edited" for (kind, name), digest in ours.items() if theirs.get((kind, name), digest) != digest
    ]
    return tuple(changes + _moved_sleds(reads, before))


def _moved_sleds(reads: Iterable[RunPoints], before: Iterable[RunPoints]) -> list[str]:
    was = {read.run.slot: read.run.serial_number for read in before}
    now = {read.run.slot: read.run.serial_number for read in reads}
    return [f"{slot} holds {now[slot]}, was {was[slot]}" for slot in now if was.get(slot, now[slot]) != now[slot]]
