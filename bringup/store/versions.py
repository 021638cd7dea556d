"""The schema's version: which one a file has, and the way to ours (Alembic)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.exc import DatabaseError, NoResultFound

from bringup._version import __version__
from bringup.errors import JournalError

from . import schema
from .sqlite import APPLICATION_ID, application_id, back_up

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")


def revision_of(connection: Connection, path: Path) -> str | None:
    """The revision of the schema in a file, or None if it holds nothing at all.

    Raises:
        JournalError: it is another program's database.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if application_id(connection) != APPLICATION_ID or "alembic_version" not in tables:
        raise JournalError(
            f"journal {path}: this is another program's database (its tables: {', '.join(tables[:5])}). "
            "Name another journal"
        )
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def migrate(connection: Connection, path: Path, head: str, migrations: Path = MIGRATIONS) -> str | None:
    """Bring the schema to `head`, within the transaction that is open on `connection`.

    An older journal is copied beside itself first.

    Returns:
        What was done, for a person; None if there was nothing to do or the journal is new.

    Raises:
        JournalError: the schema is newer than this program, or the copy cannot be written.
    """
    found = revision_of(connection, path)
    if found == head:
        return None
    refuse_newer(connection, path, found, migrations)
    copy = None if found is None else back_up(path, found)
    _upgrade(connection, migrations)
    now = datetime.now(UTC)
    change = {"revision": head, "bringup_version": __version__, "applied_utc": now}
    connection.execute(insert(schema.schema_change).values(change))
    if copy is None:
        return None
    return f"journal {path} was migrated from schema {found} to {head}; the old one was kept as {copy}"


def refuse_newer(connection: Connection, path: Path, found: str | None, migrations: Path = MIGRATIONS) -> None:
    """Raise JournalError if `found` is no revision that this version of bringup knows."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - a quarter of a second that most openings do not need

    known = {script.revision for script in ScriptDirectory.from_config(_config(migrations)).walk_revisions()}
    if found is None or found in known:
        return
    raise JournalError(
        f"journal {path}: it was written by {_writer_of(connection)}, whose schema {found} this bringup {__version__} "
        "does not know. Update bringup, or name another journal; the file was not touched"
    )


def _writer_of(connection: Connection) -> str:
    # A newer schema may have dropped the table; then the message is only a little poorer.
    try:
        query = text("SELECT bringup_version FROM schema_change ORDER BY id DESC LIMIT 1")
        return f"bringup {connection.execute(query).scalar_one()}"
    except (DatabaseError, NoResultFound):
        return "a newer bringup"


def _upgrade(connection: Connection, migrations: Path) -> None:
    from alembic import command  # noqa: PLC0415 - see refuse_newer

    config = _config(migrations)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(migrations: Path) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see refuse_newer

    config = Config()
    # The setting is a template in which % is special; a folder's name may hold one.
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config
