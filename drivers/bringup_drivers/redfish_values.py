"""Values inside Redfish payloads, read strictly: what is there is right, or it is a bad reply.

A property that is missing or null is not told; one that is something else than the schema says is never guessed at.
Neighbours: `redfish_bmc.py` and its parts ask, `redfish_session.py` brings the payloads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeGuard

from bringup.capabilities import Health
from bringup.errors import BadReply

from .redfish_session import Payload

BEYOND_BELIEF = 1e12
"""Whatever a sensor tells, no telemetry is larger; smaller nonsense is for who compares witnesses to find out."""


def inside(payload: Payload, *path: str) -> object:
    """A value by its path; None where a step is missing or null.

    Raises:
        BadReply: a step on the way is something else than an object.
    """
    value: object = payload
    for place, name in enumerate(path):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise BadReply(f"{'/'.join(path[:place])} is {_short(value)}, not an object")
        value = value.get(name)
    return value


def text(payload: Payload, *path: str) -> str:
    """A text, or "" where it is not told.

    Raises:
        BadReply: it is something else.
    """
    value = inside(payload, *path)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadReply(f"{'/'.join(path)} is {_short(value)}, not text")
    return value


def number(payload: Payload, *path: str) -> float | None:
    """A number, or None where it is not told.

    Raises:
        BadReply: it is something else, or beyond belief.
    """
    value = inside(payload, *path)
    if value is None:
        return None
    if not _is_number(value) or not -BEYOND_BELIEF <= value <= BEYOND_BELIEF:  # NaN is neither
        raise BadReply(f"{'/'.join(path)} is {_short(value)}, not a number")
    return float(value)


def count(payload: Payload, *path: str) -> int | None:
    """A whole number from 0 on, or None where it is not told.

    Raises:
        BadReply: it is something else.
    """
    value = number(payload, *path)
    if value is None:
        return None
    if value < 0 or value != math.floor(value):
        raise BadReply(f"{'/'.join(path)} is {value!r}, not a count")
    return int(value)


def health(payload: Payload) -> Health | None:
    """`Status/Health`, or None where it is not told.

    Raises:
        BadReply: it is none of the three.
    """
    return severity(payload, "Status", "Health")


def severity(payload: Payload, *path: str) -> Health | None:
    """OK, Warning or Critical, or None where it is not told.

    Raises:
        BadReply: it is none of the three.
    """
    value = text(payload, *path)
    try:
        return Health(value) if value else None
    except ValueError:
        raise BadReply(f"{'/'.join(path)} is {value[:40]!r}, none of OK, Warning, Critical") from None


def moment(payload: Payload, *path: str) -> datetime | None:
    """A date in UTC, or None where it is not told.

    Raises:
        BadReply: it is no date, or tells no zone.
    """
    value = text(payload, *path)
    if not value:
        return None
    try:
        date = datetime.fromisoformat(value)
        there = None if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        there = None
    if there is None:
        raise BadReply(f"{'/'.join(path)} is {value[:40]!r}, not a date with its zone")
    return there


def objects(payload: Payload, *path: str) -> list[Payload]:
    """A list of objects; empty where it is not told.

    Raises:
        BadReply: it is something else.
    """
    value = inside(payload, *path)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise BadReply(f"{'/'.join(path)} is {_short(value)}, not a list of objects")
    return value


def name_of(payload: Payload) -> str:
    """What a resource or an entry of an array is called: its Id, else its DeviceName, MemberId or Name.

    Raises:
        BadReply: nothing of that is there.
    """
    for key in ("Id", "DeviceName", "MemberId", "Name"):
        if found := text(payload, key):
            return found
    raise BadReply(f"{_short(dict(payload))} has no name")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 80 else f"{said[:80]}…"
