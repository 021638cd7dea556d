"""What a judgement can be, in order of severity; a parent takes the worst of its children."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Verdict(IntEnum):
    """How a measurement, an attempt, a point, a run or a night ended.

    FAIL blames the sled, ERROR the bench or the tool, INVALID a precondition that did not hold (not settled,
    throttled, wrong clock …), so that the number says nothing about the sled either way.
    """

    NOT_RUN = 0
    PASS = 1
    INVALID = 2
    FAIL = 3
    ABORTED = 4
    ERROR = 5

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this verdict."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Verdict.PASS: 0,
    Verdict.FAIL: 1,
    Verdict.INVALID: 3,
    Verdict.NOT_RUN: 3,
    Verdict.ERROR: 4,
    Verdict.ABORTED: 5,
}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe of `verdicts`; NOT_RUN if there are none."""
    return max(verdicts, default=Verdict.NOT_RUN)
