"""One night on one bench: a lock that dies with its process.

The lock is the operating system's, on a file named after the bench, in the machine's temporary folder; so it cannot be
left behind by a crash, and two accounts on one controller see the same one. A real bench is named by its station file.
A simulated one lives inside its process: what two nights of it can collide on is the journal, which names it too.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import BenchInUse
from ..files.station import Station
from .person import person


@contextmanager
def bench_lock(station: Station, database: Path) -> Iterator[None]:
    """Hold the station's bench for the block.

    Args:
        station: whose bench.
        database: the journal that the night will be written to.

    Raises:
        BenchInUse: another process holds it; the message says which.
    """
    path = _lock_path(station, database)
    holder = path.with_suffix(".holder")
    lock = FileLock(path, mode=0o666)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BenchInUse(
            f"bench {station.name!r} ({station.path}) is in use by {_told(holder)}; "
            "wait for it to end, or stop it with Ctrl-C in its terminal"
        ) from None
    except OSError as problem:
        raise BenchInUse(
            f"bench {station.name!r} ({station.path}) cannot be locked: {problem}. Another account's lock may be in "
            f"the way: make sure that nobody uses the bench, then delete {path}"
        ) from problem
    try:
        # Who holds it is told for convenience: a file that another account left behind must not cost the night.
        with suppress(OSError):
            holder.write_text(f"process {os.getpid()} of {person()}", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _lock_path(station: Station, database: Path) -> Path:
    name = f"{station.path} {database.resolve()}" if station.is_simulated else str(station.path)
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bringup-bench-{digest}.lock"


def _told(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"
