"""A console's clients, above all on its two TCP wires.

Bytes as they are (`socket://` in pyserial, netcat), and RFC 2217 (`rfc2217://` in pyserial, telnet).
Neighbours: `console_desk.py` is the console, `tcp_wire.py` a connection, `rfc2217.py` the option.
"""

from __future__ import annotations

import asyncio

from .console_desk import ConsoleDesk
from .rfc2217 import Rfc2217Line
from .sliced_input import SlicedInput
from .tcp_wire import TcpWire
from .wire import Wire, WireUser

MOST_CLIENTS = 16  # of one console and wire (estimate)


class ConsoleServer:
    """Both; each has its factory for `loop.create_server`.

    Args:
        desk: the console's.
        signature: what the port server says of itself.
    """

    def __init__(self, desk: ConsoleDesk, signature: str) -> None:
        self._desk = desk
        self._signature = signature

    def raw_factory(self) -> asyncio.Protocol:
        """A protocol for an accepted connection, bytes as they are."""
        return TcpWire(self.line, self._desk.loop)

    def rfc2217_factory(self) -> asyncio.Protocol:
        """A protocol for an accepted connection, RFC 2217."""
        return TcpWire(self._rfc2217_line, self._desk.loop)

    def line(self, wire: Wire) -> WireUser:
        """A client on any wire that carries bytes as they are."""
        return SlicedInput(self._desk.line(wire), wire, self._desk.loop)

    def _rfc2217_line(self, wire: Wire) -> WireUser:
        return SlicedInput(Rfc2217Line(wire, self._desk, self._signature), wire, self._desk.loop)
