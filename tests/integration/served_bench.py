"""A bench on real loopback ports for tests: one event loop in a thread, a supply and an echo, each on every wire."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pyvisa
from pyvisa.resources import MessageBasedResource

from bringup.wall_clock import WallClock
from bringup_instruments.models.supply_n8700 import SupplyN8700
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.scpi import Block, ScpiDevice, ScpiError, Text, block, command, integer, query, quoted
from bringup_instruments.serving.desk import Desk
from bringup_instruments.serving.hislip import HislipServer
from bringup_instruments.serving.vxi11 import Vxi11Server

T = TypeVar("T")

TICK_S = 0.005


class Echo(ScpiDevice):
    """Says what it was told, at once or later."""

    said = ""
    kept = b""
    triggers = 0

    @command("SAY", Text(longest=100_000))
    def say(self, text: str) -> None:
        self.said = text

    @query("SAY?")
    def repeat(self) -> str:
        return quoted(self.said)

    @query("WAIT?", integer(0, 100_000))
    def wait(self, milliseconds: int) -> Any:
        yield milliseconds / 1000
        return "waited"

    @query("LONG?", integer(1, 1 << 24))
    def long(self, count: int) -> str:
        return block(bytes(range(1, 10)) * (int(count) // 9 + 1))

    @command("KEEP", Block(longest=1 << 24))
    def keep(self, data: bytes) -> None:
        self.kept = data

    @query("KEEP?")
    def keep_count(self) -> str:
        return str(len(self.kept))

    @query("TRIG?")
    def trigger_count(self) -> str:
        return str(self.triggers)

    @command("FAIL")
    def fail(self) -> None:
        raise ScpiError(-200)

    def on_trigger(self) -> None:
        self.triggers += 1


class ServedBench:
    """The bench. `call` runs something in the loop; what went wrong in the loop is in `trouble`."""

    def __init__(self) -> None:
        self.clock = WallClock()
        load = SledPhysics("SL-1", SledParameters(), CoolantLoop()).load
        self.supply = SupplyN8700(self.clock, load, "US1")
        self.echo = Echo(self.clock, "Maker,Echo,1,0")
        self.trouble: list[dict[str, Any]] = []
        self.desks: dict[str, Desk] = {}
        self.ports: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="served bench")
        self._loop.set_exception_handler(lambda loop, context: self.trouble.append(context))
        self._thread.start()
        self._servers = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    async def _open(self) -> list[tuple[asyncio.AbstractServer, Any]]:
        opened: list[tuple[asyncio.AbstractServer, Any]] = []
        for name, device in (("supply", self.supply), ("echo", self.echo)):
            desk = self.desks[name] = Desk(device, self._loop, lambda lab_s: lab_s)
            for wire, server in (("hislip", HislipServer(desk)), ("vxi11", Vxi11Server(desk))):
                listener = await self._loop.create_server(server.protocol_factory, "127.0.0.1", 0)
                self.ports[f"{name} {wire}"] = listener.sockets[0].getsockname()[1]
                opened.append((listener, server))
        self._tick()
        return opened

    def _tick(self) -> None:
        for desk in self.desks.values():
            desk.tick()
        self._loop.call_later(TICK_S, self._tick)

    def call(self, function: Callable[[], T]) -> T:
        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def address(self, name: str, wire: str) -> str:
        port = self.ports[f"{name} {wire}"]
        if wire == "hislip":
            return f"TCPIP::127.0.0.1::hislip0,{port}::INSTR"
        return f"TCPIP::127.0.0.1,{port}::inst0::INSTR"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut(self) -> None:
        for listener, server in self._servers:
            listener.close()
            server.close()
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def served_bench() -> Iterator[ServedBench]:
    """A bench; fails if anything went wrong in its loop."""
    bench = ServedBench()
    try:
        yield bench
    finally:
        bench.close()
    assert bench.trouble == []


@contextlib.contextmanager
def manager_of_py() -> Iterator[pyvisa.ResourceManager]:
    manager = pyvisa.ResourceManager("@py")
    try:
        yield manager
    finally:
        manager.close()


def open_(manager: pyvisa.ResourceManager, address: str, **attributes: Any) -> MessageBasedResource:
    resource = manager.open_resource(address, **{"timeout": 2000, "write_termination": "\n", **attributes})
    assert isinstance(resource, MessageBasedResource)
    return resource


def connect(port: int) -> socket.socket:
    """A bare connection."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def receive(connection: socket.socket, count: int) -> bytes:
    """Exactly so many bytes, or fewer if it was closed."""
    data = b""
    while len(data) < count:
        try:
            more = connection.recv(count - len(data))
        except ConnectionResetError:
            break
        if not more:
            break
        data += more
    return data


def reset(connection: socket.socket) -> None:
    """Close it as a crashed client does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
