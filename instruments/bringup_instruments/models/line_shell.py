"""The line discipline that a sled's consoles share: echo, a line at a time, output that comes in its own time.

Bytes of one answer arrive together, when the last of them would at 115200 baud; the echo is at once. Ctrl-C gives up a
line, or ends what has the terminal (`held`); lines that are typed meanwhile wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

_SECONDS_PER_BYTE = 10.0 / 115_200.0
_LONGEST_LINE = 4096
_MOST_WAITING = 16
_MOST_UNREAD = 1 << 20
"""Bytes that wait for a reader; what is older is lost, as on a line that nobody reads."""

_CTRL_C, _CTRL_U = 0x03, 0x15


class LineShell:
    """Takes typed bytes, gives lines to `run`, and keeps what is to be sent until its time.

    Args:
        prompt: printed before each line is awaited.
        run: carries out a line at a lab time; returns the lines of its answer.
        reply_s: how long the firmware thinks about a line.
        interrupt: ends what has the terminal.

    Attributes:
        held: whether something has the terminal, so that no prompt comes and no line is run.
    """

    def __init__(
        self,
        prompt: str,
        run: Callable[[float, str], list[str]],
        reply_s: float,
        interrupt: Callable[[], None] = lambda: None,
    ) -> None:
        self._prompt = prompt
        self._run = run
        self._reply_s = reply_s
        self._line = bytearray()
        self._after_return = False
        self._out: deque[tuple[float, bytes]] = deque()
        self._unread = 0
        self._interrupt = interrupt
        self._waiting: deque[str] = deque(maxlen=_MOST_WAITING)
        self.held = False

    def reset(self) -> None:
        """Forget a half-typed line and everything unsent."""
        self._line.clear()
        self._out.clear()
        self._unread = 0
        self._waiting.clear()
        self.held = False

    def receive(self, at_s: float, data: bytes) -> None:
        """Bytes are typed; whole lines run."""
        for byte in data:
            if byte == 0x0A and self._after_return:
                self._after_return = False
                continue
            self._after_return = byte == 0x0D
            if byte in {0x0A, 0x0D}:
                self._enter(at_s)
            elif byte in {0x08, 0x7F}:
                self._rub_out(at_s)
            elif byte in {_CTRL_C, _CTRL_U}:
                self._give_up(at_s, byte)
            elif len(self._line) < _LONGEST_LINE:
                self._line.append(byte)
                self._send(at_s, bytes([byte]))

    def say(self, at_s: float, text: str) -> None:
        """Send text, its lines ended as a terminal wants, when its last byte has passed."""
        data = text.replace("\n", "\r\n").encode("utf-8", "replace")
        self._send(at_s + len(data) * _SECONDS_PER_BYTE, data)

    def prompt(self, at_s: float, before: str = "") -> None:
        """Send text and the prompt after it."""
        self.say(at_s, before + self._prompt)

    def transmit(self, at_s: float) -> bytes:
        """Take what is due."""
        due = bytearray()
        while self._out and self._out[0][0] <= at_s:
            due += self._out.popleft()[1]
        self._unread -= len(due)
        return bytes(due)

    def next_at(self) -> float | None:
        """When the next bytes are due."""
        return self._out[0][0] if self._out else None

    def cut(self, at_s: float) -> None:
        """Drop what would have been sent after `at_s`: the device fell silent."""
        while self._out and self._out[-1][0] > at_s:
            self._unread -= len(self._out.pop()[1])

    def _enter(self, at_s: float) -> None:
        line = self._line.decode("utf-8", "replace").strip()
        self._line.clear()
        self._send(at_s, b"\r\n")
        if self.held:
            self._waiting.append(line)
        else:
            self._carry_out(at_s, line)

    def _carry_out(self, at_s: float, line: str) -> None:
        answer = self._run(at_s, line) if line else []
        body = "".join(f"{text}\n" for text in answer)
        self.say(at_s + (self._reply_s if line else 0.0), body if self.held else body + self._prompt)

    def _give_up(self, at_s: float, byte: int) -> None:
        """Ctrl-U forgets the line; Ctrl-C does, ends what runs, and prompts for the lines that wait."""
        if byte == _CTRL_U:
            self._send(at_s, b"\b \b" * len(self._line))
            self._line.clear()
            return
        self._line.clear()
        if self.held:
            self.held = False
            self._interrupt()
        self.prompt(at_s, "^C\n")
        while self._waiting and not self.held:
            self._carry_out(at_s, self._waiting.popleft())

    def _rub_out(self, at_s: float) -> None:
        if self._line:
            self._line.pop()
            self._send(at_s, b"\b \b")

    def _send(self, at_s: float, data: bytes) -> None:
        # A line keeps its order: nothing overtakes what was sent before.
        due = max(at_s, self._out[-1][0]) if self._out else at_s
        self._out.append((due, data))
        self._unread += len(data)
        while self._unread > _MOST_UNREAD:
            self._unread -= len(self._out.popleft()[1])
