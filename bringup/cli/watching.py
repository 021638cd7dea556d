"""What a person sees while a night runs: a bar per slot with ETA, and events as they come.

On a terminal the bars stay at the bottom; into a file or a pipe only the events go.
"""

from __future__ import annotations

import queue
from contextlib import suppress
from datetime import timedelta
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from ..events import Event
from ..runner.estimate import remaining_s
from ..runner.monitor import SlotMonitor
from ..runner.night import Night
from ..runner.night_log import NightLog
from ..terminal_text import harmless
from .forecast import Forecast
from .operators import PromptDesk


class Watch:
    """The screen of a running night; a context manager.

    Args:
        console: where to draw.
        expected: what was expected before the start, for the first ETA.
        desk: where slots' questions wait.
    """

    def __init__(self, console: Console, expected: Forecast, desk: PromptDesk) -> None:
        self._console = console
        self._expected = expected
        self._desk = desk
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:>4.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[word]}"),
            console=console,
            transient=True,
            auto_refresh=False,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Watch:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # the terminal may be gone; how the night ended is told by the exit code too
            self._show_events()
            self._progress.stop()

    def heard(self, event: Event) -> None:
        """From any task: an event was journaled."""
        self._events.put(event)

    def look(self, night: Night, log: NightLog) -> None:
        """From the main thread: draw, and ask what there is to ask."""
        self._show_events()
        self._desk.serve(self._say, self._progress.stop)
        if not self._console.is_terminal:
            return
        self._progress.start()
        monitors = list(night.monitors.values())
        for monitor in monitors:
            self._update(monitor.live.slot, monitor.points_done, monitor.points_in_all, _word(monitor))
        done, in_all = sum(m.points_done for m in monitors), sum(m.points_in_all for m in monitors)
        eta = log.utc_at(log.now_s() + remaining_s(monitors, self._expected.seconds, log.now_s())).astimezone()
        self._update("night", done, in_all, f"{log.utc_at(log.now_s()).astimezone():%H:%M} ETA {eta:%H:%M}")
        self._progress.refresh()

    def _update(self, name: str, done: int, in_all: int, word: str) -> None:
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=in_all, word="")
        self._progress.update(self._bars[name], completed=done, total=in_all, word=word)

    def _show_events(self) -> None:
        while not self._events.empty():
            event = self._events.get()
            at = str(timedelta(seconds=int(event.at_s)))
            self._say(f"+{at:>8} {event.slot or '-':<4} {event.kind:<18} {event.message}")

    def _say(self, line: str) -> None:
        self._progress.console.print(Text(harmless(line)), soft_wrap=True)


def _word(monitor: SlotMonitor) -> str:
    live = monitor.live
    numbers = [
        f"{value:.{digits}f}{unit}"
        for value, digits, unit in (
            (live.volts, 3, "V"),
            (live.hertz and live.hertz / 1e9, 2, "G"),
            (live.celsius, 0, "C"),
            (live.watts, 0, "W"),
        )
        if value is not None
    ]
    return " ".join([f"{live.plan:<12}", f"{live.state:<5}", *numbers])
