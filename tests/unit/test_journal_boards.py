"""Boards in the journal: entered by whoever, in whatever process, and tied to every run."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from bringup.boards import BoardEntry, BoardEvent, BoardEventKind, board_state
from bringup.errors import JournalError, UnknownName, UsageError
from bringup.limits import Limit, at_least, at_most, between, exactly
from bringup.records import AttemptStart
from bringup.store import Durability, Journal, open_journal, open_reader
from bringup.verdicts import Verdict
from tests.unit.journal_facts import a_night, a_run, an_end, one_attempt
from tests.unit.test_boards import histories

SN = "SN-slot1"


def eco(name: str = "ECO-014") -> BoardEntry:
    return BoardEntry(BoardEventKind.ECO, name, "done", "mk")


def wrong(entry_id: int) -> BoardEntry:
    return BoardEntry(BoardEventKind.CORRECTION, "", "another board", "mk", corrects=entry_id)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_run_knows_what_its_board_was(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        journal.begin_run(night_id, a_run())
        assert [one.board.serial_number for one in reader.boards()] == [SN], "a run makes its board known"
        (first,) = journal.enter(SN, [eco()])
        journal.begin_run(night_id, a_run())
        journal.enter(SN, [eco("ECO-015")])
        journal.enter("SN-other", [eco("ECO-099")], product="sled")
        journal.begin_run(night_id, a_run())
        before, between_, after = reader.runs(night_id)
        assert [reader.board_of_run(run).ecos for run in (before, between_, after)] == [
            set(),
            {"ECO-014"},
            {"ECO-014", "ECO-015"},
        ]
        journal.enter(SN, [wrong(first.id)])
        assert reader.board_of_run(between_).ecos == set(), "it was wrong all along"
        assert reader.runs_of_board(SN) == (before, between_, after)


def test_a_board_at_a_time(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        (first,) = journal.enter(SN, [eco()], product="sled")
        (second,) = journal.enter(SN, [eco("ECO-015")])
        assert reader.board_at(SN, first.utc - timedelta(microseconds=1)).ecos == set()
        assert reader.board_at(SN, first.utc).ecos == {"ECO-014"}
        assert reader.board_at(SN, second.utc).ecos == {"ECO-014", "ECO-015"}
        with pytest.raises(ValueError, match="no time zone"):
            reader.board_at(SN, second.utc.replace(tzinfo=None))


def test_what_is_entered_comes_back(path: Path) -> None:
    odd = BoardEntry(BoardEventKind.NOTE, "", "π\udc80\x1b[2J", "mk", {"nan": float("nan"), "list": (1, None)})
    with open_journal(path) as journal, open_reader(path) as reader:
        (entered,) = journal.enter(SN, [odd], product="sled")
        assert reader.board_history(SN) == (entered,)
        assert entered.entry.text == "π\\udc80\x1b[2J"
        assert entered.entry.data == {"nan": "nan", "list": [1, None]}
        assert reader.board(SN).product == "sled"
        journal.enter(SN, [], product="another")
        assert reader.board(SN).product == "sled", "as it was first seen"


def test_a_board_that_nobody_knows_is_not_made_by_a_slip(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        journal.enter(SN, [], product="sled")
        with pytest.raises(UnknownName, match="no board 'SN-solt1' is known"):
            journal.enter("SN-solt1", [eco()])
        assert [(one.board.serial_number, one.entries, one.runs) for one in reader.boards()] == [(SN, 0, 0)]
        with pytest.raises(UnknownName, match="unknown board 'SN-solt1'; did you mean 'SN-slot1'"):
            reader.board("SN-solt1")


def test_corrections_are_of_entries_of_the_same_board_and_once(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        (first,) = journal.enter(SN, [eco()], product="sled")
        (other,) = journal.enter("SN2", [eco()], product="sled")
        for board, entry_id in ((SN, other.id), (SN, 99)):
            with pytest.raises(UnknownName, match=f"board {SN} has no entry {entry_id}; its entries are {first.id}"):
                journal.enter(board, [eco("ECO-020"), wrong(entry_id)])
        assert reader.board_history(SN) == (first,), "all of them, or none"
        (withdrawn,) = journal.enter(SN, [wrong(first.id)])
        with pytest.raises(UsageError, match=rf"corrected already, by entry {withdrawn.id}; .* correct entry"):
            journal.enter(SN, [wrong(first.id)])
        journal.enter(SN, [wrong(withdrawn.id)])
        assert journal.board(SN).ecos == {"ECO-014"}
    # Whoever writes past this tool meets the same rules, also with REPLACE, which would take a row out.
    row = "INSERT OR REPLACE INTO board_event SELECT 50, ?, utc, kind, '', '', '', NULL, NULL, ?, '{}' "
    row += "FROM board_event WHERE kind = 'correction'"
    with closing(sqlite3.connect(path)) as stranger:
        for board, corrects, said in (
            (SN, first.id, "row exists already"),
            ("SN2", 4, "history of its own board"),
            ("SN2", 60, "corrects_earlier"),
        ):
            with pytest.raises(sqlite3.IntegrityError, match=said):
                stranger.execute(row, (board, corrects))


def test_only_news_is_kept_of_what_a_night_reads(path: Path) -> None:
    def read(text: str) -> BoardEntry:
        return BoardEntry(BoardEventKind.FIRMWARE, "bmc", text, "bringup")

    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        kept = [journal.enter_news(night_id, SN, "sled", [read(text)]) for text in ("1", "1", "2", "2", "1")]
        assert [len(news) for news in kept] == [1, 0, 1, 0, 1]
        assert [one.entry.text for one in reader.board_history(SN)] == ["1", "2", "1"]
        assert {one.night_id for one in reader.board_history(SN)} == {night_id}


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    return open_journal(tmp_path_factory.mktemp("journal") / "j.db", Durability.NORMAL)


BOARDS = iter(range(10**6))


@given(history=histories())
@settings(max_examples=50, deadline=None)
def test_the_view_says_of_every_entry_whether_it_stands(long_lived: Journal, history: list[BoardEvent]) -> None:
    board = f"board {next(BOARDS)}"
    ids: dict[int, int] = {}
    for one in history:
        corrects = None if one.entry.corrects is None else ids[one.entry.corrects]
        entry = BoardEntry(one.entry.kind, one.entry.item, one.entry.text, "mk", corrects=corrects)
        (entered,) = long_lived.enter(board, [entry], product="sled")
        ids[one.id] = entered.id
    query = f"SELECT entry_id FROM v_board_event WHERE sled = '{board}' AND stands AND kind <> 'correction'"
    stand = set(long_lived._connection.exec_driver_sql(query).scalars())
    assert stand == {ids[one.id] for one in board_state(history[0].serial_number, history).standing} if history else 1
    assert {one.id for one in long_lived.board(board).standing} == stand


def test_a_measurement_says_what_its_board_was_in_plain_sql(path: Path) -> None:
    with open_journal(path) as journal:
        journal.enter(SN, [eco()], product="sled")
        night_id, run, _ = one_attempt(journal)
        journal.enter(SN, [eco("ECO-015")])
        journal.end_run(run, 10.0, Verdict.PASS, "")
    query = """SELECT DISTINCT e.item FROM v_measurement AS m JOIN v_board_event AS e
               ON e.sled = m.sled AND e.entry_id <= m.board_event_id AND e.stands WHERE m.night_id = ?"""
    with closing(sqlite3.connect(path)) as stranger:
        assert stranger.execute(query, (night_id,)).fetchall() == [("ECO-014",)]
        assert stranger.execute("SELECT entries, nights, last_night_id FROM v_board").fetchall() == [(2, 1, night_id)]


def test_the_last_good_board_is_another_one_that_passed(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        for slot, verdict in (("a", Verdict.PASS), ("b", Verdict.PASS), ("c", Verdict.FAIL), ("slot1", Verdict.PASS)):
            journal.end_run(journal.begin_run(night_id, a_run(slot)), 5.0, verdict, "")
        assert reader.last_good_board("sled", besides=SN) == "SN-b"
        assert reader.last_good_board("sled", besides="SN-b") == SN
        assert reader.last_good_board("other", besides=SN) is None


@pytest.mark.parametrize("limit", [at_most, at_least, exactly])
def test_a_limit_brings_its_requirement_back(path: Path, limit: object) -> None:
    assert callable(limit)
    traced: Limit = limit(1.0, "V", source="spec", version="3", requirement="REQ-17")
    two = between(0.5, 1.0, "V", source="spec", version="4", requirement="REQ-17")
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        for limits in ({"v": traced}, {"v": two}, {"v": Limit(1.0, None, "V")}):
            run = journal.begin_run(night_id, a_run(limits=limits))
            journal.complete(run, journal.begin_attempt(run, AttemptStart(0, 1, 0.0)), an_end(1.0, ()))
        assert [run.limits["v"] for run in reader.runs(night_id)] == [traced, two, Limit(1.0, None, "V")]
        assert traced.requirement == two.requirement == "REQ-17"


ENTERS = """
import sys
from bringup.boards import BoardEntry, BoardEventKind
from bringup.store import open_journal
for number in range(int(sys.argv[2])):
    with open_journal(sys.argv[1]) as journal:
        journal.enter("SN-slot1", [BoardEntry(BoardEventKind.NOTE, "", str(number), "mk")])
"""


def test_a_second_process_enters_while_a_night_writes(path: Path) -> None:
    """Neither loses a commit, neither fails: each waits for the other's."""
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        run = journal.begin_run(night_id, a_run())
        attempt_id: int | None = journal.begin_attempt(run, AttemptStart(0, 1, 0.0))
        writer = subprocess.Popen([sys.executable, "-W", "error", "-c", ENTERS, str(path), "3"])
        points = 0
        ended = threading.Event()

        def await_writer() -> None:
            writer.wait(60)
            ended.set()

        threading.Thread(target=await_writer, daemon=True).start()
        while not ended.is_set() and points < 100_000:
            points += 1
            assert attempt_id is not None
            attempt_id = journal.complete(run, attempt_id, an_end(1.0), AttemptStart(points, 1, 1.0))
        assert writer.wait(60) == 0
        assert [one.entry.text for one in reader.board_history(SN)] == [str(number) for number in range(3)]
        assert len(reader.measurements(run.id)) == points
        assert [one.verdict for one in reader.attempts(run.id)][-2:] == [Verdict.PASS, None]


def test_a_journal_that_stays_locked_is_told(path: Path) -> None:
    with open_journal(path, busy_timeout_s=0.01) as journal:
        journal.enter(SN, [], product="sled")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalError, match="another program keeps it locked"):
                journal.enter(SN, [eco()])
        assert len(journal.enter(SN, [eco()])) == 1
