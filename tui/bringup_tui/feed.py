"""Follows a journal from a thread of its own and tells what is new.

The reader's `data_version` is asked a few times a second; only when another process has committed something is
the night read again. The thread never touches a widget: what it finds it posts as messages. Neighbours:
`bringup.store` below, `app` above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from threading import Event as Flag
from time import monotonic
from typing import Protocol

from textual.message import Message

from bringup.errors import BringupError, JournalError
from bringup.events import Event
from bringup.measure import Measurement
from bringup.records import Attempt, Live, Night, Run
from bringup.verdicts import Verdict

from .messages import EventsArrived, NightRead, ReadFailed, SlotRead
from .picture import Judgement, Picture, Tried, judge_attempts, sleds_of

LOOK_EVERY_S = 0.25
SHARE = 5
"""Reading takes at most one part in so many of the time: a busy night must not starve the PC that runs it."""
RETRY_EVERY_S = 2.0
MOST_TRIED = 200


class NightReader(Protocol):
    """What the feed asks of `bringup.store.Reader`."""

    def nights(self) -> tuple[Night, ...]:
        """Every night, oldest first."""

    def runs(self, night_id: int) -> tuple[Run, ...]:
        """The runs of a night, oldest first."""

    def attempts(self, run_id: int) -> tuple[Attempt, ...]:
        """The attempts of a run, oldest first."""

    def measurements(self, run_id: int) -> dict[int, tuple[Measurement, ...]]:
        """What was measured in a run, by attempt."""

    def events(self, night_id: int, after_id: int = 0) -> tuple[tuple[int, Event], ...]:
        """The events of a night after one of them, oldest first, with their ids."""

    def live(self, night_id: int) -> tuple[Live, ...]:
        """What the slots do now."""

    def data_version(self) -> int:
        """A number that changes whenever another process commits."""

    def close(self) -> None:
        """Give the database back."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the screens show: a night (None: whichever is the latest), and perhaps one slot in detail."""

    night: int | None = None
    slot: str | None = None


class Feed:
    """Reads until it is stopped; `run` belongs in a thread, everything else may be called from any.

    Args:
        open_reader: makes the reader; called in the feed's thread, and again after a failure.
        post: takes a message to the app; must be safe to call from a thread.
    """

    def __init__(self, open_reader: Callable[[], NightReader], post: Callable[[Message], object]) -> None:
        self._open_reader = open_reader
        self._post = post
        self._wanted = Wanted()
        self._stopped = False
        self._nudge = Flag()

    def want(self, wanted: Wanted) -> None:
        """Show something else; it is read at once."""
        self._wanted = wanted
        self._nudge.set()

    def stop(self) -> None:
        """End `run`."""
        self._stopped = True
        self._nudge.set()

    def run(self) -> None:
        """Follow the journal; a journal that cannot be read is told and tried again."""
        while not self._stopped:
            try:
                with closing(self._open_reader()) as reader:
                    self._follow(reader)
            except BringupError as error:
                self._post(ReadFailed(str(error)))
                self._pause(RETRY_EVERY_S)

    def _follow(self, reader: NightReader) -> None:
        look = _Look(reader)
        while not self._stopped:
            began_s = monotonic()
            for message in look.news(self._wanted):
                self._post(message)
            self._pause(max(LOOK_EVERY_S, SHARE * (monotonic() - began_s)))

    def _pause(self, seconds: float) -> None:
        # Wall time on purpose: the screen is beside the lab, and its clock is the person's.
        self._nudge.wait(seconds)
        self._nudge.clear()


class _Look:
    """What one reader has seen so far."""

    def __init__(self, reader: NightReader) -> None:
        self._reader = reader
        self._version: int | None = None
        self._wanted: Wanted | None = None
        self._night: int | None = None
        self._last_event = 0
        self._causes: dict[int, str] = {}

    def news(self, wanted: Wanted) -> Iterator[Message]:
        """Messages about what was committed since the last call, or about everything if `wanted` changed."""
        # Asked before the rows are read: what is committed in between is read twice, and never missed.
        version = self._reader.data_version()
        if (version, wanted) == (self._version, self._wanted):
            return
        night, nights = self._choose(wanted)
        runs = self._reader.runs(night.id)
        yield NightRead(self._picture(night, nights, runs))
        yield from self._events(night.id)
        if wanted.slot is not None:
            yield SlotRead(wanted.slot, self._tried(wanted.slot, runs))
        self._version, self._wanted = version, wanted

    def _choose(self, wanted: Wanted) -> tuple[Night, tuple[int, ...]]:
        nights = {night.id: night for night in self._reader.nights()}
        if not nights:
            raise JournalError("the journal holds no night any more; was its file replaced?")
        chosen = max(nights) if wanted.night is None else wanted.night
        if chosen not in nights:
            raise JournalError(f"night {chosen} is not in the journal any more; was its file replaced?")
        return nights[chosen], tuple(nights)

    def _picture(self, night: Night, nights: tuple[int, ...], runs: tuple[Run, ...]) -> Picture:
        judgements = {run.id: self._judge(run) for run in runs}
        return Picture(night, nights, sleds_of(self._reader.live(night.id), runs, judgements))

    def _judge(self, run: Run) -> Judgement:
        if run.verdict is None:
            return judge_attempts(run, self._reader.attempts(run.id))
        if run.verdict is Verdict.PASS or run.cause:
            return Judgement(run.verdict, run.cause)
        # A run that ended by itself gives no cause of its own: its attempts, which stay as they are, do.
        if run.id not in self._causes:
            self._causes[run.id] = judge_attempts(run, self._reader.attempts(run.id)).cause
        return Judgement(run.verdict, self._causes[run.id])

    def _events(self, night_id: int) -> Iterator[Message]:
        fresh = night_id != self._night
        told = self._reader.events(night_id, 0 if fresh else self._last_event)
        self._night = night_id
        self._last_event = max((event_id for event_id, _ in told), default=0 if fresh else self._last_event)
        if told or fresh:
            yield EventsArrived(tuple(event for _, event in told), fresh)

    def _tried(self, slot: str, runs: tuple[Run, ...]) -> tuple[Tried, ...]:
        tried: list[Tried] = []
        for run in reversed([run for run in runs if run.slot == slot]):
            if len(tried) >= MOST_TRIED:
                break
            taken = self._reader.measurements(run.id)
            attempts = sorted(self._reader.attempts(run.id), key=lambda attempt: attempt.id, reverse=True)
            tried += [Tried(run, attempt, taken.get(attempt.id, ())) for attempt in attempts]
        return tuple(tried[:MOST_TRIED])
