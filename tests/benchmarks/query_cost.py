"""What an in-process PyVISA query costs, beside PyVISA over a backend that does nothing.

    python -m tests.benchmarks.query_cost [--queries 2000] [--rounds 40]

Rounds are interleaved and the best of each is taken: what other processes do to the machine is not our cost. The
instruments are those of the shipped simulated station, with its sleds' physics behind them.
"""

from __future__ import annotations

import argparse
import timeit
from collections.abc import Callable
from pathlib import Path

import pyvisa
from pyvisa import constants
from pyvisa.highlevel import VisaLibraryBase
from pyvisa.resources import MessageBasedResource
from pyvisa.typing import VISASession
from rich.console import Console
from rich.table import Table

from bringup_instruments.lab import open_lab
from pyvisa_bringup import BringupVisaLibrary

STATION = Path(__file__).parents[2] / "test_plans" / "stations" / "simulated.toml"
MOST_MICROSECONDS = 10.0


class BareLibrary(BringupVisaLibrary):
    """Opens the same resources, but answers without an instrument: PyVISA's own share of the cost."""

    ignore_warning = VisaLibraryBase.ignore_warning

    def write(self, session: VISASession, data: bytes) -> tuple[int, constants.StatusCode]:
        """Take anything."""
        return len(data), constants.StatusCode.success

    def read(self, session: VISASession, count: int) -> tuple[bytes, constants.StatusCode]:
        """Always the same."""
        return b"54.0000\n", constants.StatusCode.success


def measure(queries: int, rounds: int) -> Table:
    """Run everything; a table of microseconds per query."""
    lab = open_lab(STATION)
    name = next(name for name in lab.visa if "supply" in name)
    supply = _open(BringupVisaLibrary(lab=lab), name)
    supply.write("VOLT 54;CURR 80;OUTP ON")
    lab.clock.sleep(10.0)
    bare = _open(BareLibrary(lab=lab), name)
    cases: dict[str, Callable[[], object]] = {
        "PyVISA over a bare backend": lambda: bare.query("MEAS:VOLT?"),
        "N8757A *TST?": lambda: supply.query("*TST?"),
        "N8757A MEAS:VOLT?, sled powered": lambda: supply.query("MEAS:VOLT?"),
        "N8757A VOLT 54;VOLT?": lambda: supply.query("VOLT 54;VOLT?"),
    }
    best = dict.fromkeys(cases, float("inf"))
    for _ in range(rounds):
        for case, query in cases.items():
            best[case] = min(best[case], timeit.timeit(query, number=queries) / queries * 1e6)
    table = Table(title=f"in-process PyVISA query (best of {rounds} rounds of {queries})")
    table.add_column("query")
    table.add_column("µs", justify="right")
    for case, microseconds in best.items():
        table.add_row(case, f"{microseconds:.2f}")
    lab.close()
    return table


def _open(library: VisaLibraryBase, name: str) -> MessageBasedResource:
    resource = pyvisa.ResourceManager(library).open_resource(name)
    assert isinstance(resource, MessageBasedResource)
    return resource


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=40)
    asked = parser.parse_args()
    Console().print(measure(asked.queries, asked.rounds))


if __name__ == "__main__":
    main()
