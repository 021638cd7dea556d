"""A console behind a bad line: what it says is lost, late, cut or turned to noise; others type on it too.

Neighbours: `fault_schedule.py` says when, `world.Console` is the contract, `faulty_device.py` does the same for
message-based instruments.
"""

from __future__ import annotations

import random
from collections import deque

from bringup.clock import Clock
from bringup.files.wire_fault import FaultFacts, FaultKind

from ..world import Console
from .fault_schedule import FaultSchedule

CAN_HAVE = frozenset(
    {
        FaultKind.NO_ANSWER,
        FaultKind.LATE_ANSWER,
        FaultKind.HALF_LINE,
        FaultKind.GARBAGE,
        FaultKind.LINK_DROP,
        FaultKind.SECOND_CLIENT,
    }
)


class FaultyConsole:
    """A console behind a bad line.

    Args:
        console: the real one.
        clock: the lab's.
        seed: of the noise.
        schedule: its troubles.
    """

    def __init__(self, console: Console, clock: Clock, seed: int, schedule: FaultSchedule) -> None:
        self.device = console
        self.clock = clock
        self.schedule = schedule
        self._noise = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._late: deque[tuple[float, bytes]] = deque()

    def can_have(self, kind: FaultKind) -> bool:
        """Whether a console knows such a trouble."""
        return kind in CAN_HAVE

    def receive(self, at_s: float, data: bytes) -> None:
        """Pass on what is typed."""
        self._meddle(at_s)
        self.device.receive(at_s, data)

    def transmit(self, at_s: float) -> bytes:
        """What comes out of the line."""
        self._meddle(at_s)
        fault = self.schedule.at(at_s)
        said = self._spoilt(fault, self.device.transmit(at_s))
        if fault is not None and fault.kind is FaultKind.LATE_ANSWER and said:
            self._late.append((at_s + fault.seconds, said))
            said = b""
        arrived = b""
        while self._late and self._late[0][0] <= at_s:
            arrived += self._late.popleft()[1]
        return arrived + said

    def next_at(self, at_s: float) -> float | None:
        """When something will come by itself."""
        due = self.device.next_at(at_s)
        late = self._late[0][0] if self._late else None
        return min((time for time in (due, late) if time is not None), default=None)

    def happen(self) -> None:
        """Let happen what is due by now."""
        self._meddle(self.clock.now())

    def _meddle(self, at_s: float) -> None:
        for fault in self.schedule.take_due(at_s):
            self.device.receive(at_s, (fault.command or "").encode("latin-1", "replace") + b"\n")

    def _spoilt(self, fault: FaultFacts | None, said: bytes) -> bytes:
        if fault is None or not said:
            return said
        if fault.kind is FaultKind.GARBAGE:
            return self._noise.randbytes(len(said))
        if fault.kind is FaultKind.HALF_LINE:
            return said[: len(said) // 2]
        lost = fault.kind in (FaultKind.NO_ANSWER, FaultKind.LINK_DROP)
        return b"" if lost else said
