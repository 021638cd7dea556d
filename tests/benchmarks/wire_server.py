"""A simulated supply on loopback ports, in a process of its own, for the comparisons of `wire_cost.py`.

    python -m tests.benchmarks.wire_server

prints the ports as JSON and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bringup.wall_clock import WallClock
from bringup_instruments.models.supply_n8700 import SupplyN8700
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.serving.desk import Desk
from bringup_instruments.serving.hislip import HislipServer
from bringup_instruments.serving.listener import Listener
from bringup_instruments.serving.raw_socket import RawSocketServer

HOST = "127.0.0.1"


class PlainSocket(asyncio.Protocol):
    """The least that answers on a raw socket; it acknowledges when the system likes, as most servers do."""

    confirms = False

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._desk.join(self)

    def data_received(self, data: bytes) -> None:
        *messages, self._buffer = (self._buffer + data).split(b"\n")
        for message in messages:
            self._desk.submit(self, message + b"\n", True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._desk.leave(self)

    def answer(self, data: bytes, ended: bool) -> None:
        self._transport.write(data)

    def service_requested(self) -> None:
        """A raw socket has no place for it."""


@contextmanager
def wire_server() -> Iterator[dict[str, int]]:
    """The server's process; ports by wire: hislip and socket as we serve them, plain a raw socket of the least kind."""
    command = [sys.executable, "-m", "tests.benchmarks.wire_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    load = SledPhysics("SL-1", SledParameters(), CoolantLoop()).load
    supply = SupplyN8700(WallClock(), load, "US1")
    supply.write(b"VOLT 54;CURR 80;OUTP ON\n")
    desk = Desk(supply, loop, lambda lab_s: lab_s)
    hislip, raw = HislipServer(desk), RawSocketServer(desk, loop)
    factories = {
        "hislip": hislip.protocol_factory,
        "socket": raw.protocol_factory,
    }
    ports: dict[str, int] = {}
    for wire, factory in factories.items():
        listener = Listener(socket.create_server((HOST, 0)))
        await listener.serve(factory)
        ports[wire] = listener.port
    plain = await loop.create_server(lambda: PlainSocket(desk), HOST, 0)
    ports["plain"] = plain.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
