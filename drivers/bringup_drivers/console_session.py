"""One conversation over a line console: send a line, check its echo, read up to the prompt.

The far end echoes what it was sent, which is how an answer is known to belong to its question. It may also speak
unasked at any time; what comes before the echo is kept for whoever waits for such lines. Below: pyserial, which
is also what a simulated console is reached through. Above: `sled_bmc`, `sled_host`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bringup.errors import BadReply, InstrumentError, NoReply
from bringup.hooks import Connection
from bringup.transcript import Said

from .serial_line import SerialLine, tail
from .transaction_lock import TransactionLock

LONGEST_REPLY = 1 << 20
"""Bytes without a prompt after which a reply is garbage (estimate: the longest of ours has some 5000)."""

LONGEST_LINE = 256
"""Bytes of the longest line that is ever typed (ours have some 60, those of `i2c_tools` up to 255)."""

_LINE_END = re.compile(rb"\r*\n|\r+")
_UNPRINTABLE = re.compile(rb"[^\x09\x0a\x0d\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Found:
    """What was sought in the bytes received, and where it ends in them."""

    text: bytes
    end: int


Find = Callable[[bytes], Found | None]


class Refused(InstrumentError):
    """The far end answered a line with `error: …`."""


class ConsoleSession:
    """One console; every method is a whole conversation under the instrument's lock.

    Args:
        connection: where it is.
        prompt: what the far end prints when it awaits a line, at the beginning of a line.
        unasked: lines that the far end says on its own account, in the midst of anything.
    """

    def __init__(self, connection: Connection, prompt: str, unasked: str = "(?!)") -> None:
        self.where = connection.where
        self.lock = TransactionLock(connection)
        self._connection = connection
        self._clock = connection.lab.clock
        self._line = SerialLine(connection)
        self._prompt = prompt.encode("ascii")
        self._unasked = re.compile(unasked)
        self._body = re.compile(rb"(?P<body>(?:.*?[\r\n])??)" + re.escape(self._prompt), re.DOTALL)
        self._blanks = 0

    def ask(self, line: str, timeout_s: float | None = None) -> list[str]:
        """Send one line; the lines of its answer, without echo and prompt.

        Args:
            line: printable ASCII.
            timeout_s: for the whole answer; None for the connection's own.

        Raises:
            NoReply: the console is silent or lost.
            BadReply: what came is not an answer to this line.
            Refused: the far end answered with an error, which the message gives.
        """
        if not re.fullmatch(r"[\x20-\x7e]+", line):
            raise InstrumentError(f"{self.where}: {line!r} cannot be typed; nothing was sent")
        with self.lock:
            self._certain(timeout_s)
            self._line.in_doubt = True
            # A blank at the end of every second line tells two askings of one line apart by their echo.
            self._blanks = 1 - self._blanks
            typed = line + " " * self._blanks
            self._line.write(typed.encode("ascii") + b"\n")
            lines = self._answer(typed, timeout_s)
            self._line.in_doubt = False
            refusals = [text for text in lines if text.startswith("error:")]
            if refusals:
                raise Refused(f"{self.where} refused {line!r}: {refusals[0].removeprefix('error:').strip()}")
        return lines

    def await_line(self, text: str, timeout_s: float) -> bool:
        """Wait until the far end says `text` on a line of its own, unasked; whether it did within `timeout_s`.

        Raises:
            NoReply: the console is lost.
        """
        with self.lock:
            return self._receive_until(lambda data: self._line_in(data, text.encode("ascii")), timeout_s) is not None

    def tail(self, seconds: float) -> tuple[Said, ...]:
        """The raw bytes of the last lab seconds, with what waits on the line and nobody has read.

        Raises:
            NoReply: the console is lost.
        """
        with self.lock:
            self._line.take_waiting()
            return self._connection.transcript.raw(self._clock.now() - seconds)

    def bad_reply(self, line: str, lines: list[str], mistake: object) -> BadReply:
        """The error for an answer to `line` that reads otherwise than it should."""
        return BadReply(f"{self.where} answered {line!r} with {lines[:20]!r}: {mistake}")

    def close(self) -> None:
        """Give the wire back; a second call does nothing."""
        with self.lock:
            self._line.close()

    def _answer(self, line: str, timeout_s: float | None) -> list[str]:
        """What comes between the echo and the prompt; a prompt after unasked lines alone is not the answer's."""
        lines = self._lines(
            line, self._await(line, lambda data: self._answer_in(data, line.encode("ascii")), timeout_s)
        )
        while lines and all(map(self._unasked.fullmatch, lines)):
            lines = self._lines(line, self._await(line, self._body_in, timeout_s))
        return [text for text in lines if not self._unasked.fullmatch(text)]

    def _answer_in(self, data: bytes, line: bytes) -> Found | None:
        echo = self._line_in(data, line)
        return self._body_in(data, echo.end) if echo else None

    def _body_in(self, data: bytes, start: int = 0) -> Found | None:
        """What stands from `start` up to the next prompt at the beginning of a line."""
        found = self._body.match(data, start)
        return Found(found["body"], found.end()) if found else None

    def _line_in(self, data: bytes, line: bytes) -> Found | None:
        """A line of its own that reads exactly so, perhaps behind a prompt."""
        start = data.find(line)
        while start >= 0:
            begins = not start or data[start - 1] in b"\r\n" or data.endswith(self._prompt, 0, start)
            end = _LINE_END.match(data, start + len(line))
            if begins and end:
                return Found(line, end.end())
            start = data.find(line, start + 1)
        return None

    def _lines(self, line: str, body: bytes) -> list[str]:
        if _UNPRINTABLE.search(body):
            raise BadReply(f"{self.where} answered {line!r} with unprintable bytes: {tail(body)}")
        return [part.decode("ascii").rstrip() for part in _LINE_END.split(body) if part.strip()]

    def _certain(self, timeout_s: float | None) -> None:
        """After any doubt, ask for a bare prompt, so that no late answer is taken for the next one."""
        if not self._line.in_doubt:
            return
        self._line.forget()
        # Rubbed out first: what stands half typed must not be carried out by our newline.
        self._line.write(b"\x7f" * LONGEST_LINE + b"\n")
        self._await("", self._body_in, timeout_s)
        self._line.in_doubt = False

    def _await(self, line: str, find: Find, timeout_s: float | None) -> bytes:
        timeout_s = self._connection.timeout_s if timeout_s is None else timeout_s
        found = self._receive_until(find, timeout_s)
        if found is not None:
            return found.text
        rest = bytes(self._line.buffer)
        self._line.buffer.clear()
        asked = f"{line!r}" if line else "an empty line"
        if line.encode("ascii").startswith(self._answered(rest)):  # nothing, or no more than the echo
            raise NoReply(f"{self.where} gave no answer to {asked} within {timeout_s:g} s; check its power and cable")
        raise BadReply(f"{self.where} gave no whole answer to {asked} within {timeout_s:g} s: {tail(rest)}")

    def _answered(self, rest: bytes) -> bytes:
        """What of the bytes received can be an answer: neither unasked lines nor prompts behind them."""
        lines = [part.removeprefix(self._prompt).strip() for part in _LINE_END.split(rest)]
        return b"".join(part for part in lines if not self._unasked.fullmatch(part.decode("latin-1"))).strip()

    def _receive_until(self, find: Find, timeout_s: float) -> Found | None:
        """Receive until the buffer holds what is sought, and use it up to its end; None at the timeout."""
        deadline = self._clock.now() + timeout_s
        while True:
            found = find(bytes(self._line.buffer))
            if found:
                del self._line.buffer[: found.end]
                return found
            left_s = deadline - self._clock.now()
            if left_s <= 0 or len(self._line.buffer) > LONGEST_REPLY:
                return None
            self._line.receive(left_s)
