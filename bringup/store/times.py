"""How times lie in the journal: lab time in whole milliseconds, dates in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload

from sqlalchemy import DateTime, Dialect, TypeDecorator


@overload
def to_ms(seconds: float) -> int: ...
@overload
def to_ms(seconds: None) -> None: ...
@overload
def to_ms(seconds: float | None) -> int | None: ...
def to_ms(seconds: float | None) -> int | None:
    """Lab seconds as the nearest whole millisecond."""
    return None if seconds is None else round(seconds * 1000)


@overload
def to_s(ms: int) -> float: ...
@overload
def to_s(ms: None) -> None: ...
@overload
def to_s(ms: int | None) -> float | None: ...
def to_s(ms: int | None) -> float | None:
    """Whole milliseconds as lab seconds."""
    return None if ms is None else ms / 1000


def aware(value: datetime) -> datetime:
    """`value`, unless it is naive (ValueError): nobody could say later which zone it was in."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone; the journal holds UTC")
    return value


class UtcDateTime(TypeDecorator[datetime]):
    """An aware date and time, kept in UTC to the microsecond, in a form that SQLite's date functions read."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """UTC without saying so."""
        return None if value is None else aware(value).astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """An aware time in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)
