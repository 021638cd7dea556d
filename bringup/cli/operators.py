"""Operators at a terminal.

A plan's hold runs on its slot's task, but only the main thread may talk to the terminal and hear Ctrl-C: the task puts
its question on the desk and waits, the main thread serves the desk. Lab time stands still meanwhile on the simulated
lab, and passes on a real bench.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import Aborted
from ..events import EventKind
from ..runner.night_log import NightLog
from ..runner.stopping import Stopping
from .answers import Answers

WAKE_S = 0.05


@dataclass(slots=True)
class _Item:
    """A question, or (with `answered` already set) a line to show."""

    text: str
    slot: str
    answered: threading.Event = field(default_factory=threading.Event)
    goes_on: bool = False


class PromptDesk:
    """Where slots' questions wait for the main thread.

    Args:
        stop: the wish to stop; a hold ends with it.
    """

    def __init__(self, stop: Stopping) -> None:
        self._stop = stop
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._answers = Answers(stop)

    def ask(self, text: str, slot: str) -> None:
        """From a slot's task: wait for the answer.

        Raises:
            Aborted: the answer was no, or a stop was wished for meanwhile.
        """
        item = _Item(text, slot)
        self._items.put(item)
        while not item.answered.wait(WAKE_S):
            if self._stop.reason:
                raise Aborted(self._stop.reason)
        if not item.goes_on:
            raise Aborted(f"the operator said no at: {text}")

    def tell(self, text: str, slot: str) -> None:
        """From a slot's task: show a line."""
        item = _Item(text, slot)
        item.answered.set()
        self._items.put(item)

    def serve(self, show: Callable[[str], None], pause: Callable[[], None]) -> None:
        """From the main thread: show what was told, ask what was asked.

        Args:
            show: prints a line.
            pause: makes the terminal free for a prompt.

        Raises:
            Aborted: a signal came while the person was asked.
        """
        while not self._items.empty():
            item = self._items.get()
            if item.answered.is_set():
                show(f"{item.slot} {item.text}")
                continue
            pause()
            item.goes_on = self._ask(item)
            item.answered.set()

    def _ask(self, item: _Item) -> bool:
        while True:
            sys.stdout.write(f"{item.slot} HOLD {item.text} [y/n] ")
            sys.stdout.flush()
            try:
                answer = self._answers.line().strip().lower()
            except EOFError:
                sys.stdout.write("\n")
                return False
            if answer in ("y", "yes", "n", "no"):
                return answer.startswith("y")


class AskingOperator:
    """Somebody sits at the terminal.

    Args:
        desk: where questions go.
        log: keeps what was asked and answered.
        slot: whose plan asks.
    """

    def __init__(self, desk: PromptDesk, log: NightLog, slot: str) -> None:
        self._desk = desk
        self._log = log
        self._slot = slot

    def hold(self, question: str) -> None:
        """Ask and wait; see `bringup.operator.Operator`."""
        try:
            self._desk.ask(question, self._slot)
        except Aborted as problem:
            self._log.event(EventKind.HELD, f"{question} - {problem}", self._slot)
            raise
        self._log.event(EventKind.HELD, f"{question} - yes", self._slot)

    def tell(self, message: str) -> None:
        """Show a line."""
        self._desk.tell(message, self._slot)


class YesOperator:
    """Nobody watches: every hold is answered with yes, and the journal says so.

    Args:
        desk: where lines to show go.
        log: keeps what was asked.
        slot: whose plan asks.
    """

    def __init__(self, desk: PromptDesk, log: NightLog, slot: str) -> None:
        self._desk = desk
        self._log = log
        self._slot = slot

    def hold(self, question: str) -> None:
        """Record the question as answered by nobody."""
        self._log.event(EventKind.HELD, f"{question} - yes, unattended", self._slot)

    def tell(self, message: str) -> None:
        """Show a line."""
        self._desk.tell(message, self._slot)
