"""A served lab for tests: in a thread of the test's own process, or as the real command in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bringup.files.station import load_station
from bringup_instruments.serving.served_lab import ServedLab

T = TypeVar("T")

GUARD_S = 20.0


class LabThread:
    """A served lab whose loop runs in a thread; `trouble` is what went wrong in it."""

    def __init__(self, station: Path, **options: Any) -> None:
        self.served = ServedLab(load_station(station), **options)
        self.trouble: list[dict[str, Any]] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: self.trouble.append(context))
        self._thread = threading.Thread(target=self._loop.run_forever, name="served lab")
        self._thread.start()
        try:
            self._run(self.served.open)
        except BaseException:
            self._end()
            raise

    def wire(self, role: str, kind: str) -> str:
        """The address to paste."""
        wires = {known.name.lower(): text for known, text in self.served.instruments[role].wires.items()}
        return wires[kind]

    def port(self, role: str, kind: str) -> int:
        return port_of(self.wire(role, kind))

    def connect(self, role: str, kind: str) -> socket.socket:
        return connect(self.port(role, kind))

    def call(self, function: Callable[[], T]) -> T:
        """Run something in the lab's loop."""

        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(GUARD_S)

    def close(self) -> None:
        self.call(self.served.close)
        self._end()

    def _run(self, function: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(function(), self._loop).result(GUARD_S)

    def _end(self) -> None:
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), self._loop).result(GUARD_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextlib.contextmanager
def lab_thread(station: Path, **options: Any) -> Iterator[LabThread]:
    """A served lab in a thread; fails if anything went wrong in its loop."""
    lab = LabThread(station, **options)
    try:
        yield lab
    finally:
        lab.close()
    assert lab.trouble == []


@dataclass
class LabProcess:
    """`bringup sim serve` in a process; `told` is its line of JSON."""

    process: subprocess.Popen[str]
    told: dict[str, Any]

    def wire(self, role: str, kind: str) -> str:
        wires: dict[str, str] = self.told["instruments"][role]["wires"]
        return wires[kind]

    @property
    def station_file(self) -> Path:
        return Path(self.told["station_file"])

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = get(f"{self.told['control']}/state")
        return state

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[float, int]:
        """Send a signal; wall seconds until it has ended, and its exit code."""
        began_s = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(GUARD_S)
        return time.monotonic() - began_s, code


@contextlib.contextmanager
def lab_process(folder: Path, *arguments: str) -> Iterator[LabProcess]:
    """The command, up and serving."""
    command = [sys.executable, "-m", "bringup", "sim", "serve", "--json", "--ports-from", "0", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=folder, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield LabProcess(process, json.loads(line))
        finally:
            process.kill()


def port_of(address: str) -> int:
    """The port in any of the addresses."""
    if address.startswith("TCPIP") and "SOCKET" in address:
        return int(address.split("::")[2])
    found = re.search(r"[:,](\d+)(?:::|$)", address)
    assert found, address
    return int(found[1])


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def ask(connection: socket.socket, query: str) -> str:
    """Ask over a raw socket; the line that comes."""
    connection.sendall(query.encode("latin-1") + b"\n")
    return line_from(connection)


def line_from(connection: socket.socket) -> str:
    data = b""
    while not data.endswith(b"\n"):
        more = connection.recv(1 << 16)
        assert more, f"closed after {data!r}"
        data += more
    return data.decode("latin-1").rstrip("\n")


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


def eventually(condition: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether it holds within so much wall time."""
    until_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.01)
    return True
