"""The statements of the hot path: built with SQLAlchemy, compiled once, run on the driver's own cursor.

SQLAlchemy's execution costs more per point than SQLite's own work does with NORMAL durability.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Dialect, Insert, Table, Update, bindparam, insert, update

from .schema import attempt, heartbeat, live, measurement
from .times import UtcDateTime

MOST_ROWS = 100
"""In one insert; old SQLite libraries take at most 999 values in one statement."""


class HotStatements:
    """SQL texts that take their values by position, in the order that each comment gives."""

    def __init__(self, dialect: Dialect) -> None:
        # run_id, point, number, began_ms
        self.begin_attempt = _insert(attempt, ("run_id", "point", "number", "began_ms"), dialect)
        # ended_ms, verdict, cause, attempt id, run id
        ending = update(attempt).where(attempt.c.id == bindparam("at_id"), attempt.c.run_id == bindparam("at_run"))
        self.end_attempt = _update(ending, ("ended_ms", "verdict", "cause"), ("at_id", "at_run"), dialect)
        self._measure_one = _insert(measurement, tuple(measurement.c.keys()), dialect)
        self._measure: dict[int, str] = {}
        # to replace: what is shown, then night id and slot; to insert: in the table's order, the key first
        shown = tuple(live.c.keys())[2:]
        there = update(live).where(live.c.night_id == bindparam("at_night"), live.c.slot == bindparam("at_slot"))
        self.replace_live = _update(there, shown, ("at_night", "at_slot"), dialect)
        self.insert_live = _insert(live, tuple(live.c.keys()), dialect)
        # to replace: wall_utc, lab_ms, pid, then night id; to insert: night id first
        beat = update(heartbeat).where(heartbeat.c.night_id == bindparam("at_night"))
        self.replace_heartbeat = _update(beat, ("wall_utc", "lab_ms", "pid"), ("at_night",), dialect)
        self.insert_heartbeat = _insert(heartbeat, tuple(heartbeat.c.keys()), dialect)
        self.utc = _utc_converter(dialect)

    def measure(self, rows: int) -> str:
        """To insert `rows` measurements at once, each in the table's order: a third quicker than one by one."""
        found = self._measure.get(rows)
        if found is None:
            head, paren, places = self._measure_one.rpartition("(")
            found = self._measure[rows] = head + ", ".join([paren + places] * rows)
        return found


def _insert(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    return _positional(insert(table).inline(), columns, columns, dialect)


def _update(statement: Update, columns: tuple[str, ...], keys: tuple[str, ...], dialect: Dialect) -> str:
    return _positional(statement, columns, (*columns, *keys), dialect)


def _positional(statement: Insert | Update, columns: tuple[str, ...], order: tuple[str, ...], dialect: Dialect) -> str:
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    if tuple(compiled.positiontup or ()) != order:
        raise RuntimeError(f"compiled to the order {compiled.positiontup}, not {order}")
    return str(compiled)


def _utc_converter(dialect: Dialect) -> Callable[[datetime], object]:
    convert = UtcDateTime().bind_processor(dialect)
    return convert if convert is not None else lambda value: value
