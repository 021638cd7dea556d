"""The one writer of a process: facts from the runner go in, committed before each call returns.

Neighbours: `bringup.runner` calls it from every slot's thread; `Reader` gives back what it wrote. It is one
connection under one lock (docs/decisions/0002): a queue to a writer thread would cost each point more than the
commit itself does with NORMAL durability.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, insert

from bringup.boards import BoardEntry, BoardEvent, BoardState, board_state
from bringup.errors import JournalError
from bringup.events import Event
from bringup.measure import Measurement
from bringup.records import AttemptEnd, AttemptStart, AxisStart, Evidence, Heartbeat, Live, Night, NightStart, RunStart
from bringup.verdicts import Verdict

from . import boards, schema
from .announced import added, announce, quantity_id, source_id
from .endings import end_dead_nights, end_night, end_run, last_attempt_id
from .evidence import Belongs, add_evidence, keep_file, stored
from .presence import Presence
from .sqlite import Durability, WriteTransaction
from .statements import MOST_ROWS, HotStatements
from .texts import storable
from .times import aware, to_ms

_MOST_POINTS = 2**63 - 1


@dataclass(slots=True)
class OpenRun:
    """A run that attempts are added to.

    Attributes:
        id: as readers know it.
        night_id: the night that it is part of.
        slot: where it runs.
        criteria: criterion by announced name.
        quantities: quantity by (name, place), as far as they have been measured.
    """

    id: int
    night_id: int
    slot: str
    criteria: dict[str, int]
    quantities: dict[tuple[str, str], int] = field(default_factory=dict)


class Journal:
    """What a night did, written down; made by `open_journal`. Every method may be called from any thread.

    A method returns after its commit, and writes all of its rows or none. Every method raises JournalError where
    the database cannot be written (the message says why and what to do); the journal can be used on after that.
    Times in are lab seconds since the night began, kept to the millisecond.

    Attributes:
        path: the file.
        durability: what a commit survives.
        notices: what was done to the file when it was opened, for a person: a migration.
    """

    def __init__(
        self, connection: Connection, path: Path, durability: Durability, notices: tuple[str, ...] = ()
    ) -> None:
        self.path = path
        self.durability = durability
        self.notices = notices
        self._connection = connection
        self._write = WriteTransaction(connection, path)
        self._hot = HotStatements(connection.dialect)
        self._presence = Presence(path)

    def begin_night(self, start: NightStart) -> int:
        """Write a night's beginning and hold it for this process; return its id.

        Raises:
            ValueError: `began_utc` has no time zone.
        """
        with self._write:
            night_id = added(
                self._connection,
                schema.night,
                {
                    "name": start.name,
                    "station": start.station_name,
                    "station_source_id": source_id(self._connection, start.station),
                    "began_utc": aware(start.began_utc),
                    "virtual_time": start.virtual_time,
                    "deadline_ms": to_ms(start.deadline_s),
                    "operator": start.operator,
                    "controller": start.controller,
                    "version": start.version,
                    "seed": start.seed,
                },
            )
            # Before the commit: nobody may see the night unheld and take its process for dead.
            self._presence.hold(night_id)
        return night_id

    def begin_run(self, night_id: int, start: RunStart) -> OpenRun:
        """Write a run's beginning, its axes and all that it announces; its sled is a known board from then on."""
        with self._write:
            boards.add_board(self._connection, start.serial_number, start.product)
            run_id = added(
                self._connection,
                schema.run,
                {
                    "night_id": night_id,
                    "slot": start.slot,
                    "serial_number": start.serial_number,
                    "plan": start.plan,
                    "plan_source_id": source_id(self._connection, start.plan_source),
                    "product": start.product,
                    "product_source_id": source_id(self._connection, start.product_source),
                    "began_ms": to_ms(start.at_s),
                    "first_attempt_id": last_attempt_id(self._connection) + 1,
                    "board_event_id": boards.last_entry_id(self._connection, start.serial_number),
                },
            )
            _add_axes(self._connection, run_id, start.axes)
            return OpenRun(run_id, night_id, start.slot, announce(self._connection, run_id, start.limits))

    def begin_attempt(self, run: OpenRun, start: AttemptStart) -> int:
        """Write that a try at a point begins; return its id."""
        with self._write as cursor:
            return self._begin_attempt(cursor, run, start)

    def complete(self, run: OpenRun, attempt_id: int, end: AttemptEnd, then: AttemptStart | None = None) -> int | None:
        """Write an attempt's end, its measurements and evidence, and the next attempt's beginning, in one commit.

        Args:
            run: as `begin_run` gave it.
            attempt_id: an attempt of this run that has not ended.
            end: how it ended; its measurements are of announced names, one per name and place.
            then: the next attempt, if the same run goes on at once.

        Returns:
            The id of the next attempt, or None without `then`.
        """
        captured = [stored(self.path, one) for one in end.evidence]
        with self._write as cursor:
            # Measurements and evidence first: a trigger refuses them once the attempt has ended.
            fresh = self._measure(cursor, run, attempt_id, end.measurements)
            if captured:
                add_evidence(self._connection, Belongs(run.night_id, run.slot, run.id, attempt_id), captured)
            ending = (to_ms(end.at_s), int(end.verdict), storable(end.cause), attempt_id, run.id)
            if cursor.execute(self._hot.end_attempt, ending).rowcount != 1:
                raise JournalError(f"journal {self.path}: run {run.id} has no attempt {attempt_id}")
            next_id = self._begin_attempt(cursor, run, then) if then is not None else None
        # Only now: had the transaction failed, their ids would be nobody's.
        if fresh:
            run.quantities.update(fresh)
        return next_id

    def keep(self, night_id: int, captured: Sequence[Evidence], slot: str = "", run: OpenRun | None = None) -> None:
        """Write evidence that belongs to no attempt: a night's, a slot's, or a run's."""
        rows = [stored(self.path, one) for one in captured]
        with self._write:
            add_evidence(self._connection, Belongs(night_id, slot, run.id if run else None), rows)

    def keep_file(self, content: bytes, suffix: str) -> str:
        """Keep a file beside the journal, for an entry that names it; its path, relative to the journal's folder."""
        return keep_file(self.path, content, suffix)

    def board(self, serial_number: str) -> BoardState:
        """What a board is now, as far as anybody has entered; a board that nobody knows is nothing yet."""
        with self._write:
            return board_state(serial_number, boards.history(self._connection, serial_number))

    def enter(
        self, serial_number: str, entries: Sequence[BoardEntry], product: str | None = None
    ) -> tuple[BoardEvent, ...]:
        """Add entries to a board's history; all of them, or none.

        Args:
            serial_number: of the board.
            entries: in order; a correction names an entry of this board that no other correction names.
            product: of a board that may be new; without it, the board has to be known.

        Returns:
            The entries as they now are.

        Raises:
            UnknownName: the board or the entry to correct is not known.
            UsageError: the entry has been corrected already.
        """
        with self._write:
            if product is not None:
                boards.add_board(self._connection, serial_number, product)
            return boards.enter(self._connection, serial_number, entries)

    def enter_news(
        self, night_id: int, serial_number: str, product: str, entries: Sequence[BoardEntry]
    ) -> tuple[BoardEvent, ...]:
        """Add what a night read from a board, as far as it differs from what was last known of the same items.

        Returns:
            The entries that were added.
        """
        with self._write:
            boards.add_board(self._connection, serial_number, product)
            return boards.enter_news(self._connection, serial_number, entries, night_id)

    def event(self, night_id: int, event: Event) -> None:
        """Write that something happened."""
        row = {
            "night_id": night_id,
            "at_ms": to_ms(event.at_s),
            "slot": event.slot,
            "kind": event.kind.value,
            "message": event.message,
            "data": dict(event.data),
        }
        with self._write:
            added(self._connection, schema.event, row)

    def end_run(self, run: OpenRun, at_s: float, verdict: Verdict, cause: str) -> None:
        """Write how a run ended; nothing can be added to it after this."""
        with self._write:
            end_run(self._connection, run.id, to_ms(at_s), verdict, cause)

    def end_night(self, night_id: int, at_s: float, verdict: Verdict, cause: str) -> None:
        """Write how a night ended, and let it go; no run can be added to it after this."""
        with self._write:
            end_night(self._connection, night_id, to_ms(at_s), verdict, cause)
        self._presence.release(night_id)

    def live(self, night_id: int, live: Live, heartbeat: Heartbeat) -> None:
        """Show what a slot does now, in place of what it did before. No evidence, and so never synced."""
        key = (night_id, live.slot)
        shown = (
            *(storable(live.serial_number), live.state, live.plan, live.point, live.points),
            *(live.volts, live.hertz, live.celsius, live.watts, to_ms(live.sampled_s), storable(live.detail)),
        )
        beat = (self._hot.utc(heartbeat.wall_utc), to_ms(heartbeat.lab_s), heartbeat.pid)
        with self._write.unsynced(self.durability) as cursor:
            if cursor.execute(self._hot.replace_live, (*shown, *key)).rowcount == 0:
                cursor.execute(self._hot.insert_live, (*key, *shown))
            if cursor.execute(self._hot.replace_heartbeat, (*beat, night_id)).rowcount == 0:
                cursor.execute(self._hot.insert_heartbeat, (night_id, *beat))

    def reconcile(self) -> tuple[Night, ...]:
        """Close the nights whose process died: they and their open runs end as ABORTED, with an event that says so.

        Attempts that never ended stay as they are: they are evidence of where the night stood.

        Returns:
            The nights that were found dead, oldest first, as they now are.
        """
        with self._write:
            return end_dead_nights(self._connection, self._presence)

    def close(self) -> None:
        """Let go of the file. A night that has not ended is dead for whoever opens the journal next."""
        self._write.close()
        self._presence.release_all()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin_attempt(self, cursor: sqlite3.Cursor, run: OpenRun, start: AttemptStart) -> int:
        cursor.execute(self._hot.begin_attempt, (run.id, start.point, start.number, to_ms(start.at_s)))
        return int(cursor.lastrowid or 0)

    def _measure(
        self, cursor: sqlite3.Cursor, run: OpenRun, attempt_id: int, taken: Sequence[Measurement]
    ) -> dict[tuple[str, str], int]:
        """Write measurements; return the quantities that no attempt of this run had measured before."""
        fresh: dict[tuple[str, str], int] = {}
        try:
            values = _values(attempt_id, taken, run.quantities)
        except KeyError:
            wanted = [(one.name, one.place) for one in taken if (one.name, one.place) not in run.quantities]
            fresh = {key: quantity_id(self._connection, run.criteria, *key) for key in wanted}
            values = _values(attempt_id, taken, run.quantities | fresh)
        for start in range(0, len(taken), MOST_ROWS):
            rows = min(MOST_ROWS, len(taken) - start)
            cursor.execute(self._hot.measure(rows), values[start * 5 : (start + rows) * 5])
        return fresh


def _values(attempt_id: int, taken: Sequence[Measurement], quantities: dict[tuple[str, str], int]) -> list[float]:
    values: list[float] = []
    for position, one in enumerate(taken):
        # int(): the driver knows int itself, but would search its adapters for an enum, on every row.
        values += (attempt_id, quantities[one.name, one.place], position, one.value, int(one.verdict))
    return values


def _add_axes(connection: Connection, run_id: int, axes: Sequence[AxisStart]) -> None:
    points = math.prod(len(one.values) for one in axes)
    if points > _MOST_POINTS:
        raise JournalError(f"a plan of {points:.3g} points cannot be journaled, nor run; give its axes fewer values")
    stride = points
    for position, one in enumerate(axes):
        stride //= len(one.values)
        place = {"run_id": run_id, "position": position}
        size = {"stride": stride, "count": len(one.values)}
        row = place | size | {"knob": one.knob, "unit": one.unit, "edge": one.edge}
        connection.execute(insert(schema.axis).values(**row))
        values = [place | {"idx": idx, "value": value} for idx, value in enumerate(one.values)]
        connection.execute(insert(schema.axis_value), values)
