"""Evidence as rows and files: a short text lies in its row, anything else in `evidence/` beside the journal.

A file is named by the SHA-256 of its content, is on the disk before the row that speaks of it is committed, and is
never written again; so two captures of one content share a file, and a night that dies in between leaves at most a
file that nothing speaks of.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, select

from bringup.errors import JournalError
from bringup.records import MOST_INLINE_BYTES, Evidence, KeptEvidence

from . import schema
from .texts import storable
from .times import to_ms, to_s

FOLDER = "evidence"
_SUFFIX = re.compile(r"\.\w{1,12}", re.ASCII)


class Belongs(NamedTuple):
    """Whose evidence it is; `run_id` and `attempt_id` where it is not the night's or the slot's own."""

    night_id: int
    slot: str
    run_id: int | None = None
    attempt_id: int | None = None


def stored(journal: Path, one: Evidence) -> dict[str, object]:
    """Where an evidence's content lies, as its row says; a file is written here, before any transaction.

    Raises:
        JournalError: the file cannot be written.
    """
    text = storable(one.content) if isinstance(one.content, str) else None
    content = one.content if isinstance(one.content, bytes) else (text or "").encode()
    inline = text is not None and len(content) <= MOST_INLINE_BYTES
    digest = sha256(content).hexdigest()
    path = None if inline else keep_file(journal, content, _suffix(one.media_type))
    what = {"kind": storable(one.kind), "at_ms": to_ms(one.at_s), "media_type": storable(one.media_type)}
    return {**what, "text": text if inline else None, "path": path, "sha256": digest, "size": len(content)}


def add_evidence(connection: Connection, belongs: Belongs, rows: Sequence[dict[str, object]]) -> None:
    """Insert what `stored` gave, in order."""
    whose = {**belongs._asdict(), "slot": storable(belongs.slot)}
    if rows:
        values = [{**whose, "position": position, **row} for position, row in enumerate(rows)]
        connection.execute(insert(schema.evidence), values)


def keep_file(journal: Path, content: bytes, suffix: str = ".bin") -> str:
    """Write a content into the journal's evidence folder; return its path, relative to the journal's folder.

    Args:
        journal: beside which the folder lies.
        content: the file.
        suffix: of its name, for people who look into the folder; an odd one becomes ".bin".

    Raises:
        JournalError: the disk refuses it.
    """
    folder = journal.parent / FOLDER
    target = folder / (sha256(content).hexdigest() + (suffix if _SUFFIX.fullmatch(suffix) else ".bin"))
    try:
        folder.mkdir(exist_ok=True)
        if not target.exists():
            _write_whole(target, content)
    except OSError as problem:
        if target.exists():  # another process has just kept the same content
            return f"{FOLDER}/{target.name}"
        raise JournalError(
            f"evidence cannot be written to {target}: {problem}; make room there, or let it be written"
        ) from problem
    return f"{FOLDER}/{target.name}"


def _write_whole(target: Path, content: bytes) -> None:
    """All of it, on the disk, or nothing under this name."""
    with NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            part.close()
            Path(part.name).chmod(0o444)  # a slip guarded against, as the journal's triggers do
            Path(part.name).replace(target)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    if os.name == "posix":  # else the name may be lost in a power cut, though the bytes are there
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def evidence_where(connection: Connection, condition: ColumnElement[bool]) -> tuple[KeptEvidence, ...]:
    """The evidence that meets a condition, in the order in which it was kept."""
    query = select(schema.evidence).where(condition).order_by(schema.evidence.c.id)
    kept = []
    for row in connection.execute(query).mappings():
        fields = {key: value for key, value in row.items() if key not in ("at_ms", "path")}
        kept.append(KeptEvidence(**fields, at_s=to_s(row["at_ms"]), path=row["path"] or ""))
    return tuple(kept)


def content_of(journal: Path, kept: KeptEvidence) -> bytes:
    """The bytes of an evidence, proved by their digest.

    Raises:
        JournalError: its file is not there, or is not what was kept.
    """
    if kept.text is not None:
        return kept.text.encode()
    path = journal.parent / kept.path
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise JournalError(f"evidence {kept.id} cannot be read: {problem}; keep {FOLDER}/ beside the journal") from None
    if sha256(content).hexdigest() != kept.sha256:
        raise JournalError(f"evidence {kept.id}: {path} is not what was kept (SHA-256 differs); find an older copy")
    return content


def _suffix(media_type: str) -> str:
    """A file's ending by its media type, which is what programs go by."""
    known = {"text/plain": ".txt", "application/x-hdf5": ".h5", "application/octet-stream": ".bin"}
    last = re.sub(r"\W", "", media_type.rpartition("/")[2].partition(";")[0].rpartition("+")[2])
    return known.get(media_type, f".{last[:12]}" if last else ".bin")
