"""What a board was when it was measured: its history, captured evidence, and the requirement of every limit."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

from bringup.store.migrations.refusals import refusing
from bringup.store.migrations.views_0002 import CHANGED, VIEWS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RUN_START = (
    "id, night_id, slot, serial_number, plan, plan_source_id, product, product_source_id, began_ms, first_attempt_id, "
    "board_event_id"
)


def upgrade() -> None:
    """Add columns and tables; no row that there is is written anew."""
    for view in CHANGED:
        op.execute(f"DROP VIEW {view}")
    for column in ("limit_version", "requirement"):
        op.add_column("criterion", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column("run", sa.Column("board_event_id", _integer(), nullable=False, server_default="0"))
    _create_evidence()
    _create_boards()
    _boards_of_the_runs()
    for statement in (*_triggers(), *VIEWS):
        op.execute(statement)


def _integer() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _ref(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, _integer(), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        _ref("id", nullable=False),
        _ref("night_id", nullable=False),
        _ref("run_id"),
        _ref("attempt_id"),
        _text("slot"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("kind"),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        _text("media_type"),
        sa.Column("text", sa.Text()),
        sa.Column("path", sa.Text()),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        *(_foreign("evidence", f"{target}_id", f"{target}.id") for target in ("night", "run", "attempt")),
        sa.CheckConstraint("(text IS NULL) <> (path IS NULL)", name=op.f("ck_evidence_inline_or_file")),
        sa.CheckConstraint("attempt_id IS NULL OR run_id IS NOT NULL", name=op.f("ck_evidence_attempt_in_run")),
    )
    op.create_index(op.f("ix_evidence_night_id"), "evidence", ["night_id"])


def _create_boards() -> None:
    op.create_table(
        "board",
        _text("serial_number"),
        _text("product"),
        sa.Column("first_seen_utc", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("serial_number", name=op.f("pk_board")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "board_event",
        _ref("id", nullable=False),
        _text("serial_number"),
        sa.Column("utc", sa.DateTime(), nullable=False),
        *(_text(name) for name in ("kind", "item", "text", "who")),
        *(_ref(name) for name in ("night_id", "run_id", "corrects_id")),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_event")),
        _foreign("board_event", "serial_number", "board.serial_number"),
        _foreign("board_event", "night_id", "night.id"),
        _foreign("board_event", "run_id", "run.id"),
        _foreign("board_event", "corrects_id", "board_event.id"),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_board_event_corrects_id")),
        sa.CheckConstraint("(corrects_id IS NULL) = (kind <> 'correction')", name=op.f("ck_board_event_corrects_one")),
        sa.CheckConstraint("corrects_id < id", name=op.f("ck_board_event_corrects_earlier")),
    )
    op.create_index(op.f("ix_board_event_serial_number"), "board_event", ["serial_number"])


def _boards_of_the_runs() -> None:
    """Every sled that was ever run is a board; it was first seen when its first run began."""
    run = sa.table("run", *map(sa.column, ("id", "night_id", "serial_number", "product", "began_ms")))
    night = sa.table("night", sa.column("id"), sa.column("began_utc", sa.DateTime()))
    board = sa.table("board", *map(sa.column, ("serial_number", "product")), sa.column("first_seen_utc", sa.DateTime()))
    query = sa.select(run.c.serial_number, run.c.product, night.c.began_utc, run.c.began_ms)
    query = query.join_from(run, night, night.c.id == run.c.night_id).order_by(run.c.id)
    first: dict[str, tuple[str, datetime]] = {}
    for serial_number, product, began_utc, began_ms in op.get_bind().execute(query):
        first.setdefault(serial_number, (product, began_utc + timedelta(milliseconds=began_ms)))
    rows = [
        {"serial_number": key, "product": product, "first_seen_utc": seen} for key, (product, seen) in first.items()
    ]
    if rows:
        op.get_bind().execute(sa.insert(board), rows)


_TAKEN = {
    "evidence": "SELECT 1 FROM evidence WHERE id = NEW.id",
    "board": "SELECT 1 FROM board WHERE serial_number = NEW.serial_number",
    "board_event": "SELECT 1 FROM board_event WHERE id = NEW.id OR corrects_id = NEW.corrects_id",
}


def _triggers() -> list[str]:
    """As for every other evidence: no row is changed, deleted or replaced."""
    triggers = ["DROP TRIGGER run_began"]
    triggers.append(refusing("run_began", f"UPDATE OF {_RUN_START}", "run", "the start of a run is not changed"))
    for table, taken in _TAKEN.items():
        again = f"this {table} row exists already"
        triggers += [
            refusing(f"{table}_stays", "DELETE", table, f"a {table} row is never deleted"),
            refusing(f"{table}_is_not_replaced", "INSERT", table, again, f"EXISTS ({taken})"),
            refusing(f"{table}_is_final", "UPDATE", table, f"a {table} row is never changed"),
        ]
    for parent in ("night", "run", "attempt"):
        ended = f"(SELECT ended_ms FROM {parent} WHERE id = NEW.{parent}_id) IS NOT NULL"  # noqa: S608 - constants
        message = f"this {parent} has ended and nothing is added to it any more"
        triggers.append(refusing(f"evidence_in_open_{parent}", "INSERT", "evidence", message, ended))
    other = "(SELECT serial_number FROM board_event WHERE id = NEW.corrects_id) <> NEW.serial_number"
    message = "an entry is corrected in the history of its own board"
    triggers.append(refusing("board_event_of_one_board", "INSERT", "board_event", message, other))
    return triggers
