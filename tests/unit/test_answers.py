"""Lines from a pipe or a terminal, one at a time, with nothing read ahead of a question."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import pytest

from bringup.cli.answers import Answers
from bringup.errors import Aborted
from bringup.runner.stopping import Stopping


class Stdin:
    """Standard input that comes through a pipe."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.pipe()

    def fileno(self) -> int:
        return self.ours


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stdin]:
    stdin = Stdin()
    monkeypatch.setattr(sys, "stdin", stdin)
    yield stdin
    for end in (stdin.ours, stdin.theirs):
        with contextlib.suppress(OSError):
            os.close(end)


def test_line_by_line_however_they_come(typed: Stdin) -> None:
    os.write(typed.theirs, b"y\n\nno")
    answers = Answers(Stopping())
    assert [answers.line(), answers.line()] == ["y", ""]
    os.write(typed.theirs, b"pe\r\n")
    assert answers.line().strip() == "nope"


def test_the_end_of_the_input(typed: Stdin) -> None:
    os.write(typed.theirs, b"y\nn")
    os.close(typed.theirs)
    answers = Answers(Stopping())
    assert [answers.line(), answers.line()] == ["y", "n"]
    for _ in range(2):
        with pytest.raises(EOFError):
            answers.line()


def test_what_is_not_text_is_no_yes(typed: Stdin) -> None:
    os.write(typed.theirs, b"\xff\xfe\n")
    assert Answers(Stopping()).line() == "\ufffd\ufffd"


def test_without_any_input_there_are_no_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(EOFError):
        Answers(Stopping()).line()


def test_a_wish_to_stop_ends_the_waiting_and_loses_no_line(typed: Stdin) -> None:
    stop = Stopping()
    answers = Answers(stop)
    stop.reason = "SIGTERM"
    with pytest.raises(Aborted, match="SIGTERM"):
        answers.line()
    stop.reason = None
    os.write(typed.theirs, b"later\n")
    assert answers.line() == "later"
