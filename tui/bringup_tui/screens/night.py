"""The first screen: a row per sled, and what happened."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from bringup.events import Event

from ..heartbeat import HeartbeatWatch
from ..picture import Picture
from ..sled_rows import sled_columns, sled_rows
from ..widgets.event_log import EventLog
from ..widgets.night_header import TICK_EVERY_S, NightHeader
from ..widgets.sled_line import SledLine
from ..widgets.text_table import TextTable

NOTHING_YET = (
    "No sled has reported in this night yet.\n"
    "A night that has just begun shows its sleds as soon as they are powered on; this screen follows by itself.\n"
    "If nothing comes, ask `bringup status`; p and n show the nights before and after."
)


class NightScreen(Screen[None]):
    """One night at a glance."""

    class SlotChosen(Message):
        """A person asked for a slot's detail."""

        def __init__(self, slot: str) -> None:
            super().__init__()
            self.slot = slot

    class NightAsked(Message):
        """A person asked for a later (1) or an earlier (-1) night."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority, because the table has a binding of its own for this key that the footer does not show.
        Binding("enter", "detail", "Detail", id="night.detail", priority=True, tooltip="The slot's latest attempts"),
        Binding("n", "night(1)", "Next night", id="night.next", tooltip="The night after this one"),
        Binding("p", "night(-1)", "Previous", id="night.previous", tooltip="The night before this one"),
    ]

    def __init__(self, watch: HeartbeatWatch) -> None:
        super().__init__()
        self._watch = watch
        self._picture: Picture | None = None

    def compose(self) -> ComposeResult:
        """Header, table, the chosen sled's words, events, keys."""
        yield NightHeader(self._watch)
        yield TextTable(id="sleds")
        yield Static(NOTHING_YET, id="nothing-yet", markup=False)
        yield SledLine()
        yield EventLog()
        yield Footer()

    def on_mount(self) -> None:
        """Look at the values' age again with every tick, and at the colours when they change."""
        self.set_interval(TICK_EVERY_S, self._redraw)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())

    def show_night(self, picture: Picture) -> None:
        """Show a night that was read."""
        self._picture = picture
        self.query_one(NightHeader).show_night(picture)
        self._redraw()

    def show_failure(self, why: str) -> None:
        """Show that nothing can be read."""
        self.query_one(NightHeader).show_failure(why)

    def add_events(self, told: tuple[Event, ...], *, fresh: bool) -> None:
        """Show events of the night that is shown."""
        if self._picture is not None:
            self.query_one(EventLog).add(self._picture.night, told, fresh=fresh)

    def on_resize(self, event: events.Resize) -> None:
        """Choose the columns for the new width."""
        self._redraw(event.size.width)

    def _redraw(self, width: int | None = None) -> None:
        picture = self._picture
        if picture is None:
            return
        self.set_class(not picture.sleds, "empty")
        width = width or self.size.width
        rows = sled_rows(picture, width, self.app.theme_variables, silent=self._watch.silent())
        self.query_one(TextTable).show_rows(sled_columns(width), rows)
        self._speak()

    def _speak(self) -> None:
        slot = self.query_one(TextTable).key_under_cursor
        if self._picture is not None:
            self.query_one(SledLine).show_sled(self._picture.sled(slot) if slot is not None else None)

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self._speak()

    @on(DataTable.RowSelected)
    def action_detail(self) -> None:
        """Ask for the detail of the slot under the cursor."""
        slot = self.query_one(TextTable).key_under_cursor
        if slot is not None:
            self.post_message(self.SlotChosen(slot))

    def action_night(self, step: int) -> None:
        """Ask for another night."""
        self.post_message(self.NightAsked(step))
