"""A typed line, taken apart: commands between `;`, `&&`, `||` and `|`, their words, and where their output goes.

Quotes and backslashes are `shlex`'s; operators count only outside of them. `$?` stays in the words, to be filled in
when its command runs. Neighbours: `interpreter` runs what comes out.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

_OPERATORS = ("&&", "||", ">>", ";", "|", ">")
_HIDDEN_DOLLAR = "\x00"
STATUS = "$?"


class SyntaxMistake(ValueError):
    """A line that no shell can read; the text is what it says."""


@dataclass(frozen=True, slots=True)
class Simple:
    """One command.

    Attributes:
        words: its name and arguments.
        target: the file that its output goes to, or "".
        appends: whether it is added to that file.
    """

    words: tuple[str, ...]
    target: str = ""
    appends: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands that feed each other.

    Attributes:
        when: what it hangs on: ";" always, "&&" where the one before succeeded, "||" where it failed.
        commands: from left to right.
    """

    when: str
    commands: tuple[Simple, ...]


def parse(line: str) -> tuple[Pipeline, ...]:
    """Take a line apart.

    Raises:
        SyntaxMistake: quotes that do not end, or an operator without its command.
    """
    chunks = _chunks(line.replace(_HIDDEN_DOLLAR, ""))
    pipelines: list[Pipeline] = []
    commands: list[Simple] = []
    current: list[str] = []
    when, redirect, target, appends = ";", "", "", False
    for text, operator in zip(chunks[0::2], [*chunks[1::2], ";"], strict=True):
        words = _split(text)
        if redirect:
            target, appends, *words = _target(words, operator), redirect == ">>", *words[1:]
        current += words
        redirect = operator if operator in (">", ">>") else ""
        if redirect:
            continue
        if not current and not commands and when == operator == ";" and not target:
            continue  # nothing between two semicolons, or before the first
        if not current:
            raise _unexpected(operator)
        commands.append(Simple(tuple(current), target, appends))
        current, target, appends = [], "", False
        if operator != "|":
            pipelines.append(Pipeline(when, tuple(commands)))
            when, commands = operator, []
    return tuple(pipelines)


def expand(word: str, status: int) -> str:
    """A word as its command gets it: `$?` filled in, but where it stood in single quotes."""
    return word.replace(STATUS, str(status)).replace(_HIDDEN_DOLLAR, "$")


def _chunks(line: str) -> list[str]:
    """Text, operator, text …: operators within quotes or behind a backslash are text."""
    chunks, quote, place = [""], "", 0
    while place < len(line):
        letter = line[place]
        taken = letter
        if letter == "\\" and quote != "'":
            taken = line[place : place + 2]
        elif letter in ("'", '"') and quote in ("", letter):
            quote = "" if quote else letter
        elif letter == "$" and quote == "'":
            taken = _HIDDEN_DOLLAR
        elif not quote:
            operator = next((one for one in _OPERATORS if line.startswith(one, place)), "")
            if operator:
                chunks += [operator, ""]
                place += len(operator)
                continue
        chunks[-1] += taken
        place += len(taken)
    return chunks


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError as problem:
        raise SyntaxMistake(f"-bash: unexpected EOF while looking for matching quote: {problem}") from None


def _target(words: list[str], operator: str) -> str:
    if not words:
        raise _unexpected(operator)
    return words[0]


def _unexpected(operator: str) -> SyntaxMistake:
    return SyntaxMistake(f"-bash: syntax error near unexpected token `{operator}'")
