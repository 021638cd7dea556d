"""A Tcl script into commands, words and parts, after the twelve rules of Tcl(n); messages are Jim Tcl's.

Left out: `{*}` and array elements. Nesting of `[…]` is bounded. Neighbour: `interpreter.py` carries it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DEEPEST = 32  # of [ ] in each other (estimate: a person's are three deep)

_SPACE, _ENDS = " \t\r\f\v", "\n;"
_NAME = re.compile(r"(?:[A-Za-z0-9_]|::)+", re.ASCII)
_HEX = {"x": re.compile(r"[0-9a-fA-F]{1,2}"), "u": re.compile(r"[0-9a-fA-F]{1,4}")}
_BRACE = re.compile(r"[{}]|\\.", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_.,:/+=-]+")
_OCTAL = re.compile(r"[0-7]{1,3}")
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CONTINUED = re.compile(r"\n[ \t]*")
_TOO_DEEP = "Too many nested evaluations. Infinite recursion?"


class TclError(Exception):
    """What a script ends with other than well: an error, or one of Tcl's other codes.

    Args:
        result: the text that `catch` puts into its variable.
        code: 1 is an error, 2 a `return`, OpenOCD's own are negative.
    """

    def __init__(self, result: str, code: int = 1) -> None:
        super().__init__(result)
        self.result = result
        self.code = code


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Script:
    """Commands, each of them words."""

    commands: tuple[tuple[Word, ...], ...]


Part = str | Variable | Script
Word = tuple[Part, ...]


def read_script(text: str) -> Script:
    """The whole script.

    Raises:
        TclError: a quote, a brace or a bracket that is not closed.
    """
    reader = _Reader(text)
    return reader.script(closed=False)


class _Reader:
    """One pass over the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def script(self, *, closed: bool) -> Script:
        """Commands up to the end, or with `closed` to the bracket that ends them."""
        commands: list[tuple[Word, ...]] = []
        words: list[Word] = []
        while True:
            self._skip_space()
            here = self._look()
            if not here or here in _ENDS or (closed and here == "]"):
                if words:
                    commands.append(tuple(words))
                    words = []
                if not here and closed:
                    raise TclError('unmatched "["')
                self._at += 1
                if not here or here == "]":
                    return Script(tuple(commands))
            elif here == "#" and not words:
                self._skip_comment()
            else:
                words.append(self._word(closed=closed))

    def _look(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_space(self) -> None:
        while True:
            if self._look() and self._look() in _SPACE:
                self._at += 1
            elif self._text.startswith("\\\n", self._at):
                self._at += 2
            else:
                return

    def _skip_comment(self) -> None:
        while (here := self._look()) and here != "\n":
            self._at += 2 if here == "\\" else 1

    def _word(self, *, closed: bool) -> Word:
        here = self._look()
        if here == "{":
            return self._braced(closed=closed)
        if here == '"':
            self._at += 1
            quoted = self._parts('"')
            if self._look() != '"':
                raise TclError("missing quote")
            self._at += 1
            return (*quoted, *self._parts(_SPACE + _ENDS + ("]" if closed else "")))
        return self._parts(_SPACE + _ENDS + ("]" if closed else ""))

    def _braced(self, *, closed: bool) -> Word:
        """Text as it is up to the brace that closes it."""
        start, depth = self._at + 1, 0
        while found := _BRACE.search(self._text, self._at):
            self._at = found.end()
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth == 0:
                break
        else:
            raise TclError("missing close-brace")
        after = self._look()
        if after and after not in _SPACE + _ENDS and not (closed and after == "]") and after != "\\":
            raise TclError("extra characters after close-brace")
        return (self._text[start : self._at - 1],)

    def _parts(self, ends: str) -> Word:
        """What is substituted, up to one of `ends` or the end of the text."""
        parts: list[Part] = []
        plain: list[str] = []
        while (here := self._look()) and here not in ends:
            if here == "\\":
                if self._text.startswith("\\\n", self._at) and "\n" in ends:
                    break
                plain.append(self._escaped())
                continue
            if run := _PLAIN.match(self._text, self._at):
                self._at = run.end()
                plain.append(run[0])
                continue
            part: Part = self._bracketed() if here == "[" else self._variable() if here == "$" else here
            if isinstance(part, str):
                self._at += here != "$"
                plain.append(part)
                continue
            if plain:
                parts.append("".join(plain))
                plain = []
            parts.append(part)
        return (*parts, "".join(plain)) if plain or not parts else tuple(parts)

    def _bracketed(self) -> Script:
        self._at += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise TclError(_TOO_DEEP)
        script = self.script(closed=True)
        self._depth -= 1
        return script

    def _variable(self) -> Variable | str:
        """A `$` before what can be no name is itself."""
        self._at += 1
        if self._look() == "{":
            end = self._text.find("}", self._at)
            if end < 0:
                raise TclError("missing close-brace")
            name = self._text[self._at + 1 : end]
            self._at = end + 1
            return Variable(name)
        found = _NAME.match(self._text, self._at)
        if not found:
            return "$"
        self._at = found.end()
        return Variable(found[0])

    def _escaped(self) -> str:
        """A backslash and what it makes of what follows."""
        self._at += 1
        here = self._look()
        if continued := _CONTINUED.match(self._text, self._at):
            self._at = continued.end()
            return " "
        octal = _OCTAL.match(self._text, self._at)
        if octal:
            self._at = octal.end()
            return chr(int(octal[0], 8))
        self._at += 1
        if here in _HEX and (digits := _HEX[here].match(self._text, self._at)):
            self._at = digits.end()
            return chr(int(digits[0], 16))
        return _SIMPLE.get(here, here or "\\")
