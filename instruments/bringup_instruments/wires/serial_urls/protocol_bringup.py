"""`bringup://`: a console of the simulated lab as a pyserial port that waits on the lab's clock.

Baud rate, parity and control lines are accepted and without effect; what a write would take on the wire is left
out (the consoles' answers carry their own time). Neighbours: `serial_handler` registers this, `lab.open_lab`
finds the console, `models/` answers.
"""

from __future__ import annotations

from typing import Any

from serial.serialutil import PortNotOpenError, SerialBase, SerialException, to_bytes

from bringup.nearest import unknown

from ...world import Console
from ..faulty_console import FaultyConsole
from ..serial_handler import parse_serial_url

# A reader that cannot know what another task may do to the device looks again after this long.
_LOOK_AGAIN_S = 30.0
_SHORTEST_S = 1e-6


class Serial(SerialBase):  # type: ignore[misc]  # pyserial is untyped
    """A port on a simulated console."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._console: Console | None = None
        self._clock: Any = None
        self._cuts = (0, False)
        self._received = bytearray()
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """Find the lab and its console.

        Raises:
            SerialException: no URL, already open, not a URL of this kind, or no such console.
        """
        if self._port is None:
            raise SerialException("Port must be configured before it can be used.")
        if self._console is not None:
            raise SerialException("Port is already open.")
        from ...lab import open_lab  # noqa: PLC0415 - the lab imports this package's neighbours

        try:
            station, address = parse_serial_url(self._port)
        except ValueError as error:
            raise SerialException(str(error)) from error
        lab = open_lab(station)
        if address not in lab.consoles:
            raise SerialException(f"{station}: {unknown('console', address, lab.consoles)}")
        self._clock, self._console = lab.clock, lab.consoles[address]
        self._cuts = self._cut_now()
        if self._cuts[1]:
            self._console = None
            raise SerialException(f"{address}: the line is cut")
        self._received.clear()
        self.is_open = True

    def close(self) -> None:
        """Let go of the console; it goes on living."""
        self.is_open = False
        self._console = None

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived and were not read."""
        self._take()
        return len(self._received)

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes; lab time passes until they are there or the timeout is over."""
        console = self._take()
        end = None if self._timeout is None else self._clock.now() + self._timeout
        while len(self._received) < size:
            now = self._clock.now()
            if end is not None and now >= end:
                break
            due = console.next_at(now)
            until = min(t for t in (now + _LOOK_AGAIN_S, due, end) if t is not None)
            self._clock.sleep(max(until - now, _SHORTEST_S))
            self._take()
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def write(self, data: Any) -> int:
        """Send bytes; all of them are taken."""
        raw = to_bytes(data)
        self._opened().receive(self._clock.now(), raw)
        return len(raw)

    def flush(self) -> None:
        """Nothing is ever held back."""

    def reset_input_buffer(self) -> None:
        """Drop what has arrived."""
        self._take()
        self._received.clear()

    def reset_output_buffer(self) -> None:
        """Nothing is ever held back."""
        self._opened()

    @property
    def out_waiting(self) -> int:
        """Nothing is ever held back."""
        self._opened()
        return 0

    def _opened(self) -> Console:
        if self._console is None:
            raise PortNotOpenError
        if self._cut_now() != self._cuts:
            raise SerialException("the line was cut")
        return self._console

    def _cut_now(self) -> tuple[int, bool]:
        """How often the line has been cut so far, and whether it is cut now."""
        console = self._console
        return console.schedule.cuts(self._clock.now()) if isinstance(console, FaultyConsole) else (0, False)

    def _take(self) -> Console:
        console = self._opened()
        self._received += console.transmit(self._clock.now())
        return console

    def _reconfigure_port(self) -> None:
        """Settings are accepted and without effect."""

    def _update_break_state(self) -> None:
        """A break is not heard."""

    def _update_rts_state(self) -> None:
        """No control lines."""

    def _update_dtr_state(self) -> None:
        """No control lines."""

    cts = dsr = property(lambda self: bool(self._opened()), doc="Always ready while open.")
    ri = cd = property(lambda self: self._opened() is None, doc="Never.")
