"""What a byte stream is to whoever talks over it: a TCP connection, a serial line on a pty.

Neighbours: `tcp_wire.py` and `pty_wire.py` are wires; `stream_link.py` and `console_desk.py` use them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Wire(Protocol):
    """One client's connection, from the instrument's side."""

    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet."""

    def send(self, data: bytes) -> None:
        """Bytes for the client; never waits."""

    def hold(self, held: bool) -> None:
        """Read no more from the client, or go on reading."""

    def finish(self) -> None:
        """End it once the client has what was sent; a wire that cannot be ended goes on."""

    def drop(self) -> None:
        """End it at once; what was not sent yet is for nobody."""


class WireUser(Protocol):
    """Who talks over a wire."""

    def received(self, data: bytes) -> None:
        """Bytes have come."""

    def full(self, is_full: bool) -> None:
        """The client does not take what it is sent, or has begun to again."""

    def ended(self) -> None:
        """The client will send no more, but may still read."""

    def gone(self) -> None:
        """There is no client any more."""


UserOf = Callable[[Wire], WireUser]
