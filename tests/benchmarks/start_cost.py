"""How quickly the command line answers: `bringup --help` beside the import of Typer alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial

from tests.benchmarks.process import bringup_command, timed
from tests.benchmarks.rounds import interleaved
from tests.benchmarks.table import Bound, Row

MOST_TIMES_TYPER = 2.0


def rows(rounds: int) -> Iterator[Row]:
    """Milliseconds per process."""
    cases = {
        "help": partial(_milliseconds, [*bringup_command(), "--help"]),
        "typer": partial(_milliseconds, [sys.executable, "-c", "import typer"]),
    }
    interleaved(cases, 1)  # the first of each reads its files from disk
    taken = interleaved(cases, rounds)
    bound = Bound(most=MOST_TIMES_TYPER, of_ratio=True)
    yield Row("bringup --help, whole process", "ms", taken["help"], taken["typer"], "python -c 'import typer'", bound)


def _milliseconds(command: Sequence[str]) -> float:
    return timed(command)[0] * 1e3
