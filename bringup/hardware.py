"""The bench on real wires: wall time, PyVISA-py, the machine's own serial ports and network."""

from __future__ import annotations

import re

from .clock import Clock
from .files.station import Station
from .wall_clock import WallClock


class HardwareLab:
    """A station whose instruments are real, or are served by a simulated lab on this machine.

    Args:
        station: its file.

    Raises:
        FileMistake: lab time that is not the wall's, for instruments that are not on this machine.
    """

    def __init__(self, station: Station) -> None:
        self.station = station
        speed = station.facts.simulation.speed
        if speed != 1.0:
            _check_served(station)
        self.clock: Clock = WallClock(speed)

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


_SERVED_HERE = re.compile(r"127\.0\.0\.1\b|localhost\b|/dev/pts/|\[::1\]")


def _check_served(station: Station) -> None:
    """Real instruments know one time; a controller whose seconds are shorter would give up on them too soon."""
    for role, facts in station.facts.instruments.items():
        if not _SERVED_HERE.search(facts.address):
            what = (
                f"a speed is for a lab that `bringup sim serve` has up on this machine, but {role} is at "
                f"{facts.address!r}; take the key out"
            )
            raise station.mistake(what, "simulation", "speed")
