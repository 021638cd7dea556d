"""Triggers that keep evidence as it is; every revision words them in this one way. Frozen with the first."""

from __future__ import annotations


def refusing(name: str, moment: str, table: str, message: str, when: str = "1") -> str:
    """A trigger that refuses `moment` (DELETE, INSERT, UPDATE …) on a table, with a word why."""
    return (
        f"CREATE TRIGGER {name} BEFORE {moment} ON {table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, 'evidence: {message}'); END"
    )
