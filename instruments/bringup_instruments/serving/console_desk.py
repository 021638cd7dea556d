"""A sled's console with everybody who has it open: what it says goes to all, what they type goes to it.

A serial line has one far end however many look at it, so there is no turn to take. Neighbours: `world.Console` below,
`wire.py` above; `rfc2217.py` puts Telnet in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bringup.clock import Clock

from ..world import Console
from .wire import Wire

SOONEST_S = 0.001  # wall seconds; a console that is due at once is still asked no more often
MOST_UNREAD = 1 << 20  # bytes that a client may leave unread; then it is cut, or on a serial line loses them


class ConsoleDesk:
    """The one desk of a console.

    Args:
        console: the device.
        clock: the lab's.
        loop: the event loop that everything runs in.
        wall_seconds: wall seconds that a number of lab seconds takes.
    """

    def __init__(
        self,
        console: Console,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        wall_seconds: Callable[[float], float],
    ) -> None:
        self.console = console
        self.loop = loop
        self._clock = clock
        self._wall_seconds = wall_seconds
        self._lines: list[ConsoleLine] = []
        self._timer: asyncio.TimerHandle | None = None

    def line(self, wire: Wire) -> ConsoleLine:
        """A client has opened the console."""
        line = ConsoleLine(wire, self)
        self._lines.append(line)
        return line

    def leave(self, line: ConsoleLine) -> None:
        """It is gone."""
        if line in self._lines:
            self._lines.remove(line)

    def typed(self, data: bytes) -> None:
        """Somebody types."""
        self.console.receive(self._clock.now(), data)
        self.tick()

    def tick(self) -> None:
        """Pass on what the console has said, and look again when it will say more."""
        now_s = self._clock.now()
        said = self.console.transmit(now_s)
        if said:
            for line in tuple(self._lines):
                line.say(said)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_s = self.console.next_at(now_s)
        if due_s is not None:
            delay_s = max(self._wall_seconds(due_s - now_s), SOONEST_S)
            self._timer = self.loop.call_later(delay_s, self._due)

    def _due(self) -> None:
        self._timer = None
        self.tick()


class ConsoleLine:
    """One client of a console; a `WireUser`."""

    def __init__(self, wire: Wire, desk: ConsoleDesk) -> None:
        self._wire = wire
        self._desk = desk

    def received(self, data: bytes) -> None:
        """The client types."""
        self._desk.typed(data)

    def full(self, is_full: bool) -> None:
        """A console goes on talking."""

    def ended(self) -> None:
        """The client types no more; the wire ends by itself, when the last answers have had their time."""

    def gone(self) -> None:
        """There is no client any more."""
        self._desk.leave(self)

    def say(self, data: bytes) -> None:
        """The console says something."""
        if self._wire.backlog > MOST_UNREAD:
            self._wire.drop()
        else:
            self._wire.send(data)
