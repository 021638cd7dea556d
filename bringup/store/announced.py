"""What is kept once for many rows: source texts, criteria, quantities. Looked for before it is inserted."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, and_, insert, select

from bringup.errors import JournalError
from bringup.limits import Limit
from bringup.records import Source

from .schema import criterion, quantity, run_criterion, source
from .texts import storable


def source_id(connection: Connection, file: Source) -> int:
    """The row of a source text; one text is kept once, under the path that it was first read from."""
    row = {"sha256": file.digest, "kind": file.kind, "path": file.path, "text": file.text}
    return _found_or_added(connection, source, row, source.c.sha256 == file.digest)


def announce(connection: Connection, run_id: int, limits: Mapping[str, Limit]) -> dict[str, int]:
    """Keep what a run announces, in its order; return the criterion by name."""
    ids = {name: _criterion_id(connection, name, limit) for name, limit in limits.items()}
    rows = [{"run_id": run_id, "position": place, "criterion_id": key} for place, key in enumerate(ids.values())]
    if rows:
        connection.execute(insert(run_criterion), rows)
    return ids


def quantity_id(connection: Connection, criteria: Mapping[str, int], name: str, place: str) -> int:
    """The row of a measurement's name at a place of the sled.

    Raises:
        JournalError: the run did not announce the name.
    """
    if name not in criteria:
        raise JournalError(f"{name!r} was measured but not announced when the run began; nothing of it was written")
    row = {"criterion_id": criteria[name], "place": place}
    there = and_(quantity.c.criterion_id == criteria[name], quantity.c.place == place)
    return _found_or_added(connection, quantity, row, there)


def _criterion_id(connection: Connection, name: str, limit: Limit) -> int:
    row = {
        "name": name,
        "unit": limit.unit,
        "low": limit.low,
        "high": limit.high,
        "marginal": limit.marginal,
        "limit_source": limit.source,
        "limit_version": limit.version,
        "requirement": limit.requirement,
    }
    same = (criterion.c[column].is_not_distinct_from(value) for column, value in row.items())
    return _found_or_added(connection, criterion, row, and_(*same))


def _found_or_added(connection: Connection, table: Table, row: Mapping[str, object], same: ColumnElement[bool]) -> int:
    found = connection.execute(select(table.c.id).where(same)).scalar()
    return int(found) if found is not None else added(connection, table, row)


def added(connection: Connection, table: Table, row: Mapping[str, object]) -> int:
    """Insert one row and return its id."""
    values = {name: storable(value) if isinstance(value, str) else value for name, value in row.items()}
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    if key is None:
        raise JournalError(f"the database gave a new {table.name} no id")
    return int(key[0])
