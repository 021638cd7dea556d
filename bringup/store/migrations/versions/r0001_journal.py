"""The first journal: tables, the triggers that keep evidence as it is, and views for people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bringup.store.migrations.refusals import refusing
from bringup.store.migrations.views_0001 import VIEWS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# "brng" in ASCII: tells a journal from another program's SQLite file.
_APPLICATION_ID = 0x62726E67


def upgrade() -> None:
    """Create everything."""
    op.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    _create_sources_and_nights()
    _create_runs()
    _create_criteria()
    _create_attempts()
    _create_events_and_live()
    for statement in (*_evidence_triggers(), *VIEWS):
        op.execute(statement)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _ref(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _ending(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("ended_ms", sa.BigInteger()),
        sa.Column("verdict", sa.Integer()),
        sa.Column("cause", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("(ended_ms IS NULL) = (verdict IS NULL)", name=op.f(f"ck_{table}_ends_whole")),
    )


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _create_sources_and_nights() -> None:
    op.create_table(
        "schema_change",
        _id(),
        sa.Column("revision", sa.String(32), nullable=False),
        _text("bringup_version"),
        sa.Column("applied_utc", sa.DateTime(), nullable=False),
        _key("schema_change"),
    )
    op.create_table(
        "source",
        _id(),
        sa.Column("sha256", sa.String(64), nullable=False),
        _text("kind"),
        _text("path"),
        _text("text"),
        _key("source"),
        sa.UniqueConstraint("sha256", name=op.f("uq_source_sha256")),
    )
    op.create_table(
        "night",
        _id(),
        _text("name"),
        _text("station"),
        _ref("station_source_id"),
        sa.Column("began_utc", sa.DateTime(), nullable=False),
        sa.Column("virtual_time", sa.Boolean(), nullable=False),
        sa.Column("deadline_ms", sa.BigInteger()),
        _text("operator"),
        _text("controller"),
        _text("version"),
        sa.Column("seed", sa.BigInteger()),
        *_ending("night"),
        _key("night"),
        _foreign("night", "station_source_id", "source"),
    )


def _create_runs() -> None:
    op.create_table(
        "run",
        _id(),
        _ref("night_id"),
        *(_text(name) for name in ("slot", "serial_number", "plan")),
        _ref("plan_source_id"),
        _text("product"),
        _ref("product_source_id"),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        _ref("first_attempt_id"),
        sa.Column("last_attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        *_ending("run"),
        _key("run"),
        _foreign("run", "night_id", "night"),
        _foreign("run", "plan_source_id", "source"),
        _foreign("run", "product_source_id", "source"),
    )
    op.create_index(op.f("ix_run_night_id"), "run", ["night_id"])
    op.create_table(
        "axis",
        _ref("run_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("knob"),
        _text("unit"),
        sa.Column("stride", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("edge", sa.Double()),
        _key("axis", "run_id", "position"),
        _foreign("axis", "run_id", "run"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "axis_value",
        _ref("run_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        _key("axis_value", "run_id", "position", "idx"),
        sa.ForeignKeyConstraint(
            ["run_id", "position"], ["axis.run_id", "axis.position"], name=op.f("fk_axis_value_run_id")
        ),
        sqlite_with_rowid=False,
    )


def _create_criteria() -> None:
    op.create_table(
        "criterion",
        _id(),
        _text("name"),
        _text("unit"),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("marginal", sa.Double(), nullable=False),
        _text("limit_source"),
        _key("criterion"),
    )
    op.create_index(op.f("ix_criterion_name"), "criterion", ["name"])
    op.create_table(
        "run_criterion",
        _ref("run_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        _ref("criterion_id"),
        _key("run_criterion", "run_id", "position"),
        _foreign("run_criterion", "run_id", "run"),
        _foreign("run_criterion", "criterion_id", "criterion"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quantity",
        _id(),
        _ref("criterion_id"),
        _text("place"),
        _key("quantity"),
        _foreign("quantity", "criterion_id", "criterion"),
        sa.UniqueConstraint("criterion_id", "place", name=op.f("uq_quantity_criterion_id")),
    )


def _create_attempts() -> None:
    op.create_table(
        "attempt",
        _id(),
        _ref("run_id"),
        sa.Column("point", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        *_ending("attempt"),
        _key("attempt"),
        _foreign("attempt", "run_id", "run"),
    )
    op.create_table(
        "measurement",
        _ref("attempt_id"),
        _ref("quantity_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("verdict", sa.Integer(), nullable=False),
        _key("measurement", "attempt_id", "quantity_id"),
        _foreign("measurement", "attempt_id", "attempt"),
        _foreign("measurement", "quantity_id", "quantity"),
        sqlite_with_rowid=False,
    )


def _create_events_and_live() -> None:
    op.create_table(
        "event",
        _id(),
        _ref("night_id"),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("slot", "kind", "message")),
        sa.Column("data", sa.JSON(), nullable=False),
        _key("event"),
        _foreign("event", "night_id", "night"),
    )
    op.create_index(op.f("ix_event_night_id"), "event", ["night_id"])
    op.create_table(
        "live",
        _ref("night_id"),
        *(_text(name) for name in ("slot", "serial_number", "state", "plan")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("point", "points")),
        *(sa.Column(name, sa.Double()) for name in ("volts", "hertz", "celsius", "watts")),
        sa.Column("sampled_ms", sa.BigInteger()),
        _text("detail"),
        _key("live", "night_id", "slot"),
        _foreign("live", "night_id", "night"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "heartbeat",
        _ref("night_id"),
        sa.Column("wall_utc", sa.DateTime(), nullable=False),
        sa.Column("lab_ms", sa.BigInteger(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        _key("heartbeat", "night_id"),
        _foreign("heartbeat", "night_id", "night"),
    )


# Evidence by its key. INSERT OR REPLACE fires no DELETE trigger (unless the connection asks for it), so inserting
# over a row is refused too.
_EVIDENCE = {
    "source": ("id",),
    "night": ("id",),
    "run": ("id",),
    "axis": ("run_id", "position"),
    "axis_value": ("run_id", "position", "idx"),
    "criterion": ("id",),
    "run_criterion": ("run_id", "position"),
    "quantity": ("id",),
    "attempt": ("id",),
    "measurement": (),  # a complete attempt takes none any more, and before that none is committed
    "event": ("id",),
}

# What may still be filled in, once, when the thing ends; everything else never changes.
_ENDS = {
    "night": "id, name, station, station_source_id, began_utc, virtual_time, deadline_ms, operator, controller, "
    "version, seed",
    "run": "id, night_id, slot, serial_number, plan, plan_source_id, product, product_source_id, began_ms, "
    "first_attempt_id",
    "attempt": "id, run_id, point, number, began_ms",
}


def _evidence_triggers() -> list[str]:
    triggers = []
    for table, key in _EVIDENCE.items():
        triggers.append(refusing(f"{table}_stays", "DELETE", table, f"a {table} row is never deleted"))
        if key:
            same = " AND ".join(f"{column} = NEW.{column}" for column in key)
            taken = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - constants of this file
            triggers.append(
                refusing(f"{table}_is_not_replaced", "INSERT", table, f"this {table} row exists already", taken)
            )
        triggers += _ending_triggers(table) if table in _ENDS else [_final_trigger(table)]
    return [*triggers, *_closed_triggers()]


def _final_trigger(table: str) -> str:
    return refusing(f"{table}_is_final", "UPDATE", table, f"a {table} row is never changed")


def _ending_triggers(table: str) -> list[str]:
    start = f"the start of a {table} is not changed"
    end = f"this {table} has ended and is not changed any more"
    return [
        refusing(f"{table}_began", f"UPDATE OF {_ENDS[table]}", table, start),
        refusing(f"{table}_ended", "UPDATE", table, end, "OLD.ended_ms IS NOT NULL"),
    ]


def _closed_triggers() -> list[str]:
    """Nothing is added to what has ended."""
    parents = {"run": "night", "attempt": "run", "measurement": "attempt"}
    parents |= {"axis": "run", "axis_value": "run", "run_criterion": "run"}
    return [
        refusing(
            f"{table}_in_open_{parent}",
            "INSERT",
            table,
            f"this {parent} has ended and nothing is added to it any more",
            f"(SELECT ended_ms FROM {parent} WHERE id = NEW.{parent}_id) IS NOT NULL",  # noqa: S608 - as above
        )
        for table, parent in parents.items()
    ]
