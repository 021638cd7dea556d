"""`bringup tui` as a command: what it refuses, and a real terminal."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bringup.errors import BringupError, JournalError, UsageError
from bringup_tui.plugin import bringup_commands


def refused(*arguments: str) -> BringupError:
    """The error that the command ends with."""
    app = typer.Typer()
    app.callback()(lambda: None)
    bringup_commands(app)
    error = CliRunner().invoke(app, ["tui", *arguments]).exception
    assert isinstance(error, BringupError), repr(error)
    return error


def test_a_missing_journal(tmp_path: Path) -> None:
    error = refused("--database", str(tmp_path / "none.db"))
    assert isinstance(error, JournalError)
    assert error.exit_code == 4
    assert "none.db" in str(error)
    assert not (tmp_path / "none.db").exists()


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    error = refused("--database", str(tmp_path / "empty.db"))
    assert error.exit_code == 4
    assert "empty" in str(error)


def test_a_file_that_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear Ann, " * 1000)
    error = refused("--database", str(tmp_path / "letter.db"))
    assert error.exit_code == 4
    assert "letter.db" in str(error)


def test_a_journal_without_a_night(lab: Any) -> None:
    error = refused("--database", str(lab.path))
    assert isinstance(error, UsageError)
    assert "holds no night yet" in str(error)
    assert "bringup night" in str(error)


def test_a_newer_schema(lab: Any) -> None:
    lab.night()
    lab.journal.close()
    with sqlite3.connect(lab.path) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    error = refused("--database", str(lab.path))
    assert error.exit_code == 4
    assert "9999" in str(error)
    assert "Update bringup" in str(error)


def test_a_night_that_is_not_there(lab: Any) -> None:
    lab.night()
    lab.night()
    error = refused("--database", str(lab.path), "--night", "9")
    assert error.exit_code == 2
    assert "no night 9; it has 2 nights, from 1 to 2" in str(error)


def test_no_terminal(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.night()
    monkeypatch.setattr(sys, "__stdin__", None)
    error = refused("--database", str(lab.path))
    assert error.exit_code == 2
    assert "need a terminal" in str(error)


def test_help_has_an_example() -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    bringup_commands(app)
    shown = CliRunner().invoke(app, ["tui", "--help"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0
    assert "Example: bringup tui --database" in shown.output
    assert "--night" in shown.output


def test_the_plugin_is_cheap_to_import() -> None:
    code = (
        "import sys, bringup_tui.plugin; "
        "print([name for name in ('textual', 'sqlalchemy', 'pydantic', 'pyvisa') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


COMMAND = """
import sys, typer
from bringup_tui.plugin import bringup_commands
app = typer.Typer()
app.callback()(lambda: None)
bringup_commands(app)
app(["tui", *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is made the POSIX way")
def test_on_a_real_terminal(lab: Any) -> None:
    night = lab.night()
    night.live("S1")
    lab.journal.close()
    before = lab.path.read_bytes()
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "--database", str(lab.path)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
    )
    os.close(theirs)
    try:
        read_until(ours, lambda shown: b"212/310" in shown)
        os.write(ours, b"q")
        read_until(ours, lambda _: process.poll() is not None)
        assert process.wait() == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert lab.path.read_bytes() == before


def read_until(terminal: int, enough: Callable[[bytes], bool]) -> None:
    """Read what is drawn until it is enough; the end of the terminal is enough too."""
    shown = b""
    while not enough(shown):
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # Linux tells the end of a pseudo-terminal so
            return
