"""How long a query takes on a served lab of 64 instruments with powered sleds, in a process of its own.

One client has a raw socket to each of them and asks one after the other, as a controller's monitor does; beside it,
the same with a lab of one slot. The bound is on the slowest query in a hundred.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any

from bringup.files.lab_folder import shipped_folder
from tests.benchmarks.rounds import interleaved
from tests.benchmarks.table import Bound, Row

SLOTS = 16
METERS = 3  # of a slot; with its supply 64 message-based instruments, and two consoles of each slot besides
MOST_MILLISECONDS = 5.0
SWEEPS = 20

STATION = """[station]
name = "many"
lab = "simulated"
[instruments.cdu]
model = "Redfish coolant unit"
address = "http://cdu"
"""
INSTRUMENT = '[instruments.{role}]\nmodel = "{model}"\naddress = "{address}"\n'
SLOT = """[slots.S{n}]
sled = "LS-A-{n:04d}"
product = "liquid-sled"
supply = "supply{n}"
controller = "bmc{n}"
host = "host{n}"
multimeter = "meter{n}a"
coolant = "cdu"
"""


def rows(rounds: int) -> Iterator[Row]:
    """Milliseconds per query."""
    with _served(SLOTS) as many, _served(1) as one:
        cases = {"many": partial(_slowest_of_a_hundred, many), "one": partial(_slowest_of_a_hundred, one)}
        interleaved(cases, 1)  # every message is compiled once
        taken = interleaved(cases, rounds)
    bound = Bound(most=MOST_MILLISECONDS)
    what = f"served query, 99th percentile of {SLOTS * (METERS + 1)} instruments"
    yield Row(what, "ms", taken["many"], taken["one"], f"of {METERS + 1}", bound)


def _slowest_of_a_hundred(clients: list[socket.socket]) -> float:
    """The 99th percentile, in milliseconds."""
    taken_s = []
    for _ in range(SWEEPS * SLOTS * (METERS + 1) // len(clients)):
        for client in clients:
            began_s = time.perf_counter()
            _ask(client, b"SYST:ERR?\n")
            taken_s.append(time.perf_counter() - began_s)
    return sorted(taken_s)[len(taken_s) * 99 // 100] * 1e3


@contextmanager
def _served(slots: int) -> Iterator[list[socket.socket]]:
    """A lab in a process, its sleds powered, and a connection to each of its message-based instruments."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as clients:
        copytree(shipped_folder() / "products", Path(folder) / "products")
        station = Path(folder) / "stations" / "many.toml"
        station.parent.mkdir()
        station.write_text(_station(slots), encoding="utf-8")
        command = [sys.executable, "-m", "bringup", "sim", "serve", str(station), "--json", "--ports-from", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
            try:
                assert process.stdout is not None
                told = json.loads(process.stdout.readline())
                yield [clients.enter_context(client) for client in _connected(told)]
            finally:
                clients.close()
                process.terminate()


def _connected(told: dict[str, Any]) -> Iterator[socket.socket]:
    for role, instrument in told["instruments"].items():
        if "socket" in instrument["wires"]:
            port = int(instrument["wires"]["socket"].split("::")[2])
            client = socket.create_connection(("127.0.0.1", port), timeout=10)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if role.startswith("supply"):
                _ask(client, b"CURR 80;:VOLT 54;:OUTP ON;*OPC?\n")
            yield client


def _ask(client: socket.socket, query: bytes) -> None:
    client.sendall(query)
    while not client.recv(4096).endswith(b"\n"):
        pass


def _station(slots: int) -> str:
    text = STATION
    for n in range(1, slots + 1):
        visa = {f"supply{n}": "Keysight N8757A", **{f"meter{n}{m}": "Keysight 34465A" for m in "abc"[:METERS]}}
        serial = {f"bmc{n}": "bringup sled BMC console", f"host{n}": "bringup sled host console"}
        for role, model in visa.items():
            text += INSTRUMENT.format(role=role, model=model, address=f"TCPIP::{role}::hislip0::INSTR")
        for role, model in serial.items():
            text += INSTRUMENT.format(role=role, model=model, address=f"serial:{role}")
        text += SLOT.format(n=n)
    return text
