"""One look at a night: what the header and the sled rows show, worked out from the reader's records.

Neighbours: `feed` makes pictures in its thread; screens only read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bringup.measure import Measurement
from bringup.records import Attempt, Live, Night, Run
from bringup.verdicts import Verdict, worst


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run says so far: its verdict, and why it is not a plain PASS ("" where nothing is to be said)."""

    verdict: Verdict | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Sled:
    """One slot of a night: what it does now and what its runs say so far."""

    slot: str
    live: Live | None
    run: Run | None
    judgement: Judgement

    @property
    def serial_number(self) -> str:
        """Of the sled that sits (or last sat) in the slot."""
        known = self.live or self.run
        return known.serial_number if known else ""

    @property
    def plan(self) -> str:
        """The plan that runs, or ran last."""
        known = self.live or self.run
        return known.plan if known else ""

    @property
    def last_word(self) -> str:
        """What the slot says about itself; where it says nothing, why its verdict is not a PASS."""
        return (self.live.detail if self.live else "") or self.judgement.cause

    @property
    def everything_said(self) -> str:
        """Detail and cause both, where they differ."""
        detail = self.live.detail if self.live else ""
        return " · ".join(dict.fromkeys(word for word in (detail, self.judgement.cause) if word))


@dataclass(frozen=True, slots=True)
class Picture:
    """A night as the screens show it. `place` counts from 1 among all `nights` of the journal."""

    night: Night
    nights: tuple[int, ...]
    sleds: tuple[Sled, ...]

    @property
    def place(self) -> int:
        """Which of the journal's nights this is, the oldest being 1."""
        return self.nights.index(self.night.id) + 1

    @property
    def ended(self) -> bool:
        """Whether the night has said its last word."""
        return self.night.ended_s is not None

    @property
    def lab_s(self) -> float | None:
        """The last lab time that is known of this night."""
        if self.night.ended_s is not None:
            return self.night.ended_s
        return self.night.heartbeat.lab_s if self.night.heartbeat else None

    @property
    def verdict(self) -> Verdict | None:
        """The night's verdict, or the worst so far; None while nothing was judged."""
        if self.night.verdict is not None:
            return self.night.verdict
        return _worst_known(sled.judgement.verdict for sled in self.sleds)

    @property
    def eta_s(self) -> float | None:
        """When the runs that are under way will be through, in lab seconds; an estimate.

        Each run is taken to go on at its mean pace so far; runs that have not begun are not in the journal and
        therefore not in the estimate. None where nothing can be said.
        """
        if self.ended or self.lab_s is None:
            return None
        return max((eta for sled in self.sleds if (eta := _eta_s(sled, self.lab_s)) is not None), default=None)

    def age_s(self, sled: Sled) -> float | None:
        """How old a slot's values were at the sequencer's last heartbeat, in lab seconds.

        None if nothing was ever sampled, or the night has ended (old values are then no surprise).
        """
        if self.ended or self.lab_s is None or sled.live is None or sled.live.sampled_s is None:
            return None
        return self.lab_s - sled.live.sampled_s

    def sled(self, slot: str) -> Sled | None:
        """What is known of a slot."""
        return next((sled for sled in self.sleds if sled.slot == slot), None)


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt with what was measured in it, and the run that it belongs to."""

    run: Run
    attempt: Attempt
    measurements: tuple[Measurement, ...]


def _eta_s(sled: Sled, lab_s: float) -> float | None:
    live, run = sled.live, sled.run
    if live is None or run is None or run.ended_s is not None or not 0 < live.point <= live.points:
        return None
    return run.began_s + (lab_s - run.began_s) * live.points / live.point


def judge_attempts(run: Run, attempts: Iterable[Attempt]) -> Judgement:
    """What a run says that has not ended: the worst of the last ended attempts at its points.

    A retry supersedes what it retries, and a failure beyond a walked edge is what was looked for, as for the
    run's own verdict. The cause is the latest one that belongs to that worst verdict.
    """
    last = {
        attempt.point: attempt
        for attempt in attempts
        if attempt.verdict is not None and (attempt.verdict is not Verdict.FAIL or run.has_to_pass(attempt.point))
    }
    verdict = _worst_known(attempt.verdict for attempt in last.values())
    causes = (a for a in last.values() if a.verdict is verdict and a.cause)
    latest = max(causes, key=lambda attempt: attempt.began_s, default=None)
    return Judgement(verdict, latest.cause if latest else "")


def sleds_of(lives: Iterable[Live], runs: Iterable[Run], judgements: Mapping[int, Judgement]) -> tuple[Sled, ...]:
    """The slots of a night, in the order in which people count them ("S2" before "S10").

    Args:
        lives: what the slots do now.
        runs: of the night, oldest first.
        judgements: by run id.
    """
    live_in = {live.slot: live for live in lives}
    runs_in: dict[str, list[Run]] = {}
    for run in runs:
        runs_in.setdefault(run.slot, []).append(run)
    return tuple(
        _sled(slot, live_in.get(slot), runs_in.get(slot, []), judgements)
        for slot in sorted(live_in.keys() | runs_in.keys(), key=_as_counted)
    )


def _sled(slot: str, live: Live | None, runs: list[Run], judgements: Mapping[int, Judgement]) -> Sled:
    said = [judgements.get(run.id, Judgement()) for run in runs]
    verdict = _worst_known(judgement.verdict for judgement in said)
    causes = [judgement.cause for judgement in said if judgement.verdict is verdict and judgement.cause]
    return Sled(slot, live, runs[-1] if runs else None, Judgement(verdict, causes[-1] if causes else ""))


def _worst_known(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    known = [verdict for verdict in verdicts if verdict is not None]
    return worst(known) if known else None


def _as_counted(slot: str) -> list[tuple[int, int | str]]:
    parts = re.split(r"(\d+)", slot)
    return [(1, int(part)) if part.isdecimal() else (0, part) for part in parts]
