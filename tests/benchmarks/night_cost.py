"""The night of `make run`: how much lab time a second of wall time brings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bringup.store import open_reader
from tests.benchmarks.process import bringup_command, timed
from tests.benchmarks.table import Bound, Row

NIGHT = ("night", "smoke", "vmin-map", "--until", "07:30", "--json")  # as the Makefile's `run`
LEAST_TIMES_REAL = 1000.0
MOST_SECONDS = 60.0
LEAST_SLEDS = 4


def rows(nights: int) -> Iterator[Row]:
    """Wall seconds of the whole process, and lab seconds per wall second."""
    held = [_held() for _ in range(nights)]
    walls, ratios = [wall_s for wall_s, _ in held], [lab_s / wall_s for wall_s, lab_s in held]
    hours = held[0][1] / 3600
    yield Row(
        f"the night of make run, {hours:.1f} h on {LEAST_SLEDS} sleds", "s", walls, bound=Bound(most=MOST_SECONDS)
    )
    yield Row("· lab time per wall time, whole process", "×", ratios, bound=Bound(least=LEAST_TIMES_REAL))


def _held() -> tuple[float, float]:
    """Wall and lab seconds of one night in a lab folder of its own, so that its bench is nobody else's."""
    with TemporaryDirectory() as folder:
        lab = Path(folder) / "lab"
        timed([*bringup_command(), "init", str(lab)])
        wall_s, printed = timed([*bringup_command(), *NIGHT], lab)
        facts = json.loads(printed)
        _check_sleds(facts["database"], facts["night"])
        return wall_s, facts["lab_seconds"]


def _check_sleds(database: str, night: int) -> None:
    with open_reader(database) as reader:
        sleds = {run.serial_number for run in reader.runs(night)}
    assert len(sleds) >= LEAST_SLEDS, f"the night ran on {sorted(sleds)} only"
