"""What a pipe ends in: grep, head, tail, wc. Neighbours: `commands` names them, `file_tree` has their files."""

from __future__ import annotations

from collections.abc import Callable

from .call import Call
from .file_tree import FileTrouble

_DEFAULT_LINES = 10


def grep(call: Call) -> None:
    """Print the lines with a text in them (fixed, not a pattern); -i, -v and -c as usual. Fails where there is none."""
    options, rest = _options(call, "ivcF")
    if options is None or not rest:
        call.fail("usage: grep [-ivc] TEXT [FILE]...", 2)
        return
    lines = _lines(call, rest[1:])
    wanted = rest[0].lower() if "i" in options else rest[0]
    found = [one for one in lines if (wanted in (one.lower() if "i" in options else one)) != ("v" in options)]
    call.say(*([str(len(found))] if "c" in options else found))
    call.status = call.status or (0 if found else 1)


def head(call: Call) -> None:
    """The first lines."""
    _some(call, lambda lines, count: lines[:count])


def tail(call: Call) -> None:
    """The last lines."""
    _some(call, lambda lines, count: lines[-count:] if count else [])


def wc(call: Call) -> None:
    """Count lines (`-l` alone is known)."""
    options, rest = _options(call, "l")
    if options:
        call.say(str(len(_lines(call, rest))))
    else:
        call.fail("usage: wc -l [FILE]...", 2)


def _some(call: Call, cut: Callable[[list[str], int], list[str]]) -> None:
    count, rest = _DEFAULT_LINES, list(call.arguments)
    if rest[:1] == ["-n"] and len(rest) > 1:
        rest = [f"-{rest[1]}", *rest[2:]]
    if rest and rest[0].startswith("-"):
        if not rest[0][1:].isdecimal():
            call.fail(f"{call.name}: invalid number of lines: '{rest[0][1:]}'")
            return
        count = min(int(rest.pop(0)[1:]), 1_000_000)
    lines = _lines(call, rest)
    call.say(*cut(lines, count))


def _options(call: Call, known: str) -> tuple[str | None, list[str]]:
    """Letters of the options, and the other words; None for a letter that is not known."""
    letters = "".join(word[1:] for word in call.arguments if word.startswith("-"))
    rest = [word for word in call.arguments if not word.startswith("-")]
    return (letters if set(letters) <= set(known) else None), rest


def _lines(call: Call, paths: list[str]) -> list[str]:
    """Of the files, or of the pipe."""
    if not paths:
        return call.given or []
    lines: list[str] = []
    for path in paths:
        try:
            lines += call.machine.files.read(path).splitlines()
        except FileTrouble as trouble:
            call.fail(f"{call.name}: {path}: {trouble}", 2)
    return lines
