"""The message exchange of IEEE 488.2, chapter 6, on the lab's clock.

Program messages are compiled once, executed in order, and answered through one output queue. A command that takes
lab time is a generator that yields seconds: the input waits behind it, and the *read* sleeps until it is done.
One overlapped operation (an acquisition that INITiate started) may run beside the input; *OPC, *OPC? and
*WAI wait for it. Both are carried forward by whoever touches the instrument next; nothing here has a thread.
Neighbours: `program.py` compiles, `device.py` is the instrument that is built on this.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator

from bringup.clock import Clock

from .command import Activity, Result
from .errors import ScpiError
from .input_buffer import InputBuffer
from .lexer import message_end
from .message_device import Polled
from .overlapped import Overlapped
from .program import Program, compile_message
from .status import Status
from .tree import Tree

OUTPUT_LIMIT = 1 << 24  # bytes of one response (estimate); then -430, the output is lost
PROGRAMS_KEPT = 2048  # compiled messages; a night repeats far fewer
ENDLESS_NAP_S = 3600.0  # an infinite timeout sleeps in pieces, so that an answer from another thread is seen


class MessageExchange:
    """The input, the execution and the output of one instrument; keeps the `MessageDevice` contract.

    Args:
        clock: the lab's time.
        identity: answer to *IDN?.
        status: where errors and availability are reported.
    """

    _tree: Tree  # what the instrument understands

    def __init__(self, clock: Clock, identity: str, status: Status) -> None:
        self.clock = clock
        self.identity = identity
        self.status = status
        self.overlapped = Overlapped(clock, status)
        self._lock = threading.Lock()
        self._programs: dict[bytes, Program] = {}
        self._input = InputBuffer()
        self._queued: deque[Program] = deque()
        self._calls: Iterator[Callable[[], Result]] | None = None  # of the message under execution
        self._activity: Activity | None = None  # the call that waits for lab time
        self._resume_at_s = 0.0
        self._answers: list[str] = []
        self._answering = False  # the message under execution has a query, and nobody gave up on it
        self._output = b""
        self._in_transit = False  # a server has taken output that its client may not have yet

    def observe(self) -> None:
        """Bring conditions up to date with the physics; called whenever something is about to execute."""

    # The message contract.

    def write(self, data: bytes, end: bool = True) -> None:
        """Take program message bytes and execute what is complete; never waits."""
        with self._lock:
            if self._activity is not None or self.overlapped.due_s < math.inf:
                self._catch_up()
            if self._output or self._answering or self._in_transit:
                self._interrupt()
            program = None if self._input.pending else self._programs.get(data)
            if program is None:
                self._take_in(data, end)
            elif self._calls is None:  # the usual case: idle, and a message that was seen before
                self._run(program)
            else:
                self._queued.append(program)
            if self.status.service_enable:
                self.status.watch(self.message_available)

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        """Take response bytes; waits on the lab's clock while the answer is being made.

        Raises:
            TimeoutError: no answer came within `timeout_s` of lab time.
        """
        with self._lock:
            output = self._output
            if output and len(output) <= max_bytes:  # the usual case first
                self._output = b""
                if self.status.service_enable:
                    self.status.watch(message_available=False)
                return output, True
            give_up_at_s = self.clock.now() + timeout_s
            self._catch_up()
            if not self.expecting:
                self.status.report(ScpiError(-420))
        while True:
            output, ended, wake_at_s = self._look(max_bytes)
            if output:
                return output, ended
            now_s = self.clock.now()
            if now_s >= give_up_at_s:
                raise TimeoutError(f"{self.identity}: no answer within {timeout_s:g} s")
            nap_s = min(give_up_at_s - now_s, wake_at_s - now_s, ENDLESS_NAP_S)
            self.clock.sleep(max(nap_s, 0.0))  # no lock is held while lab time passes

    def _look(self, max_bytes: int) -> tuple[bytes, bool, float]:
        """Output if there is any, whether it ends there, and else when it is worth looking again."""
        with self._lock:
            self._catch_up()
            output, self._output = self._output[:max_bytes], self._output[max_bytes:]
            return output, not self._output, self._next_at_s() if self.expecting else math.inf

    def message_end(self, buffer: bytes | bytearray) -> int:
        """A newline ends a message, but inside a block."""
        return message_end(buffer)

    def poll(self, max_bytes: int, *, received: bool = True) -> Polled:
        """Take output if there is any; never waits."""
        with self._lock:
            self._catch_up()
            output, self._output = self._output[:max_bytes], self._output[max_bytes:]
            if output and not received:
                self._in_transit = True
            self.status.watch(self.message_available)
            return Polled(output, not self._output, self.expecting, self._next_at_s())

    def received(self) -> None:
        """Output that was in transit has arrived."""
        with self._lock:
            self._in_transit = False
            self.status.watch(self.message_available)

    def service_requests(self) -> int:
        """Rising edges of RQS so far, as of now."""
        with self._lock:
            self._catch_up()
            self.observe()
            self.status.watch(self.message_available)
            return self.status.requests

    def clear(self) -> None:
        """Device clear (IEEE 488.2, 5.8): input, output and execution are forgotten, settings and errors stay."""
        with self._lock:
            self._forget()

    def status_byte(self) -> int:
        """Serial poll."""
        with self._lock:
            self._catch_up()
            self.observe()
            return self.status.serial_poll(self.message_available)

    @property
    def message_available(self) -> bool:
        """Whether an answer waits to be read (MAV)."""
        return bool(self._output) or self._in_transit

    @property
    def expecting(self) -> bool:
        """Whether an answer is there or will come without a further write."""
        return bool(self._output) or self._answering or any(program.answers for program in self._queued)

    # Input.

    def _take_in(self, data: bytes, end: bool) -> None:
        for message in self._input.take(data, end):
            if message is None:
                self.status.report(ScpiError(-363))
            else:
                self._enqueue(message)
        self._execute()

    def _enqueue(self, message: bytes) -> None:
        program = self._programs.get(message)
        if program is None:
            program = compile_message(self._tree, message)
            if message.endswith(b"\n"):  # only then is it complete however the wire marks the end
                if len(self._programs) >= PROGRAMS_KEPT:
                    self._programs.clear()
                self._programs[message] = program
        if program.calls:
            self._queued.append(program)

    # Execution.

    def _execute(self) -> None:
        """Run queued messages until one waits for lab time."""
        while self._calls is None and self._queued:
            if self._output:  # the one before was answered, and its answer is not read (6.3.2.3)
                self._interrupt()
            self._run(self._queued.popleft())

    def _run(self, program: Program) -> None:
        """Start a message; nothing is under execution."""
        self.observe()
        if program.only is None:
            self._answering = program.answers
            self._calls = iter(program.calls)
            self._go_on(self._calls)
            return
        try:
            result = program.only()
        except ScpiError as error:
            self.status.report(error)
            return
        if isinstance(result, str):
            self._answer(result)
        elif result is not None:
            self._answering = program.answers
            self._calls = iter(())
            if self._wait_for(result):
                self._go_on(self._calls)

    def _wait_for(self, activity: Activity) -> bool:
        """Take up a call that needs lab time; True if it has ended already."""
        self._activity = activity
        self._resume_at_s = self.clock.now()
        return self._step_activity()

    def _go_on(self, calls: Iterator[Callable[[], Result]]) -> None:
        """Run the calls of the present message until it ends or one waits."""
        answers = self._answers
        try:
            for call in calls:
                try:
                    result = call()
                except ScpiError as error:
                    self.status.report(error)
                    continue
                if isinstance(result, str):
                    answers.append(result)
                elif result is not None and not self._wait_for(result):
                    return
        except BaseException:
            self._abandon()  # a mistake in a model must not leave half a message behind
            raise
        self._calls = None
        if answers:
            if self._answering:
                self._answer(";".join(answers))
            answers.clear()
        self._answering = False

    def _answer(self, text: str) -> None:
        if len(text) > OUTPUT_LIMIT:
            self.status.report(ScpiError(-430))
            return
        self._output = text.encode("latin-1") + b"\n"

    def _step_activity(self) -> bool:
        """Carry the waiting call one step on; True when it has ended."""
        assert self._activity is not None  # noqa: S101
        try:
            self._resume_at_s += next(self._activity)
        except StopIteration as stop:
            self._activity = None
            if stop.value is not None:
                self._answers.append(stop.value)
            return True
        except ScpiError as error:
            self._activity = None
            self.status.report(error)
            return True
        return False

    def _catch_up(self) -> None:
        """Do all that has come due by now: the overlapped operation first, then the waiting call."""
        while self._next_at_s() <= self.clock.now():
            if self.overlapped.due_s <= self.clock.now():
                self.overlapped.step()
            elif self._activity is not None and self._step_activity():
                self.observe()
                if self._calls is not None:
                    self._go_on(self._calls)
                self._execute()

    def _next_at_s(self) -> float:
        due_s = self.overlapped.due_s
        return due_s if self._activity is None else min(due_s, self._resume_at_s)

    def _abandon(self) -> None:
        if self._activity is not None:
            self._activity.close()
        self._activity = None
        self._calls = None
        self._answers.clear()
        self._answering = False

    # Output.

    def _forget(self) -> None:
        self._abandon()
        self._input.clear()
        self._queued.clear()
        self._output = b""
        self._in_transit = False
        self.overlapped.forget_announcement()

    def _interrupt(self) -> None:
        """New input before the answer was read: the answer is lost (IEEE 488.2, 6.3.2.3)."""
        self._output = b""
        self._answering = self._in_transit = False
        self.status.report(ScpiError(-410))
