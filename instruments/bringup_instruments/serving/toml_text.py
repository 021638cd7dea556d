"""Plain data as TOML: Python reads the format and does not write it. Only what our own files hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(tables: Mapping[str, Any]) -> str:
    """A document; the outermost values are tables."""
    return "\n".join(_table((name,), table) for name, table in tables.items() if table)


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> str:
    """A table with its own keys first, then those inside it; an empty outer one is left out."""
    plain = [(key, value) for key, value in table.items() if not _is_table(value)]
    inner = [_table((*path, key), value) for key, value in table.items() if _is_table(value)]
    header = [] if inner and not plain else ["\n".join([f"[{_dotted(path)}]", *_lines(plain), ""])]
    return "\n".join(header + inner)


def _lines(pairs: list[tuple[str, Any]]) -> Iterator[str]:
    for key, value in pairs:
        yield f"{_key(key)} = {_value(value)}"


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"TOML has no way to write {value!r}")


def _text(text: str) -> str:
    """JSON's strings are TOML's, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(map(_key, path))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)
