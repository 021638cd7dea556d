"""The bench on real wires: wall time, PyVISA-py, the machine's own serial ports and network."""

from __future__ import annotations

from .clock import Clock
from .files.station import Station
from .wall_clock import WallClock


class HardwareLab:
    """A station whose instruments are real.

    Args:
        station: its file.
    """

    def __init__(self, station: Station) -> None:
        self.station = station
        self.clock: Clock = WallClock()

    @property
    def visa_library(self) -> str:
        """PyVISA-py: pure Python, the same on every controller."""
        return "@py"

    def serial_url(self, address: str) -> str:
        """A serial device's name, or a pyserial URL, as the station file gives it."""
        return address

    def http_transport(self) -> None:
        """The network's own."""
        return

    def close(self) -> None:
        """Nothing is held; instruments close their own wires."""
