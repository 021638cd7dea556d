"""One instrument on all of its wires: opens their ports and lines, and says what to paste.

Ports are bound at once and in a fixed order; clients are served when the whole lab is there. Neighbours:
`served_lab.py` asks for one instrument after the other, the wires' own modules do the talking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bringup.wall_clock import WallClock

from . import addresses, http_server, raw_socket, serial_tcp
from .addresses import ServedInstrument, WireKind
from .console_desk import ConsoleDesk
from .desk import Desk
from .hislip import HislipServer
from .http_server import HttpServer
from .listener import MOST_CONNECTIONS
from .ports import Ports
from .pty_wire import HAS_PTYS, PtyWire
from .raw_socket import RawSocketServer
from .serial_tcp import ConsoleServer
from .vxi11 import Vxi11Server
from .wire import UserOf

SIGNATURE = "bringup simulated serial line"

Factory = Callable[[], asyncio.Protocol]


class InstrumentWires:
    """Puts instruments on wires.

    Args:
        ports: where their TCP ports come from.
        host: that clients are told.
        clock: the lab's.
        loop: the event loop that everything runs in.

    Attributes:
        begins: what serves each port, to be awaited once every port is there.
        ticks: to be called now and then, so that devices do what they do by themselves.
        lines: the serial lines.
    """

    def __init__(self, ports: Ports, host: str, clock: WallClock, loop: asyncio.AbstractEventLoop) -> None:
        self.begins: list[Callable[[], Awaitable[None]]] = []
        self.ticks: list[Callable[[], None]] = []
        self.lines: list[PtyWire] = []
        self._ports = ports
        self._host = host
        self._clock = clock
        self._loop = loop
        self._cuttable: list[Callable[[bool], None]] = []  # of the instrument at hand

    def visa(self, served: ServedInstrument, device: Any) -> None:
        """A message-based instrument: HiSLIP, raw socket, VXI-11 and a serial line."""
        desk = Desk(device, self._loop, self._clock.wall_seconds)
        self.ticks.append(desk.tick)
        sockets = RawSocketServer(desk, self._loop)
        port = self._port(served, WireKind.HISLIP, HislipServer(desk, self._loop).protocol_factory)
        served.wires[WireKind.HISLIP] = addresses.hislip(self._host, port)
        port = self._port(served, WireKind.SOCKET, sockets.protocol_factory, raw_socket.MOST_CLIENTS)
        served.wires[WireKind.SOCKET] = addresses.raw_socket(self._host, port)
        port = self._port(served, WireKind.VXI11, Vxi11Server(desk, self._loop).protocol_factory)
        served.wires[WireKind.VXI11] = addresses.vxi11(self._host, port)
        if HAS_PTYS:
            served.wires[WireKind.PTY] = addresses.serial_line(self._line(sockets.link))
        self._watch_link(device)

    def serial(self, served: ServedInstrument, device: Any) -> None:
        """A console: a serial line, its bytes over TCP, and a serial port server."""
        desk = ConsoleDesk(device, self._clock, self._loop, self._clock.wall_seconds)
        self.ticks.append(desk.tick)
        server = ConsoleServer(desk, f"{SIGNATURE}, {served.role}")
        if HAS_PTYS:
            served.wires[WireKind.PTY] = self._line(server.line)
        port = self._port(served, WireKind.RAW_TCP, server.raw_factory, serial_tcp.MOST_CLIENTS)
        served.wires[WireKind.RAW_TCP] = f"socket://{self._host}:{port}"
        port = self._port(served, WireKind.RFC2217, server.rfc2217_factory, serial_tcp.MOST_CLIENTS)
        served.wires[WireKind.RFC2217] = f"rfc2217://{self._host}:{port}"
        self._watch_link(device)

    def http(self, served: ServedInstrument, device: Any) -> None:
        """A device that answers HTTP."""
        server = HttpServer(device, self._loop, self._clock.wall_seconds)
        port = self._port(served, WireKind.HTTP, server.protocol_factory, http_server.MOST_CLIENTS)
        served.wires[WireKind.HTTP] = f"http://{self._host}:{port}"
        self._watch_link(device)

    def _port(self, served: ServedInstrument, kind: WireKind, factory: Factory, most: int = MOST_CONNECTIONS) -> int:
        listener = self._ports.open(f"{served.role} ({kind.value})")
        self.begins.append(lambda: listener.serve(factory, most))
        self._cuttable.append(listener.cut)
        return listener.port

    def _line(self, user_of: UserOf) -> str:
        line = PtyWire(user_of, self._loop)
        self.lines.append(line)
        self.ticks.append(line.tick)
        self._cuttable.append(line.cut)
        return line.path

    def _watch_link(self, device: Any) -> None:
        """Cut all wires that were opened since the last call whenever the device's link is cut, and mend them."""
        ends, self._cuttable = self._cuttable, []
        cuts, was_cut = 0, False

        def look() -> None:
            nonlocal cuts, was_cut
            now_cuts, is_cut = device.schedule.cuts(self._clock.now())
            if (now_cuts, is_cut) == (cuts, was_cut):
                return
            for cut in ends:
                cut(True)  # of a cut so short that it is over already, too
                cut(is_cut)
            cuts, was_cut = now_cuts, is_cut

        self.ticks.append(device.happen)
        self.ticks.append(look)
