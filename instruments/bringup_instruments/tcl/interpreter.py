"""Carries out Tcl scripts: substitution, variables, `catch`, `return`, and the commands that a device adds.

Everything is bounded: a script by its length, a value, the variables and the depth by what is here. There are no
loops, so a script ends. Neighbours: `script.py` reads, `models/openocd.py` brings its commands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .script import Script, TclError, Variable, Word, read_script

LONGEST_VALUE = 1 << 16
LONGEST_WORK = 1 << 18  # signs that one request may have read, over all scripts within it
MOST_VARIABLES = 1000
DEEPEST = 48  # scripts that run within scripts

OK, ERROR, RETURN = 0, 1, 2

Command = Callable[[Sequence[str]], str]


class Interpreter:
    """One interpreter with its global variables.

    Attributes:
        commands: by name; each takes the words behind it.
    """

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {
            "set": self._set,
            "unset": self._unset,
            "catch": self._catch,
            "return": self._return,
            "error": self._error,
            "echo": lambda words: "",  # noqa: ARG005 - to the log, which nobody reads here
        }
        self._variables: dict[str, str] = {}
        self._depth = 0
        self._left = LONGEST_WORK

    def evaluate(self, text: str) -> str:
        """Run a script; the result of its last command.

        Raises:
            TclError: an error, or a `return` that nothing has caught.
        """
        if self._depth == 0:
            self._left = LONGEST_WORK
        self._left -= len(text) + 1
        if self._left < 0:  # and so is every further one: a catch does not get around it
            raise TclError("evaluation takes too long")
        return self._run(read_script(text))

    def _run(self, script: Script) -> str:
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise TclError("Too many nested evaluations. Infinite recursion?")
            result = ""
            for words in script.commands:
                result = self._call([self._substituted(word) for word in words])
            return result
        finally:
            self._depth -= 1

    def _call(self, words: list[str]) -> str:
        command = self.commands.get(words[0])
        if command is None:
            raise TclError(f'invalid command name "{words[0]}"')
        return _bounded(command(words[1:]))

    def _substituted(self, word: Word) -> str:
        return _bounded("".join(self._value(part) for part in word))

    def _value(self, part: str | Variable | Script) -> str:
        if isinstance(part, Variable):
            return self._get(part.name)
        return part if isinstance(part, str) else self._run(part)

    def _get(self, name: str) -> str:
        if name not in self._variables:
            raise TclError(f'can\'t read "{name}": no such variable')
        return self._variables[name]

    def _put(self, name: str, value: str) -> None:
        if name not in self._variables and len(self._variables) >= MOST_VARIABLES:
            raise TclError(f'can\'t set "{name}": out of memory')
        self._variables[name] = value

    def _set(self, words: Sequence[str]) -> str:
        if len(words) not in {1, 2}:
            raise TclError('wrong # args: should be "set varName ?newValue?"')
        if len(words) == 2:
            self._put(*words)
        return self._get(words[0])

    def _unset(self, words: Sequence[str]) -> str:
        for name in words:
            if name not in self._variables:
                raise TclError(f'can\'t unset "{name}": no such variable')
            del self._variables[name]
        return ""

    def _catch(self, words: Sequence[str]) -> str:
        if len(words) not in {1, 2, 3}:
            raise TclError('wrong # args: should be "catch ?-?no?code ... --? script ?resultVarName? ?optionVarName?"')
        code = OK
        try:
            result = self.evaluate(words[0])
        except TclError as end:
            code, result = end.code, end.result
        if len(words) > 1:
            self._put(words[1], result)
        if len(words) > 2:
            self._put(words[2], f"-code {code} -level {int(code == RETURN)}")
        return str(code)

    def _return(self, words: Sequence[str]) -> str:
        if len(words) > 1:
            raise TclError(
                'wrong # args: should be "return ?-code code? ?-errorinfo stacktrace? ?-level level? ?result?"'
            )
        raise TclError(words[0] if words else "", RETURN)

    def _error(self, words: Sequence[str]) -> str:
        if len(words) not in {1, 2}:
            raise TclError('wrong # args: should be "error message ?stacktrace?"')
        raise TclError(words[0])


def _bounded(value: str) -> str:
    if len(value) > LONGEST_VALUE:
        raise TclError("string is too long")
    return value
