"""A SCPI instrument: message exchange as IEEE 488.2 chapter 6 has it, on the lab's clock.

Program messages are compiled once, executed in order, and answered through one output queue. A command that takes
lab time is a generator that yields seconds: the input waits behind it, and the *read* sleeps until it is done.
One overlapped operation (an acquisition that INITiate started) may run beside the input; *OPC, *OPC? and
*WAI wait for it. Both are carried forward by whoever touches the instrument next; nothing here has a thread.
Neighbours: `program.py` compiles, `common.py` adds the common commands, `models/` declares instruments.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any

from bringup.clock import Clock

from .command import Activity, Result, commands_of, settings_of
from .common import CommonCommands, register_commands
from .errors import ScpiError
from .lexer import message_end
from .overlapped import Overlapped
from .program import Program, compile_message
from .status import Status
from .tree import Tree

INPUT_LIMIT = 1 << 20  # bytes without a terminator, beyond any sane message (estimate); then -363
OUTPUT_LIMIT = 1 << 24  # bytes of one response (estimate); then -430, the output is lost
PROGRAMS_KEPT = 2048  # compiled messages; a night repeats far fewer
ENDLESS_NAP_S = 3600.0  # an infinite timeout sleeps in pieces, so that an answer from another thread is seen


class ScpiDevice:
    """Base of every SCPI instrument; keeps the `MessageDevice` contract.

    A model declares its commands on itself and overrides `observe`, `on_reset` and `on_trigger` as needed.

    Args:
        clock: the lab's time.
        identity: answer to *IDN?.
    """

    scpi_version = "1999.0"
    error_capacity = 20
    no_error = '+0,"No error"'
    has_transition_filters = True

    def __init__(self, clock: Clock, identity: str) -> None:
        self.clock = clock
        self.identity = identity
        self.status = Status(self.error_capacity)
        self.overlapped = Overlapped(clock, self.status)
        self._lock = threading.Lock()
        self._tree = Tree(self._all_commands())
        self._programs: dict[bytes, Program] = {}
        self._input = bytearray()
        self._overrun = False
        self._queued: deque[Program] = deque()
        self._calls: Iterator[Callable[[], Result]] | None = None  # of the message under execution
        self._activity: Activity | None = None  # the call that waits for lab time
        self._resume_at_s = 0.0
        self._answers: list[str] = []
        self._answering = False  # the message under execution has a query, and nobody gave up on it
        self._output = b""

    # What a model overrides.

    def observe(self) -> None:
        """Bring conditions up to date with the physics; called whenever something is about to execute."""

    def on_reset(self) -> None:
        """Follow the settings after *RST."""

    def on_trigger(self) -> None:
        """*TRG arrived."""
        raise ScpiError(-211)

    def self_test(self) -> int:
        """Result of *TST?."""
        return 0

    # The message contract.

    def write(self, data: bytes, end: bool = True) -> None:
        """Take program message bytes and execute what is complete; never waits."""
        with self._lock:
            if self._activity is not None or self.overlapped.due_s < math.inf:
                self._catch_up()
            if self._output or self._answering:
                self._interrupt()
            program = None if self._input or self._overrun else self._programs.get(data)
            if program is None:
                self._take_in(data, end)
            elif self._calls is None:  # the usual case: idle, and a message that was seen before
                self._run(program)
            else:
                self._queued.append(program)
            if self.status.service_enable:
                self.status.watch(bool(self._output))

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

    def clear(self) -> None:
        """Device clear (IEEE 488.2, 5.8): input, output and execution are forgotten, settings and errors stay."""
        with self._lock:
            self._abandon()
            self._input.clear()
            self._overrun = False
            self._queued.clear()
            self._output = b""
            self.overlapped.forget_announcement()

    def status_byte(self) -> int:
        """Serial poll."""
        with self._lock:
            self._catch_up()
            self.observe()
            return self.status.serial_poll(bool(self._output))

    @property
    def message_available(self) -> bool:
        """Whether an answer waits to be read (MAV)."""
        return bool(self._output)

    @property
    def expecting(self) -> bool:
        """Whether an answer is there or will come without a further write."""
        return bool(self._output) or self._answering or any(program.answers for program in self._queued)

    # What commands use.

    def reset(self) -> None:
        """*RST: settings to their table, the operation and *OPC forgotten."""
        self.overlapped.forget_announcement()
        self.overlapped.abort()
        for name, setting in settings_of(type(self)):
            if not setting.kept:
                setattr(self, name, setting.reset)
        self.on_reset()

    def until_idle(self) -> Generator[float, None, None]:
        """Wait for the end of the overlapped operation."""
        while self.overlapped.busy:
            yield max(self.overlapped.due_s - self._resume_at_s, 0.0)

    # Input.

    def _all_commands(self) -> Iterator[Any]:
        yield from commands_of(CommonCommands(self))
        filters = self.has_transition_filters
        yield from register_commands("STATus:OPERation", self.status.operation, filters=filters)
        yield from register_commands("STATus:QUEStionable", self.status.questionable, filters=filters)
        yield from commands_of(self)

    def _take_in(self, data: bytes, end: bool) -> None:
        self._input += data
        while length := message_end(self._input):
            message = bytes(self._input[:length])
            del self._input[:length]
            self._enqueue(message)
        if self._input and end:
            message = bytes(self._input)
            self._input.clear()
            self._enqueue(message)
        elif len(self._input) > INPUT_LIMIT:
            self._input.clear()
            self._overrun = True
        if end:
            self._overrun = self._overrun and self._lost()
        self._execute()

    def _lost(self) -> bool:
        self.status.report(ScpiError(-363))
        return False

    def _enqueue(self, message: bytes) -> None:
        """Compile a complete message; the tail of one that overran the input is dropped instead."""
        if self._overrun:
            self._overrun = self._lost()
            return
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
            if len(result) > OUTPUT_LIMIT:
                self.status.report(ScpiError(-430))
            else:
                self._output = result.encode("latin-1") + b"\n"
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
        else:
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

    def _interrupt(self) -> None:
        """New input before the answer was read: the answer is lost (IEEE 488.2, 6.3.2.3)."""
        self._output = b""
        self._answering = False
        self.status.report(ScpiError(-410))
