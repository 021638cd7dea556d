"""Real processes, really killed: what the journal had announced as done is on disk, whole."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bringup.store import Durability, open_journal, open_reader
from bringup.verdicts import Verdict

WRITER = Path(__file__).with_name("journal_writer.py")
KILLS_PER_JOURNAL = 8
SEED = 20260307

Announced = dict[int, tuple[float, ...]]


def _killed_after(path: Path, lines: int, seed: int) -> Announced:
    """Run the writer until it has announced `lines` attempts, and kill it; return all that it announced."""
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(path), str(seed)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        heard = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        rest, errors = child.communicate()
    assert errors == b"", errors.decode()
    assert all(line.endswith(b"\n") for line in heard), "the writer ended by itself"
    # The pipe may hold whole lines that were written before the kill; a torn last one cannot be told from none.
    heard += [line for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    return dict(_read(line) for line in heard)


def _read(line: bytes) -> tuple[int, tuple[float, ...]]:
    _, attempt, *values = line.decode().split()
    return int(attempt), tuple(float.fromhex(value) for value in values)


def _check(path: Path, announced: Announced) -> None:
    """What a reader finds right after the kill, before any writer has opened the file again."""
    with open_reader(path) as reader:
        night = reader.night()
        assert night.ended_s is None
        for run in reader.runs(night.id):
            taken = reader.measurements(run.id)
            attempts = reader.attempts(run.id)
            assert [one.point for one in attempts] == [n % 1000 for n in range(len(attempts))]
            assert [one.id for one in attempts if one.ended_s is None] == [one.id for one in attempts[-1:]]
            for one in attempts:
                values = tuple(measurement.value for measurement in taken.pop(one.id, ()))
                assert len(values) == (0 if one.ended_s is None else 5), "half an attempt"
                if one.id in announced:
                    assert announced.pop(one.id) == values
            assert taken == {}, "measurements of no attempt"
    assert announced == {}, "announced as done, but not on disk"


def _sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def _kill_again_and_again(path: Path, seed: int) -> int:
    """Kill one writer after another on one journal; return how many attempts were announced in all."""
    chance = random.Random(seed)
    total = 0
    for kill in range(KILLS_PER_JOURNAL):
        announced = _killed_after(path, chance.choice((1, 2, 3, chance.randrange(4, 400))), seed + kill)
        total += len(announced)
        _check(path, announced)
        _sound(path)
    return total


@pytest.mark.crash
def test_no_kill_loses_a_completed_attempt(tmp_path: Path) -> None:
    """Two journals at a time, killed again and again, never started afresh; `test_runner_kill` kills whole nights."""
    paths = [tmp_path / f"journal{n}.db" for n in range(2)]
    with ThreadPoolExecutor(len(paths)) as pool:
        totals = list(pool.map(_kill_again_and_again, paths, (SEED, SEED + 1000)))
    assert min(totals) > KILLS_PER_JOURNAL
    for path in paths:
        with open_journal(path, Durability.FULL) as journal:
            journal.reconcile()
        with open_reader(path) as reader:
            nights = reader.nights()
            assert len(nights) == KILLS_PER_JOURNAL
            assert {night.verdict for night in nights} == {Verdict.ABORTED}
            assert all("the controller died" in night.cause for night in nights)


@pytest.mark.crash
def test_a_kill_while_the_journal_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    """Killed at the first sign of the file, while the schema is being written."""
    chance = random.Random(SEED)
    for number in range(4):
        path = tmp_path / f"journal{number}.db"
        spins = chance.randrange(20_000)
        with subprocess.Popen(
            [sys.executable, str(WRITER), str(path), "1"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as child:
            while not path.exists() and child.poll() is None:
                pass
            for _ in range(spins):
                path.exists()
            child.kill()
            _, errors = child.communicate()
        assert errors == b"", errors.decode()
        with open_journal(path) as journal, open_reader(path) as reader:
            journal.reconcile()
            assert all(night.verdict is Verdict.ABORTED for night in reader.nights())
        _sound(path)
