"""The journal's tables: compact, because a night holds millions of numbers.

What is the same for every row is kept once: a point's knob values follow from its index by mixed radix
(`axis`, `axis_value`), and a measurement's name, unit and limit are one `criterion`, shared by every run that
judges by it. A `quantity` is a criterion at a place of the sled ("chip2"). Times named `…_ms` are whole lab
milliseconds since the night began; `night.began_utc` makes them UTC, which the views (`v_attempt`,
`v_measurement` …) do for people. Verdicts are the integers of `bringup.verdicts.Verdict`.

Views and the triggers that make evidence immutable exist only in the database: see `migrations/versions`. A
change here needs a new revision there and a new `HEAD`; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    func,
)

from .times import UtcDateTime

HEAD = "0002"
"""The revision that this version of bringup reads and writes."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# SQLite gives the rowid only to a column that is declared INTEGER, and that one holds 64 bits.
_ID = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", _ID, primary_key=True)


def _ending() -> tuple[Column[int], Column[int], Column[str]]:
    """How something ended; the first two are NULL until it has."""
    return (
        Column("ended_ms", BigInteger),
        Column("verdict", Integer),
        Column("cause", Text, nullable=False, server_default=""),
    )


def _ends_whole() -> CheckConstraint:
    return CheckConstraint("(ended_ms IS NULL) = (verdict IS NULL)", name="ends_whole")


schema_change = Table(
    "schema_change",
    metadata,
    _id(),
    Column("revision", String(32), nullable=False),
    Column("bringup_version", Text, nullable=False),
    Column("applied_utc", UtcDateTime, nullable=False),
)

source = Table(
    "source",
    metadata,
    _id(),
    Column("sha256", String(64), nullable=False),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("sha256"),
)

night = Table(
    "night",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("station_source_id", _ID, ForeignKey("source.id"), nullable=False),
    Column("began_utc", UtcDateTime, nullable=False),
    Column("virtual_time", Boolean, nullable=False),
    Column("deadline_ms", BigInteger),
    Column("operator", Text, nullable=False),
    Column("controller", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("seed", BigInteger),
    *_ending(),
    _ends_whole(),
)

run = Table(
    "run",
    metadata,
    _id(),
    Column("night_id", _ID, ForeignKey("night.id"), nullable=False, index=True),
    Column("slot", Text, nullable=False),
    Column("serial_number", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("plan_source_id", _ID, ForeignKey("source.id"), nullable=False),
    Column("product", Text, nullable=False),
    Column("product_source_id", _ID, ForeignKey("source.id"), nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("first_attempt_id", _ID, nullable=False),
    Column("last_attempt_id", _ID),
    *_ending(),
    Column("board_event_id", _ID, nullable=False, server_default="0"),
    _ends_whole(),
)

axis = Table(
    "axis",
    metadata,
    Column("run_id", _ID, ForeignKey("run.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("knob", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("stride", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("edge", Double),
    sqlite_with_rowid=False,
)

axis_value = Table(
    "axis_value",
    metadata,
    Column("run_id", _ID, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("value", Double, nullable=False),
    ForeignKeyConstraint(["run_id", "position"], ["axis.run_id", "axis.position"]),
    sqlite_with_rowid=False,
)

# No unique constraint: SQL holds two NULL limits for different. The writer looks before it inserts.
criterion = Table(
    "criterion",
    metadata,
    _id(),
    Column("name", Text, nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("low", Double),
    Column("high", Double),
    Column("marginal", Double, nullable=False),
    Column("limit_source", Text, nullable=False),
    Column("limit_version", Text, nullable=False, server_default=""),
    Column("requirement", Text, nullable=False, server_default=""),
)

run_criterion = Table(
    "run_criterion",
    metadata,
    Column("run_id", _ID, ForeignKey("run.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("criterion_id", _ID, ForeignKey("criterion.id"), nullable=False),
    sqlite_with_rowid=False,
)

quantity = Table(
    "quantity",
    metadata,
    _id(),
    Column("criterion_id", _ID, ForeignKey("criterion.id"), nullable=False),
    Column("place", Text, nullable=False),
    UniqueConstraint("criterion_id", "place"),
)

# No index: it would cost a third page in every commit and 3 bytes per measurement. Ids rise with time, so a run's
# attempts lie between its `first_attempt_id` and `last_attempt_id`, among those of the slots beside it.
attempt = Table(
    "attempt",
    metadata,
    _id(),
    Column("run_id", _ID, ForeignKey("run.id"), nullable=False),
    Column("point", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    *_ending(),
    _ends_whole(),
)

attempts_of_run = and_(
    attempt.c.run_id == run.c.id,
    attempt.c.id >= run.c.first_attempt_id,
    attempt.c.id <= func.coalesce(run.c.last_attempt_id, 2**63 - 1),
)
"""Joins runs to their attempts by way of the range of ids."""

measurement = Table(
    "measurement",
    metadata,
    Column("attempt_id", _ID, ForeignKey("attempt.id"), primary_key=True),
    Column("quantity_id", _ID, ForeignKey("quantity.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("value", Double, nullable=False),
    Column("verdict", Integer, nullable=False),
    sqlite_with_rowid=False,
)

event = Table(
    "event",
    metadata,
    _id(),
    Column("night_id", _ID, ForeignKey("night.id"), nullable=False, index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("slot", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("data", JSON, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    _id(),
    Column("night_id", _ID, ForeignKey("night.id"), nullable=False, index=True),
    Column("run_id", _ID, ForeignKey("run.id")),
    Column("attempt_id", _ID, ForeignKey("attempt.id")),
    Column("slot", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("text", Text),
    Column("path", Text),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    CheckConstraint("(text IS NULL) <> (path IS NULL)", name="inline_or_file"),
    CheckConstraint("attempt_id IS NULL OR run_id IS NOT NULL", name="attempt_in_run"),
)

board = Table(
    "board",
    metadata,
    Column("serial_number", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("first_seen_utc", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# One correction for one entry: so corrections form a chain, and whether an entry stands is whether its chain is even.
board_event = Table(
    "board_event",
    metadata,
    _id(),
    Column("serial_number", Text, ForeignKey("board.serial_number"), nullable=False, index=True),
    Column("utc", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("night_id", _ID, ForeignKey("night.id")),
    Column("run_id", _ID, ForeignKey("run.id")),
    Column("corrects_id", _ID, ForeignKey("board_event.id")),
    Column("data", JSON, nullable=False),
    UniqueConstraint("corrects_id"),
    CheckConstraint("(corrects_id IS NULL) = (kind <> 'correction')", name="corrects_one"),
    CheckConstraint("corrects_id < id", name="corrects_earlier"),
)

# The only two tables that are replaced in place: what a screen shows now, never evidence.
live = Table(
    "live",
    metadata,
    Column("night_id", _ID, ForeignKey("night.id"), primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("serial_number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("point", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("volts", Double),
    Column("hertz", Double),
    Column("celsius", Double),
    Column("watts", Double),
    Column("sampled_ms", BigInteger),
    Column("detail", Text, nullable=False),
    sqlite_with_rowid=False,
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("night_id", _ID, ForeignKey("night.id"), primary_key=True),
    Column("wall_utc", UtcDateTime, nullable=False),
    Column("lab_ms", BigInteger, nullable=False),
    Column("pid", Integer, nullable=False),
)
