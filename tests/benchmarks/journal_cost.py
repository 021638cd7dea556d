"""What a durable point costs: the journal beside a bare sqlite3 loop, in interleaved rounds of one run.

    python -m tests.benchmarks.journal_cost [--points 2000] [--rounds 5]

Ratios of one run can be compared; absolute times move with the machine and its disk.
"""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from bringup.store import Durability
from tests.benchmarks.common import Loop, bare_point_loop, bytes_per_measurement, interleaved, journal_point_loop

# Add a row here: its loop is compared with the bare one of the same durability.
LOOPS: dict[str, Loop] = {"bare sqlite3": bare_point_loop, "Journal.complete": journal_point_loop}
MOST_BYTES_PER_MEASUREMENT = 32


def measure(points: int, rounds: int) -> Table:
    """Run everything; a table of microseconds per point, ratios and bytes per measurement."""
    cases = {f"{name}|{kind.name}": (loop, kind) for kind in Durability for name, loop in LOOPS.items()}
    micros = interleaved(cases, points, rounds)
    sizes = {name: bytes_per_measurement(loop, 10_000) for name, loop in LOOPS.items()}
    table = Table(title=f"a point of five measurements, one commit each ({points} points, median of {rounds} rounds)")
    for column in ("loop", "durability", "µs per point", "ratio", "bytes per measurement"):
        table.add_column(column, justify="left" if column in ("loop", "durability") else "right")
    for case, value in micros.items():
        name, kind = case.split("|")
        bare = micros[f"bare sqlite3|{kind}"]
        table.add_row(name, kind, f"{value:.0f}", f"{value / bare:.2f}", f"{sizes[name]:.1f}")
    return table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    Console().print(measure(asked.points, asked.rounds))


if __name__ == "__main__":
    main()
