"""Lines that a person types (or a pipe brings), read on a thread of their own.

The main thread must not block in a read: a signal that comes between the prompt and the read would be heard only with
the next key, and a SIGTERM comes once. So it looks at the wish to stop, 20 times a second. The thread reads the file
descriptor, not `sys.stdin`: a daemon thread that holds the lock of `sys.stdin` brings the interpreter down at its exit.
"""

from __future__ import annotations

import os
import queue
import sys
import threading

from ..errors import Aborted
from ..runner.stopping import Stopping

WAKE_S = 0.05


class Answers:
    """What is typed, line by line; nothing is read before it is asked for.

    Args:
        stop: the wish to stop, which ends the waiting.
    """

    def __init__(self, stop: Stopping) -> None:
        self._stop = stop
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._rest = b""
        self._reader: threading.Thread | None = None

    def line(self) -> str:
        """Wait for a line, in the main thread.

        Raises:
            Aborted: somebody wished to stop.
            EOFError: there will be none: the input has ended, or the terminal is gone.
        """
        if self._reader is None:  # else one is left over from a wait that was stopped
            self._reader = threading.Thread(target=self._read, name="answers", daemon=True)
            self._reader.start()
        while True:
            if self._stop.reason:
                raise Aborted(self._stop.reason)
            try:
                line = self._lines.get(timeout=WAKE_S)
            except queue.Empty:
                continue
            self._reader = None
            if line is None:
                raise EOFError
            return line

    def _read(self) -> None:
        while b"\n" not in self._rest:
            try:
                chunk = os.read(sys.stdin.fileno(), 4096)
            except (OSError, ValueError, AttributeError):  # gone, closed, or never there
                chunk = b""
            if not chunk and not self._rest:
                self._lines.put(None)
                return
            self._rest += chunk or b"\n"  # what was typed before the end is a line too
        line, _, self._rest = self._rest.partition(b"\n")
        self._lines.put(line.decode(errors="replace"))
