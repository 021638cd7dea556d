"""Answers leave at once: Nagle's algorithm would keep the second of two small packets for 40 ms."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any


def send_at_once(transport: asyncio.BaseTransport) -> None:
    """Switch Nagle's algorithm off on an accepted connection; nothing to do on what is no TCP."""
    accepted: Any = transport.get_extra_info("socket")
    if accepted is not None and accepted.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):  # it may be gone already
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
