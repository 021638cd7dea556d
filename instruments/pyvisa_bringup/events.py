"""Service requests as VISA events (VPP-4.3, 3.7): enabled per session, queued, waited for on the lab's clock.

Only the queue is there; handlers would need a thread that the lab's clock does not know. Neighbours: `library.py`
turns outcomes into status codes, `session.py` holds one of these for each session.
"""

from __future__ import annotations

import math

from bringup_instruments.scpi import MessageDevice

LOOK_AGAIN_S = 0.05
"""Lab seconds after which a waiter looks again for what another task may have made the instrument do."""


class ServiceRequests:
    """The service requests of one device, as one session gets them.

    Args:
        device: as the session has it.
    """

    def __init__(self, device: MessageDevice) -> None:
        self._device = device
        self._taken: int | None = None  # requests that were given out or came before; None while not enabled

    @property
    def is_enabled(self) -> bool:
        """Whether they are queued."""
        return self._taken is not None

    def enable(self) -> None:
        """Queue them from now on."""
        if self._taken is None:
            self._taken = self._device.service_requests()

    def disable(self) -> None:
        """Queue no more."""
        self._taken = None

    def discard(self) -> None:
        """Forget what is queued."""
        if self._taken is not None:
            self._taken = self._device.service_requests()

    def wait(self, timeout_s: float) -> bool:
        """Take one; False if none came within `timeout_s` of lab time."""
        clock = self._device.clock
        give_up_at_s = clock.now() + timeout_s
        while True:
            if self._taken is not None and self._device.service_requests() > self._taken:
                self._taken += 1
                return True
            now_s = clock.now()
            if now_s >= give_up_at_s:
                return False
            due_s = self._device.poll(0).next_at_s
            soonest_s = min(give_up_at_s, now_s + LOOK_AGAIN_S, due_s if due_s > now_s else math.inf)
            clock.sleep(soonest_s - now_s)
