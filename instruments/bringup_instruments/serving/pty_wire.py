"""A serial line on a pseudo-terminal: clients open its device like any serial port.

The line notices when the last client closes the device (reads then fail) and looks at every tick whether somebody has
opened it again, so that no client meets what the one before left half done. Bytes that nobody is there to read are
lost, as on a real line. Not on Windows. Neighbours: `wire.py` has the contract.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from .wire import UserOf, WireUser

HAS_PTYS = sys.platform != "win32"
CHUNK = 1 << 14  # bytes read at a time
HIGH_WATER = 1 << 16  # bytes not taken beyond which the client counts as slow
MOST_BACKLOG = 1 << 25  # bytes; beyond, they are lost (more than any one answer)


class PtyWire:
    """One line, and whoever has it open.

    Args:
        user_of: makes who talks over it; anew for every time that the device is opened.
        loop: the event loop.

    Attributes:
        path: the device that clients open.
    """

    def __init__(self, user_of: UserOf, loop: asyncio.AbstractEventLoop) -> None:
        import pty  # noqa: PLC0415 - not on Windows
        import tty  # noqa: PLC0415

        self._user_of = user_of
        self._loop = loop
        self._user: WireUser | None = None
        self._out = bytearray()
        self._is_held = self._is_full = self._is_cut = False
        self._master, slave = pty.openpty()
        self.path = os.ttyname(slave)
        os.set_blocking(self._master, False)
        tty.setraw(slave)
        os.close(slave)

    def tick(self) -> None:
        """Look whether somebody has opened the device, or closed it while it was not read."""
        if self._master < 0:
            return
        if self._user is None:
            data = self._read()
            if data is not None:
                self._opened(data)
        elif self._is_held and self._is_abandoned():
            self._closed()

    def cut(self, is_cut: bool) -> None:
        """Carry nothing any more in either direction, or again: a cable that is pulled leaves the port there."""
        self._is_cut = is_cut
        if is_cut:
            self._out.clear()

    def close(self) -> None:
        """Take the device away."""
        if self._master >= 0:
            self._closed()
            os.close(self._master)
            self._master = -1

    # The user's side.

    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet, beyond what the system holds for it."""
        return len(self._out)

    def send(self, data: bytes) -> None:
        """Bytes for the client, if there is one."""
        if self._is_cut or self._user is None or len(self._out) + len(data) > MOST_BACKLOG:
            return
        was_empty = not self._out
        self._out += data
        if was_empty:
            self._write()
            if self._out:
                self._loop.add_writer(self._master, self._write)
        self._tell_if_full()

    def hold(self, held: bool) -> None:
        """Read no more, or go on."""
        if held is self._is_held:
            return
        self._is_held = held
        if self._user is None:
            return
        if held:
            self._loop.remove_reader(self._master)
        else:
            self._loop.add_reader(self._master, self._readable)

    def finish(self) -> None:
        """A line does not end."""

    def drop(self) -> None:
        """A line does not end, but what was to be sent is lost."""
        self._out.clear()

    # The device's side.

    def _opened(self, data: bytes) -> None:
        self._is_held = self._is_full = False
        self._user = self._user_of(self)
        self._loop.add_reader(self._master, self._readable)
        if data:
            self._user.received(data)

    def _closed(self) -> None:
        """Nobody has it open any more; the next one finds it as the first one did."""
        import termios  # noqa: PLC0415 - not on Windows
        import tty  # noqa: PLC0415

        user, self._user = self._user, None
        if user is None:
            return
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        self._out.clear()
        with contextlib.suppress(OSError, termios.error):
            tty.setraw(self._master)  # a client that left an echo on would let the line talk to itself
        user.gone()

    def _is_abandoned(self) -> bool:
        import select  # noqa: PLC0415 - its poll is not on Windows

        poll = select.poll()
        poll.register(self._master, 0)
        return any(event & select.POLLHUP for _, event in poll.poll(0))

    def _readable(self) -> None:
        data = self._read()
        if data is None:
            self._closed()
        elif data and self._user is not None:
            self._user.received(data)

    def _read(self) -> bytes | None:
        """What has come; empty if nothing has, None if nobody has the device open."""
        try:
            data = os.read(self._master, CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            return None
        return b"" if self._is_cut and data else data or None

    def _write(self) -> None:
        try:
            count = os.write(self._master, self._out)
        except BlockingIOError:
            return
        except OSError:  # the client is gone; reading will tell
            count = len(self._out)
        del self._out[:count]
        if not self._out:
            self._loop.remove_writer(self._master)
        self._tell_if_full()

    def _tell_if_full(self) -> None:
        is_full = len(self._out) > HIGH_WATER
        if is_full is not self._is_full and self._user is not None:
            self._is_full = is_full
            self._user.full(is_full)
