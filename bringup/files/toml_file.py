"""TOML through pydantic, with every mistake told by path, line and the nearest valid name.

Neither tomllib nor pydantic keeps line numbers, so `line_of` finds the line of a key by scanning the text; it
is only asked once something is wrong.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ValidationInfo

from ..errors import FileMistake, UsageError
from ..nearest import nearest

Location = tuple[int | str, ...]


class FileModel(BaseModel):
    """A table of one of our files: frozen, and a key that is not known is a mistake, not a comment.

    A number is a finite one: TOML also writes `inf` and `nan`, and no rail, limit or timeout can be either.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        # pydantic would read true as 1.0: a volt that nobody wrote.
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation is not bool:
            raise ValueError("true and false are no values for this key")
        return value


Model = TypeVar("Model", bound=FileModel)


# A key as TOML writes it: bare, "quoted" or 'literal', and dotted; the first line of a nested array is no header.
_PART = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(rf"\s*({_DOTTED})\s*=")


def read_text(path: Path) -> str:
    """The file's text in UTF-8.

    Raises:
        UsageError: it is not there, not readable or not UTF-8; files with near names are offered.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob(f"*{path.suffix}")] if path.parent.is_dir() else []
        guess = nearest(path.name, beside)
        hint = f"; did you mean {path.with_name(guess)}?" if guess else ""
        raise UsageError(f"{path}: there is no such file{hint}") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path}: cannot be read: {problem}") from None


def parse(model: type[Model], path: Path, text: str) -> Model:
    """The file's content as `model`.

    Raises:
        FileMistake: it is not TOML, or not what the model asks for.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        line = re.search(r"at line (\d+)", str(problem))
        last = max(len(text.rstrip().splitlines()), 1)  # "at end of document"
        raise FileMistake(path, int(line.group(1)) if line else last, f"not valid TOML: {problem}") from None
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        # A misspelt key is also a missing one: the misspelling is what the person wants to hear of.
        first = min(problem.errors(), key=lambda error: error["type"] != "extra_forbidden")
        raise _mistake(model, path, text, first) from None


def line_of(text: str, location: Location) -> int | None:
    """The 1-based line where `location` (keys and list indexes, outermost first) is written.

    Where the key itself is missing, the line of the nearest enclosing table; None for the whole file.
    """
    table: list[int | str] = []
    counts: dict[tuple[int | str, ...], int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _keys(header.group(2))
            if header.group(1) == "[[":
                counts[tuple(table)] = counts.get(tuple(table), -1) + 1
            table = _indexed(table, counts)
            here = table
        else:
            assignment = _ASSIGNMENT.match(line)
            if not assignment:
                continue
            here = table + _keys(assignment.group(1))
        depth = len(here)
        if tuple(here) == location[:depth] and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _keys(dotted: str) -> list[int | str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _indexed(table: list[int | str], counts: dict[tuple[int | str, ...], int]) -> list[int | str]:
    indexed: list[int | str] = []
    for depth, key in enumerate(table, start=1):
        indexed.append(key)
        if tuple(table[:depth]) in counts:
            indexed.append(counts[tuple(table[:depth])])
    return indexed


def _mistake(model: type[FileModel], path: Path, text: str, error: ErrorDetails) -> FileMistake:
    location = tuple(error["loc"])
    dotted = ".".join(str(part) for part in location)
    if error["type"] == "extra_forbidden":
        valid = _fields_at(model, location[:-1])
        guess = nearest(str(location[-1]), valid)
        hint = f"; did you mean {guess!r}?" if guess else f"; valid here: {', '.join(sorted(valid))}"
        what = f"unknown key {dotted!r}{hint}"
    elif error["type"] == "missing":
        what = f"key {dotted!r} is missing"
    else:
        what = f"{dotted}: {error['msg'].removeprefix('Value error, ')}"
        if not isinstance(error["input"], dict | list):
            what += f" (it is {error['input']!r})"
    return FileMistake(path, line_of(text, location), what)


def _fields_at(model: type[FileModel], location: Location) -> set[str]:
    current: object = model
    for part in location:
        fields = getattr(current, "model_fields", {})
        if isinstance(part, str) and part in fields:
            current = _inner_model(fields[part].annotation)
    return set(getattr(current, "model_fields", {}))


def _inner_model(annotation: object) -> object:
    """The model inside `tuple[Rail, ...]`, `dict[str, Slot]` or `Coolant | None`."""
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner)
        if found is not None:
            return found
    return None
