"""How parameters of the LD400P's commands are written, and what is wrong with those that are not.

Neighbours: `load_ld400p.py` reads its commands with these, `load_status.py` keeps the errors.
"""

from __future__ import annotations

import re

STORES = range(1, 31)

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class SyntaxMistake(Exception):
    """A command or parameter that cannot be read: a command error."""


class ExecutionError(Exception):
    """A command that cannot be carried out.

    Args:
        number: for the Execution Error Register: 100 out of range, 102 empty store, 104 not in this state (100 and
            102 as in the maker's other manuals, 104 an estimate).
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(str(number))


def number(argument: str) -> float:
    """A number in any of the usual forms."""
    if not _NUMBER.fullmatch(argument):
        raise SyntaxMistake
    return float(argument)


def within(argument: str, lowest: float, highest: float) -> float:
    """A number in a range."""
    value = number(argument)
    if not lowest * (1 - 1e-9) <= value <= highest * (1 + 1e-9):
        raise ExecutionError(100)
    return value


def flag(argument: str) -> bool:
    """0 or 1, after rounding."""
    value = round(number(argument))
    if value not in (0, 1):
        raise ExecutionError(100)
    return bool(value)


def mask(argument: str) -> int:
    """A register's value."""
    return round(within(argument, 0, 255))


def limit(argument: str, highest: float) -> float:
    """A limit, or 0 for none."""
    return 0.0 if argument.upper() == "NONE" else round(within(argument, 0.0, highest), 2)


def word(argument: str, words: tuple[str, ...]) -> str:
    """One of a few letters."""
    if argument.upper() not in words:
        raise SyntaxMistake
    return argument.upper()


def store(argument: str) -> int:
    """A set-up store's number."""
    place = round(number(argument))
    if place not in STORES:
        raise ExecutionError(100)
    return place
