"""What our drivers and our wires cost beside other people's, over real loopback sockets and in process.

PyMeasure and PyVISA-sim are not among our dependencies. `BRINGUP_PEERS` names a Python that has them
(`python -m venv peers && peers/bin/pip install pymeasure pyvisa-py pyvisa-sim`); without it PyMeasure's property is
played by what it sends, a PyVISA-py write and then a query, and the row against PyVISA-sim is left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pyvisa
from pyvisa.resources import MessageBasedResource

from bringup.files.lab_folder import shipped_folder
from bringup.files.station import load_station
from bringup.hardware import HardwareLab
from bringup.hooks import Connection
from bringup_drivers.keysight_n8700 import KeysightN8700
from bringup_drivers.replies import as_number
from bringup_drivers.scpi_session import ScpiSession
from bringup_instruments.lab import open_lab
from pyvisa_bringup import BringupVisaLibrary
from tests.benchmarks.rounds import Measured, interleaved
from tests.benchmarks.table import Bound, Row
from tests.benchmarks.wire_server import HOST, wire_server

PEERS = "BRINGUP_PEERS"
PEER_SCRIPT = Path(__file__).with_name("wire_peer.py")
MOST_TIMES_BARE = 1.3
MOST_TIMES_PEER = 0.01
MOST_TIMES_SIM = 1.0
QUERIES = 300
SLOW_QUERIES = 5  # of 44 ms each
SIM_QUERIES = 2000
STATION = shipped_folder() / "stations" / "simulated.toml"


def rows(rounds: int) -> Iterator[Row]:
    """Microseconds per query, or per set and query."""
    with ExitStack() as stack:
        ports = stack.enter_context(wire_server())
        hislip = _hislip_cases(stack, f"TCPIP::{HOST}::hislip0,{ports['hislip']}::INSTR")
        taken = interleaved(hislip | _socket_cases(stack, ports), rounds)
    bare = Bound(most=MOST_TIMES_BARE, of_ratio=True)
    yield Row("HiSLIP, our driver's volts()", "µs", taken["volts"], taken["bare"], "bare PyVISA-py query", bare)
    peer = f"{_peer_name()}, set then get"
    bound = Bound(most=MOST_TIMES_PEER, of_ratio=True)
    yield Row("SOCKET, our driver's set and read", "µs", taken["plain ours"], taken["plain peer"], peer, bound)
    yield Row(
        "· on our served socket, which acknowledges at once", "µs", taken["socket ours"], taken["socket peer"], peer
    )
    yield from _sim_rows(rounds)


def _hislip_cases(stack: ExitStack, address: str) -> dict[str, Measured]:
    driver = KeysightN8700(_connection(address))
    stack.callback(driver.close)
    driver.volts()
    bare = _bare(stack, address)
    return {"volts": partial(_each, driver.volts), "bare": partial(_each, lambda: bare.query("MEAS:VOLT?"))}


def _socket_cases(stack: ExitStack, ports: dict[str, int]) -> dict[str, Measured]:
    cases: dict[str, Measured] = {}
    for wire in ("plain", "socket"):
        address = f"TCPIP::{HOST}::{ports[wire]}::SOCKET"
        session = ScpiSession(_connection(address))
        stack.callback(session.close)
        ours = partial(session.set_and_read, "VOLT 5", "VOLT?", partial(as_number, low=0.0, high=66.0))
        ours()
        cases[f"{wire} ours"] = partial(_each, ours)
        cases[f"{wire} peer"] = _peer(stack, address)
    return cases


def _peer(stack: ExitStack, address: str) -> Measured:
    if PEERS in os.environ:
        return stack.enter_context(_foreign("pymeasure", address, str(SLOW_QUERIES)))
    bare = _bare(stack, address)

    def once() -> None:
        bare.write("VOLT 5")
        bare.query("VOLT?")

    return partial(_each, once, SLOW_QUERIES)


def _peer_name() -> str:
    return "PyMeasure" if PEERS in os.environ else "PyVISA-py, as PyMeasure uses it"


def _sim_rows(rounds: int) -> Iterator[Row]:
    if PEERS not in os.environ:
        print(f"not measured: a query beside PyVISA-sim's; {PEERS} names no Python that has it", file=sys.stderr)
        return
    lab = open_lab(STATION)
    try:
        name = next(name for name in lab.visa if "supply" in name)
        supply = pyvisa.ResourceManager(BringupVisaLibrary(lab=lab)).open_resource(name)
        assert isinstance(supply, MessageBasedResource)
        with _foreign("sim", str(SIM_QUERIES)) as theirs:
            ours = partial(_each, lambda: supply.query("VOLT?"), SIM_QUERIES)
            cases: dict[str, Measured] = {"ours": ours, "sim": theirs}
            taken = interleaved(cases, rounds)
    finally:
        lab.close()
    bound = Bound(most=MOST_TIMES_SIM, of_ratio=True)
    yield Row("in process, N8757A VOLT?", "µs", taken["ours"], taken["sim"], "PyVISA-sim ?IDN", bound)


def _connection(address: str) -> Connection:
    lab = HardwareLab(load_station(shipped_folder() / "stations" / "simulated.toml"))
    return Connection("psu", "Keysight N8757A", address, lab, timeout_s=2.0)


def _bare(stack: ExitStack, address: str) -> MessageBasedResource:
    resource = pyvisa.ResourceManager("@py").open_resource(address)
    assert isinstance(resource, MessageBasedResource)
    stack.callback(resource.close)
    resource.write_termination = "\n"
    if address.endswith("SOCKET"):
        resource.read_termination = "\n"
    resource.query("*IDN?")
    return resource


def _each(once: Callable[[], object], count: int = QUERIES) -> float:
    return timeit.timeit(once, number=count) / count * 1e6


@contextmanager
def _foreign(*arguments: str) -> Iterator[Measured]:
    """A case that runs in the peers' Python."""
    command = [os.environ[PEERS], str(PEER_SCRIPT), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answers = process.stdin, process.stdout
        if answers.readline() != "ready\n":
            raise RuntimeError(f"{' '.join(command)} did not start; has this Python pymeasure, pyvisa-py, pyvisa-sim?")

        def measured() -> float:
            asked.write("\n")
            asked.flush()
            return float(answers.readline())

        try:
            yield measured
        finally:
            asked.close()
            process.wait(10)
