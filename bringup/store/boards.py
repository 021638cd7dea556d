"""Boards and their histories as rows: found, entered, corrected. Nothing here changes a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from bringup.boards import Board, BoardEntry, BoardEvent, BoardEventKind, BoardState, BoardSummary, board_state
from bringup.errors import UnknownName, UsageError

from .announced import added
from .schema import board, board_event, run
from .texts import storable


def add_board(connection: Connection, serial_number: str, product: str) -> None:
    """Know a board from now on; one that is known stays as it was first seen."""
    key = storable(serial_number)
    if connection.execute(select(board.c.product).where(board.c.serial_number == key)).first() is None:
        row = {"serial_number": key, "product": storable(product), "first_seen_utc": datetime.now(UTC)}
        connection.execute(insert(board).values(**row))


def boards(connection: Connection) -> tuple[BoardSummary, ...]:
    """Every board, by serial number."""
    entries = select(func.count(board_event.c.id)).where(board_event.c.serial_number == board.c.serial_number)
    runs = (
        select(run.c.serial_number, func.count(run.c.id).label("runs"), func.max(run.c.id).label("last_run"))
        .group_by(run.c.serial_number)
        .subquery()
    )
    query = (
        select(board, entries.scalar_subquery(), func.coalesce(runs.c.runs, 0), runs.c.last_run)
        .outerjoin(runs, runs.c.serial_number == board.c.serial_number)
        .order_by(board.c.serial_number)
    )
    return tuple(BoardSummary(Board(*row[:3]), *row[3:]) for row in connection.execute(query))


def history(connection: Connection, serial_number: str) -> tuple[BoardEvent, ...]:
    """Every entry of a board, oldest first; none for a board that is not known."""
    query = select(board_event).where(board_event.c.serial_number == storable(serial_number))
    return tuple(
        BoardEvent(
            row["id"],
            row["serial_number"],
            row["utc"],
            BoardEntry(
                BoardEventKind(row["kind"]), row["item"], row["text"], row["who"], row["data"], row["corrects_id"]
            ),
            row["night_id"],
            row["run_id"],
        )
        for row in connection.execute(query.order_by(board_event.c.id)).mappings()
    )


def last_entry_id(connection: Connection, serial_number: str) -> int:
    """The last entry of a board's history; 0 where there is none."""
    query = select(func.max(board_event.c.id)).where(board_event.c.serial_number == storable(serial_number))
    return connection.execute(query).scalar() or 0


def enter(
    connection: Connection, serial_number: str, entries: Sequence[BoardEntry], night_id: int | None = None
) -> tuple[BoardEvent, ...]:
    """Add entries to the history of a known board, in order.

    Raises:
        UnknownName: the board is not known, or a correction is of no entry of it.
        UsageError: a correction is of an entry that has been corrected already.
    """
    key = storable(serial_number)
    if connection.execute(select(board.c.product).where(board.c.serial_number == key)).first() is None:
        raise UnknownName(f"no board {serial_number!r} is known")
    utc = datetime.now(UTC)
    for entry in entries:
        if entry.corrects is not None:
            _check_correction(connection, key, entry.corrects)
        row = {"kind": entry.kind.value, "item": entry.item, "text": entry.text, "who": entry.who}
        origin = {"serial_number": key, "utc": utc, "night_id": night_id, "corrects_id": entry.corrects}
        added(connection, board_event, {**row, **origin, "data": dict(entry.data)})
    return history(connection, key)[-len(entries) :] if entries else ()


def enter_news(
    connection: Connection, serial_number: str, entries: Sequence[BoardEntry], night_id: int
) -> tuple[BoardEvent, ...]:
    """Add those entries that say something else than the last of their kind and item; see `enter`."""
    known: BoardState = board_state(storable(serial_number), history(connection, serial_number))
    return enter(connection, serial_number, [entry for entry in entries if known.differs(entry)], night_id)


def _check_correction(connection: Connection, serial_number: str, wrong_id: int) -> None:
    query = select(board_event.c.id).where(board_event.c.serial_number == serial_number)
    ids = list(connection.execute(query.order_by(board_event.c.id)).scalars())
    if wrong_id not in ids:
        listed = f"its entries are {', '.join(map(str, ids[-20:]))}" if ids else "its history has no entry yet"
        raise UnknownName(f"board {serial_number} has no entry {wrong_id}; {listed}")
    by = connection.execute(select(board_event.c.id).where(board_event.c.corrects_id == wrong_id)).scalar()
    if by is not None:
        raise UsageError(
            f"entry {wrong_id} of board {serial_number} has been corrected already, by entry {by}; "
            f"if that was wrong, correct entry {by}"
        )
