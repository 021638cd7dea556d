"""What a durable point costs: the runner, and the journal alone, beside a bare sqlite3 loop of the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bringup.store import Durability
from tests.benchmarks.point_loops import NAMES, Loop, bare_loop, journal_loop
from tests.benchmarks.rounds import interleaved
from tests.benchmarks.runner_loop import runner_loop, sled_loop
from tests.benchmarks.table import Bound, Row

MOST_TIMES_BARE = {Durability.FULL: 1.5, Durability.NORMAL: 4.0}
MOST_BYTES = 32.0
SIZED_POINTS = 10_000


def rows(points: int, rounds: int) -> Iterator[Row]:
    """Microseconds per point of five measurements, then bytes per measurement."""
    for durability in Durability:
        yield from _cost_rows(durability, points, rounds)
    mine, bare = (_bytes_per_measurement(loop) for loop in (runner_loop, bare_loop))
    yield Row("on disk, per measurement", "B", (mine,), (bare,), "bare sqlite3", Bound(most=MOST_BYTES))


def _cost_rows(durability: Durability, points: int, rounds: int) -> Iterator[Row]:
    loops: dict[str, Loop] = {"bare": bare_loop, "journal": journal_loop, "runner": runner_loop, "sled": sled_loop}
    with TemporaryDirectory() as folder:
        paths = (Path(folder) / f"{number}.db" for number in count())
        cases = {name: partial(_per_point, loop, paths, points, durability) for name, loop in loops.items()}
        taken = interleaved(cases, rounds)
    bound = Bound(most=MOST_TIMES_BARE[durability], of_ratio=True)
    yield Row(f"a point, the runner, {durability.name}", "µs", taken["runner"], taken["bare"], "bare sqlite3", bound)
    yield Row("· with a sled's witnesses and samples", "µs", taken["sled"], taken["bare"], "bare sqlite3")
    yield Row("· its journal alone", "µs", taken["journal"], taken["bare"], "bare sqlite3")


def _per_point(loop: Loop, paths: Iterator[Path], points: int, durability: Durability) -> float:
    return loop(next(paths), points, durability) / points * 1e6


def _bytes_per_measurement(loop: Loop) -> float:
    """Everything that a loop left behind, once its file is closed and its log merged."""
    with TemporaryDirectory() as folder:
        loop(Path(folder) / "size.db", SIZED_POINTS, Durability.NORMAL)
        return sum(file.stat().st_size for file in Path(folder).iterdir()) / (SIZED_POINTS * len(NAMES))
