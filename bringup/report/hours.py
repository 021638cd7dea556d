"""Where the slots' lab time went: hangs and power-ups cost more than points, and the page must show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..events import Event, EventKind
from ..records import Attempt
from ..verdicts import Verdict
from .points import RunPoints


class Use(StrEnum):
    """What a slot's time went into, in the order of the page."""

    ANSWERS = "tries that gave an answer"
    LOST = "tries that gave none"
    HANGS = "hangs and recovery"
    BETWEEN = "between tries: shared moves and waits"
    OUTSIDE = "before, between and after runs: power-up and power-down"


@dataclass(frozen=True, slots=True)
class Spent:
    """Slot-seconds of lab time that went into one use, summed over the slots."""

    use: Use
    seconds: float


Span = tuple[float, float]
_RECOVERY_ENDS = frozenset({EventKind.SLED_RECOVERED, EventKind.QUARANTINED, EventKind.RUN_ENDED})


def spent(runs: Iterable[RunPoints], events: Sequence[Event], now_s: float) -> tuple[Spent, ...]:
    """What the slots' time went into; uses that took none are left out.

    Args:
        runs: of the night.
        events: of the night, in order.
        now_s: the night's end, or the last thing known of it; runs that have not ended are cut there.
    """
    reads = tuple(runs)
    total = dict.fromkeys(Use, 0.0)
    for read in reads:
        for use, seconds in _of_run(read, events, now_s).items():
            total[use] += seconds
    slots = {read.run.slot for read in reads}
    total[Use.OUTSIDE] = max(0.0, now_s * len(slots) - sum(total.values()))
    return tuple(Spent(use, seconds) for use, seconds in total.items() if seconds > 0)


def _of_run(read: RunPoints, events: Sequence[Event], now_s: float) -> dict[Use, float]:
    whole = (read.run.began_s, now_s if read.run.ended_s is None else read.run.ended_s)
    ours = [event for event in events if event.slot == read.run.slot and whole[0] <= event.at_s <= whole[1]]
    recoveries = _recoveries(ours, whole[1])
    uses = dict.fromkeys(Use, 0.0)
    for attempt in read.attempts:
        span = (attempt.began_s, whole[1] if attempt.ended_s is None else attempt.ended_s)
        uses[_use(read, attempt)] += _length(span) - sum(_overlap(span, recovery) for recovery in recoveries)
    uses[Use.HANGS] += sum(map(_length, recoveries))
    uses[Use.BETWEEN] = max(0.0, _length(whole) - sum(uses.values()))
    return uses


def _use(read: RunPoints, attempt: Attempt) -> Use:
    if read.hung(attempt):
        return Use.HANGS
    return Use.ANSWERS if attempt.verdict in (Verdict.PASS, Verdict.FAIL) else Use.LOST


def _recoveries(events: Sequence[Event], end_s: float) -> list[Span]:
    """From each hang to the sled's return, its quarantine or the run's end."""
    spans: list[Span] = []
    hung_s: float | None = None
    for event in events:
        if event.kind is EventKind.SLED_HUNG and hung_s is None:
            hung_s = event.at_s
        elif event.kind in _RECOVERY_ENDS and hung_s is not None:
            spans.append((hung_s, event.at_s))
            hung_s = None
    return spans if hung_s is None else [*spans, (hung_s, end_s)]


def _length(span: Span) -> float:
    return max(0.0, span[1] - span[0])


def _overlap(one: Span, other: Span) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
