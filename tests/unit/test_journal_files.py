"""Every way in which a journal's file can be wrong: a message with the path and what to do, never a traceback."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from bringup.errors import JournalError
from bringup.records import AttemptStart
from bringup.store import Journal, Reader, open_journal, open_reader
from tests.unit.journal_facts import a_night, a_run, an_end, folder_of, one_attempt, taken

OPENINGS: list[Callable[[Path], Journal | Reader]] = [open_journal, open_reader]


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(
    "content", [b"serial,voltage\n" * 100, b"SQLite format 3\0" + b"\xff" * 4096], ids=["csv", "torn"]
)
def test_not_a_database(tmp_path: Path, opening: Callable[[Path], Journal | Reader], content: bytes) -> None:
    path = tmp_path / "results.csv"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"results\.csv: this file is not a database\. Name another") as caught:
        opening(path)
    assert caught.value.exit_code == 4
    assert path.read_bytes() == content
    assert folder_of(tmp_path) == {"results.csv"}


@pytest.mark.parametrize("opening", OPENINGS)
def test_another_programs_database(tmp_path: Path, opening: Callable[[Path], Journal | Reader]) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photo (x)")
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"photos\.db: this is another program's database \(its tables: photo\)"):
        opening(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_damaged_journal(tmp_path: Path, opening: Callable[[Path], Journal | Reader]) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path) as journal:
        one_attempt(journal)
    content = bytearray(path.read_bytes())
    content[1024:8192] = b"\xff" * 7168
    path.write_bytes(content)

    def use() -> None:
        with opening(path) as it:
            if isinstance(it, Reader):
                it.measurements(1)
            else:
                it.begin_night(a_night())

    with pytest.raises(JournalError, match=r"journal\.db: the database is damaged\. Keep the file.*recover"):
        use()


def test_places_that_cannot_hold_a_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="this is a folder; name a file in it"):
        open_journal(tmp_path)
    with pytest.raises(JournalError, match=r"there is no folder .*nights; make it"):
        open_journal(tmp_path / "nights" / "j.db")
    with pytest.raises(JournalError, match=r"there is no journal .*j\.db; `bringup run`"):
        open_reader(tmp_path / "j.db")
    with pytest.raises(JournalError, match="only files and sqlite:///FILE"):
        open_journal("postgresql://lab/bringup")
    assert folder_of(tmp_path) == set()


def test_an_empty_file_becomes_a_journal_but_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    path.touch()
    with pytest.raises(JournalError, match="it is empty; nothing was journaled yet"):
        open_reader(path)
    open_journal(f"sqlite:///{path}").close()
    with open_reader(path) as reader:
        assert reader.nights() == ()


def test_names_that_a_url_would_stumble_over(tmp_path: Path) -> None:
    folder = tmp_path / "50% night #7?mode=ro"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this system has no such file names")
    with open_journal(folder / "jöurnal & co.db") as journal, open_reader(journal.path) as reader:
        one_attempt(journal)
        assert reader.measurements(1) == {1: taken()}


@contextmanager
def _without_rights() -> Iterator[None]:
    """Root may write anything; so be somebody else for a while."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody can reach; pytest's own is its user's only."""
    folder = Path(mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_file(public: Path) -> None:
    path = public / "journal.db"
    with open_journal(path) as journal:
        one_attempt(journal)
    path.chmod(0o444)
    public.chmod(0o777)
    try:
        with _without_rights(), pytest.raises(JournalError, match=r"journal\.db: it cannot be written: .*read-only"):
            open_journal(path)
    finally:
        path.chmod(0o644)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder's read-only flag means nothing on Windows")
def test_a_read_only_folder(public: Path) -> None:
    path = public / "journal.db"
    with open_journal(path) as journal:
        one_attempt(journal)
    public.chmod(0o555)
    with _without_rights():
        with pytest.raises(JournalError, match=r"new\.db: it cannot be (opened|written): .*permissions"):
            open_journal(public / "new.db")
        with pytest.raises(JournalError, match=r"journal\.db: it cannot be (opened|written): .*permissions"):
            open_journal(path)
        # An archive on a read-only share can still be read.
        with open_reader(path) as reader:
            assert reader.measurements(1) == {1: taken()}


def test_a_full_disk_loses_nothing_and_can_be_written_on_after(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j.db") as journal, open_reader(tmp_path / "j.db") as reader:
        night_id, run, _ = one_attempt(journal)
        pages = journal._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        # SQLite's own limit gives the same error at the same place as a disk without a free block.
        journal._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
        done = [1]
        attempt_id = journal.begin_attempt(run, AttemptStart(1, 1, 10.0))

        def until_full(attempt_id: int) -> None:
            for point in range(2, 10_000):
                following = journal.complete(run, attempt_id, an_end(11.0), AttemptStart(point, 1, 11.0))
                assert following is not None
                done.append(attempt_id)
                attempt_id = following

        with pytest.raises(JournalError, match=r"j\.db: the disk is full\. All that was completed .* free space"):
            until_full(attempt_id)
        attempt_id = done[-1] + 1
        assert len(done) > 10
        assert list(reader.measurements(run.id)) == done
        assert [one.id for one in reader.attempts(run.id)] == [*done, attempt_id]
        journal._connection.exec_driver_sql("PRAGMA max_page_count = 100000")
        journal.complete(run, attempt_id, an_end(12.0))
        journal.end_run(run, 13.0, an_end().verdict, "")
        journal.end_night(night_id, 14.0, an_end().verdict, "")
        assert list(reader.measurements(run.id)) == [*done, attempt_id]


FILLS_THE_DISK = """
import resource, signal, sys
from bringup.errors import JournalError
from bringup.records import AttemptStart
from bringup.store import open_journal
from tests.unit.journal_facts import an_end, one_attempt
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = open_journal(sys.argv[1])
_, run, _ = one_attempt(journal)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
attempt_id = journal.begin_attempt(run, AttemptStart(1, 1, 10.0))
try:
    for point in range(2, 100_000):
        attempt_id = journal.complete(run, attempt_id, an_end(11.0), AttemptStart(point, 1, 11.0))
        print(attempt_id - 1, flush=True)
except JournalError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a process's files")
def test_a_file_that_cannot_grow_any_more(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FILLS_THE_DISK, str(tmp_path / "j.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    *announced, message = done.stdout.splitlines()
    assert "j.db: the d" in message
    assert "All that was completed before is safe" in message
    with open_reader(tmp_path / "j.db") as reader:
        assert list(reader.measurements(1)) == [1, *map(int, announced)]
    with open_journal(tmp_path / "j.db") as journal:
        (dead,) = journal.reconcile()
        assert dead.id == 1


def test_a_locked_database(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with open_journal(path, busy_timeout_s=0.05) as journal, closing(sqlite3.connect(path)) as stranger:
        night_id, run, _ = one_attempt(journal)
        attempt_id = journal.begin_attempt(run, AttemptStart(1, 1, 10.0))
        stranger.execute("BEGIN IMMEDIATE")
        locked = r"j\.db: another program keeps it locked\. Close what has it open"
        with pytest.raises(JournalError, match=locked):
            journal.complete(run, attempt_id, an_end())
        with pytest.raises(JournalError, match=locked):
            journal.end_night(night_id, 11.0, an_end().verdict, "")
        with pytest.raises(JournalError, match=locked):
            open_journal(path, busy_timeout_s=0.05)
        with open_reader(path) as reader:  # a writer never keeps a reader out
            assert list(reader.measurements(run.id)) == [1]
        stranger.rollback()
        journal.complete(run, attempt_id, an_end())


def test_a_journal_that_is_deleted_under_the_night_is_not_replaced_silently(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with open_journal(path) as journal:
        journal.begin_run(journal.begin_night(a_night()), a_run())
    path.unlink()
    with pytest.raises(JournalError, match="there is no journal"):
        open_reader(path)
