"""What a journal holds, for reports and screens, in any process, while a night writes it or after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, and_, func, select, true

from bringup.boards import Board, BoardEvent, BoardState, BoardSummary, board_state
from bringup.errors import UnknownName
from bringup.events import Event, EventKind
from bringup.measure import Measurement
from bringup.nearest import unknown
from bringup.records import Attempt, KeptEvidence, Live, Night, Run, Source
from bringup.verdicts import Verdict

from . import boards, rows, schema, sqlite
from .evidence import content_of, evidence_where
from .texts import storable
from .times import aware, to_s


class Reader:
    """Reads one journal; made by `open_reader`. Cannot change it, and a writer never waits for it.

    Every method may be called from any thread; they take turns. Each sees one consistent moment of the journal,
    and two calls may see two. All raise JournalError where the file cannot be read.

    Attributes:
        path: the file.
    """

    def __init__(self, connection: Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._lock = Lock()

    def nights(self) -> tuple[Night, ...]:
        """Every night, oldest first."""
        with self._reading() as connection:
            return rows.nights_where(connection, true())

    def night(self, night_id: int | None = None) -> Night:
        """One night; the latest without an id.

        Raises:
            UnknownName: there is no such night; the message says which there are.
        """
        with self._reading() as connection:
            latest = connection.execute(select(func.max(schema.night.c.id))).scalar()
            found = rows.nights_where(connection, schema.night.c.id == (latest if night_id is None else night_id))
        if found:
            return found[0]
        if latest is None:
            raise UnknownName(f"journal {self.path} holds no night yet; `bringup run` or `bringup night` makes one")
        raise UnknownName(f"journal {self.path} holds no night {night_id}; the latest is {latest}")

    def runs(self, night_id: int) -> tuple[Run, ...]:
        """The runs of a night in the order in which they began."""
        with self._reading() as connection:
            return rows.runs_where(connection, schema.run.c.night_id == night_id)

    def attempts(self, run_id: int) -> tuple[Attempt, ...]:
        """The attempts of a run in the order in which they began."""
        with self._reading() as connection:
            return rows.attempts_of(connection, run_id)

    def measurements(self, run_id: int) -> dict[int, tuple[Measurement, ...]]:
        """The measurements of a run by attempt, in the order taken; an attempt that took none has no entry."""
        with self._reading() as connection:
            return rows.measurements_of(connection, run_id)

    def events(self, night_id: int, after_id: int = 0) -> tuple[tuple[int, Event], ...]:
        """The events of a night with their ids, in the order in which they were written.

        Args:
            night_id: the night.
            after_id: leave out events up to this id: those that were read before.
        """
        event = schema.event
        query = select(event).where(event.c.night_id == night_id, event.c.id > after_id).order_by(event.c.id)
        with self._reading() as connection:
            found = connection.execute(query).mappings().all()
        return tuple(
            (row["id"], Event(EventKind(row["kind"]), to_s(row["at_ms"]), row["message"], row["slot"], row["data"]))
            for row in found
        )

    def live(self, night_id: int) -> tuple[Live, ...]:
        """What each slot of a night does now (or did last), by slot."""
        query = select(schema.live).where(schema.live.c.night_id == night_id).order_by(schema.live.c.slot)
        with self._reading() as connection:
            return rows.live_from(connection.execute(query).mappings().all())

    def source(self, digest: str) -> Source:
        """A station, product or plan file as a night read it, by its SHA-256.

        Raises:
            UnknownName: the journal holds no text of this digest.
        """
        source = schema.source
        query = select(source.c.kind, source.c.path, source.c.text).where(source.c.sha256 == digest)
        with self._reading() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise UnknownName(f"journal {self.path} holds no source with the SHA-256 {digest}")
        return Source(*found)

    def evidence(
        self, night_id: int, *, run_id: int | None = None, attempt_id: int | None = None
    ) -> tuple[KeptEvidence, ...]:
        """What was captured in a night, or in one run or attempt of it, in the order in which it was kept."""
        kept = schema.evidence.c
        wanted = [kept.night_id == night_id]
        wanted += [kept.run_id == run_id] if run_id is not None else []
        wanted += [kept.attempt_id == attempt_id] if attempt_id is not None else []
        with self._reading() as connection:
            return evidence_where(connection, and_(*wanted))

    def evidence_content(self, kept: KeptEvidence) -> bytes:
        """The bytes of an evidence; a text in UTF-8.

        Raises:
            JournalError: its file is missing, or is not what was kept.
        """
        return content_of(self.path, kept)

    def boards(self) -> tuple[BoardSummary, ...]:
        """Every board that the journal knows, by serial number."""
        with self._reading() as connection:
            return boards.boards(connection)

    def board(self, serial_number: str) -> Board:
        """One board.

        Raises:
            UnknownName: nobody has entered or run it; the message names the nearest one.
        """
        known = {one.board.serial_number: one.board for one in self.boards()}
        if serial_number not in known:
            raise UnknownName(unknown("board", serial_number, known) + f" in journal {self.path}")
        return known[serial_number]

    def board_history(self, serial_number: str) -> tuple[BoardEvent, ...]:
        """Every entry of a board's history, oldest first."""
        with self._reading() as connection:
            return boards.history(connection, serial_number)

    def board_at(self, serial_number: str, utc: datetime) -> BoardState:
        """What a board was at a time by the controller's own clock, as far as is known now.

        Raises:
            ValueError: `utc` has no time zone.
        """
        until = aware(utc)
        history = self.board_history(serial_number)
        last = max((one.id for one in history if one.utc <= until), default=0)
        return board_state(serial_number, history, last)

    def board_of_run(self, run: Run) -> BoardState:
        """What a board was when a run on it began, as far as is known now."""
        return board_state(run.serial_number, self.board_history(run.serial_number), run.board_event_id)

    def runs_of_board(self, serial_number: str) -> tuple[Run, ...]:
        """Every run on a board, oldest first."""
        with self._reading() as connection:
            return rows.runs_where(connection, schema.run.c.serial_number == storable(serial_number))

    def run(self, run_id: int) -> Run:
        """One run.

        Raises:
            UnknownName: there is no such run.
        """
        with self._reading() as connection:
            found = rows.runs_where(connection, schema.run.c.id == run_id)
        if not found:
            raise UnknownName(f"journal {self.path} holds no run {run_id}")
        return found[0]

    def last_good_board(self, product: str, besides: str) -> str | None:
        """The board of a product whose run passed last, other than one; None if none has passed yet."""
        run = schema.run.c
        query = select(run.serial_number).where(run.product == product, run.serial_number != besides)
        query = query.where(run.verdict == int(Verdict.PASS)).order_by(run.id.desc()).limit(1)
        with self._reading() as connection:
            return connection.execute(query).scalar()

    def data_version(self) -> int:
        """A number that changes whenever something was committed since; cheap enough to ask many times a second."""
        with self._reading() as connection:
            return sqlite.data_version(connection)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._lock, sqlite.journal_errors(self.path), sqlite.snapshot(self._connection):
            yield self._connection
