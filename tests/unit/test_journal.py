"""The journal: what goes in comes out, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bringup.errors import JournalError, UnknownName
from bringup.events import Event, EventKind
from bringup.limits import Limit
from bringup.measure import Measurement
from bringup.records import Attempt, AttemptEnd, AttemptStart, Heartbeat, Live, Source
from bringup.store import Durability, open_journal, open_reader
from bringup.verdicts import Verdict
from tests.unit.journal_facts import AXES, BEGAN, LIMITS, PLAN, STATION, a_night, a_run, an_end, one_attempt, taken


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_importing_bringup_does_not_load_sqlalchemy() -> None:
    program = "import bringup, bringup.records, sys; print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_night_and_run_come_back(path: Path) -> None:
    with open_journal(path) as journal:
        night_id = journal.begin_night(a_night())
        run = journal.begin_run(night_id, a_run())
        with open_reader(path) as reader:
            night = reader.night()
            assert (night.name, night.station, night.station_digest) == ("night 1", "rack-a", STATION.digest)
            assert (night.began_utc, night.deadline_s, night.seed) == (BEGAN, 45_000.5, 42)
            assert (night.virtual_time, night.operator, night.controller) == (True, "mk", "lab-pc-3")
            assert (night.ended_s, night.verdict, night.cause, night.heartbeat) == (None, None, "", None)
            (got,) = reader.runs(night_id)
            assert got.id == run.id
            assert (got.axes, dict(got.limits), list(got.limits)) == (AXES, LIMITS, list(LIMITS))
            assert (got.began_s, got.ended_s, got.verdict) == (1.25, None, None)
            assert reader.source(got.plan_digest) == PLAN
        journal.end_run(run, 99.0, Verdict.FAIL, "vdd_core too low")
        journal.end_night(night_id, 100.0, Verdict.FAIL, "1 of 1 sleds failed")
    with open_reader(path) as reader:
        night, (got,) = reader.night(night_id), reader.runs(night_id)
        assert (got.ended_s, got.verdict, got.cause) == (99.0, Verdict.FAIL, "vdd_core too low")
        assert (night.ended_s, night.verdict, night.cause) == (100.0, Verdict.FAIL, "1 of 1 sleds failed")


def test_completing_an_attempt_begins_the_next_in_the_same_commit(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        run = journal.begin_run(night_id, a_run())
        first = journal.begin_attempt(run, AttemptStart(0, 1, 2.0))
        before = reader.data_version()
        second = journal.complete(run, first, an_end(9.5), AttemptStart(1, 1, 9.75))
        assert second is not None
        assert reader.data_version() != before
        assert reader.attempts(run.id) == (
            Attempt(first, run.id, 0, 1, 2.0, 9.5, Verdict.PASS, ""),
            Attempt(second, run.id, 1, 1, 9.75, None, None, ""),
        )
        assert reader.measurements(run.id) == {first: taken()}
        assert journal.complete(run, second, an_end(11.0, ())) is None
        assert set(reader.measurements(run.id)) == {first}


def test_attempts_of_a_run_are_only_its_own(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        early, late = (journal.begin_run(night_id, a_run(slot)) for slot in ("slot1", "slot2"))
        ids: dict[int, list[int]] = {early.id: [], late.id: []}
        for point in range(6):
            for run in (early, late):
                attempt_id = journal.begin_attempt(run, AttemptStart(point, 1, float(point)))
                journal.complete(run, attempt_id, an_end(point + 0.5))
                ids[run.id].append(attempt_id)
        journal.end_run(early, 6.0, Verdict.PASS, "")
        after = journal.begin_run(night_id, a_run("slot1"))
        ids[after.id] = [journal.begin_attempt(after, AttemptStart(0, 1, 7.0))]
        for run_id, expected in ids.items():
            assert [attempt.id for attempt in reader.attempts(run_id)] == expected
        assert list(reader.measurements(early.id)) == ids[early.id]
        assert reader.measurements(after.id) == {}


def test_events_come_back_after_the_last_one_seen(path: Path) -> None:
    odd = {"volts": 54.25, "nan": float("nan"), "list": (1, None, True), "path": Path("x"), "nested": {"a": [1.5]}}
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        journal.event(night_id, Event(EventKind.NIGHT_STARTED, 0.0, "begun"))
        journal.event(night_id, Event(EventKind.SLED_HUNG, 3.125, "no answer", "slot2", odd))
        first, second = reader.events(night_id)
        assert first[1] == Event(EventKind.NIGHT_STARTED, 0.0, "begun")
        assert second[1].data == {
            "volts": 54.25,
            "nan": "nan",
            "list": [1, None, True],
            "path": "x",
            "nested": {"a": [1.5]},
        }
        assert (second[1].at_s, second[1].slot) == (3.125, "slot2")
        assert reader.events(night_id, after_id=first[0]) == (second,)
        assert reader.events(night_id, after_id=second[0]) == ()


def test_live_is_replaced_in_place_and_heartbeat_with_it(path: Path) -> None:
    before = Live("slot1", "SN1", "RUN", "vmin", 1, 6, 0.7, 1.2e9, None, None, 3.5, "x")
    after = Live("slot1", "SN1", "SETTL", "vmin", 2, 6, None, None, 71.5, 812.0, None)
    other = Live("slot0", "SN0", "IDLE", "", 0, 0, None, None, None, None, None)
    beat = Heartbeat(datetime(2026, 3, 7, 20, 0, tzinfo=timezone(timedelta(hours=1))), 4.5, 4711)
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        for live in (before, other, after):
            journal.live(night_id, live, beat)
        assert reader.live(night_id) == (other, after)
        assert reader.night().heartbeat == Heartbeat(datetime(2026, 3, 7, 19, 0, tzinfo=UTC), 4.5, 4711)


@pytest.mark.parametrize("durability", list(Durability))
def test_live_leaves_the_durability_of_evidence_as_it_was(path: Path, durability: Durability) -> None:
    with open_journal(path, durability) as journal:
        night_id = journal.begin_night(a_night())

        def level() -> int:
            return int(journal._connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

        expected = {Durability.NORMAL: 1, Durability.FULL: 2}[durability]
        assert level() == expected
        idle = Live("slot1", "SN1", "IDLE", "", 0, 0, None, None, None, None, None)
        with journal._write.unsynced(durability):
            assert level() == 1
        journal.live(night_id, idle, Heartbeat(BEGAN, 1.0, 1))
        assert level() == expected
        with pytest.raises(JournalError):
            journal.live(night_id + 1, idle, Heartbeat(BEGAN, 1.0, 1))
        assert level() == expected


def test_a_refused_completion_leaves_nothing_behind(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        run = journal.begin_run(night_id, a_run())
        attempt_id = journal.begin_attempt(run, AttemptStart(0, 1, 2.0))
        good = Measurement("vdd_core", "chip0", 0.7, Verdict.PASS)
        bad = {
            "not announced": (good, Measurement("vdd_coer", "", 1.0, Verdict.PASS)),
            "UNIQUE": (good, good),
            "NOT NULL": (good, Measurement("gemm.errors", "", float("nan"), Verdict.PASS)),
        }
        for message, measurements in bad.items():
            with pytest.raises(JournalError, match=message):
                journal.complete(run, attempt_id, an_end(3.0, measurements), AttemptStart(1, 1, 3.0))
            assert reader.measurements(run.id) == {}
            assert [one.ended_s for one in reader.attempts(run.id)] == [None]
        journal.complete(run, attempt_id, an_end(3.0, (good,)))
        assert reader.measurements(run.id) == {attempt_id: (good,)}


def test_an_attempt_completes_once_and_in_its_own_run(path: Path) -> None:
    with open_journal(path) as journal:
        night_id, run, attempt_id = one_attempt(journal)
        with pytest.raises(JournalError, match="this attempt has ended"):
            journal.complete(run, attempt_id, an_end())
        other = journal.begin_run(night_id, a_run("slot2"))
        open_attempt = journal.begin_attempt(run, AttemptStart(1, 1, 10.0))
        with pytest.raises(JournalError, match=f"run {other.id} has no attempt {open_attempt}"):
            journal.complete(other, open_attempt, an_end(11.0, ()))
        with pytest.raises(JournalError, match="no attempt 999"):
            journal.complete(run, 999, an_end(11.0, ()))


def test_more_measurements_than_one_insert_takes(path: Path) -> None:
    limits = {"sensor": Limit(unit="degC")}
    many = tuple(Measurement("sensor", f"chip{n}", n + 0.5, Verdict.PASS) for n in range(1234))
    with open_journal(path) as journal, open_reader(path) as reader:
        run = journal.begin_run(journal.begin_night(a_night()), a_run(limits=limits))
        for point in range(2):
            attempt_id = journal.begin_attempt(run, AttemptStart(point, 1, 2.0))
            journal.complete(run, attempt_id, an_end(3.0, many[:: 1 if point else -1]))
        assert list(reader.measurements(run.id).values()) == [many[::-1], many]


def test_one_text_and_one_limit_are_kept_once(path: Path) -> None:
    moved = Source(PLAN.kind, "elsewhere/vmin_map.py", PLAN.text)
    with open_journal(path) as journal:
        for name in ("night 1", "night 2"):
            night_id = journal.begin_night(a_night(name))
            run = journal.begin_run(night_id, a_run())
            journal.complete(run, journal.begin_attempt(run, AttemptStart(0, 1, 2.0)), an_end())
        counts = {
            table: journal._connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("source", "criterion", "quantity", "run_criterion")
        }
    assert counts == {"source": 3, "criterion": 2, "quantity": 3, "run_criterion": 4}
    assert moved.digest == PLAN.digest


def test_threads_write_through_one_journal(path: Path) -> None:
    with open_journal(path, Durability.NORMAL) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        runs = [journal.begin_run(night_id, a_run(f"slot{n}")) for n in range(4)]
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                attempt_id: int | None = journal.begin_attempt(runs[number], AttemptStart(0, 1, 0.0))
                for point in range(100):
                    assert attempt_id is not None
                    then = AttemptStart(point + 1, 1, point + 1.0)
                    attempt_id = journal.complete(runs[number], attempt_id, an_end(point + 0.5), then)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        for run in runs:
            assert len(reader.attempts(run.id)) == 101
            assert set(reader.measurements(run.id).values()) == {taken()}


def test_reader_names_what_there_is(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        with pytest.raises(UnknownName, match="no night yet"):
            reader.night()
        journal.begin_night(a_night())
        with pytest.raises(UnknownName, match="no night 7; the latest is 1"):
            reader.night(7)
        with pytest.raises(UnknownName, match="no source"):
            reader.source("0" * 64)
        assert reader.runs(7) == ()
        assert reader.attempts(7) == ()
        assert reader.measurements(7) == {}


def test_a_closed_journal_says_so(path: Path) -> None:
    journal = open_journal(path)
    night_id = journal.begin_night(a_night())
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.begin_run(night_id, a_run())


def test_a_naive_time_is_refused(path: Path) -> None:
    naive = datetime(2026, 3, 7)
    idle = Live("slot1", "SN1", "IDLE", "", 0, 0, None, None, None, None, None)
    with open_journal(path) as journal:
        with pytest.raises(ValueError, match="no time zone"):
            journal.begin_night(replace(a_night(), began_utc=naive))
        night_id = journal.begin_night(a_night())
        with pytest.raises(ValueError, match="no time zone"):
            journal.live(night_id, idle, Heartbeat(naive, 1.0, 1))


def test_garbage_from_a_console_is_kept_as_an_escape(path: Path) -> None:
    garbage = b"caf\xc3\xa9 \xff\x00".decode(errors="surrogateescape")
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id, run, _ = one_attempt(journal)
        attempt_id = journal.begin_attempt(run, AttemptStart(1, 1, 10.0))
        journal.complete(run, attempt_id, AttemptEnd(11.0, Verdict.FAIL, garbage, ()))
        journal.event(night_id, Event(EventKind.NOTE, 11.0, garbage, "slot1", {"reply": garbage}))
        journal.end_run(run, 12.0, Verdict.FAIL, garbage)
        kept = "café \\udcff\0"
        assert reader.attempts(run.id)[-1].cause == kept
        assert reader.runs(night_id)[0].cause == kept
        ((_, event),) = reader.events(night_id)
        assert event.message == kept
        assert event.data == {"reply": garbage}


def test_a_dead_night_is_ended_on_paper(path: Path) -> None:
    journal = open_journal(path)
    night_id, run, _ = one_attempt(journal)
    journal.begin_attempt(run, AttemptStart(1, 1, 70.5))
    journal.live(
        night_id, Live("slot1", "SN1", "RUN", "p", 1, 6, None, None, None, None, None), Heartbeat(BEGAN, 75.25, 4711)
    )
    with open_journal(path) as second:
        assert second.reconcile() == ()  # its process lives: this one
        journal.close()
        (dead,) = second.reconcile()
        assert second.reconcile() == ()
    assert (dead.id, dead.ended_s, dead.verdict) == (night_id, 75.25, Verdict.ABORTED)
    assert dead.cause == "the controller died (last sign of life 2026-03-07 19:01:15 UTC)"
    with open_reader(path) as reader:
        assert reader.night() == dead
        (ended,) = reader.runs(night_id)
        assert (ended.verdict, ended.ended_s, ended.cause) == (Verdict.ABORTED, 75.25, dead.cause)
        done, left_open = reader.attempts(run.id)
        assert (done.verdict, left_open.verdict, left_open.ended_s) == (Verdict.PASS, None, None)
        ((_, event),) = reader.events(night_id)
        assert event.kind is EventKind.ABORTED
        assert event.data == {"open_attempts": 1, "pid": 4711}


def test_an_ended_night_is_not_dead_and_leaves_no_lock_file(path: Path) -> None:
    with open_journal(path) as journal:
        night_id = journal.begin_night(a_night())
        journal.end_night(night_id, 5.0, Verdict.PASS, "")
    with open_journal(path) as journal:
        assert journal.reconcile() == ()
    assert {file.name for file in path.parent.iterdir()} == {"journal.db"}


def test_closing_merges_the_log_even_with_a_reader_attached(path: Path) -> None:
    journal = open_journal(path)
    with open_reader(path):
        one_attempt(journal)
        journal.close()
        copy = path.with_name("copy.db")
        copy.write_bytes(path.read_bytes())
    with open_reader(copy) as reader:
        assert reader.measurements(1) == {1: taken()}
