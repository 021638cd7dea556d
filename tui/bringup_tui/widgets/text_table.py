"""A table of literal texts that fits itself into the width that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.coordinate import Coordinate
from textual.widgets import DataTable


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: over the column.
        most: its greatest width in cells; longer texts end in "…".
        right: whether its texts stand to the right, as numbers do.
        rest: whether it takes all the width that the others leave (at most one column).
    """

    title: str
    most: int
    right: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `key` names it for the cursor and for whoever handles its choice."""

    key: str
    cells: tuple[Text, ...]


class TextTable(DataTable[Text]):
    """Shows rows of texts, one line each; the cursor stays on its row while the table changes around it."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, cursor_type="row", cell_padding=0, zebra_stripes=False)
        self._columns: Sequence[Column] = ()
        self._shown: Sequence[Row] = ()
        self._layout: tuple[object, ...] = ()
        self._follow_first = False

    def show_rows(self, columns: Sequence[Column], rows: Sequence[Row], *, newest_first: bool = False) -> None:
        """Show these rows instead; with `newest_first` a cursor on the first row stays on the first row."""
        self._columns, self._follow_first = columns, newest_first
        self._fill(rows)

    @property
    def key_under_cursor(self) -> str | None:
        """The key of the row that the cursor is on."""
        return self._shown[self.cursor_row].key if 0 <= self.cursor_row < len(self._shown) else None

    def on_resize(self, _: events.Resize) -> None:
        """Fit the columns to the new width."""
        self._fill(self._shown)

    def _fill(self, rows: Sequence[Row]) -> None:
        room = self.scrollable_content_region.width
        if not room or not self._columns:
            self._shown = rows
            return
        widths = self._widths(rows, room)
        layout = (tuple(widths), tuple(self._columns), tuple(row.key for row in rows))
        fitted = [
            [_fit(cell, column, width) for cell, column, width in zip(row.cells, self._columns, widths, strict=True)]
            for row in rows
        ]
        if layout == self._layout:
            self._change(rows, fitted)
        else:
            self._rebuild(rows, fitted, widths)
        self._layout = layout

    def _change(self, rows: Sequence[Row], fitted: list[list[Text]]) -> None:
        for place, (before, after) in enumerate(zip(self._shown, rows, strict=True)):
            for column, text in enumerate(fitted[place]):
                if before.cells[column] != after.cells[column]:
                    self.update_cell_at(Coordinate(place, column), text)
        self._shown = rows

    def _rebuild(self, rows: Sequence[Row], fitted: list[list[Text]], widths: Sequence[int]) -> None:
        key = self.key_under_cursor
        keep_first = self._follow_first and self.cursor_row == 0
        self._shown = rows
        self.clear(columns=True)
        for column, width in zip(self._columns, widths, strict=True):
            # One cell more than the text: the gap to the next column.
            self.add_column(_fit(Text(column.title), column, width), width=width + 1)
        for row, texts in zip(rows, fitted, strict=True):
            self.add_row(*texts, key=row.key)
        place = next((i for i, row in enumerate(rows) if row.key == key), 0)
        self.move_cursor(row=0 if keep_first else place, animate=False)

    def _widths(self, rows: Sequence[Row], room: int) -> list[int]:
        widths = [
            min(column.most, max([len(column.title), *(row.cells[i].cell_len for row in rows)]))
            for i, column in enumerate(self._columns)
        ]
        used = sum(width + 1 for width, column in zip(widths, self._columns, strict=True) if not column.rest)
        return [
            max(room - used - 1, len(column.title)) if column.rest else width
            for width, column in zip(widths, self._columns, strict=True)
        ]


def _fit(text: Text, column: Column, width: int) -> Text:
    fitted = text.copy()
    fitted.truncate(width, overflow="ellipsis")
    if column.right:
        fitted.pad_left(width - fitted.cell_len)
    return fitted
