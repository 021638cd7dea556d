"""Everything that is shown of one board, now or as it was, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..boards import Board, BoardEvent, BoardEventKind, BoardState, board_state
from ..errors import UnknownName, UsageError
from ..files.product import Product
from ..records import Night, Run
from ..store import Reader
from .board_text import event_fact

MOST_DIGITS = 15
"""Of a night's number."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything that is shown of a board.

    Attributes:
        board: as it was first seen.
        state: what it is, or was.
        at: when, in words; "" for now.
        history: every entry.
        runs: every run on it.
        nights: in which they were, by id.
        product: what its file says; None where the lab has no such file.
    """

    board: Board
    state: BoardState
    at: str
    history: tuple[BoardEvent, ...]
    runs: tuple[Run, ...]
    nights: Mapping[int, Night]
    product: Product | None

    @property
    def required(self) -> tuple[str, ...]:
        """The ECOs that its product file requires."""
        return self.product.facts.identity.ecos if self.product else ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of them that are not recorded."""
        return tuple(eco for eco in self.required if eco not in self.state.ecos)

    @property
    def past(self) -> tuple[BoardEvent, ...]:
        """The history up to then."""
        last = self.state.up_to
        return tuple(event for event in self.history if last is None or event.id <= last)

    def facts(self) -> dict[str, object]:
        """As plain JSON values."""
        state = self.state

        def listed(kind: BoardEventKind) -> list[dict[str, object]]:
            return [event_fact(event) for event in state.all(kind)]

        def latest(kind: BoardEventKind) -> dict[str, dict[str, object]]:
            return {item: event_fact(event) for item, event in state.latest(kind).items()}

        fixtures = listed(BoardEventKind.FIXTURE)
        ecos = {"done": sorted(state.ecos), "required": list(self.required), "missing": list(self.missing)}
        return {
            **board_fact(self.board),
            "at": self.at,
            "ecos": ecos,
            "scan": latest(BoardEventKind.SCAN),
            "firmware": latest(BoardEventKind.FIRMWARE),
            "vr_configs": latest(BoardEventKind.VR_CONFIG),
            "torque": latest(BoardEventKind.TORQUE),
            "fixture": fixtures[-1] if fixtures else None,
            "rework": listed(BoardEventKind.REWORK),
            "notes": listed(BoardEventKind.NOTE),
            "withdrawn": [event.id for event in state.withdrawn],
            "history": [event_fact(event) for event in self.history],
            "runs": [_run_fact(run, self.nights[run.night_id]) for run in self.runs],
        }


def view_of(reader: Reader, serial_number: str, at: str | None, product: Product | None) -> BoardView:
    """Read a board.

    Args:
        reader: of the journal.
        serial_number: of the board.
        at: a night's number or a time, as a person types it; None for now.
        product: of the board, where the lab has its file.

    Raises:
        UnknownName: no such board, or the night did not run it.
        UsageError: `at` is neither.
    """
    board = reader.board(serial_number)
    runs = reader.runs_of_board(serial_number)
    nights = {night_id: reader.night(night_id) for night_id in dict.fromkeys(run.night_id for run in runs)}
    state, when = _state(reader, serial_number, at, runs)
    return BoardView(board, state, when, reader.board_history(serial_number), runs, nights, product)


def _state(reader: Reader, serial_number: str, at: str | None, runs: Sequence[Run]) -> tuple[BoardState, str]:
    if at is None:
        return board_state(serial_number, reader.board_history(serial_number)), ""
    if at.isdecimal() and len(at) <= MOST_DIGITS:
        return _state_of_night(reader, serial_number, int(at), runs)
    try:
        when = datetime.fromisoformat(at).astimezone()  # without a zone: the controller's own
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"--at {at!r}: write a night's number, or a time such as 2026-03-07T19:00 (+01:00, Z)"
        ) from None
    return reader.board_at(serial_number, when), f"as it was at {when.isoformat(timespec='seconds')}"


def _state_of_night(reader: Reader, serial_number: str, night_id: int, runs: Sequence[Run]) -> tuple[BoardState, str]:
    of_night = [run for run in runs if run.night_id == night_id]
    if not of_night:
        ran = ", ".join(str(each) for each in dict.fromkeys(run.night_id for run in runs)) or "none"
        raise UnknownName(f"night {night_id} ran nothing on board {serial_number}; nights that did: {ran}")
    return reader.board_of_run(of_night[-1]), f"as it was in night {night_id}"


def board_fact(board: Board) -> dict[str, object]:
    """Which board it is, as plain JSON values."""
    seen = board.first_seen_utc.isoformat()
    return {"serial_number": board.serial_number, "product": board.product, "first_seen_utc": seen}


def _run_fact(run: Run, night: Night) -> dict[str, object]:
    return {
        "run": run.id,
        "night": night.id,
        "began_utc": night.utc(run.began_s).isoformat(),
        "plan": run.plan,
        "verdict": run.verdict.name if run.verdict is not None else None,
        "board_event_id": run.board_event_id,
    }
