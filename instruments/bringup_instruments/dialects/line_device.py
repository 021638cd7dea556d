"""A line-oriented instrument: keeps the `MessageDevice` contract for dialects that know no SCPI message exchange.

A command ends at a terminator (or where the wire marks an end); each answer is a message of its own and waits in a
first-in first-out queue until it is read, as bytes wait in a UART. Commands act at once; their answers come when
the instrument has thought about them and the line has carried them. Neighbours: `scpi/message_device.py` is the
contract, `models/` holds the instruments, `wires/` and `pyvisa_bringup` carry the bytes.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable

from bringup.clock import Clock

from ..scpi.message_device import Polled

LONGEST_LINE = 4096  # bytes without a terminator, beyond any sane command (estimate); dropped up to the next one
MESSAGE_AVAILABLE = 16
SERVICE = 64
_MEASURED_BYTES = 8  # of an answer that is worked out later, for the time that it takes on the line
_ENDLESS_NAP_S = 3600.0  # an infinite timeout sleeps in pieces, so that an answer from another thread is seen

Answer = str | Callable[[], str]


class LineDevice:
    """Base of instruments that take lines.

    Attributes:
        line_ends: each of these bytes ends a command.
        reply_end: what ends an answer.
        reply_s: how long the instrument thinks about a command before it answers.
        byte_s: how long the line takes for a byte of command or answer; 0 where that does not matter.
        service_enable: which bits of `summary()` request service.

    Args:
        clock: the lab's time.
    """

    line_ends = b"\r\n"
    reply_end = b"\r\n"
    reply_s = 0.0
    byte_s = 0.0
    service_enable = 0

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._input = bytearray()
        self._overrun = False
        self._busy_until_s = 0.0
        self._messages: deque[tuple[float, Answer]] = deque()  # when it is due, and what
        self._rest = b""  # of the message that is being read
        self._in_transit = False
        self._reasons = 0
        self._requests = 0
        self._request = False

    # What a dialect overrides.

    def obey(self, line: str) -> Iterable[Answer]:
        """Carry out one command line, without its terminator; its answers, each a message.

        An answer that is a function is worked out when it is due: what a meter shows when it has measured.
        """
        raise NotImplementedError

    def on_power_on(self) -> None:
        """The power came back: settings as they are then."""
        raise NotImplementedError

    def observe(self) -> None:
        """Bring conditions up to date with the physics; called before anything is carried out or reported."""

    def summary(self) -> int:
        """The status byte without bit 6."""
        return MESSAGE_AVAILABLE if self.message_available else 0

    # What a dialect uses.

    def say(self, answer: Answer, after_s: float = 0.0) -> None:
        """Queue a message; it goes out after `after_s` and after what was queued before."""
        now_s = self.clock.now()
        length = len(self.reply_end) + (len(answer) if isinstance(answer, str) else _MEASURED_BYTES)
        self._busy_until_s = max(self._busy_until_s, now_s) + after_s + length * self.byte_s
        self._messages.append((self._busy_until_s, answer))

    @property
    def message_available(self) -> bool:
        """Whether an answer waits to be read."""
        return self._in_transit or bool(self._rest) or bool(self._messages and self._messages[0][0] <= self.clock.now())

    # The message contract.

    def write(self, data: bytes, end: bool = True) -> None:
        """Take bytes and carry out the lines that they complete."""
        with self._lock:
            for line in self._lines(data, end):
                self._carry_out(line)
            self._watch()

    def message_end(self, buffer: bytes | bytearray) -> int:
        """Where the first line ends, or 0."""
        ends = [place for place in (buffer.find(byte) + 1 for byte in self.line_ends) if place]
        return min(ends, default=0)

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        """Take response bytes, of one message at a time; waits on the lab's clock.

        Raises:
            TimeoutError: no answer came within `timeout_s` of lab time.
        """
        give_up_at_s = self.clock.now() + timeout_s
        while True:
            polled = self.poll(max_bytes)
            if polled.data:
                return polled.data, polled.ended
            now_s = self.clock.now()
            if now_s >= give_up_at_s:
                self.starved()
                raise TimeoutError(f"{type(self).__name__}: no answer within {timeout_s:g} s")
            nap_s = min(give_up_at_s - now_s, polled.next_at_s - now_s, _ENDLESS_NAP_S)
            self.clock.sleep(max(nap_s, 0.0))  # no lock is held while lab time passes

    def poll(self, max_bytes: int, *, received: bool = True) -> Polled:
        """Take output if there is any; never waits."""
        with self._lock:
            self.observe()
            if not self._rest and self._messages and self._messages[0][0] <= self.clock.now():
                answer = self._messages.popleft()[1]
                self._rest = (answer if isinstance(answer, str) else answer()).encode("latin-1") + self.reply_end
            taken, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
            if taken and not received:
                self._in_transit = True
            self._watch()
            expecting = bool(self._rest or self._messages)
            return Polled(taken, bool(taken) and not self._rest, expecting, self._next_at_s())

    def received(self) -> None:
        """Output that was in transit has arrived."""
        with self._lock:
            self._in_transit = False
            self._watch()

    def clear(self) -> None:
        """Forget half a command and all that was not read; settings stay."""
        with self._lock:
            self._forget()

    def status_byte(self) -> int:
        """Serial poll: the status byte with RQS in bit 6, which the poll takes away."""
        with self._lock:
            self.observe()
            self._watch()
            byte = self.summary()
            if self._request:
                self._request = False
                byte |= SERVICE
            return byte

    def service_requests(self) -> int:
        """Rising edges of RQS so far, as of now."""
        with self._lock:
            self.observe()
            self._watch()
            return self._requests

    def starved(self) -> None:
        """A reader gave up waiting; IEEE 488.2 instruments note a query error."""

    # What happens beside the messages.

    def power_cycle(self) -> None:
        """The mains failed for a moment: what is volatile is lost."""
        with self._lock:
            self._forget()
            self._reasons = 0
            self._request = False
            self._busy_until_s = 0.0
            self.on_power_on()
            self.observe()

    def act(self, command: str) -> None:
        """Do at the front panel what `command` would do; nothing is answered."""
        with self._lock:
            self.observe()
            for _ in self.obey(command):
                pass

    # The inside.

    def _forget(self) -> None:
        self._input.clear()
        self._messages.clear()
        self._rest = b""
        self._overrun = self._in_transit = False

    def _next_at_s(self) -> float:
        if self._rest:
            return self.clock.now()
        return self._messages[0][0] if self._messages else math.inf

    def _lines(self, data: bytes, end: bool) -> list[str]:
        lines: list[str] = []
        for byte in data:
            if byte in self.line_ends:
                self._complete(lines)
            elif len(self._input) < LONGEST_LINE:
                self._input.append(byte)
            else:
                self._overrun = True
        if end and self._input:
            self._complete(lines)
        return lines

    def _complete(self, lines: list[str]) -> None:
        if not self._overrun:
            lines.append(self._input.decode("latin-1"))
        self._input.clear()
        self._overrun = False

    def _carry_out(self, line: str) -> None:
        self.observe()
        thinking_s = self.reply_s + (len(line) + 1) * self.byte_s
        for text in self.obey(line):
            self.say(text, thinking_s)
            thinking_s = 0.0

    def _watch(self) -> None:
        """Request service when a new enabled reason appears (IEEE 488.2, 11.3)."""
        if not self.service_enable and not self._reasons:
            return
        reasons = self.summary() & self.service_enable
        if reasons & ~self._reasons:
            self._request = True
            self._requests += 1
        elif not reasons:
            self._request = False
        self._reasons = reasons
