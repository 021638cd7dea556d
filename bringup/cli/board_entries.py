"""What a person types of a board, as entries of its history: `--rework "U37: reflowed"` and the like."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..boards import BoardEntry, BoardEventKind
from ..errors import UsageError
from ..nearest import unknown
from ..runner.person import person

_SCAN: Mapping[str, Callable[[str], object]] = {
    "revision": str,
    "lot": str,
    "wafer": int,
    "x": int,
    "y": int,
    "stepping": str,
}
_TORQUE: Mapping[str, Callable[[str], object]] = {"newton_metres": float, "tim": str}
_PLACE = re.compile(r"(chip\d+)?$")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood on the command line, as it stood there."""

    eco: Iterable[str] = ()
    rework: Iterable[str] = ()
    fixture: Iterable[str] = ()
    firmware: Iterable[str] = ()
    scan: Iterable[str] = ()
    torque: Iterable[str] = ()
    note: str | None = None
    attachment: Mapping[str, object] = field(default_factory=dict)
    correct: int | None = None
    because: str | None = None


def entries_of(typed: Typed) -> tuple[BoardEntry, ...]:
    """The entries that are meant, a correction first.

    Raises:
        UsageError: one cannot be understood; the message says how it is written.
    """
    entries = [_correction(typed.correct, typed.because)] if typed.correct is not None else []
    if typed.correct is None and typed.because is not None:
        raise UsageError("--because goes with --correct ID: it says why that entry was wrong")
    entries += [_entry(BoardEventKind.ECO, _worded("--eco", text), "done") for text in typed.eco]
    entries += [_entry(BoardEventKind.REWORK, *_named("--rework", text, "U37: reflowed")) for text in typed.rework]
    entries += [_fixture(text) for text in typed.fixture]
    entries += [_firmware(text) for text in typed.firmware]
    entries += [_measured(BoardEventKind.SCAN, "--scan", text, _SCAN) for text in typed.scan]
    entries += [_measured(BoardEventKind.TORQUE, "--torque", text, _TORQUE) for text in typed.torque]
    if typed.note is not None:
        entries.append(_entry(BoardEventKind.NOTE, "", _worded("--note", typed.note), typed.attachment))
    return tuple(entries)


def _entry(kind: BoardEventKind, item: str, text: str, data: Mapping[str, object] | None = None) -> BoardEntry:
    return BoardEntry(kind, item, text, person(), data or {})


def _correction(wrong: int, because: str | None) -> BoardEntry:
    why = _worded("--because", because or "")
    return BoardEntry(BoardEventKind.CORRECTION, "", why, person(), corrects=wrong)


def _worded(option: str, text: str) -> str:
    if not text.strip():
        raise UsageError(f"{option} needs a text" + ("; why was the entry wrong?" if option == "--because" else ""))
    return text.strip()


def _named(option: str, text: str, example: str) -> tuple[str, str]:
    item, colon, said = (part.strip() for part in text.partition(":"))
    if not colon or not item or not said:
        raise UsageError(f'{option} {text!r}: write what it is on, a colon, and what was done: {option} "{example}"')
    return item, said


def _fixture(text: str) -> BoardEntry:
    item, _, said = (part.strip() for part in text.partition(":"))
    return _entry(BoardEventKind.FIXTURE, _worded("--fixture", item), said)


def _firmware(text: str) -> BoardEntry:
    component, equals, version = (part.strip() for part in text.partition("="))
    if not equals or not component or not version:
        raise UsageError(f"--firmware {text!r}: write COMPONENT=VERSION, as in --firmware bmc=2.4.1")
    return _entry(BoardEventKind.FIRMWARE, component, version)


def _measured(kind: BoardEventKind, option: str, text: str, keys: Mapping[str, Callable[[str], object]]) -> BoardEntry:
    """`[CHIP:] KEY=VALUE …`; what is said of the board as a whole names no chip."""
    place, colon, rest = text.partition(":")
    if not colon or "=" in place:
        place, rest = "", text
    example = f'{option} "chip0: {" ".join(f"{key}=…" for key in keys)}"'
    if not _PLACE.match(place.strip()):
        raise UsageError(f"{option} {text!r}: {place.strip()!r} is no chip; write {example}, or no chip for the board")
    try:
        pairs = [word.partition("=") for word in shlex.split(rest)]
    except ValueError as problem:
        raise UsageError(f"{option} {text!r}: {problem}; write {example}") from None
    data: dict[str, object] = {}
    for key, equals, value in pairs:
        if not equals or not value:
            raise UsageError(f"{option} {text!r}: {key!r} has no value; write {example}")
        if key not in keys or key in data:
            raise UsageError(f"{option}: " + (f"{key!r} is given twice" if key in data else unknown("key", key, keys)))
        data[key] = _value(option, key, value, keys[key])
    if not data:
        raise UsageError(f"{option} needs something to record; write {example}")
    return _entry(kind, place.strip(), " ".join(f"{key}={value}" for key, value in data.items()), data)


def _value(option: str, key: str, value: str, read: Callable[[str], object]) -> object:
    try:
        number = read(value)
    except ValueError:
        kind = "a whole number" if read is int else "a number"
        raise UsageError(f"{option}: {key}={value!r} is not {kind}") from None
    if isinstance(number, float) and not (math.isfinite(number) and number > 0):
        raise UsageError(f"{option}: {key}={value} cannot be; it is above 0")
    return number
