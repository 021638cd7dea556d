"""The lines over every screen: which night, when, how it goes, and whether anybody is still alive."""

from __future__ import annotations

from itertools import cycle
from textwrap import wrap

from rich.text import Text
from textual.widget import Widget

from ..heartbeat import HeartbeatWatch
from ..literal import literal
from ..picture import Picture
from ..theme import Colours, verdict_text
from ..wording import age, clock, how_long

TICK_EVERY_S = 1.0
_TICKS = "|/-\\"


class NightHeader(Widget):
    """Two lines, and more when something is wrong.

    The sign at the right end turns once a second by the screen's own clock, so that a frozen screen (a hung
    connection, a stopped terminal) is told from a quiet night.
    """

    def __init__(self, watch: HeartbeatWatch) -> None:
        super().__init__()
        self._watch = watch
        self._signs = cycle(_TICKS)
        self._sign = next(self._signs)
        self._picture: Picture | None = None
        self._failure = ""

    def on_mount(self) -> None:
        """Begin to tick."""
        self.set_interval(TICK_EVERY_S, self.tick)

    def tick(self) -> None:
        """Turn the sign and look at the heartbeat's age again."""
        self._sign = next(self._signs)
        self.refresh(layout=True)

    def show_night(self, picture: Picture) -> None:
        """Show a night that was read."""
        self._picture, self._failure = picture, ""
        self.refresh(layout=True)

    def show_failure(self, why: str) -> None:
        """Show that nothing can be read; what was read last stays."""
        self._failure = why
        self.refresh(layout=True)

    def render(self) -> Text:
        """The lines, as wide as the header."""
        colours = self.app.theme_variables
        lines = [self._title(colours), self._state(colours)] if self._picture else [self._reading()]
        style = f"bold reverse {colours['alarm']}"
        alarm = wrap(self._alarm(), max(self.content_size.width - 2, 1))
        return Text("\n").join([*lines, *(Text(f" {line} ", style=style) for line in alarm)])

    def _alarm(self) -> str:
        if self._failure:
            return literal(f"CANNOT READ: {self._failure}").plain
        if self._picture is None or self._picture.ended or not self._watch.silent():
            return ""
        return f"NO HEARTBEAT {how_long(self._watch.age_s())}: the runner is hung or dead"

    def _reading(self) -> Text:
        return self._ends(Text("bringup  reading the journal …"), Text(self._sign))

    def _title(self, colours: Colours) -> Text:
        picture = self._told()
        left = Text.assemble(
            ("bringup ", f"bold {colours['primary']}"),
            literal(picture.night.name, "bold"),
            (f"  night {picture.place} of {len(picture.nights)}", colours["faint"]),
        )
        kind = "virtual time" if picture.night.virtual_time else "wall time"
        when = picture.night.utc(picture.lab_s or 0.0)
        right = Text.assemble((f"{when:%Y-%m-%d %H:%M:%S} UTC", "bold"), (f"  {kind}", colours["faint"]))
        return self._ends(left, right)

    def _state(self, colours: Colours) -> Text:
        picture = self._told()
        verdict = verdict_text(picture.verdict, colours)
        if picture.ended:
            cause = literal(f"  {picture.night.cause}") if picture.night.cause else Text()
            left = Text.assemble(f"ended after {how_long(picture.lab_s or 0.0)}  ", verdict, cause)
            return self._ends(left, Text(f"no more news {self._sign}", style=colours["faint"]))
        left = Text.assemble("so far ", verdict, "  ", self._outlook(colours))
        return self._ends(left, self._pulse(colours))

    def _pulse(self, colours: Colours) -> Text:
        silent = self._watch.silent()
        word = f"heartbeat {age(self._watch.age_s())} {self._sign}"
        return Text(word, style=f"bold {colours['alarm']}" if silent else colours["verdict-pass"])

    def _outlook(self, colours: Colours) -> Text:
        picture = self._told()
        night, eta_s, deadline_s = picture.night, picture.eta_s, picture.night.deadline_s
        parts = []
        if eta_s is not None:
            parts.append(f"ETA ~{clock(night.utc(eta_s))[:5]}")
        if deadline_s is not None:
            parts.append(f"deadline {clock(night.utc(deadline_s))[:5]}")
        late = deadline_s is not None and max(eta_s or 0.0, picture.lab_s or 0.0) > deadline_s
        outlook = Text(" / ".join(parts))
        if deadline_s is not None:
            outlook.append(*((" LATE", f"bold {colours['alarm']}") if late else (" ok", colours["verdict-pass"])))
        return outlook

    def _told(self) -> Picture:
        assert self._picture is not None  # noqa: S101 - render asks first
        return self._picture

    def _ends(self, left: Text, right: Text) -> Text:
        """One line with something at both ends; the left gives way."""
        width = max(self.content_size.width, 1)
        left = left.copy()
        left.truncate(max(width - right.cell_len - 2, 0), overflow="ellipsis", pad=True)
        return Text.assemble(left, "  " if right else "", right)
