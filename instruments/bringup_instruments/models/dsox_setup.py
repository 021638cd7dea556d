"""The whole setup of an InfiniiVision 1000 X-Series oscilloscope as text, to be kept and restored.

The instrument's own blocks are XML too, with other names; only its own are promised to fit (Programmer's Guide,
":SYSTem:SETup"). Neighbours: `scope_dsox1102g.py` sends and takes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..scpi import ScpiError, reset_settings
from ..scpi.command import settings_of

_CONTROL = re.compile(r"<ctrl><name>([a-z0-9_.]+)</name><val>(.*)</val></ctrl>")
_MORE = {"probe", "levels", "points", "sources"}  # kept beside the declared settings


class Setup:
    """The setup.

    Args:
        parts: subsystems by name.
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._parts = parts
        self._places: dict[int, str] = {}
        self.reset()
        self._default = self.text()

    def reset(self) -> None:
        """The default setup."""
        for part in self._parts.values():
            reset_settings(part)
            after = getattr(part, "after_reset", None)
            if after is not None:
                after()

    def text(self) -> str:
        """As text."""
        lines = (
            f"<ctrl><name>{part}.{name}</name><val>{json.dumps(getattr(owner, name))}</val></ctrl>"
            for part, owner, name in self._entries()
        )
        return '<setup prod="InfiniiVision" ver="01.20" srver="2.0">\n' + "\n".join(lines) + "\n</setup>"

    def load(self, text: str) -> None:
        """From text.

        Raises:
            ScpiError: -230, it is none.
        """
        if not text.startswith("<setup "):
            raise ScpiError(-230)
        known = {f"{part}.{name}": (owner, name) for part, owner, name in self._entries()}
        for line in text.splitlines():
            found = _CONTROL.fullmatch(line)
            if found and found[1] in known:
                owner, name = known[found[1]]
                try:
                    setattr(owner, name, json.loads(found[2]))
                except ValueError:
                    raise ScpiError(-230) from None

    def save(self, place: int) -> None:
        """Keep it in a place."""
        self._places[place] = self.text()

    def recall(self, place: int) -> None:
        """Take it from a place, or the default."""
        self.load(self._places.get(place, self._default))

    def _entries(self) -> Iterator[tuple[str, Any, str]]:
        for part, owner in self._parts.items():
            for name, setting in settings_of(type(owner)):
                if not setting.kept:
                    yield part, owner, name
            for name in sorted(_MORE & vars(owner).keys()):
                yield part, owner, name
