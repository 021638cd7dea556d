"""What the kernel has said since it began to run: a ring of lines with the seconds since then.

Neighbours: `boot_story` and `watcher` write, `dmesg` and the console show.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MOST_KEPT = 2000
"""Lines; the oldest go first, as in the kernel's own ring."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Attributes:
        seconds: since the kernel began.
        priority: as syslog counts: 3 an error, 4 a warning, 6 news.
        text: without its time.
    """

    seconds: float
    priority: int
    text: str

    def __str__(self) -> str:
        return f"[{self.seconds:12.6f}] {self.text}"


class KernelLog:
    """The ring.

    Attributes:
        began_s: lab time at which the kernel began to run; None before.
    """

    def __init__(self) -> None:
        self.began_s: float | None = None
        self._entries: deque[Entry] = deque(maxlen=MOST_KEPT)

    def begin(self, at_s: float) -> None:
        """The kernel starts: what another one said is gone."""
        self.began_s = at_s
        self._entries.clear()

    def forget(self) -> None:
        """Power is gone."""
        self.began_s = None
        self._entries.clear()

    def say(self, at_s: float, text: str, priority: int = 6) -> Entry:
        """The kernel says a line."""
        entry = Entry(max(0.0, at_s - (self.began_s or 0.0)), priority, text)
        self._entries.append(entry)
        return entry

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Oldest first."""
        return tuple(self._entries)
