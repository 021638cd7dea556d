"""The terminal page's two tables: the runs, and the Vmin map in blocks that fit the width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from .run_facts import RunFact
from .text import listed, shorten
from .vmin import Cell, Edge, Row, VminMap

_CELL = 13
_VERDICT_WIDTH = 7
_COUNTS = (
    ("PASS", "green", "passed"),
    ("near", "yellow", "marginal"),
    ("INV", "magenta", "invalid"),
    ("FAIL", "red", "failed"),
    ("edge", "", "edges"),
    ("ERR", "bold yellow", "errors"),
)


def runs_table(runs: Sequence[RunFact]) -> Table:
    """One row for each run; counts of nothing are a quiet dot."""
    table = _quiet_table()
    for name, widest in (("slot", 5), ("sled", 11), ("plan", 13), ("verdict", _VERDICT_WIDTH)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=widest)
    table.add_column("done", justify="right", no_wrap=True)
    for name, style, _ in _COUNTS:
        table.add_column(name, justify="right", no_wrap=True, style=style)
    table.add_column("hours", justify="right", no_wrap=True)
    for run in runs:
        counts = [Text(str(getattr(run, field) or "·")) for _, _, field in _COUNTS]
        done = Text(f"{run.done}/{run.wanted}" + ("" if run.whole else "!"))
        verdict = run.verdict.name.replace("_", " ") if run.ended else "open"
        hours = Text(f"{run.seconds / 3600:.1f}")
        table.add_row(Text(run.slot), Text(run.serial_number), Text(run.plan), Text(verdict), done, *counts, hours)
    return table


def vmin_tables(shown: VminMap, width: int) -> Iterator[Table]:
    """The map in as many tables, one below the other, as its columns need to fit `width`."""
    labels = [_label(row) for row in shown.rows]
    label_width = min(max((len(label) for label in labels), default=4), width // 3)
    fit = max(1, (width - label_width - 2) // (_CELL + 1))
    for begin in range(0, len(shown.heads), fit):
        yield _vmin_table(shown, labels, slice(begin, begin + fit), label_width)


def cell_text(cell: Cell, top: float | None) -> str:
    """A cell with the part that failed first, a mark on the highest edge, and a word where it was cut short."""
    limiting = shorten(listed(cell.limiting, 1), 7) if len(cell.limiting) < 2 else f"{len(cell.limiting)} parts"
    mark = "▲" if top is not None and cell.edge is Edge.FOUND and cell.lowest_pass_volts == top else ""
    return " ".join(part for part in (cell.text + mark, "cut" if cell.cut_short else limiting) if part)


def _vmin_table(shown: VminMap, labels: list[str], part: slice, label_width: int) -> Table:
    table = _quiet_table()
    corner = shown.across.knob if shown.across else ""
    table.add_column(Text(corner), no_wrap=True, overflow="ellipsis", width=max(label_width, 8))
    for head in shown.heads[part]:
        table.add_column(Text(head), no_wrap=True, overflow="ellipsis", width=_CELL)
    top = shown.highest_volts
    for label, row in zip(labels, shown.rows, strict=True):
        table.add_row(Text(label), *(Text(cell_text(cell, top), _style(cell, top)) for cell in row.cells[part]))
    return table


def _quiet_table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")


def _label(row: Row) -> str:
    return f"{row.slot} {row.serial_number}"


def _style(cell: Cell, top: float | None) -> str:
    if cell.edge is Edge.UNMEASURED:
        return "dim"
    if cell.doubtful or cell.edge is Edge.UNTRUSTED:
        return "magenta"
    if cell.edge is Edge.NEVER_PASSED:
        return "red"
    return "bold" if cell.edge is Edge.FOUND and cell.lowest_pass_volts == top else ""
