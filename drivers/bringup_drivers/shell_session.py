"""A POSIX shell at the far end of a console: one command and its exit code in one exchange.

A command is typed as `COMMAND; echo exit-N $?`: the number tells which command an exit code belongs to, and its line
is where the answer ends. Below: `console_session`. Above: `sled_host`.
"""

from __future__ import annotations

import re

from bringup.capabilities import CommandResult
from bringup.errors import BadReply, InstrumentError, NoReply

from .console_session import LONGEST_LINE, ConsoleSession, Found

INTERRUPT = b"\x03"
"""Ctrl-C: gives the terminal back where a command goes on."""

_PRINTABLE = re.compile(r"[\x20-\x7e]+")


class ShellSession(ConsoleSession):
    """One shell."""

    _typed = 0

    def command(self, line: str, timeout_s: float | None = None) -> CommandResult:
        """Run a command line; its exit code and what it printed.

        Lines that the far end says on its own account are left out, but of `dmesg`, which prints the same ones.

        Args:
            line: printable ASCII, up to some 230 characters, without a comment.
            timeout_s: for all of it; None for the connection's own. A command that goes on is then given Ctrl-C.

        Raises:
            NoReply: the console is silent or lost.
            BadReply: what came does not end with an exit code.
            InstrumentError: the line cannot be typed.
        """
        mark = f"exit-{self._typed + 1}"
        typed = f"{line}; echo {mark} $?"
        if not _PRINTABLE.fullmatch(line) or not line.strip() or "#" in line or len(typed) > LONGEST_LINE:
            raise InstrumentError(f"{self.where}: {line!r} cannot be typed as a command; nothing was sent")
        with self.lock:
            self._certain(timeout_s)
            self._line.in_doubt = True
            self._typed += 1
            self._line.write(typed.encode("ascii") + b"\n")
            ends = re.compile(rf"(?P<body>.*?){mark} (?P<code>\d{{1,3}})\r*\n".encode(), re.DOTALL)
            try:
                body = self._await(typed, lambda data: self._finished_in(data, typed.encode("ascii"), ends), timeout_s)
            except (NoReply, BadReply):
                self._line.write(INTERRUPT)
                raise
            lines = self._lines(typed, body)
            self._line.in_doubt = False
        code = int(lines.pop().split()[-1])
        is_log = line.split(maxsplit=1)[0] == "dmesg"
        return CommandResult(code, tuple(one for one in lines if is_log or not self._unasked.fullmatch(one)))

    def _finished_in(self, data: bytes, typed: bytes, ends: re.Pattern[bytes]) -> Found | None:
        """From the echo to the prompt behind the exit code; the code is the last line."""
        echo = self._line_in(data, typed)
        found = ends.match(data, echo.end) if echo else None
        prompt = self._body_in(data, found.end()) if found else None
        if found is None or prompt is None:
            return None
        return Found(found["body"] + b"\n" + found["code"] + b"\n", prompt.end)
