"""What an in-process PyVISA query costs, beside PyVISA over a backend that does nothing.

The instrument is one of the shipped simulated station, with its sled's physics behind it.
"""

from __future__ import annotations

import timeit
from collections.abc import Iterator
from functools import partial

import pyvisa
from pyvisa import constants
from pyvisa.highlevel import VisaLibraryBase
from pyvisa.resources import MessageBasedResource
from pyvisa.typing import VISASession

from bringup.files.lab_folder import shipped_folder
from bringup_instruments.lab import open_lab
from pyvisa_bringup import BringupVisaLibrary
from tests.benchmarks.rounds import interleaved
from tests.benchmarks.table import Bound, Row

STATION = shipped_folder() / "stations" / "simulated.toml"
MOST_MICROSECONDS = 10.0
QUERIES = 2000
BARE = "PyVISA alone"


class BareLibrary(BringupVisaLibrary):
    """Opens the same resources, but answers without an instrument: PyVISA's own share of the cost."""

    ignore_warning = VisaLibraryBase.ignore_warning

    def write(self, session: VISASession, data: bytes) -> tuple[int, constants.StatusCode]:
        """Take anything."""
        return len(data), constants.StatusCode.success

    def read(self, session: VISASession, count: int) -> tuple[bytes, constants.StatusCode]:
        """Always the same."""
        return b"54.0000\n", constants.StatusCode.success


def rows(rounds: int) -> Iterator[Row]:
    """Microseconds per query."""
    lab = open_lab(STATION)
    try:
        name = next(name for name in lab.visa if "supply" in name)
        supply = _open(BringupVisaLibrary(lab=lab), name)
        supply.write("VOLT 54;CURR 80;OUTP ON")
        lab.clock.sleep(10.0)
        cases = {
            BARE: partial(_per_query, _open(BareLibrary(lab=lab), name), "MEAS:VOLT?"),
            "*TST?": partial(_per_query, supply, "*TST?"),
            "MEAS:VOLT?": partial(_per_query, supply, "MEAS:VOLT?"),
        }
        taken = interleaved(cases, rounds)
    finally:
        lab.close()
    bound = Bound(most=MOST_MICROSECONDS)
    yield Row("PyVISA query, N8757A *TST?", "µs", taken["*TST?"], taken[BARE], BARE, bound)
    yield Row("PyVISA query, N8757A MEAS:VOLT?", "µs", taken["MEAS:VOLT?"], taken[BARE], BARE, bound)


def _per_query(resource: MessageBasedResource, query: str) -> float:
    return timeit.timeit(lambda: resource.query(query), number=QUERIES) / QUERIES * 1e6


def _open(library: VisaLibraryBase, name: str) -> MessageBasedResource:
    resource = pyvisa.ResourceManager(library).open_resource(name)
    assert isinstance(resource, MessageBasedResource)
    return resource
