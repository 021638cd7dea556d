"""What the benchmarks share: the bare loop that sets the bar, the journal's own, and fair rounds.

Every `…_loop(path, points, durability)` journals the same rows, five measurements per point and one commit per
point, to a new file, and returns the wall seconds of the loop alone.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bringup.limits import between
from bringup.measure import Measurement
from bringup.records import AttemptEnd, AttemptStart, AxisStart, NightStart, RunStart, Source
from bringup.store import Durability, Journal, OpenRun, open_journal
from bringup.verdicts import Verdict

Loop = Callable[[Path, int, Durability], float]

NAMES = ("gemm.errors", "vdd_core", "vin.power", "junction", "core_clock")

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


def bare_point_loop(path: Path, points: int, durability: Durability) -> float:
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


def journal_point_loop(path: Path, points: int, durability: Durability) -> float:
    """The journal as the runner calls it: an attempt's end and the next one's start in one `complete`."""
    with open_journal(path, durability) as journal:
        night_id, run = begin(journal, points)
        ends = _ends(points)
        began = time.perf_counter()
        attempt: int | None = journal.begin_attempt(run, AttemptStart(0, 1, 0.0))
        for point, end in enumerate(ends):
            assert attempt is not None
            then = AttemptStart(point + 1, 1, (point + 1) / 100) if point + 1 < points else None
            attempt = journal.complete(run, attempt, end, then)
        seconds = time.perf_counter() - began
        journal.end_run(run, points / 100, Verdict.PASS, "")
        journal.end_night(night_id, points / 100, Verdict.PASS, "")
    return seconds


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


def begin(journal: Journal, points: int) -> tuple[int, OpenRun]:
    """A night with one run of two axes that has at least `points` points."""
    file = Source("plan", "plan.py", "# a plan")
    night_id = journal.begin_night(
        NightStart("benchmark", "bench", file, datetime.now(UTC), True, None, "nobody", "bench", "0", 1)
    )
    rows = -(-points // 100)
    axes = (
        AxisStart("vdd_core", "V", tuple(0.6 + i / 1000 for i in range(rows))),
        AxisStart("core_clock", "Hz", tuple(1e9 + i * 1e6 for i in range(100))),
    )
    limits = {name: between(0.0, 1000.0, source="benchmark") for name in NAMES}
    run = journal.begin_run(night_id, RunStart("slot1", "SN1", "plan", file, "product", file, axes, limits, 0.0))
    return night_id, run


def interleaved(loops: Mapping[str, tuple[Loop, Durability]], points: int, rounds: int) -> dict[str, float]:
    """Median microseconds per point of every loop; each round runs all of them, so that drift meets all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    with TemporaryDirectory() as folder:
        for turn in range(rounds):
            for number, (name, (loop, durability)) in enumerate(loops.items()):
                path = Path(folder) / f"{turn}-{number}.db"
                seconds[name].append(loop(path, points, durability))
    return {name: statistics.median(taken) / points * 1e6 for name, taken in seconds.items()}


def bytes_per_measurement(loop: Loop, points: int) -> float:
    """Size on disk of everything that a loop left behind, for each of its measurements."""
    with TemporaryDirectory() as folder:
        loop(Path(folder) / "size.db", points, Durability.NORMAL)
        return sum(file.stat().st_size for file in Path(folder).iterdir()) / (points * len(NAMES))
