"""One conversation with a TCL port: a script, 0x1A, a reply, 0x1A.

A reply has no error flag, and a failing command's text comes as a result does; so every command runs inside a `catch`,
whose code stands at the reply's front (OpenOCD's user's guide, Tcl Scripting API). After any doubt a mark of our own
is awaited first, so that no late answer is taken for the next one. Below: `serial_line.py`. Above: `openocd.py`.
"""

from __future__ import annotations

import re

from bringup.errors import BadReply, InstrumentError, NoReply
from bringup.hooks import Connection

from .serial_line import SHOWN, SerialLine, tail
from .transaction_lock import TransactionLock

END = b"\x1a"

LONGEST_REPLY = 1 << 18
"""Bytes without an end mark after which a reply is garbage (estimate: the longest of ours has some 10 000)."""

MEANINGS = {
    -4: "it failed",
    -304: "the target is not halted",
    -305: "the target was not examined",
    -601: "wrong arguments",
    -603: "a wrong value",
}
"""Of OpenOCD's codes, which mostly come without a text."""

_CAN_BE_SENT = re.compile(r"[\x20-\x7e]+")
_ANSWER = re.compile(r"(-?[0-9]{1,9})(?: (.*))?", re.DOTALL)
_TEXT = re.compile(rb"[\t\r\n\x20-\x7e]*")


class Refused(InstrumentError):
    """The far end answered a command with an error.

    Attributes:
        code: Tcl's or the server's own.
        said: the error's text, which may be empty.
    """

    def __init__(self, message: str, code: int, said: str) -> None:
        super().__init__(message)
        self.code = code
        self.said = said


class TclSession:
    """One TCL port; every method is a whole conversation under the instrument's lock.

    Args:
        connection: where it is.
    """

    def __init__(self, connection: Connection) -> None:
        self.where = connection.where
        self.lock = TransactionLock(connection)
        self._clock = connection.lab.clock
        self._timeout_s = connection.timeout_s
        self._line = SerialLine(connection)
        self._marks = 0

    def ask(self, command: str) -> str:
        """Send one command; its result.

        Args:
            command: one line of printable ASCII, its braces balanced.

        Raises:
            NoReply: the port is silent or lost.
            BadReply: what came is not a reply to a caught command.
            Refused: the command failed there.
        """
        if not _CAN_BE_SENT.fullmatch(command) or any(sign in command for sign in "{}\\"):
            raise InstrumentError(f"{self.where}: {command!r} cannot be sent as one command; nothing was sent")
        with self.lock:
            self._certain()
            self._line.in_doubt = True
            self._line.write(f'set _rc [catch {{{command}}} _out]; return "$_rc $_out"'.encode("ascii") + END)
            reply = self._reply(command, self._clock.now() + self._timeout_s)
            code, said = self._understood(command, reply)
            self._line.in_doubt = False
        if code != 0:
            what = said or MEANINGS.get(code, "no reason given")
            raise Refused(f"{self.where} refused {command!r} ({code}): {what}", code, said)
        return said

    def bad_reply(self, command: str, reply: str, mistake: object) -> BadReply:
        """The error for a reply to `command` that reads otherwise than it should."""
        return BadReply(f"{self.where} answered {command!r} with {reply[-SHOWN:]!r}: {mistake}")

    def close(self) -> None:
        """Give the wire back; a second call does nothing."""
        with self.lock:
            self._line.close()

    def _understood(self, command: str, raw: bytes) -> tuple[int, str]:
        match = _ANSWER.fullmatch(raw.decode("latin-1")) if _TEXT.fullmatch(raw) else None
        if not match:
            raise BadReply(f"{self.where} answered {command!r} with {tail(raw)}: not a code and a result")
        return int(match[1]), (match[2] or "").strip()

    def _certain(self) -> None:
        """After any doubt, ask for a mark of our own and drop all that comes before it."""
        if not self._line.in_doubt:
            return
        self._marks += 1
        mark = f"bringup-{self._marks}-{self._clock.now():.6f}"
        self._line.forget()
        # The first end mark ends what stands there half sent; unclosed as it is, it is not carried out.
        self._line.write(END + f"return {mark}".encode("ascii") + END)
        deadline = self._clock.now() + self._timeout_s
        while self._reply("a mark", deadline) != mark.encode("ascii"):
            pass
        self._line.in_doubt = False

    def _reply(self, command: str, deadline: float) -> bytes:
        """One reply without its end mark, that comes before the deadline."""
        buffer = self._line.buffer
        while (end := buffer.find(END)) < 0:
            left_s = deadline - self._clock.now()
            if left_s <= 0 or len(buffer) > LONGEST_REPLY:
                self._give_up(command, bytes(buffer))
            self._line.receive(left_s)
        reply = bytes(buffer[:end])
        del buffer[: end + 1]
        return reply

    def _give_up(self, command: str, rest: bytes) -> None:
        self._line.buffer.clear()
        if rest:
            raise BadReply(f"{self.where} gave no whole answer to {command!r}: {tail(rest)}")
        raise NoReply(
            f"{self.where} gave no answer to {command!r} within {self._timeout_s:g} s; check that OpenOCD runs"
        )
