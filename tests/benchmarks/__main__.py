"""Everything that has a bound on its speed or size, measured beside what it is compared with, in one table.

    python -m tests.benchmarks [--quick]

Judge by the ratios: they are taken within one run, while absolute times move with the machine, its disk and
whatever else it does. The exit code says whether every bound was met.
"""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from tests.benchmarks import night_cost, point_cost, query_cost, served_latency, sim_speed, start_cost, wire_cost
from tests.benchmarks.table import table_of


def main() -> int:
    """Measure, print the table; 0 if every bound was met, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a look, no verdict")
    quick = parser.parse_args().quick
    rows = [
        *point_cost.rows(points=500 if quick else 5000, rounds=3 if quick else 7),
        *query_cost.rows(rounds=5 if quick else 25),
        *wire_cost.rows(rounds=3 if quick else 15),
        *served_latency.rows(rounds=2 if quick else 9),
        *sim_speed.rows(rounds=1 if quick else 3),
        *start_cost.rows(rounds=3 if quick else 15),
        *night_cost.rows(nights=1 if quick else 3),
    ]
    Console(width=None if sys.stdout.isatty() else 140).print(table_of(rows))
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
