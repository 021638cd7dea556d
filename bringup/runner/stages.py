"""The stages of a night: each plan on each slot, and the meetings at which slots that share coolant move it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..events import EventKind
from .bench import Bench
from .binding import BoundPlan
from .knobs import coolant_knobs
from .night_log import NightLog
from .settle import Settled
from .shared import SharedKnobs


@dataclass(frozen=True, slots=True)
class Stage:
    """One plan on one slot, and the meeting at which its shared knobs are moved."""

    bound: BoundPlan
    shared: SharedKnobs


def staged(bench: Bench, plans: Mapping[str, Sequence[BoundPlan]], log: NightLog) -> dict[str, list[Stage]]:
    """The stages of every slot, in order; the slots of one coolant unit meet in every stage.

    Args:
        bench: the open bench.
        plans: by slot; every slot has the same plans in the same order.
        log: told of every move of a shared knob.
    """
    units: dict[str, list[str]] = {}
    for slot in plans:
        units.setdefault(bench.coolant_unit(slot), []).append(slot)
    stages: dict[str, list[Stage]] = {slot: [] for slot in plans}
    for slots in units.values():
        for place, first in enumerate(plans[slots[0]]):
            knobs = coolant_knobs(dict(first.knobs), bench.slot(slots[0]).coolant)
            shared = SharedKnobs(knobs, len(slots), bench.clock, lambda settled: _journal(log, settled))
            for slot in slots:
                stages[slot].append(Stage(plans[slot][place], shared))
    return stages


def _journal(log: NightLog, settled: Settled) -> None:
    what = f"{settled.knob} to {settled.target:g} in {settled.took_s / 60:.1f} min"
    data = {"knob": settled.knob, "target": settled.target, "took_s": settled.took_s}
    log.event(EventKind.SHARED_KNOB_MOVED, f"{what}; {settled.doubt}" if settled.doubt else what, data=data)
