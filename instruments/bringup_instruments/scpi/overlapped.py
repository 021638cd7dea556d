"""The overlapped operation: what INITiate starts and *OPC, *OPC? and *WAI wait for (IEEE 488.2, chapter 12).

An operation is a generator that yields lab seconds until its next step, or infinity while it waits for a trigger.
Neighbours: `device.py` carries it forward and waits for it.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

from bringup.clock import Clock

from .errors import EventStatus, ScpiError
from .status import Status


class Overlapped:
    """At most one operation beside the input of an instrument.

    Args:
        clock: the lab's time.
        status: where errors and the end of the operation are reported.
    """

    def __init__(self, clock: Clock, status: Status) -> None:
        self._clock = clock
        self._status = status
        self._steps: Generator[float, None, Any] | None = None
        self._announce = False
        self.due_s = math.inf  # when the next step is due, in lab time

    @property
    def busy(self) -> bool:
        """Whether an operation is under way."""
        return self._steps is not None

    def start(self, steps: Generator[float, None, Any]) -> None:
        """Begin an operation.

        Raises:
            ScpiError: -213, one is under way.
        """
        if self._steps is not None:
            raise ScpiError(-213)
        self._steps = steps
        self.wake()

    def wake(self) -> None:
        """Make the next step now: the trigger has come."""
        self.due_s = self._clock.now()
        self.step()

    def step(self) -> None:
        """Make the step that is due."""
        if self._steps is None:
            return
        try:
            self.due_s += next(self._steps)
        except StopIteration:
            self._end()
        except ScpiError as error:
            self._status.report(error)
            self._end()

    def abort(self) -> None:
        """Stop the operation, if there is one."""
        if self._steps is not None:
            self._steps.close()
            self._end()

    def announce_end(self) -> None:
        """*OPC: set the event now, or when the operation ends."""
        if self._steps is None:
            self._status.event |= EventStatus.OPERATION_COMPLETE.value
        else:
            self._announce = True

    def forget_announcement(self) -> None:
        """*CLS, *RST and device clear take a pending *OPC back."""
        self._announce = False

    def _end(self) -> None:
        self._steps = None
        self.due_s = math.inf
        if self._announce:
            self._announce = False
            self._status.event |= EventStatus.OPERATION_COMPLETE.value
