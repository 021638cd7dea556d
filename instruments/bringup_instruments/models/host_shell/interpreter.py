"""The shell: runs a line's commands one after the other, keeps the last exit code, and complains as bash does.

Neighbours: `words` takes the line apart, `commands` has what can be called, `../sled_host.py` prints what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping

from .call import MOST_SAID, Call, Command
from .file_tree import FileTrouble
from .machine import Machine
from .words import Pipeline, Simple, SyntaxMistake, expand, parse

NOT_FOUND = 127
MISUSED = 2
MOST_COMMANDS = 32
"""Of one line."""


class Interpreter:
    """A shell on a machine.

    Args:
        machine: what its commands run on.
        commands: by name.

    Attributes:
        status: exit code of the last command.
    """

    def __init__(self, machine: Machine, commands: Mapping[str, Command]) -> None:
        self._machine = machine
        self._commands = commands
        self.status = 0

    def run(self, at_s: float, line: str) -> list[str]:
        """Carry out a line; what comes on the console."""
        self._machine.now_s = at_s
        try:
            pipelines = parse(line)
        except SyntaxMistake as mistake:
            self.status = MISUSED
            return [str(mistake)]
        shown: list[str] = []
        for pipeline in pipelines[:MOST_COMMANDS]:
            if (pipeline.when == "&&" and self.status) or (pipeline.when == "||" and not self.status):
                continue
            self.status = self._pipe(at_s, pipeline, shown)
            if self._machine.foreground is not None or sum(map(len, shown)) > MOST_SAID:
                break  # the rest of a line is given up with what has the terminal, as Ctrl-C does it
        return shown

    def _pipe(self, at_s: float, pipeline: Pipeline, shown: list[str]) -> int:
        given: list[str] | None = None
        status = 0
        for simple in pipeline.commands[:MOST_COMMANDS]:
            words = [expand(word, self.status) for word in simple.words]
            call = Call(self._machine, at_s, words[0], words[1:], given)
            self._call(call)
            if self._machine.foreground is not None and (simple.target or len(pipeline.commands) > 1):
                self._machine.foreground = None
                call.fail(f"{call.name}: neither a file nor a pipe takes here what goes on until Ctrl-C")
            if simple.target:
                self._redirect(call, simple)
            shown += call.complaints
            given, status = call.out, call.status
        shown += given or []
        return status

    def _call(self, call: Call) -> None:
        while call.name in ("sudo", "command") and call.arguments:
            call.name = call.arguments.pop(0)
        found = self._commands.get(call.name)
        if found is None:
            call.fail(f"-bash: {call.name}: command not found", NOT_FOUND)
            return
        found(call)

    def _redirect(self, call: Call, simple: Simple) -> None:
        content = "".join(f"{line}\n" for line in call.out)
        call.out.clear()
        try:
            self._machine.files.write(simple.target, content, simple.appends)
        except FileTrouble as trouble:
            call.fail(f"-bash: {simple.target}: {trouble}")
