"""The loops that journal points: the bare one that sets the bar, and the journal alone.

Every loop journals the same rows, five measurements per point and one commit per point, to a new file, and returns
the wall seconds of the loop alone. `runner_loop` is the third of the kind.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bringup.limits import between
from bringup.measure import Measurement
from bringup.records import AttemptEnd, AttemptStart, AxisStart, NightStart, RunStart, Source
from bringup.store import Durability, Journal, open_journal
from bringup.verdicts import Verdict

Loop = Callable[[Path, int, Durability], float]

NAMES = ("errors", "volts", "watts", "celsius", "hertz")
LIMITS = {name: between(0.0, 3000.0, source="benchmark") for name in NAMES}

_BARE_SCHEMA = """
CREATE TABLE attempt (id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, point INTEGER NOT NULL,
  number INTEGER NOT NULL, began_ms INTEGER NOT NULL, ended_ms INTEGER, verdict INTEGER, cause TEXT NOT NULL);
CREATE TABLE measurement (attempt_id INTEGER NOT NULL, quantity_id INTEGER NOT NULL, position INTEGER NOT NULL,
  value REAL NOT NULL, verdict INTEGER NOT NULL, PRIMARY KEY (attempt_id, quantity_id)) WITHOUT ROWID;
"""


def values_of(points: int) -> list[tuple[float, ...]]:
    """Five numbers per point that do not compress into integers, the same for every loop."""
    chance = random.Random(2)
    return [tuple(chance.uniform(0.5, 2000.0) for _ in NAMES) for _ in range(points)]


def bare_loop(path: Path, points: int, durability: Durability) -> float:
    """The least that keeps the same rows: sqlite3, prepared statements, no keys to check, no start of an attempt."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {durability.name}")
    database.executescript(_BARE_SCHEMA)
    cursor = database.cursor()
    numbers = values_of(points)
    began = time.perf_counter()
    for point, values in enumerate(numbers):
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO attempt VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (1, point, 1, point * 10, point * 10 + 9, 1, "")
        )
        attempt = cursor.lastrowid
        rows = [(attempt, place + 1, place, value, 1) for place, value in enumerate(values)]
        cursor.executemany("INSERT INTO measurement VALUES (?, ?, ?, ?, ?)", rows)
        cursor.execute("COMMIT")
    seconds = time.perf_counter() - began
    database.close()
    return seconds


def journal_loop(path: Path, points: int, durability: Durability) -> float:
    """The journal as the runner calls it: an attempt's end and the next one's start in one `complete`."""
    ends = _ends(points)
    file = Source("plan", "plan.py", "# a plan")
    axes = (AxisStart("core_clock", "Hz", tuple(1e9 + i for i in range(points))),)
    with open_journal(path, durability) as journal:
        run = journal.begin_run(
            begin_night(journal, file), RunStart("S1", "SN1", "plan", file, "product", file, axes, LIMITS, 0.0)
        )
        began = time.perf_counter()
        attempt: int | None = journal.begin_attempt(run, AttemptStart(0, 1, 0.0))
        for point, end in enumerate(ends):
            assert attempt is not None
            then = AttemptStart(point + 1, 1, (point + 1) / 100) if point + 1 < points else None
            attempt = journal.complete(run, attempt, end, then)
        return time.perf_counter() - began


def begin_night(journal: Journal, station: Source) -> int:
    """A night for a loop's run."""
    start = NightStart(
        name="benchmark",
        station_name="benchmark",
        station=station,
        began_utc=datetime.now(UTC),
        virtual_time=True,
        deadline_s=None,
        operator="nobody",
        controller="here",
        version="0",
        seed=1,
    )
    return journal.begin_night(start)


def _ends(points: int) -> list[AttemptEnd]:
    # Made before the clock starts: they are the runner's own cost.
    return [
        AttemptEnd(
            point / 100 + 0.009,
            Verdict.PASS,
            "",
            tuple(Measurement(name, "", value, Verdict.PASS) for name, value in zip(NAMES, values, strict=True)),
        )
        for point, values in enumerate(values_of(points))
    ]
