"""Which of its four jobs `bringup board` was asked for; two at once are refused before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..files.lab_folder import find_lab, lab_at
from .board_entries import Typed
from .board_keeping import enter
from .board_telling import tell_board, tell_boards, tell_difference


@dataclass(frozen=True, slots=True)
class Asked:
    """What stood on the command line.

    Attributes:
        serial_number: of the board; None for all.
        typed: what is to be recorded, if anything.
        attach: a file to keep with the note.
        at: the night or time that is wanted.
        against: the board to compare with.
        is_new: whether the board may be unknown.
        product: of a new one.
    """

    serial_number: str | None
    typed: Typed
    attach: Path | None
    at: str | None
    against: str | None
    is_new: bool
    product: str | None

    @property
    def records(self) -> bool:
        """Whether something is to be written."""
        return self.typed != Typed() or self.attach is not None or self.is_new or self.product is not None


def answer(asked: Asked, lab_path: Path | None, database: Path | None, *, as_json: bool) -> int:
    """Do it; returns the exit code.

    Raises:
        UsageError: what was asked for makes no sense, or names what is not there.
        JournalError: the journal cannot be read or written.
    """
    name = _checked(asked)
    lab = lab_at(lab_path) if lab_path else find_lab()
    path = database or lab.database
    if name is None:
        return tell_boards(path, as_json=as_json)
    if asked.records:
        return enter(
            name,
            asked.typed,
            asked.attach,
            lab,
            path,
            is_new=asked.is_new,
            product=asked.product,
            as_json=as_json,
        )
    if asked.against is not None:
        return tell_difference(name, asked.against, path, as_json=as_json)
    return tell_board(name, asked.at, lab, path, as_json=as_json)


def _checked(asked: Asked) -> str | None:
    """The board's name, if one is meant.

    Raises:
        UsageError: two jobs at once, one without a board, or an empty name.
    """
    jobs = [name for name, wanted in (("--at", asked.at), ("--against", asked.against)) if wanted is not None]
    jobs += ["recording something"] if asked.records else []
    if len(jobs) > 1:
        raise UsageError(f"{' and '.join(jobs)}: ask for one at a time")
    if asked.serial_number is None:
        if jobs:
            raise UsageError(f"{jobs[0]}: of which board? `bringup board` alone lists them")
        return None
    name = asked.serial_number.strip()
    if not name:
        raise UsageError("the board's serial number is empty; `bringup board` alone lists them")
    return name
