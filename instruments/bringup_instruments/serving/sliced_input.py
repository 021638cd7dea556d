"""Input in small slices: a client that floods its wire takes turns with all the others in the lab.

Neighbours: `wire.py` has the contract; consoles, which look at every byte, stand behind it.
"""

from __future__ import annotations

import asyncio

from .wire import Wire, WireUser

SLICE = 512  # bytes in one turn of the loop
HIGH_WATER = 1 << 16  # bytes waiting beyond which the client is not read


class SlicedInput:
    """Stands between a wire and its user. A client that does not read is not heard either.

    Args:
        user: gets the slices.
        wire: where they come from.
        loop: the event loop.
    """

    def __init__(self, user: WireUser, wire: Wire, loop: asyncio.AbstractEventLoop) -> None:
        self._user = user
        self._wire = wire
        self._loop = loop
        self._waiting = bytearray()
        self._again: asyncio.Handle | None = None
        self._is_full = self._is_gone = False

    def received(self, data: bytes) -> None:
        """Bytes have come."""
        self._waiting += data
        if self._again is None:
            self._pass_on()

    def full(self, is_full: bool) -> None:
        """The client does not take what it is sent, or has begun to again."""
        self._is_full = is_full
        self._user.full(is_full)
        if self._again is None:
            self._pass_on()

    def ended(self) -> None:
        """The client will send no more."""
        self._user.ended()

    def gone(self) -> None:
        """There is no client any more."""
        self._is_gone = True
        if self._again is not None:
            self._again.cancel()
        self._user.gone()

    def _pass_on(self) -> None:
        self._again = None
        if self._waiting and not self._is_full and not self._is_gone:
            data = bytes(self._waiting[:SLICE])
            del self._waiting[:SLICE]
            self._user.received(data)
            if self._waiting:
                self._again = self._loop.call_soon(self._pass_on)
        self._wire.hold(self._is_full or len(self._waiting) > HIGH_WATER)
