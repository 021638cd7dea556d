"""What is evidence stays as it was, whoever writes; and people can read it with plain SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.boards import BoardEntry, BoardEventKind
from bringup.errors import JournalError
from bringup.events import Event, EventKind
from bringup.limits import Limit, at_least, at_most, between
from bringup.measure import Measurement
from bringup.records import AttemptEnd, AttemptStart, Evidence
from bringup.store import Journal, open_journal, open_reader
from bringup.verdicts import Verdict
from tests.unit.journal_facts import PLAN, STATION, a_night, a_run, an_end, one_attempt

EVIDENCE = (
    *("source", "night", "run", "axis", "axis_value", "criterion", "run_criterion", "quantity"),
    *("attempt", "measurement", "event", "evidence", "board", "board_event"),
)


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection such as the `sqlite3` program makes, to a journal with an ended night."""
    path = tmp_path / "journal.db"
    with open_journal(path) as journal:
        night_id, run, _ = one_attempt(journal)
        journal.event(night_id, Event(EventKind.NOTE, 1.0, "note", "slot1", {"a": 1}))
        journal.keep(night_id, [Evidence("console", 2.5, "POST 0x31")], "slot1", run)
        (eco,) = journal.enter("SN-slot1", [BoardEntry(BoardEventKind.ECO, "ECO-014", "", "mk")])
        journal.enter("SN-slot1", [BoardEntry(BoardEventKind.CORRECTION, "", "other board", "mk", corrects=eco.id)])
        journal.end_run(run, 10.0, Verdict.PASS, "")
        journal.end_night(night_id, 11.0, Verdict.PASS, "")
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {table}").fetchall()


@pytest.mark.parametrize("table", EVIDENCE)
def test_evidence_is_not_changed_deleted_or_replaced(stranger: sqlite3.Connection, table: str) -> None:
    before = _rows(stranger, table)
    assert before
    columns = [row[1] for row in stranger.execute(f"PRAGMA table_info({table})")]
    for column in columns:
        with pytest.raises(sqlite3.IntegrityError, match="evidence"):
            stranger.execute(f"UPDATE {table} SET {column} = {column}")
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        stranger.execute(f"DELETE FROM {table}")
    places = ", ".join("?" * len(columns))
    for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT"):
        with pytest.raises(sqlite3.IntegrityError, match="evidence"):
            stranger.execute(f"{verb} INTO {table} VALUES ({places})", before[0])
    assert _rows(stranger, table) == before


def test_every_table_is_evidence_or_known_not_to_be(stranger: sqlite3.Connection) -> None:
    tables = {name for (name,) in stranger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables - set(EVIDENCE) == {"alembic_version", "schema_change", "live", "heartbeat"}


@pytest.mark.parametrize("table", ["night", "run", "attempt"])
def test_a_start_is_not_changed_even_before_the_end(tmp_path: Path, table: str) -> None:
    with open_journal(tmp_path / "j.db") as journal:
        run = journal.begin_run(journal.begin_night(a_night()), a_run())
        journal.begin_attempt(run, AttemptStart(0, 1, 2.0))
        with closing(sqlite3.connect(journal.path)) as stranger:
            columns = [row[1] for row in stranger.execute(f"PRAGMA table_info({table})")]
            for column in set(columns) - {"ended_ms", "verdict", "cause", "last_attempt_id"}:
                with pytest.raises(sqlite3.IntegrityError, match="evidence: the start"):
                    stranger.execute(f"UPDATE {table} SET {column} = {column}")


def test_nothing_is_added_to_what_has_ended(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j.db") as journal:
        night_id, run, _ = one_attempt(journal)
        journal.end_run(run, 10.0, Verdict.PASS, "")
        with pytest.raises(JournalError, match="this run has ended"):
            journal.begin_attempt(run, AttemptStart(1, 1, 11.0))
        with pytest.raises(JournalError, match="this run has ended"):
            journal.end_run(run, 12.0, Verdict.FAIL, "no, failed")
        journal.end_night(night_id, 13.0, Verdict.PASS, "")
        with pytest.raises(JournalError, match="this night has ended"):
            journal.begin_run(night_id, a_run())
        with pytest.raises(JournalError, match="this night has ended"):
            journal.end_night(night_id, 14.0, Verdict.FAIL, "")
        with pytest.raises(JournalError, match="no night 99 to end"):
            journal.end_night(99, 14.0, Verdict.FAIL, "")


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    open_journal(tmp_path / "j.db").close()
    with open_reader(tmp_path / "j.db") as reader, pytest.raises(Exception, match="readonly"):
        reader._connection.exec_driver_sql("INSERT INTO heartbeat VALUES (1, '', 1, 1)")


def test_views_speak_words_and_utc(stranger: sqlite3.Connection) -> None:
    stranger.row_factory = sqlite3.Row
    first = stranger.execute("SELECT * FROM v_measurement WHERE name = 'vdd_core' AND place = 'chip1'").fetchone()
    assert json.loads(first["knobs"]) == {"coolant": 20.0, "vdd_core": 0.75}
    assert {key: first[key] for key in ("sled", "plan", "value", "unit", "low", "high", "verdict", "marginal")} == {
        "sled": "SN-slot1",
        "plan": "vmin_map",
        "value": 0.75,
        "unit": "V",
        "low": 0.6,
        "high": 0.9,
        "verdict": "PASS",
        "marginal": 0,
    }
    assert (first["night"], first["number"], first["limit_source"]) == ("night 1", 1, "datasheet")
    assert first["utc"] == "2026-03-07T19:00:09.623Z"
    attempt = stranger.execute("SELECT * FROM v_attempt").fetchone()
    assert (attempt["seconds"], attempt["began_utc"]) == (7.5, "2026-03-07T19:00:02.123Z")
    night = stranger.execute("SELECT * FROM v_night").fetchone()
    assert (night["verdict"], night["station"], night["station_sha256"]) == (
        "PASS",
        a_night().station_name,
        STATION.digest,
    )
    assert night["ended_utc"] == "2026-03-07T19:00:11.123Z"
    run = stranger.execute("SELECT * FROM v_run").fetchone()
    assert (run["sled"], run["verdict"]) == ("SN-slot1", "PASS")
    event = stranger.execute("SELECT * FROM v_event").fetchone()
    assert (event["kind"], event["utc"], event["data"]) == ("note", "2026-03-07T19:00:01.123Z", '{"a":1}')
    assert PLAN.text in stranger.execute("SELECT text FROM source WHERE kind = 'plan'").fetchone()["text"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with open_journal(tmp_path_factory.mktemp("journal") / "j.db") as journal:
        yield journal


near = st.sampled_from([0.6, 0.61, 0.7, 0.89, 0.9]).flatmap(lambda x: st.floats(x - 1e-15, x + 1e-15)) | st.floats(0, 2)


@given(
    value=near,
    limit=st.sampled_from(
        [
            between(0.6, 0.9, "V", marginal=0.01),
            between(0.6, 0.9, "V"),
            at_most(0.9, "V", marginal=0.01),
            at_least(0.6, "V", marginal=0.1),
            Limit(unit="V", marginal=0.1),
        ]
    ),
)
def test_the_view_marks_marginal_as_the_limit_does(shared: Journal, value: float, limit: Limit) -> None:
    run = shared.begin_run(shared.begin_night(a_night()), a_run(limits={"v": limit}))
    attempt_id = shared.begin_attempt(run, AttemptStart(0, 1, 0.0))
    verdict = limit.judge(value)
    shared.complete(run, attempt_id, AttemptEnd(1.0, verdict, "", (Measurement("v", "", value, verdict),)))
    query = f"SELECT value, marginal, verdict FROM v_measurement WHERE run_id = {run.id}"
    (row,) = shared._connection.exec_driver_sql(query)
    assert row == (value, limit.is_marginal(value), verdict.name)


def test_the_words_of_the_views_are_the_verdicts(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j.db") as journal:
        run = journal.begin_run(journal.begin_night(a_night()), a_run())
        for verdict in Verdict:
            attempt_id = journal.begin_attempt(run, AttemptStart(0, int(verdict) + 1, 0.0))
            journal.complete(run, attempt_id, AttemptEnd(1.0, verdict, "", ()))
        journal.begin_attempt(run, AttemptStart(0, 9, 2.0))
        words = journal._connection.exec_driver_sql("SELECT verdict FROM v_attempt ORDER BY attempt_id").scalars().all()
    assert words == [*(verdict.name for verdict in Verdict), None]


def test_a_run_is_found_by_its_range_of_attempts(tmp_path: Path) -> None:
    """No index leads from a run to its attempts; the plan of the query must not read the whole table instead."""
    with open_journal(tmp_path / "j.db") as journal:
        _, run, _ = one_attempt(journal)
        journal.complete(run, journal.begin_attempt(run, AttemptStart(1, 1, 10.0)), an_end(11.0))
        for view in ("v_attempt", "v_measurement"):
            for column in ("run_id", "night_id"):
                query = f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE {column} = 1"
                plan = [row[3] for row in journal._connection.exec_driver_sql(query)]
                assert not [step for step in plan if step in ("SCAN attempt", "SCAN measurement")], plan
