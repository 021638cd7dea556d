"""What happens during a night, as facts in the past tense; the journal keeps them, screens show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """Kinds of event; the text of each is what the database holds."""

    NIGHT_STARTED = "night-started"
    NIGHT_ENDED = "night-ended"
    RUN_STARTED = "run-started"
    RUN_ENDED = "run-ended"
    POWERED_ON = "powered-on"
    MADE_SAFE = "made-safe"
    SHARED_KNOB_MOVED = "shared-knob-moved"
    SLED_HUNG = "sled-hung"
    SLED_RECOVERED = "sled-recovered"
    BENCH_FAILED = "bench-failed"
    QUARANTINED = "quarantined"
    HELD = "held"
    ABORTED = "aborted"
    NOTE = "note"


class SlotState(StrEnum):
    """What a slot is doing, as the screens show it."""

    IDLE = "IDLE"
    POWER_UP = "PWRUP"
    SETTLING = "SETTL"
    WAITING = "WAIT"
    RUNNING = "RUN"
    HOLDING = "HOLD"
    RECOVERING = "RECOV"
    POWER_DOWN = "PWRDN"
    QUARANTINED = "QUAR"
    SAFE = "SAFE"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        kind: what.
        at_s: when, in lab seconds since the night began.
        message: one line for a person.
        slot: where, or "" for the whole night.
        data: details for a program, plain JSON values.
    """

    kind: EventKind
    at_s: float
    message: str
    slot: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
