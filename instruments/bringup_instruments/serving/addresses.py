"""What to paste where, for every instrument and wire of a served lab, and which wire a station file should use.

Neighbours: `served_lab.py` fills it in, `announcement.py` prints it, `station_writer.py` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class WireKind(Enum):
    """The wires; the value is how a person reads it."""

    HISLIP = "HiSLIP"
    SOCKET = "SOCKET"
    VXI11 = "VXI-11"
    PTY = "pty"
    RAW_TCP = "raw TCP"
    RFC2217 = "RFC 2217"
    HTTP = "HTTP"


@dataclass(slots=True)
class ServedInstrument:
    """One instrument.

    Attributes:
        role: its name in the station file.
        model: likewise.
        original: its address there.
        wires: address by wire, in the order in which they are told.
    """

    role: str
    model: str
    original: str
    wires: dict[WireKind, str] = field(default_factory=dict)

    @property
    def preferred(self) -> str:
        """The address for a station file: on the kind of wire that the original is on, where it is served."""
        return next(self.wires[kind] for kind in _preferences(self.original) if kind in self.wires)


def _preferences(original: str) -> list[WireKind]:
    """Kinds of wire, best first; every instrument has one of the last."""
    upper = original.upper()
    first: list[WireKind] = []
    if upper.startswith("ASRL"):
        first = [WireKind.PTY]
    elif upper.startswith("RFC2217:"):
        first = [WireKind.RFC2217]
    elif upper.startswith("SOCKET:"):
        first = [WireKind.RAW_TCP]
    elif upper.endswith("::SOCKET"):
        first = [WireKind.SOCKET]
    return [*first, WireKind.HISLIP, WireKind.HTTP, WireKind.PTY, WireKind.RAW_TCP]


def hislip(host: str, port: int) -> str:
    """HiSLIP in VISA."""
    return f"TCPIP::{host}::hislip0,{port}::INSTR"


def raw_socket(host: str, port: int) -> str:
    """A raw socket in VISA."""
    return f"TCPIP::{host}::{port}::SOCKET"


def vxi11(host: str, port: int) -> str:
    """VXI-11 without a portmapper, as PyVISA-py takes it."""
    return f"TCPIP::{host},{port}::inst0::INSTR"


def serial_line(path: str) -> str:
    """A serial line in VISA."""
    return f"ASRL{path}::INSTR"
