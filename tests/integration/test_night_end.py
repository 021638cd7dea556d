"""How a night ends towards the outside: its exit code, and a screen that is not there any more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bringup.store import open_reader
from bringup.verdicts import Verdict
from tests.conftest import Run


def test_a_deadline_that_cuts_points_is_not_a_pass(bringup: Run) -> None:
    ended = bringup("night", "vmin-map", "--sled", "S1", "--until", "19:30", "--json")
    told = json.loads(ended.stdout)
    assert (told["verdict"], told["complete"]) == ("PASS", False)
    assert ended.returncode == 3
    assert "vmin-map PASS: deadline" in ended.stderr


def test_a_reader_that_goes_away_does_not_end_the_night(lab: Path) -> None:
    """`bringup night … | head -1`: nobody looks any more, the night goes on to its end."""
    command = [sys.executable, "-m", "bringup", "run", "smoke", "--sled", "S1"]
    with subprocess.Popen(command, cwd=lab, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as night:
        assert night.stdout is not None
        assert night.stderr is not None
        night.stdout.readline()
        night.stdout.close()
        said = night.stderr.read()
    assert (night.returncode, said) == (0, "")
    with open_reader(lab / "bringup.db") as reader:
        assert reader.night().verdict is Verdict.PASS


def test_json_is_all_that_stands_on_stdout(bringup: Run, lab: Path) -> None:
    ended = bringup("run", "smoke", "--sled", "S2", "--json")
    told = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert told["verdict"] == "PASS"
    assert told["unsafe"] == []
    assert Path(told["database"]).samefile(lab / "bringup.db")
