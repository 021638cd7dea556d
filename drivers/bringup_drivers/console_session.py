"""One conversation over a line console: send a line, check its echo, read up to the prompt.

The far end echoes what it was sent, which is how an answer is known to belong to its question. It may also speak
unasked at any time; what comes before the echo is kept for whoever waits for such lines. Below: pyserial, which
is also what a simulated console is reached through. Above: `sled_bmc`, `sled_host`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import serial

from bringup.errors import BadReply, BringupError, InstrumentError, LinkLost, NoReply
from bringup.hooks import Connection

from .patience import wall_seconds
from .transaction_lock import TransactionLock

BAUD = 115_200
"""Of a real serial line; URLs that are no serial line do not care."""

LONGEST_REPLY = 1 << 20
"""Bytes without a prompt after which a reply is garbage (estimate: the longest of ours has some 5000)."""

LONGEST_LINE = 256
"""Bytes of the longest line that is ever typed (ours have some 60, those of `i2c_tools` up to 255)."""

SHOWN = 200
"""Bytes of a bad reply that its message shows: the last ones."""

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
        self._transcript = connection.transcript
        self._prompt = prompt.encode("ascii")
        self._unasked = re.compile(unasked)
        self._body = re.compile(rb"(?P<body>(?:.*?[\r\n])??)" + re.escape(self._prompt), re.DOTALL)
        self._blanks = 0
        self._port: serial.SerialBase | None = None
        self._buffer = bytearray()
        self._in_doubt = True
        self._closed = False

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
            self._in_doubt = True
            # A blank at the end of every second line tells two askings of one line apart by their echo.
            self._blanks = 1 - self._blanks
            typed = line + " " * self._blanks
            self._write(typed.encode("ascii") + b"\n")
            lines = self._answer(typed, timeout_s)
            self._in_doubt = False
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

    def bad_reply(self, line: str, lines: list[str], mistake: object) -> BadReply:
        """The error for an answer to `line` that reads otherwise than it should."""
        return BadReply(f"{self.where} answered {line!r} with {lines[:20]!r}: {mistake}")

    def close(self) -> None:
        """Give the wire back; a second call does nothing."""
        with self.lock:
            self._closed = True
            self._drop()
            self._transcript.close()

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
            raise BadReply(f"{self.where} answered {line!r} with unprintable bytes: {_tail(body)}")
        return [part.decode("ascii").rstrip() for part in _LINE_END.split(body) if part.strip()]

    def _certain(self, timeout_s: float | None) -> None:
        """After any doubt, ask for a bare prompt, so that no late answer is taken for the next one."""
        if not self._in_doubt:
            return
        with self._translated("an empty line"):
            self._opened().reset_input_buffer()
        self._buffer.clear()
        # Rubbed out first: what stands half typed must not be carried out by our newline.
        self._write(b"\x7f" * LONGEST_LINE + b"\n")
        self._await("", self._body_in, timeout_s)
        self._in_doubt = False

    def _await(self, line: str, find: Find, timeout_s: float | None) -> bytes:
        timeout_s = self._connection.timeout_s if timeout_s is None else timeout_s
        found = self._receive_until(find, timeout_s)
        if found is not None:
            return found.text
        rest = bytes(self._buffer)
        self._buffer.clear()
        asked = f"{line!r}" if line else "an empty line"
        if line.encode("ascii").startswith(rest.strip()):  # nothing, or no more than the echo
            raise NoReply(f"{self.where} gave no answer to {asked} within {timeout_s:g} s; check its power and cable")
        raise BadReply(f"{self.where} gave no whole answer to {asked} within {timeout_s:g} s: {_tail(rest)}")

    def _receive_until(self, find: Find, timeout_s: float) -> Found | None:
        """Receive until the buffer holds what is sought, and use it up to its end; None at the timeout."""
        deadline = self._clock.now() + timeout_s
        while True:
            found = find(bytes(self._buffer))
            if found:
                del self._buffer[: found.end]
                return found
            left_s = deadline - self._clock.now()
            if left_s <= 0 or len(self._buffer) > LONGEST_REPLY:
                return None
            self._receive(left_s)

    def _receive(self, longest_s: float) -> None:
        # On a real line the read is cut short, so that an abort of the clock gets through.
        slice_s = longest_s if self._clock.is_virtual else min(wall_seconds(self._clock, longest_s), 0.2)
        with self._translated("its answer"):
            port = self._opened()
            port.timeout = slice_s
            data = port.read(1)
            if data:
                data += port.read(port.in_waiting)
        if data:
            self._transcript.received(self._clock.now(), data)
        self._buffer += data
        self._clock.sleep(0)

    def _write(self, data: bytes) -> None:
        self._transcript.sent(self._clock.now(), data)
        with self._translated(repr(data)):
            self._opened().write(data)

    def _opened(self) -> serial.SerialBase:
        if self._closed:
            raise InstrumentError(f"{self.where} has been closed; open its driver again")
        if self._port is None:
            self._port = self._open()
        return self._port

    def _open(self) -> serial.SerialBase:
        try:
            url = self._connection.lab.serial_url(self._connection.address)
            port = serial.serial_for_url(url, do_not_open=True, baudrate=BAUD, timeout=self._connection.timeout_s)
            port.exclusive = True  # a second writer on one console mixes two conversations
            port.open()
        except (serial.SerialException, OSError, ValueError) as error:
            raise InstrumentError(
                f"{self.where} cannot be opened ({error}); check its address in the station file, and that no "
                "terminal program holds the line"
            ) from error
        return port

    def _drop(self) -> None:
        port, self._port, self._in_doubt = self._port, None, True
        self._buffer.clear()
        if port is not None:
            with contextlib.suppress(serial.SerialException, OSError):  # its far end may be gone already
                port.close()

    @contextlib.contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except BringupError:
            raise
        except (serial.SerialException, OSError) as error:
            self._transcript.note(self._clock.now(), f"line lost: {error}")
            self._drop()
            raise LinkLost(
                f"{self.where}: the line was lost at {what} ({error}); it is opened anew with the next command"
            ) from error


def _tail(raw: bytes) -> str:
    return repr(raw) if len(raw) <= SHOWN else f"… {raw[-SHOWN:]!r} ({len(raw)} bytes)"
