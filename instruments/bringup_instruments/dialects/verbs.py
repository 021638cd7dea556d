"""The commands of a line-oriented instrument, each declared on the method that carries it out.

    @verb("PV?")
    def programmed_volts(self) -> str: ...

A method takes what followed the header and returns its answer, or None where the dialect has none. Neighbours:
each dialect splits its lines into header and rest by its own rules, and looks the header up here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def verb(*headers: str) -> Callable[[F], F]:
    """Declare a method to carry out a command, under one or more headers in capitals."""

    def mark(function: F) -> F:
        function.line_verbs = headers  # type: ignore[attr-defined]
        return function

    return mark


def verbs_of(owner: object) -> dict[str, Callable[..., Any]]:
    """All that an object declares, by header."""
    found: dict[str, Callable[..., Any]] = {}
    for name in dir(type(owner)):
        for header in getattr(getattr(type(owner), name), "line_verbs", ()):
            found[header] = getattr(owner, name)
    return found
