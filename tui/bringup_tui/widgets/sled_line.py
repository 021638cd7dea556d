"""The whole of what one sled says, which its row has no room for."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from ..literal import literal
from ..picture import Sled
from ..theme import verdict_text


class SledLine(Widget):
    """A few lines about one sled."""

    def __init__(self) -> None:
        super().__init__()
        self._sled: Sled | None = None

    def show_sled(self, sled: Sled | None) -> None:
        """Speak about this sled."""
        if sled != self._sled:
            self._sled = sled
            self.refresh(layout=True)

    def render(self) -> Text:
        """The lines."""
        if self._sled is None:
            return Text()
        sled, colours = self._sled, self.app.theme_variables
        return Text.assemble(
            literal(sled.slot, "bold"),
            literal(f" {sled.serial_number} · {sled.plan} · "),
            verdict_text(sled.judgement.verdict, colours),
            literal(f" · {sled.everything_said}" if sled.everything_said else ""),
        )
