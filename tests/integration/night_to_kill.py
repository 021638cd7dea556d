"""A process that holds a real night and says what it does, until somebody kills it: `test_runner_kill.py` does.

    python night_to_kill.py LAB PLAN

On standard output, a line each, written at once: `reconciled NIGHT VERDICT CAUSE`, `night NIGHT`,
`taken ATTEMPT VERDICT VALUE…` before an attempt goes to disk, and `done RUN ATTEMPT` once it is there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bringup.cli.operators import PromptDesk, YesOperator
from bringup.files.lab_folder import lab_at
from bringup.files.plan_file import find_plans
from bringup.records import AttemptEnd, AttemptStart, NightStart
from bringup.runner.bench_lock import bench_lock
from bringup.runner.session import hold, prepare
from bringup.runner.stopping import stopping
from bringup.store import Journal, OpenRun, open_journal


def say(*words: object) -> None:
    """One write, so that a kill leaves whole lines or none."""
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


class TellingJournal(Journal):
    """The real journal, which says what it is about to write."""

    def begin_night(self, start: NightStart) -> int:
        night_id = super().begin_night(start)
        say("night", night_id)
        return night_id

    def complete(self, run: OpenRun, attempt_id: int, end: AttemptEnd, then: AttemptStart | None = None) -> int | None:
        say("taken", attempt_id, end.verdict.name, *(one.value.hex() for one in end.measurements))
        return super().complete(run, attempt_id, end, then)


def main(lab_path: Path, plan: str) -> None:
    lab = lab_at(lab_path)
    order = prepare("to be killed", lab.station(None), find_plans(plan, lab.path))
    with stopping() as stop, bench_lock(order.station, lab.database), open_journal(lab.database) as journal:
        journal.__class__ = TellingJournal
        for night in journal.reconcile():
            say("reconciled", night.id, night.verdict.name if night.verdict is not None else "-", night.cause)
        desk = PromptDesk(stop)
        hold(
            order,
            journal,
            stop,
            operator_for=lambda slot, log: YesOperator(desk, log, slot),
            announce=lambda run, attempt: say("done", run, attempt),
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
