"""A board on the screen: what it is or was, its history, the nights that measured it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..board_deltas import deltas, version_of
from ..boards import BoardEvent, BoardEventKind, BoardState, board_state
from ..errors import UnknownName
from ..files.lab_folder import LabFolder
from ..records import Run
from ..store import open_reader
from ..terminal_text import harmless
from .board_text import said
from .board_view import BoardView, board_fact, view_of
from .consoles import console_for
from .known_boards import known_boards

LAST_GOOD = "last-good"
MOST_RUNS = 20
"""On a screen; `--json` has all."""


def tell_board(serial_number: str, at: str | None, lab: LabFolder, database: Path, *, as_json: bool) -> int:
    """Show a board; returns the exit code.

    Raises:
        UnknownName: no such board, or no such night of it; the message names the nearest.
        UsageError: `at` is neither a night nor a time.
        JournalError: the journal cannot be read.
    """
    product = known_boards(lab, database).product_of(serial_number)
    with open_reader(database) as reader:
        view = view_of(reader, serial_number, at, product)
    if as_json:
        print(json.dumps(view.facts()))  # noqa: T201 - what --json promises
        return 0
    console = console_for()
    board = view.board
    console.print(
        Text(harmless(f"{serial_number}  {board.product}, first seen {board.first_seen_utc:%Y-%m-%d %H:%M} UTC"))
    )
    if view.at:
        console.print(Text(f"{view.at}, as far as is known now"))
    console.print(_state_table(view))
    since = len(view.history) - len(view.past)
    _print_table(console, "History, entered at (UTC)" + (f" (and {since} since)" if since else ""), _history(view))
    earlier = max(0, len(view.runs) - MOST_RUNS)
    _print_table(console, "Runs" + (f" (and {earlier} earlier)" if earlier else ""), _runs(view))
    return 0


def tell_difference(serial_number: str, against: str, database: Path, *, as_json: bool) -> int:
    """Show what one board is now that another is not; returns the exit code: 0 whether they differ or not.

    Raises:
        UnknownName: one of them is not known, or no other board of its product has passed yet.
        JournalError: the journal cannot be read.
    """
    with open_reader(database) as reader:
        board = reader.board(serial_number)
        if against == LAST_GOOD:
            found = reader.last_good_board(board.product, serial_number)
            if found is None:
                raise UnknownName(f"no other {board.product} has passed a plan yet; name a board to compare with")
            against = found
        names = (serial_number, reader.board(against).serial_number)
        mine, theirs = (board_state(name, reader.board_history(name)) for name in names)
    lines = deltas(mine, theirs)
    if as_json:
        print(json.dumps({"board": serial_number, "against": against, "deltas": lines}))  # noqa: T201 - see above
        return 0
    console = console_for()
    console.print(Text(harmless(f"{serial_number} against {against}: {len(lines) or 'no'} difference(s) on record")))
    for line in lines:
        console.print(Text(f"  {harmless(line)}"))
    return 0


def tell_boards(database: Path, *, as_json: bool) -> int:
    """List the boards of a journal; returns the exit code.

    Raises:
        JournalError: the journal cannot be read.
    """
    with open_reader(database) as reader:
        rows = [(one, None if one.last_run is None else reader.run(one.last_run)) for one in reader.boards()]
    if as_json:
        facts = [{**board_fact(one.board), "entries": one.entries, "runs": one.runs} for one, _ in rows]
        print(json.dumps(facts))  # noqa: T201 - see above
        return 0
    console = console_for()
    if not rows:
        console.print("No board is known yet: a run or `bringup board SN --eco …` makes one known.")
        return 0
    table = Table(box=None, pad_edge=False)
    for column in ("board", "product", "entries", "runs", "last run"):
        table.add_column(column, justify="right" if column in ("entries", "runs") else "left", overflow="fold")
    for one, run in rows:
        last = f"{run.plan} {_verdict(run)}, night {run.night_id}" if run else "-"
        words = (one.board.serial_number, one.board.product, str(one.entries), str(one.runs), last)
        table.add_row(*(Text(harmless(word)) for word in words))
    console.print(table)
    return 0


def _state_table(view: BoardView) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _state_rows(view):
        table.add_row(name, Text(harmless(text)))
    return table


def _state_rows(view: BoardView) -> list[tuple[str, str]]:
    state, kinds = view.state, BoardEventKind
    fixtures = state.all(kinds.FIXTURE)
    missing = f"; MISSING {', '.join(view.missing)}" if view.missing else ""
    return [
        ("identity", _each(state.latest(kinds.SCAN).values())),
        ("ECOs", (", ".join(sorted(state.ecos)) or "none recorded") + missing),
        ("firmware", "; ".join(_firmware(view)) or "not recorded"),
        ("VR configs", "; ".join(_vr_configs(state)) or "not recorded"),
        ("cold plates", _each(state.latest(kinds.TORQUE).values())),
        ("fixture", said(fixtures[-1]) if fixtures else "not recorded"),
        ("rework", _each(state.all(kinds.REWORK), "none recorded")),
        *(("note", said(note)) for note in state.all(kinds.NOTE)),
    ]


def _each(events: Iterable[BoardEvent], otherwise: str = "not recorded") -> str:
    return "; ".join(said(event) for event in events) or otherwise


def _firmware(view: BoardView) -> list[str]:
    approved = {one.component: one.version for one in view.product.facts.firmware} if view.product else {}
    told = []
    for component, event in view.state.latest(BoardEventKind.FIRMWARE).items():
        version = event.entry.text
        other = approved.get(component, version)
        told.append(f"{component} {version}" + (f" (approved: {other})" if other != version else ""))
    return told


def _vr_configs(state: BoardState) -> list[str]:
    """Regulators that run one configuration stand together."""
    alike: dict[str, list[str]] = {}
    for name, event in state.latest(BoardEventKind.VR_CONFIG).items():
        alike.setdefault(version_of(event), []).append(name)
    return [f"{', '.join(names)} {version}" for version, names in alike.items()]


def _history(view: BoardView) -> list[tuple[str, str, str, str]]:
    rows = []
    for event in view.past:
        wrong = view.state.corrections.get(event.id)
        mark = f" (WITHDRAWN by entry {wrong.id})" if wrong else ""
        who = f"{event.entry.who}, night {event.night_id}" if event.night_id else event.entry.who
        what = f"{event.entry.kind.value} {said(event)}{mark}"
        rows.append((str(event.id), f"{event.utc:%Y-%m-%d %H:%M}", what, who))
    return rows


def _runs(view: BoardView) -> list[tuple[str, str, str, str]]:
    rows = []
    for run in view.runs[-MOST_RUNS:]:
        began = view.nights[run.night_id].utc(run.began_s)
        rows.append((str(run.id), f"{began:%Y-%m-%d %H:%M}", f"{run.plan} {_verdict(run)}", f"night {run.night_id}"))
    return rows


def _verdict(run: Run) -> str:
    return "not ended" if run.verdict is None else run.verdict.name


def _print_table(console: Console, title: str, rows: Sequence[tuple[str, str, str, str]]) -> None:
    console.print(f"\n{title}" + ("" if rows else ": none"))
    table = Table.grid(padding=(0, 2))
    for column in range(4):
        table.add_column(no_wrap=column == 1, overflow="fold", justify="right" if column == 0 else "left")
    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    if rows:
        console.print(table)
