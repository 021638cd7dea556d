"""Data that N6700 commands take in numbers: lists of levels, and counts that may be infinite.

Neighbours: `n6700_transient.py` and `n6700_arb.py` declare commands with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from ..scpi import Limits, Number
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import Special

NUMBER = "+.6E"  # "the query returns +n.nnnnnnE+nn"
LIST_STEPS = 512
MOST_REPETITIONS = 256
ENDLESS = 9.9e37  # what a count of INFinity reads as


@dataclass(frozen=True, slots=True)
class Count:
    """A number of repetitions, or INFinity."""

    optional: bool = False
    _number: Number = field(default=Number(limits=Limits(1, MOST_REPETITIONS), form="d", whole=True))

    def accept(self, token: Token) -> float | Special:
        """A number, MIN, MAX or INFinity."""
        if token.kind is Kind.WORD and token.text in ("INF", "INFINITY"):
            return ENDLESS
        return self._number.accept(token)

    def check(self, owner: Any, value: object) -> float:
        """Within its range."""
        return ENDLESS if value == ENDLESS else self._number.check(owner, value)

    def show(self, value: float) -> str:
        """As NR1, and infinity as SCPI has it."""
        return "9.9E37" if value == ENDLESS else str(round(value))

    def limits_of(self, _owner: Any) -> Limits:
        """The range."""
        return Limits(1, MOST_REPETITIONS)


COUNT = Count()


def values(unit: str, limits: Limits | Callable[[Any], Limits] | None) -> tuple[Number, ...]:
    """One value and up to 511 more behind it."""
    more = Number(unit, limits, form=NUMBER, optional=True)
    return (Number(unit, limits, form=NUMBER), *repeat(more, LIST_STEPS - 1))


def shown(levels: tuple[float, ...]) -> str:
    """A list as a query answers it."""
    return ",".join(format(level, NUMBER) for level in levels)
