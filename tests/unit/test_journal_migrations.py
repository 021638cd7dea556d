"""The schema: what the code says is what a file has, from every version on."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bringup.errors import JournalError
from bringup.store import open_journal, open_reader, schema
from bringup.store.versions import MIGRATIONS
from tests.unit.journal_facts import folder_of, one_attempt, taken

FIXTURE = Path(__file__).with_name("journal_0001.sql")

NEXT = '''
"""A revision of the future: a column more, by rebuilding the table."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {body}
'''

ADD_COLUMN = """with op.batch_alter_table("run", recreate="always") as table:
        table.add_column(sa.Column("chamber", sa.Text(), nullable=False, server_default="none"))"""


def later(folder: Path, body: str = ADD_COLUMN) -> Path:
    """The shipped migrations and one more."""
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "versions" / "r9999_later.py").write_text(NEXT.format(head=schema.HEAD, body=body), encoding="utf-8")
    return copy


def test_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_the_migrated_schema_is_the_one_in_the_code(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j.db") as journal:
        context = MigrationContext.configure(journal._connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_the_tables_themselves_are_the_ones_in_the_code(tmp_path: Path) -> None:
    """What alembic does not compare: WITHOUT ROWID, checks, and which primary keys are a rowid."""
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path / 'code.db'}")
    schema.metadata.create_all(engine)
    engine.dispose()
    open_journal(tmp_path / "migrated.db").close()
    assert _tables(tmp_path / "migrated.db") == _tables(tmp_path / "code.db")


def _tables(path: Path) -> dict[str, list[str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    with closing(sqlite3.connect(path)) as connection:
        found = dict(connection.execute(query).fetchall())
    found.pop("alembic_version", None)
    # The order of constraints may differ; a column that was added later stands in the line of the last one.
    return {name: sorted(filter(None, map(str.strip, re.split(r",|\n", sql)))) for name, sql in found.items()}


def test_a_journal_of_the_first_version_opens(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIXTURE.read_text(encoding="utf-8"))
    with open_journal(path) as journal:
        journal.reconcile()
        one_attempt(journal)
    with open_reader(path) as reader:
        first = reader.nights()[0]
        (run,) = reader.runs(first.id)
        assert reader.measurements(run.id) == {1: taken()}
        assert len(reader.nights()) == 2


def test_the_first_version_is_migrated_without_loss(tmp_path: Path) -> None:
    """Every column of every row is what it was; what is new has its own defaults."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIXTURE.read_text(encoding="utf-8"))
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in tables}
        before = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    with open_journal(path) as journal:
        (notice,) = journal.notices
        assert f"from schema 0001 to {schema.HEAD}" in notice
    with closing(sqlite3.connect(path)) as connection:
        for name in set(tables) - {"alembic_version", "schema_change"}:
            kept = ", ".join(f'"{column}"' for column in columns[name])
            assert connection.execute(f"SELECT {kept} FROM {name}").fetchall() == before[name]
        # The sled that had been run is a board, first seen 1.25 s into its night.
        board = connection.execute("SELECT sled, product, first_seen_utc, entries, nights FROM v_board").fetchall()
        assert board == [("SN-slot1", "sled", "2026-03-07T19:00:01.373Z", 0, 1)]
    with open_reader(path) as reader:
        (run,) = reader.runs(1)
        assert (run.board_event_id, {limit.requirement for limit in run.limits.values()}) == (0, {""})


def test_a_migrated_journal_refuses_what_a_new_one_does(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.executescript(FIXTURE.read_text(encoding="utf-8"))
    open_journal(tmp_path / "old.db").close()
    open_journal(tmp_path / "new.db").close()
    rules = [
        {row for row in _everything(tmp_path / name) if row[0] in ("trigger", "view", "index")}
        for name in ("old.db", "new.db")
    ]
    assert rules[0] == rules[1]


def test_the_first_version_is_frozen(tmp_path: Path) -> None:
    """Journals are out there: a change of the schema is a new revision, never an edit of the first."""
    with closing(sqlite3.connect(tmp_path / "fixture.db")) as connection:
        connection.executescript(FIXTURE.read_text(encoding="utf-8"))
    first = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, first, ignore=shutil.ignore_patterns("__pycache__", "r000[2-9]*"))
    open_journal(tmp_path / "new.db", migrations=first, head="0001").close()
    assert _everything(tmp_path / "new.db") == _everything(tmp_path / "fixture.db")


def _everything(path: Path) -> set[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return set(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))


def test_an_older_journal_is_copied_aside_and_migrated(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path) as journal:
        assert journal.notices == ()
        one_attempt(journal)
    migrations = later(tmp_path)
    with open_journal(path, migrations=migrations, head="9999") as journal:
        (notice,) = journal.notices
        assert f"migrated from schema {schema.HEAD} to 9999" in notice
        rows = journal._connection.exec_driver_sql("SELECT id, slot, chamber FROM run").all()
        assert rows == [(1, "slot1", "none")]
        assert journal._connection.exec_driver_sql("SELECT count(*) FROM measurement").scalar_one() == 3
        assert journal._connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    (copy,) = (name for name in folder_of(tmp_path) if name.startswith(f"journal.schema-{schema.HEAD}."))
    assert str(tmp_path / copy) in notice
    with open_reader(tmp_path / copy) as reader:
        assert reader.measurements(1) == {1: taken()}
    with open_journal(path, migrations=migrations, head="9999") as journal:
        assert journal.notices == ()


def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_journal(path, migrations=later(tmp_path), head="9999").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE schema_change SET bringup_version = '7.5.0'")
        connection.commit()
    before = path.read_bytes()
    for opening in (open_journal, open_reader):
        with pytest.raises(JournalError, match=r"written by bringup 7\.5\.0, whose schema 9999 .* Update bringup"):
            opening(path)
    assert path.read_bytes() == before


def test_a_newer_journal_that_does_not_say_by_what(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_journal(path, migrations=later(tmp_path), head="9999").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE schema_change")
    with pytest.raises(JournalError, match="written by a newer bringup"):
        open_journal(path)


def test_an_older_journal_cannot_be_read_before_it_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_journal(tmp_path / "journal.db").close()
    monkeypatch.setattr(schema, "HEAD", "9999")
    with pytest.raises(JournalError, match=r"older than 9999; `bringup run`"):
        open_reader(tmp_path / "journal.db")


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path) as journal:
        one_attempt(journal)
    before = _everything(path)
    body = 'op.execute("CREATE TABLE half_done (x)"); op.execute("SELECT nonsense FROM nowhere")'
    with pytest.raises(JournalError, match="no such table: nowhere"):
        open_journal(path, migrations=later(tmp_path, body), head="9999")
    assert _everything(path) == before
    with open_journal(path), open_reader(path) as reader:
        assert reader.measurements(1) == {1: taken()}


def test_a_migration_that_breaks_a_reference_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with open_journal(path) as journal:
        one_attempt(journal)
    body = 'op.execute("DROP TRIGGER quantity_stays"); op.execute("DELETE FROM quantity")'
    with pytest.raises(JournalError, match="broke a reference of table measurement"):
        open_journal(path, migrations=later(tmp_path, body), head="9999")
    with open_journal(path), open_reader(path) as reader:
        assert reader.measurements(1) == {1: taken()}


def test_two_first_openings_at_once(tmp_path: Path) -> None:
    program = "import sys; from bringup.store import open_journal; print(open_journal(sys.argv[1]).notices)"
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path / "j.db")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in started:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "()\n", "")
    with closing(sqlite3.connect(tmp_path / "j.db")) as connection:
        assert connection.execute("SELECT count(*) FROM schema_change").fetchone() == (1,)
