"""The real runner, killed (SIGKILL) at random moments: no completed attempt is lost, and the next start goes on.

`test_journal_kill.py` does the same to the journal alone; here a whole night runs on the simulated lab.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bringup.events import EventKind
from bringup.store import open_reader
from bringup.verdicts import Verdict
from tests.conftest import SHIPPED
from tests.integration.test_journal_kill import _sound

NIGHT = Path(__file__).with_name("night_to_kill.py")
WORKERS = 2
KILLS_PER_LAB = 12
SEED = 20261122

Taken = tuple[str, tuple[float, ...]]


@dataclass
class Heard:
    """What one process said before it died."""

    night: int = 0
    reconciled: dict[int, str] = field(default_factory=dict)
    taken: dict[int, Taken] = field(default_factory=dict)
    done: dict[int, int] = field(default_factory=dict)

    def hear(self, line: bytes) -> None:
        word, *rest = line.decode().split()
        if word == "night":
            self.night = int(rest[0])
        elif word == "reconciled":
            self.reconciled[int(rest[0])] = " ".join(rest[1:])
        elif word == "taken":
            self.taken[int(rest[0])] = rest[1], tuple(map(float.fromhex, rest[2:]))
        else:
            assert word == "done", line
            run, attempt = map(int, rest)
            assert attempt not in self.done, "announced twice"
            self.done[attempt] = run


def _killed(lab: Path, wait_for: bytes, after_s: float) -> Heard:
    """Hold a night until it has said `wait_for`, let it go on for a while (wall time), and kill it."""
    heard = Heard()
    command = [sys.executable, str(NIGHT), str(lab), "vmin-map"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        for line in child.stdout:
            heard.hear(line)
            if line.startswith(wait_for):
                break
        deadline = time.monotonic() + after_s
        with ThreadPoolExecutor(1) as pool:  # the pipe is drained, else a full one would hold the night up
            rest = pool.submit(child.stdout.read)
            time.sleep(max(deadline - time.monotonic(), 0.0))
            child.kill()
            lines = rest.result().splitlines(keepends=True)
        errors = child.stderr.read()
    assert errors == b"", errors.decode()
    for line in lines:
        if line.endswith(b"\n"):
            heard.hear(line)
    assert heard.night, "the night never began"
    return heard


def _check(database: Path, heard: Heard) -> None:
    """What a reader finds right after the kill."""
    done = dict(heard.done)
    with open_reader(database) as reader:
        night = reader.night()
        assert night.id == heard.night
        for run in reader.runs(night.id):
            attempts, measured = reader.attempts(run.id), reader.measurements(run.id)
            tries = Counter((one.point, one.number) for one in attempts)
            assert set(tries.values()) <= {1}, "one try at one point, journaled twice"
            assert sum(one.ended_s is None for one in attempts) <= 1, "a slot does one thing at a time"
            for one in attempts:
                values = tuple(measurement.value for measurement in measured.get(one.id, ()))
                if one.verdict is None:
                    assert values == ()
                    assert one.id not in done, "announced as done, and open on disk"
                    continue
                assert (one.verdict.name, values) == heard.taken[one.id]
                if one.id in done:
                    assert done.pop(one.id) == run.id
    assert done == {}, "announced as done, but not on disk"


def _kill_again_and_again(lab: Path, seed: int) -> int:
    """Kill one night after another in one lab; return how many attempts were announced in all."""
    chance, database, total, last = random.Random(seed), lab / "bringup.db", 0, 0
    for kill in range(KILLS_PER_LAB):
        # Most in the thick of it, some while the sleds come up: in the first second nothing is announced yet.
        early = kill % 5 == 4
        heard = _killed(
            lab, b"night" if early else b"done", chance.uniform(0.0, 0.8) if early else chance.uniform(0.0, 1.4)
        )
        assert set(heard.reconciled) == ({last} if last else set()), "the next start ends the dead night"
        assert all(told.startswith("ABORTED the controller died") for told in heard.reconciled.values())
        _sound(database)
        _check(database, heard)
        total, last = total + len(heard.done), heard.night
    return total


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_no_kill_of_a_night_loses_a_completed_attempt(tmp_path: Path) -> None:
    """52 kills: two labs at a time, 26 nights each, one after the other in one journal."""
    labs = [tmp_path / f"lab{number}" for number in range(WORKERS)]
    for lab in labs:
        shutil.copytree(SHIPPED, lab, ignore=shutil.ignore_patterns("__pycache__", "*.db*"))
    with ThreadPoolExecutor(WORKERS) as pool:
        totals = list(pool.map(_kill_again_and_again, labs, range(SEED, SEED + WORKERS)))
    assert min(totals) > 10 * KILLS_PER_LAB, "the kills would prove little"
    for lab in labs:
        with open_reader(lab / "bringup.db") as reader:
            *dead, last = reader.nights()
            assert len(dead) == KILLS_PER_LAB - 1
            assert last.verdict is None
            for night in dead:
                assert night.verdict is Verdict.ABORTED
                assert "the controller died" in night.cause
                assert {run.verdict for run in reader.runs(night.id)} <= {Verdict.ABORTED}
                kinds = [event.kind for _, event in reader.events(night.id)]
                assert kinds[0] is EventKind.NIGHT_STARTED
                assert kinds[-1] is EventKind.ABORTED
