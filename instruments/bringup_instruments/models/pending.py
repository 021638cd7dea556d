"""Several triggered operations at once, as *OPC, *OPC? and *WAI see them: pending until none is left.

An instrument whose channels each have their own trigger systems keeps their time on its agenda; this stands in for
the one overlapped operation of the engine. Neighbours: `scpi/overlapped.py`, `agenda.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from bringup.clock import Clock

from ..scpi.errors import EventStatus
from ..scpi.overlapped import Overlapped
from ..scpi.status import Status


class Pending(Overlapped):
    """Work that the agenda carries on.

    Args:
        clock: the lab's time.
        status: where the end is announced.
        next_due_s: when work will next go on: None where none is pending, infinite while it waits for a trigger.
        run: carries the agenda out up to a time.
    """

    def __init__(
        self, clock: Clock, status: Status, next_due_s: Callable[[], float | None], run: Callable[[float], None]
    ) -> None:
        self._next_due_s = next_due_s
        self._run = run
        super().__init__(clock, status)

    @property
    def busy(self) -> bool:
        """Whether anything is pending."""
        return self._next_due_s() is not None

    @property
    def due_s(self) -> float:
        """When it goes on."""
        due_s = self._next_due_s()
        return math.inf if due_s is None else due_s

    @due_s.setter
    def due_s(self, at_s: float) -> None:
        """The agenda's business."""

    def step(self) -> None:
        """Carry on what is due."""
        self._run(self._clock.now())
        self.settle()

    def abort(self) -> None:
        """The trigger systems are reset by their owner."""

    def announce_end(self) -> None:
        """*OPC: set the event now, or when nothing is pending any more."""
        self._announce = True
        self.settle()

    def settle(self) -> None:
        """Announce an end that has come."""
        if self._announce and not self.busy:
            self._announce = False
            self._status.event |= EventStatus.OPERATION_COMPLETE.value
