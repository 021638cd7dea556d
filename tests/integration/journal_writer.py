"""A night that journals as fast as it can from three threads, and says what is done only when it is on disk.

python journal_writer.py JOURNAL SEED: one line per completed attempt, written whole after `complete` returned:
run, attempt, and the five values.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from datetime import UTC, datetime

from bringup.limits import between
from bringup.measure import Measurement
from bringup.records import AttemptEnd, AttemptStart, AxisStart, NightStart, RunStart, Source
from bringup.store import Durability, Journal, open_journal
from bringup.verdicts import Verdict

NAMES = tuple(f"rail{n}.volts" for n in range(5))
FILE = Source("plan", "plan.py", "# killed on purpose")


def measure_for_ever(journal: Journal, night_id: int, slot: int, seed: int) -> None:
    """One slot's thread."""
    chance = random.Random(seed * 10 + slot)
    axes = (AxisStart("vdd_core", "V", tuple(n / 1000 for n in range(1000))),)
    limits = {name: between(0.0, 1.0, "V") for name in NAMES}
    run = journal.begin_run(
        night_id, RunStart(f"slot{slot}", f"SN{slot}", "plan", FILE, "product", FILE, axes, limits, 0.0)
    )
    attempt: int | None = journal.begin_attempt(run, AttemptStart(0, 1, 0.0))
    point = 0
    while attempt is not None:
        values = [chance.random() for _ in NAMES]
        taken = tuple(Measurement(name, "", value, Verdict.PASS) for name, value in zip(NAMES, values, strict=True))
        point += 1
        then = AttemptStart(point % 1000, 1 + point // 1000, float(point))
        following = journal.complete(run, attempt, AttemptEnd(point - 0.5, Verdict.PASS, "", taken), then)
        line = " ".join([str(run.id), str(attempt), *(value.hex() for value in values)]) + "\n"
        os.write(1, line.encode())
        attempt = following


def main(path: str, seed: int) -> None:
    """Begin a night, and go on until killed."""
    journal = open_journal(path, Durability.FULL)
    journal.reconcile()
    start = NightStart("killed", "bench", FILE, datetime.now(UTC), True, None, "nobody", "here", "0", seed)
    night_id = journal.begin_night(start)
    for slot in range(3):
        threading.Thread(target=measure_for_ever, args=(journal, night_id, slot, seed)).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
