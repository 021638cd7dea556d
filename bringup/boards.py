"""What a board was, and when: entries of its history, and the fold that makes a state of them.

A board is a sled as hardware, by its serial number. Its history is a list that only grows: nothing is changed or taken
out, a wrong entry is followed by a correction that says so. Neighbours: `bringup.store` keeps the entries,
`board_deltas.py` holds two states against each other, `runner/identity.py` decides by them whether there is power.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class BoardEventKind(StrEnum):
    """Kinds of entry; the text of each is what the database holds."""

    ECO = "eco"
    REWORK = "rework"
    FIRMWARE = "firmware"
    VR_CONFIG = "vr_config"
    FIXTURE = "fixture"
    SCAN = "scan"
    TORQUE = "torque"
    NOTE = "note"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """What is to be entered into a board's history.

    Attributes:
        kind: what it is about.
        item: of which there may be several: "ECO-014", a reference designator ("U37"), a firmware component, a
            regulator ("vr_core.0"), a fixture, a chip; "" for the board as a whole.
        text: what is said of it: a version, a configuration's CRC, what was done.
        who: entered it: a person's account, or the tool.
        data: details for a program, plain JSON values.
        corrects: the entry that was wrong; only and always of a correction.
    """

    kind: BoardEventKind
    item: str
    text: str
    who: str
    data: Mapping[str, object] = field(default_factory=dict)
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class BoardEvent:
    """An entry of a board's history, as the journal holds it.

    Attributes:
        id: rises with time over all boards.
        serial_number: of the board.
        utc: when it was entered, by the controller's own clock (also where lab time is virtual).
        entry: what was entered.
        night_id: of the night that read it from the board, None where a person entered it.
        run_id: of the run, where one did.
    """

    id: int
    serial_number: str
    utc: datetime
    entry: BoardEntry
    night_id: int | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A board that the journal knows.

    Attributes:
        serial_number: of the sled.
        product: what it was when it was first seen.
        first_seen_utc: when that was.
    """

    serial_number: str
    product: str
    first_seen_utc: datetime


@dataclass(frozen=True, slots=True)
class BoardSummary:
    """A board in one line.

    Attributes:
        board: which.
        entries: how many its history has.
        runs: how many there were on it.
        last_run: the id of the last, None where there was none.
    """

    board: Board
    entries: int
    runs: int
    last_run: int | None


@dataclass(frozen=True, slots=True)
class BoardState:
    """What a board was at one moment.

    Attributes:
        serial_number: of the board.
        standing: the entries up to then that are right as far as is known now, oldest first; no corrections.
        withdrawn: the entries up to then that have been corrected, then or later.
        corrections: the correction that stands, by the entry that it says was wrong.
        up_to: the id of the last entry by then; None for now.
    """

    serial_number: str
    standing: tuple[BoardEvent, ...] = ()
    withdrawn: tuple[BoardEvent, ...] = ()
    corrections: Mapping[int, BoardEvent] = field(default_factory=dict)
    up_to: int | None = None

    def all(self, kind: BoardEventKind) -> tuple[BoardEvent, ...]:
        """The standing entries of a kind, oldest first."""
        return tuple(event for event in self.standing if event.entry.kind is kind)

    def latest(self, kind: BoardEventKind) -> dict[str, BoardEvent]:
        """The last standing entry of a kind by item, in the items' order."""
        found = {event.entry.item: event for event in self.all(kind)}
        return dict(sorted(found.items()))

    @property
    def ecos(self) -> frozenset[str]:
        """The engineering change orders that are recorded as done."""
        return frozenset(event.entry.item for event in self.all(BoardEventKind.ECO))

    def differs(self, entry: BoardEntry) -> bool:
        """Whether an entry says something that the last one of its kind and item does not."""
        last = self.latest(entry.kind).get(entry.item)
        return last is None or last.entry.text != entry.text


def board_state(serial_number: str, history: Iterable[BoardEvent], up_to: int | None = None) -> BoardState:
    """What a board was after one of its entries; now, without `up_to`.

    A correction says that an entry was wrong all along: it counts for every moment, also for those before it was
    made. A correction may itself be corrected; then what it withdrew stands again.

    Args:
        serial_number: of the board.
        history: its entries, all of them, in any order; those of other boards are passed over.
        up_to: the id of the last entry that had been made by then.
    """
    events = sorted((one for one in history if one.serial_number == serial_number), key=lambda event: event.id)
    corrections = _standing_corrections(events)
    seen = [one for one in events if up_to is None or one.id <= up_to]
    facts = [one for one in seen if one.entry.kind is not BoardEventKind.CORRECTION]
    return BoardState(
        serial_number,
        tuple(one for one in facts if one.id not in corrections),
        tuple(one for one in facts if one.id in corrections),
        corrections,
        up_to,
    )


def _standing_corrections(events: Iterable[BoardEvent]) -> dict[int, BoardEvent]:
    """The standing correction by the entry that it withdraws. Newest first: only a newer one can withdraw it."""
    standing: dict[int, BoardEvent] = {}
    for event in sorted(events, key=lambda event: event.id, reverse=True):
        if event.entry.corrects is not None and event.id not in standing:
            standing[event.entry.corrects] = event
    return standing
