"""All that is SQLite's own: connections, pragmas, the write transaction, what its errors mean, backups.

Another database would bring a module of the same shape; no other file of the store names a dialect.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from types import TracebackType

from sqlalchemy import Connection, NullPool, create_engine, exc

from bringup.errors import JournalError

from .sqlite_errors import explained
from .texts import to_json


class Durability(StrEnum):
    """What a commit survives.

    FULL: `kill -9` and a power cut; one fsync per commit. NORMAL: `kill -9`; a power cut may take the last
    commits with it (never their consistency), for about a quarter of the cost.
    """

    FULL = "full"
    NORMAL = "normal"


APPLICATION_ID = 0x62726E67
"""In the file's header, bytes 68 to 71: "brng"."""


def connect_writer(path: Path, busy_timeout_s: float) -> Connection:
    """A connection that may write; creates an empty file where there is none.

    Raises:
        JournalError: the file cannot be opened.
    """
    return _connected(path, "rwc", busy_timeout_s)


def connect_reader(path: Path, busy_timeout_s: float) -> Connection:
    """A connection that cannot write.

    A journal in WAL mode needs its `-shm` file beside it even for reading. Where that cannot be made (an archive
    on a read-only share) and no `-wal` holds unmerged commits, the file cannot change and is read as it is.

    Raises:
        JournalError: the file is missing or cannot be opened.
    """
    if not path.is_file():
        raise JournalError(f"there is no journal {path}; `bringup run` or `bringup night` makes one, or name another")
    wal = path.with_name(path.name + "-wal")
    unmerged = wal.exists() and wal.stat().st_size > 0
    effective = os.access in os.supports_effective_ids
    if not unmerged and not os.access(path.parent, os.W_OK, effective_ids=effective):
        return _connected(path, "ro&immutable=1", busy_timeout_s)
    return _connected(path, "ro", busy_timeout_s)


def _connected(path: Path, mode: str, busy_timeout_s: float) -> Connection:
    def connect() -> sqlite3.Connection:
        # Autocommit: BEGIN and COMMIT are ours alone. The threads of all slots share it under WriteTransaction's lock.
        raw = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        # REPLACE fires the triggers that keep evidence only with recursive_triggers.
        for pragma in ("foreign_keys = ON", "recursive_triggers = ON"):
            raw.execute(f"PRAGMA {pragma}")
        return raw

    engine = create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=NullPool,
        json_serializer=to_json,
        skip_autocommit_rollback=False,
    )
    with journal_errors(path):
        return engine.connect()


def make_durable(connection: Connection, durability: Durability) -> None:
    """Turn on the write-ahead log (it stays with the file) and set what a commit survives."""
    # Heeded only while the file is empty. A point dirties two pages, and each goes whole into the log and through
    # its checksum: with 1024 bytes a synced point was measured to cost a sixth less than with the usual 4096.
    connection.exec_driver_sql("PRAGMA page_size = 1024")
    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    # On macOS a plain fsync leaves the data in the drive's cache; elsewhere this changes nothing.
    connection.exec_driver_sql("PRAGMA fullfsync = ON")
    connection.exec_driver_sql(f"PRAGMA synchronous = {durability.name}")
    connection.rollback()


@contextmanager
def schema_change(connection: Connection, path: Path) -> Iterator[None]:
    """A write transaction in which tables may be rebuilt; its foreign keys are checked once, before it commits.

    Raises:
        JournalError: the file cannot be written, is locked, or the change broke a reference.
    """
    # Inside a transaction the pragmas would do nothing. A rebuilt table is dropped and its copy renamed: without the
    # legacy rename, that trips over every view and trigger that speaks of it.
    for pragma in ("foreign_keys = OFF", "legacy_alter_table = ON"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    try:
        with WriteTransaction(connection, path):
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken:
                raise JournalError(
                    f"journal {path}: a migration broke a reference of table {broken[0]}; nothing was changed"
                )
    finally:
        for pragma in ("foreign_keys = ON", "legacy_alter_table = OFF"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.rollback()


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """Inside, every query sees the database as at the first one."""
    connection.exec_driver_sql("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection under SQLAlchemy's."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError(f"expected a sqlite3 connection, not {type(raw).__name__}")
    return raw


def application_id(connection: Connection) -> int:
    """Which program says that it made this file; 0 if none does."""
    return int(connection.exec_driver_sql("PRAGMA application_id").scalar_one())


def prove_writable(connection: Connection) -> None:
    """Write something that changes nothing: only a real write tells a read-only file or a full disk at once."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def data_version(connection: Connection) -> int:
    """A number that changes whenever another connection has committed."""
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())


def back_up(path: Path, revision: str) -> Path:
    """Copy what is committed in a journal beside it, also what is still in its write-ahead log only.

    Raises:
        JournalError: the copy cannot be written.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.stem}.schema-{revision}.{stamp}{path.suffix}")
    # A connection of its own: from one that is in a write transaction, `backup` would wait for ever.
    with (
        journal_errors(copy),
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


@contextmanager
def journal_errors(path: Path) -> Iterator[None]:
    """Inside, what the database raises becomes a JournalError that says what to do."""
    try:
        yield
    except (exc.DBAPIError, sqlite3.Error) as error:
        raise_explained(error, path)
        raise


def raise_explained(error: BaseException, path: Path) -> None:
    """Raise a JournalError in place of a database's error; return where `error` is something else."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        raise JournalError(explained(cause, path)) from cause


class WriteTransaction:
    """One transaction at a time on one connection, for all threads: `with` gives the driver's cursor.

    It commits on a clean exit and rolls back on any exception. The write lock is taken at once (BEGIN IMMEDIATE),
    so that a second process waits here, where waiting is harmless, and not half-way through. The wait is wall
    time inside SQLite; between threads of a virtual clock there is none, because one runs at a time.

    Args:
        connection: from `connect_writer`; Core statements on it take part in the open transaction.
        path: for messages.
    """

    def __init__(self, connection: Connection, path: Path) -> None:
        self.connection = connection
        self._path = path
        self._raw = driver_of(connection)
        self._cursor = self._raw.cursor()
        self._lock = Lock()

    def __enter__(self) -> sqlite3.Cursor:
        self._lock.acquire()
        try:
            self._begin()
        except BaseException:
            self._lock.release()
            raise
        return self._cursor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._finish(error)
        finally:
            self._lock.release()

    @contextmanager
    def unsynced(self, durability: Durability) -> Iterator[sqlite3.Cursor]:
        """A transaction whose commit waits for no fsync, for what is no evidence; then `durability` again.

        It weakens no other: the log is written in order, and the next synced commit syncs all of it.
        """
        with self._lock:
            self._execute("PRAGMA synchronous = NORMAL")
            try:
                self._begin()
                try:
                    yield self._cursor
                except BaseException as error:
                    self._finish(error)
                    raise
                self._finish(None)
            finally:
                self._execute(f"PRAGMA synchronous = {durability.name}")

    def close(self) -> None:
        """Merge the write-ahead log into the file and close the connection.

        SQLite would merge by itself only if no reader were left; a person who then copies the one file would
        leave the night's end behind.
        """
        with self._lock:
            with suppress(sqlite3.Error):  # a reader in mid-query keeps it from merging; nothing is lost by that
                self._raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.connection.close()

    def _begin(self) -> None:
        try:
            if self._raw.in_transaction:  # an interrupt struck between BEGIN and the body
                self._raw.rollback()
            self._cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise JournalError(explained(error, self._path)) from error

    def _finish(self, error: BaseException | None) -> None:
        if error is not None:
            self._roll_back()
            raise_explained(error, self._path)
            return
        try:
            self._execute("COMMIT")
        except JournalError:
            self._roll_back()
            raise
        if self.connection.in_transaction():  # SQLAlchemy's own idea of it, after Core statements
            self.connection.commit()

    def _execute(self, sql: str) -> None:
        try:
            self._cursor.execute(sql)
        except sqlite3.Error as error:
            raise JournalError(explained(error, self._path)) from error

    def _roll_back(self) -> None:
        # The first error is the one to tell; a full disk has rolled back already, and then this does nothing.
        with suppress(sqlite3.Error, exc.DBAPIError):
            self._raw.rollback()
            if self.connection.in_transaction():
                self.connection.rollback()
