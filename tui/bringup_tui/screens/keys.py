"""What the keys do and what the signs mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..theme import glyph_meanings


class KeysScreen(ModalScreen[None]):
    """A page over the others, made from the bindings themselves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "back", "Back", id="keys.back", tooltip="Close this page"),
    ]

    def __init__(self, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self._told = tuple(bindings)

    def compose(self) -> ComposeResult:
        """One page."""
        with VerticalScroll(id="keys") as page:
            page.border_title = "Keys (esc closes)"
            yield Static(self._page(), markup=False)

    def _page(self) -> Text:
        page = Text()
        for binding in self._told:
            key = self.app.get_key_display(binding)
            page.append(f"{key:>7}  ", style="bold").append(f"{binding.tooltip}\n")
        page.append("  ↑ ↓    Move; the tab key goes from table to events and back\n\n")
        page.append(f"{glyph_meanings()}\n\n")
        page.append("FAIL blames the sled, ERROR the bench or the tool, INVALID a precondition that did not hold.\n")
        page.append("Age is that of the values at the last heartbeat, in lab time; the sign at the top right turns ")
        page.append("once a second: if it stands still, this screen is frozen. Nothing here moves a knob.")
        return page

    def action_back(self) -> None:
        """Close the page."""
        self.dismiss()
