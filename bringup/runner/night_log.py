"""The night as its slots write it: the journal, with the night's id, clock and deadline filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from ..boards import BoardEntry, BoardEvent, BoardState
from ..clock import Clock
from ..events import Event, EventKind
from ..records import AttemptEnd, AttemptStart, Evidence, RunStart
from ..store import Journal, OpenRun
from ..verdicts import Verdict


class NightLog:
    """The journal of one night.

    Args:
        journal: the store.
        night_id: of the night.
        clock: the station's.
        origin_s: the clock's reading when the night began.
        deadline_s: when the night has to be over, in lab seconds since it began; None for never.
        announce: told of every completed attempt, after it is on disk: (run id, attempt id).
        heard: told of every event, after it is journaled.
    """

    def __init__(
        self,
        journal: Journal,
        night_id: int,
        clock: Clock,
        deadline_s: float | None = None,
        announce: Callable[[int, int], None] = lambda _run, _attempt: None,
        heard: Callable[[Event], None] = lambda _event: None,
    ) -> None:
        self.night_id = night_id
        self.deadline_s = deadline_s
        self.origin_s = clock.now()
        self._began_utc = clock.utc()
        self._journal = journal
        self._begun: dict[int, RunStart] = {}
        self._clock = clock
        self._announce = announce
        self._heard = heard

    def now_s(self) -> float:
        """Lab seconds since the night began."""
        return self._clock.now() - self.origin_s

    def utc_at(self, at_s: float) -> datetime:
        """The date and time of a lab second of this night."""
        return self._began_utc + timedelta(seconds=at_s)

    def begin_run(self, start: RunStart) -> OpenRun:
        """A run begins."""
        run = self._journal.begin_run(self.night_id, start)
        self._begun[run.id] = start
        self.event(EventKind.RUN_STARTED, f"{start.plan} on {start.serial_number}", start.slot)
        return run

    def begin_attempt(self, run: OpenRun, start: AttemptStart) -> int:
        """An attempt begins; its id."""
        return self._journal.begin_attempt(run, start)

    def complete(self, run: OpenRun, attempt_id: int, end: AttemptEnd, then: AttemptStart | None) -> int | None:
        """An attempt is through and on disk when this returns; the id of the next one, if `then` began one."""
        following = self._journal.complete(run, attempt_id, end, then)
        self._announce(run.id, attempt_id)
        return following

    def end_run(self, run: OpenRun, verdict: Verdict, cause: str) -> None:
        """A run ends."""
        self._journal.end_run(run, self.now_s(), verdict, cause)
        start = self._begun.pop(run.id)
        because = f": {cause}" if cause else ""
        self.event(EventKind.RUN_ENDED, f"{start.plan} {verdict.name}{because}", start.slot)

    def keep(self, captured: Sequence[Evidence], slot: str = "", run: OpenRun | None = None) -> None:
        """Evidence that belongs to no attempt; an attempt's own is part of its end."""
        self._journal.keep(self.night_id, captured, slot, run)

    def board(self, serial_number: str) -> BoardState:
        """What is known of a board now."""
        return self._journal.board(serial_number)

    def board_was_read(self, serial_number: str, product: str, entries: Sequence[BoardEntry]) -> tuple[BoardEvent, ...]:
        """What a board said of itself is kept where it is news; returns the news."""
        return self._journal.enter_news(self.night_id, serial_number, product, entries)

    def event(self, kind: EventKind, message: str, slot: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""
        event = Event(kind, self.now_s(), message, slot, data or {})
        self._journal.event(self.night_id, event)
        self._heard(event)
