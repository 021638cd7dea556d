"""The night behind one pytest item."""

from __future__ import annotations

import threading
from pathlib import Path

from .events import EventKind
from .files.station import Station
from .plans import Plan
from .runner.bench_lock import bench_lock
from .runner.night_log import NightLog
from .runner.session import hold, prepare
from .runner.stopping import Stopping, stopping
from .store import open_journal, open_reader


def hold_one(plan: Plan, station: Station, slot: str, database: Path) -> tuple[str, str]:
    """Run one plan on one slot; returns the verdict's name, and why it is not PASS.

    Raises:
        BringupError: the bench could not be opened, or is in use.
    """
    order = prepare(f"pytest: {plan.name}", station, [plan], [slot])
    with bench_lock(station, database), open_journal(database) as journal:
        if threading.current_thread() is threading.main_thread():
            with stopping() as stop:
                held = hold(order, journal, stop, operator_for=_Unattended)
        else:
            held = hold(order, journal, Stopping(), operator_for=_Unattended)
    with open_reader(database) as reader:
        runs = reader.runs(held.night_id)
        causes = [held.result.cause, *(run.cause for run in runs)]
        for run in runs:
            causes += [attempt.cause for attempt in reader.attempts(run.id)]
    return held.result.verdict.name, "; ".join(dict.fromkeys(filter(None, causes)))


class _Unattended:
    """Nobody watches: holds are answered with yes, and the journal says so."""

    def __init__(self, slot: str, log: NightLog) -> None:
        self._slot = slot
        self._log = log

    def hold(self, question: str) -> None:
        self._log.event(EventKind.HELD, f"{question} - yes, unattended", self._slot)

    def tell(self, message: str) -> None:
        self._log.event(EventKind.NOTE, message, self._slot)
