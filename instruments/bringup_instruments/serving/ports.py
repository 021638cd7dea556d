"""The TCP ports of the served lab, in a fixed order from a first one, so that a restart gives the same addresses.

All are bound before the first one is served: a lab is up as a whole or not at all. Neighbours: `listener.py`.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from contextlib import suppress

from bringup.errors import BenchError, UsageError

from .listener import QUEUE, Listener

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - compared with; nobody listens there unless asked to
HIGHEST_PORT = 65_535


class PortTaken(UsageError):
    """A port is used by another process."""


class Ports:
    """Gives out ports.

    Args:
        host: IPv4 address or name to listen on.
        first: the first port, or 0 for whatever the system has free.

    Attributes:
        opened: every port that was given out.
    """

    def __init__(self, host: str, first: int) -> None:
        self.host = host
        self.opened: list[Listener] = []
        self._next = first
        self._address = _address(host)

    def open(self, whose: str, *, on_loopback: bool = False) -> Listener:
        """The next port.

        Args:
            whose: the instrument and its wire, for messages.
            on_loopback: whatever the others listen on.

        Raises:
            UsageError: it is taken, or beyond the highest.
            BenchError: the system does not allow it.
        """
        port = self._next
        if port > HIGHEST_PORT:
            raise UsageError(f"port {port} for {whose} is beyond {HIGHEST_PORT}; let them begin lower: --ports-from")
        if port:
            self._next += 1
        listener = Listener(self._bound(LOOPBACK if on_loopback else self._address, port, whose))
        self.opened.append(listener)
        return listener

    def close(self) -> None:
        """Close all."""
        for listener in self.opened:
            listener.close()

    def _bound(self, address: str, port: int, whose: str) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            _reuse_address(made)
            made.bind((address, port))
            made.listen(QUEUE)
            made.setblocking(False)
        except OSError as problem:
            made.close()
            raise _mistake(problem, self.host, port, whose) from None
        return made


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it.

    Raises:
        UsageError: there is no such IPv4 address or name.
    """
    return ipaddress.ip_address(_address(host)).is_loopback


def raise_file_limit() -> None:
    """Let the process have as many connections as the system allows; each is an open file."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard == resource.RLIM_INFINITY or hard > 1 << 16:
            hard = 1 << 16  # the system refuses infinity on macOS
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def _address(host: str) -> str:
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as problem:
        raise UsageError(f"--bind {host}: no IPv4 address of this machine ({problem})") from None
    return str(found[0][4][0])


def _reuse_address(made: socket.socket) -> None:
    """A restart must not wait for the system to forget old connections; on Windows the flag would mean theft."""
    if os.name == "posix":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    else:
        made.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009 - only on Windows


def _mistake(problem: OSError, host: str, port: int, whose: str) -> Exception:
    if problem.errno == errno.EADDRINUSE:
        return PortTaken(
            f"port {port} for {whose} is in use by another process: stop that one (is this lab served already?), "
            "or begin elsewhere with --ports-from N, where 0 takes whatever is free"
        )
    if problem.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"--bind {host}: not an address of this machine")
    what = problem.strerror or problem
    return BenchError(f"port {port} for {whose} cannot be opened: {what}; choose others with --ports-from N")
