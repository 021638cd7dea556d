"""One slot in detail: its latest attempts, newest first, and what was measured in the one under the cursor."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from ..attempt_rows import MEASUREMENT_COLUMNS, attempt_columns, attempt_rows, attempt_verdict, measurement_rows, where
from ..heartbeat import HeartbeatWatch
from ..literal import literal
from ..picture import Picture, Tried
from ..widgets.night_header import NightHeader
from ..widgets.sled_line import SledLine
from ..widgets.text_table import TextTable


class SlotScreen(Screen[None]):
    """A slot's attempts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="slot.back", tooltip="Back to the night"),
    ]

    def __init__(self, slot: str, picture: Picture, watch: HeartbeatWatch) -> None:
        super().__init__()
        self.slot = slot
        self._picture = picture
        self._watch = watch
        self._tried: tuple[Tried, ...] | None = None

    def compose(self) -> ComposeResult:
        """Header, the slot, attempts, the chosen attempt, its measurements, keys."""
        yield NightHeader(self._watch)
        yield SledLine()
        yield TextTable(id="attempts")
        yield Static("reading …", id="attempt", markup=False)
        yield TextTable(id="measurements")
        yield Footer()

    def on_mount(self) -> None:
        """Show what is known already; the attempts come from the feed."""
        self.show_night(self._picture)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())

    def show_night(self, picture: Picture) -> None:
        """Show how the night goes on."""
        self._picture = picture
        self.query_one(NightHeader).show_night(picture)
        self.query_one(SledLine).show_sled(picture.sled(self.slot))

    def show_failure(self, why: str) -> None:
        """Show that nothing can be read."""
        self.query_one(NightHeader).show_failure(why)

    def show_tried(self, tried: tuple[Tried, ...]) -> None:
        """Show the slot's latest attempts."""
        self._tried = tried
        self._redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Choose the columns for the new width."""
        self._redraw(event.size.width)

    def _redraw(self, width: int | None = None) -> None:
        if self._tried is None:
            return
        width = width or self.size.width
        rows = attempt_rows(self._tried, self._picture.night, width, self.app.theme_variables)
        self._attempts.show_rows(attempt_columns(width), rows, newest_first=True)
        self._show_measurements()

    @on(DataTable.RowHighlighted, "#attempts")
    def _show_measurements(self) -> None:
        chosen = self._chosen()
        line, colours = self.query_one("#attempt", Static), self.app.theme_variables
        rows = measurement_rows(chosen, colours) if chosen else ()
        self.query_one("#measurements", TextTable).show_rows(MEASUREMENT_COLUMNS, rows)
        if chosen is None:
            line.update(Text("No attempt was made in this slot yet."))
            return
        attempt = chosen.attempt
        words = Text.assemble(
            (f"Point {attempt.point + 1}, try {attempt.number}  ", "bold"), attempt_verdict(chosen, colours)
        )
        line.update(words + literal(f"  {where(chosen.run, attempt.point)}  {attempt.cause}"))

    @property
    def _attempts(self) -> TextTable:
        return self.query_one("#attempts", TextTable)

    def _chosen(self) -> Tried | None:
        key = self._attempts.key_under_cursor
        return next((one for one in self._tried or () if str(one.attempt.id) == key), None)

    def action_back(self) -> None:
        """Back to the night."""
        self.dismiss()
