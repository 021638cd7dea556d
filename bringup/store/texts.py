"""How texts lie in the journal: always encodable, so that garbage on a console never costs an attempt."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping


def storable(text: str) -> str:
    """`text`, with what UTF-8 cannot hold (a byte that no console should have sent) as a backslash escape."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def to_json(value: object) -> str:
    """Compact JSON of anything: NaN and infinity as words, what JSON does not know as its text."""
    return storable(json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")))


def _plain(value: object) -> object:
    # NaN and infinity are no JSON, and SQLite's own JSON functions would refuse the whole row.
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)
