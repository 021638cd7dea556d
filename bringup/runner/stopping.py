"""Ctrl-C, SIGTERM and a closed terminal: turned into one wish to stop, honoured where it is safe.

Before anything is energized a signal simply raises `Aborted`. While a night runs it is only noted; the night's main
loop passes it to the clock, which wakes every task, and each takes its slot down. A second signal changes nothing:
a bench on its way to the safe state is not interrupted.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import Aborted

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class Stopping:
    """The wish to stop of one process. Only `stopping` makes one."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._noted_only = False

    @contextmanager
    def noted_only(self) -> Iterator[None]:
        """Inside, a signal is noted in `reason` and raises nothing."""
        before, self._noted_only = self._noted_only, True
        try:
            yield
        finally:
            self._noted_only = before

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        self.reason = self.reason or (f"{name} (Ctrl-C)" if name == "SIGINT" else name)
        if not self._noted_only:
            raise Aborted(self.reason)


@contextmanager
def stopping() -> Iterator[Stopping]:
    """Take the signals over for the block; must be called in Python's main thread."""
    stop = Stopping()
    before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
    for number in SIGNALS:
        before[number] = signal.signal(number, stop._handle)  # noqa: SLF001 - the pair is one idea
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
