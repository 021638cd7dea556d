"""Opening a journal: every way in which a file can be wrong is told here, before anything is energized."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from bringup.errors import JournalError

from . import schema, sqlite
from .journal import Journal
from .reader import Reader
from .sqlite import Durability
from .versions import MIGRATIONS, migrate, refuse_newer, revision_of

BUSY_TIMEOUT_S = 10.0
"""Wall seconds to wait for another process's write; a commit takes well under 40 ms on a slow disk."""


def open_journal(
    database: str | Path,
    durability: Durability = Durability.FULL,
    *,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    migrations: Path = MIGRATIONS,
    head: str = schema.HEAD,
) -> Journal:
    """Open a journal for writing; make it if there is none, migrate it if its schema is older.

    Args:
        database: a file, or a `sqlite:///` URL of one. Its folder must exist.
        durability: what a commit survives.
        busy_timeout_s: wall seconds to wait for another process that writes.
        migrations: the folder of revisions, for their tests.
        head: the revision to bring the file to, for the same tests.

    Returns:
        The journal; `Journal.notices` says what was done to the file, if anything.

    Raises:
        JournalError: the file is not a journal, is newer than this bringup, cannot be written, or is locked. The
            message says what to do.
    """
    path = _path(database)
    _check_place(path)
    connection = sqlite.connect_writer(path, busy_timeout_s)
    try:
        notice = _prepare(connection, path, durability, migrations, head)
    except BaseException:
        connection.close()
        raise
    return Journal(connection, path, durability, notices=(notice,) if notice else ())


def open_reader(database: str | Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Reader:
    """Open a journal for reading, also while a night writes it; nothing in it can be changed this way.

    Raises:
        JournalError: there is no such file, it is no journal, or its schema is not this bringup's.
    """
    path = _path(database)
    connection = sqlite.connect_reader(path, busy_timeout_s)
    try:
        with sqlite.journal_errors(path):
            _check_readable(connection, path)
    except BaseException:
        connection.close()
        raise
    return Reader(connection, path)


def _path(database: str | Path) -> Path:
    if isinstance(database, str) and "://" in database:
        kind, _, rest = database.partition("://")
        if kind != "sqlite" or not rest.startswith("/") or len(rest) == 1:
            raise JournalError(f"journal {database}: only files and sqlite:///FILE can be used so far")
        database = rest[1:]
    return Path(database)


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise JournalError(f"journal {path}: this is a folder; name a file in it, such as {path / 'journal.db'}")
    if not path.parent.is_dir():
        raise JournalError(f"journal {path}: there is no folder {path.parent}; make it, or name another journal")


def _prepare(connection: Connection, path: Path, durability: Durability, migrations: Path, head: str) -> str | None:
    with sqlite.journal_errors(path):
        # Before the first write, so that another program's file or a newer journal is left as it was.
        found = revision_of(connection, path)
        if found != head:
            refuse_newer(connection, path, found, migrations)
        connection.rollback()
        sqlite.make_durable(connection, durability)
        return _migrated(connection, path, migrations, head)


def _migrated(connection: Connection, path: Path, migrations: Path, head: str) -> str | None:
    # Rebuilding a table, as migrations on SQLite do, must not cascade; the keys are checked before the commit.
    # Taking the write lock makes two first openings take turns.
    with sqlite.schema_change(connection, path):
        notice = migrate(connection, path, head, migrations)
        sqlite.prove_writable(connection)
        return notice


def _check_readable(connection: Connection, path: Path) -> None:
    found = revision_of(connection, path)
    if found is None:
        raise JournalError(f"journal {path}: it is empty; nothing was journaled yet")
    if found != schema.HEAD:
        refuse_newer(connection, path, found)
        raise JournalError(
            f"journal {path}: its schema {found} is older than {schema.HEAD}; `bringup run` or `bringup night` "
            "on it migrates it (and keeps a copy)"
        )
    connection.rollback()
