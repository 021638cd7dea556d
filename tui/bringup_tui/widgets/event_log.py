"""The pane of what happened, newest at the bottom."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual import events
from textual.widgets import RichLog

from bringup.events import Event, EventKind
from bringup.records import Night

from ..literal import literal
from ..wording import clock

MOST_EVENTS = 500

_ALARMING = frozenset(
    {EventKind.SLED_HUNG, EventKind.BENCH_FAILED, EventKind.QUARANTINED, EventKind.ABORTED, EventKind.HELD}
)

_BARE = frozenset({EventKind.NIGHT_STARTED, EventKind.NIGHT_ENDED, EventKind.RUN_STARTED, EventKind.RUN_ENDED})
"""Kinds whose messages ("ERROR", "vmin-map on LS-A-0041") say too little alone."""


class EventLog(RichLog):
    """The latest events of one night; "!" marks those that want a person."""

    def __init__(self) -> None:
        super().__init__(wrap=True, markup=False, highlight=False, min_width=20, max_lines=4 * MOST_EVENTS)
        self._told: deque[tuple[Night, Event]] = deque(maxlen=MOST_EVENTS)
        self._width = 0

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = "Events (UTC)"

    def add(self, night: Night, told: Sequence[Event], *, fresh: bool) -> None:
        """Show more events of a night; `fresh` takes away what was there."""
        if fresh:
            self._told.clear()
            self.clear()
        for event in told[-MOST_EVENTS:]:
            self._told.append((night, event))
            self._say(night, event)

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew where the width has changed."""
        if self._width and event.size.width != self._width:
            self.call_after_refresh(self._again)
        self._width = event.size.width

    def _again(self) -> None:
        self.clear()
        for night, event in self._told:
            self._say(night, event)

    def _say(self, night: Night, event: Event) -> None:
        colours = self.app.theme_variables
        alarming = event.kind in _ALARMING
        when = Text.assemble(
            (f"{clock(night.utc(event.at_s))} ", colours["faint"]),
            ("! " if alarming else "  ", f"bold {colours['alarm']}"),
        )
        what = Text.assemble(
            literal(f"{event.slot} " if event.slot else "", "bold"),
            (_kind(event), colours["faint"]),
            literal(event.message, colours["alarm"] if alarming else ""),
        )
        # A grid, so that the second line of a long message stands under the first and not under the clock.
        line = Table.grid()
        line.add_column(width=when.cell_len)
        line.add_column(overflow="fold")
        line.add_row(when, what)
        self.write(line)


def _kind(event: Event) -> str:
    if event.message and event.kind not in _BARE:
        return ""
    return event.kind.value.replace("-", " ") + (": " if event.message else "")
