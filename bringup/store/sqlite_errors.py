"""What SQLite's error codes mean to the person who has to do something about them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

# By primary result code, https://www.sqlite.org/rescode.html
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full. All that was completed before is safe; free space on it and start again",
    sqlite3.SQLITE_IOERR: "the drive failed to read or write (full, over quota, or failing). "
    "All that was completed before is safe; check the drive and its free space, then start again",
    sqlite3.SQLITE_BUSY: "another program keeps it locked. Close what has it open for writing "
    "(a database browser, a second night), then start again",
    sqlite3.SQLITE_LOCKED: "another connection keeps it locked; close what has it open for writing, then start again",
    sqlite3.SQLITE_READONLY: "it cannot be written: the file or its folder is read-only for this user. "
    "Change its permissions, or name another journal",
    sqlite3.SQLITE_PERM: "this user may not use it. Change its permissions, or name another journal",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: this user may not read it, or may not make files in its folder. "
    "Change the permissions, or name another journal",
    sqlite3.SQLITE_NOTADB: "this file is not a database. Name another journal, or move the file away",
    sqlite3.SQLITE_CORRUPT: "the database is damaged. Keep the file as it is, rescue what it holds with "
    "`sqlite3 FILE .recover`, and name another journal for the next night",
}


def explained(error: BaseException, path: Path) -> str:
    """One sentence or two for a person: which file, what is wrong, what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if code is None:
        # The driver's own refusals carry no code; the one that can be met is a journal that was closed already.
        return f"journal {path}: {error}"
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return f"journal {path}: refused, and nothing of it was written: {error}"
    advice = _ADVICE.get(primary)
    return f"journal {path}: {advice or error} ({name})"
