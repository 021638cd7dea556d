"""One command at work: what it was given, what it said, how it ended. Neighbours: `interpreter` makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machine import Machine

MOST_SAID = 1 << 20
"""Characters that one command says; what is more is cut, so that no line typed fills the memory."""


@dataclass(slots=True)
class Call:
    """One command's run.

    Attributes:
        machine: what it runs on.
        at_s: when.
        name: by which it was called.
        arguments: behind its name.
        given: lines that the command before it in a pipe said.
        out: lines that it says to the next command, a file or the console.
        complaints: lines that go to the console whatever becomes of its output.
        status: its exit code.
        said: characters that it has said so far.
    """

    machine: Machine
    at_s: float
    name: str
    arguments: list[str]
    given: list[str] | None = None
    out: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    status: int = 0
    said: int = 0

    def say(self, *lines: str) -> None:
        """Print lines, as long as there is room."""
        if self.said <= MOST_SAID:
            self.said += sum(map(len, lines))
            self.out += lines

    def fail(self, text: str, status: int = 1) -> None:
        """Complain, and end with a code that is not 0."""
        self.complaints.append(text)
        self.status = status


Command = Callable[[Call], None]
