"""`bringup board`: what a person types, what it says, and what becomes of a slip.

As a process where the process matters; else the same command line in this one, which costs a tenth.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bringup.cli import main

from ..conftest import Run

SN = "LS-A-0041"


@pytest.fixture
def typed(lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process, in the test's lab folder."""
    monkeypatch.chdir(lab)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["bringup", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), *capsys.readouterr())

    return run


def facts(typed: Run, *arguments: str) -> Any:
    done = typed("board", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_missing_eco_costs_the_power_until_it_is_recorded(lab: Path, bringup: Run, typed: Run) -> None:
    product = lab / "products" / "liquid-sled.toml"
    product.write_text(product.read_text(encoding="utf-8") + '\n[identity]\necos = ["ECO-014"]\n', encoding="utf-8")
    refused = bringup("run", "smoke", "--sled", "S1", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["verdict"] == "FAIL"
    status = typed("status")
    assert "ECO-014 is required and not recorded for LS-A-0041" in " ".join(status.stdout.split())
    checked = typed("check", "smoke", "--sled", "S1")
    assert checked.returncode == 0
    assert "S1: no power tonight: ECO-014 is required" in checked.stdout
    assert "smoke" in checked.stdout.partition("Rehearsal")[2]

    slip = typed("board", SN, "--eco", "ECO-41")
    assert slip.returncode == 0
    assert (
        "ECO-41 is none of the required ECOs. If ECO-014 was meant: `bringup board LS-A-0041 --correct 1" in slip.stdout
    )
    mended = bringup("board", SN, "--correct", "1", "--because", "slip", "--eco", "ECO-014")
    assert (mended.returncode, mended.stderr) == (0, "")
    assert mended.stdout.splitlines()[1].startswith("LS-A-0041: entry 3, eco ECO-014 done, by ")
    assert typed("run", "smoke", "--sled", "S1").returncode == 0
    assert "no power tonight" not in typed("check", "smoke", "--sled", "S1").stdout

    then, now = facts(typed, SN, "--at", "1"), facts(typed, SN)
    assert then["ecos"] == {"done": [], "required": ["ECO-014"], "missing": ["ECO-014"]}
    assert now["ecos"] == {"done": ["ECO-014"], "required": ["ECO-014"], "missing": []}
    assert now["withdrawn"] == [1]
    assert [(run["night"], run["verdict"], run["board_event_id"]) for run in now["runs"]] == [
        (1, "FAIL", 0),
        (2, "PASS", 21),  # beside the three above what was read: 13 regulators and 5 images
    ]


def test_everything_that_can_be_recorded_is_shown(lab: Path, typed: Run) -> None:
    (lab / "u37.jpg").write_bytes(b"\xff\xd8 a photo")
    done = typed(
        *("board", SN, "--rework", "U37: reflowed, 2 × 240 °C", "--fixture", "F7: new pins"),
        *("--firmware", "bmc=2.4.0", "--scan", "revision=C", "--scan", "chip0: lot=L7 wafer=3 x=4 y=-5 stepping=B0"),
        *("--torque", "chip0: newton_metres=1.2 tim='PTM 7950'", "--note", "after reflow", "--attach", "u37.jpg"),
    )
    assert done.returncode == 0, done.stderr
    shown = typed("board", SN).stdout
    assert all(len(line) <= 80 for line in shown.splitlines())
    for told in (
        "chip0 lot=L7 wafer=3 x=4 y=-5 stepping=B0",
        "bmc 2.4.0 (approved: 2.4.1)",
        "F7: new pins",
        "after reflow",
    ):
        assert told in shown
    now = facts(typed, SN)
    assert now["scan"]["chip0"]["data"] == {"lot": "L7", "wafer": 3, "x": 4, "y": -5, "stepping": "B0"}
    assert now["torque"]["chip0"]["data"] == {"newton_metres": 1.2, "tim": "PTM 7950"}
    assert [(one["item"], one["text"]) for one in now["rework"]] == [("U37", "reflowed, 2 × 240 °C")]
    kept = now["notes"][0]["data"]
    assert (kept["name"], (lab / kept["path"]).read_bytes()) == ("u37.jpg", b"\xff\xd8 a photo")
    assert facts(typed) == [
        {
            "serial_number": SN,
            "product": "liquid-sled",
            "first_seen_utc": now["first_seen_utc"],
            "entries": 7,
            "runs": 0,
        }
    ]
    long_ago = facts(typed, SN, "--at", "2020-01-01T00:00Z")
    assert (long_ago["firmware"], long_ago["rework"], len(long_ago["history"])) == ({}, [], 7)


def test_a_broken_station_is_told_only_where_it_may_hold_the_board(lab: Path, typed: Run) -> None:
    assert typed("board", SN, "--eco", "ECO-014").returncode == 0
    for station in (lab / "stations").glob("*.toml"):
        station.write_text("[station", encoding="utf-8")
    assert typed("board", SN, "--rework", "U37: reflowed").returncode == 0, "known to the journal"
    other = typed("board", "LS-A-0042", "--eco", "ECO-014")
    assert other.returncode == 2
    assert "unknown board 'LS-A-0042'; did you mean 'LS-A-0041'?" in other.stderr
    assert "Not looked at, for it cannot be read: " in other.stderr
    assert "simulated.toml:1: " in other.stderr


def test_a_file_of_an_odd_name_is_kept_under_a_plain_one(lab: Path, typed: Run) -> None:
    (lab / "odd.\u202ejpg  x").write_bytes(b"a photo")
    assert typed("board", SN, "--note", "see", "--attach", "odd.\u202ejpg  x").returncode == 0
    (kept,) = facts(typed, SN)["notes"]
    assert kept["data"]["path"].endswith(".bin")
    assert (lab / kept["data"]["path"]).read_bytes() == b"a photo"


def test_a_misspelt_board_makes_nothing(lab: Path, typed: Run) -> None:
    slip = typed("board", "LS-A-0040", "--eco", "ECO-014")
    assert slip.returncode == 2
    assert "unknown board 'LS-A-0040'; did you mean 'LS-A-004" in slip.stderr
    assert "Nothing was entered. If it is a new one: --new --product NAME enters it" in slip.stderr
    assert not (lab / "bringup.db").exists(), "not even a journal"
    wrong = typed("board", "LS-A-0040", "--new", "--product", "liquid-sle", "--eco", "ECO-014")
    assert "unknown product 'liquid-sle'; did you mean 'liquid-sled'?" in wrong.stderr
    assert "--new needs --product NAME (valid: " in typed("board", "LS-A-0040", "--new").stderr
    new = typed("board", "LS-A-0040", "--new", "--product", "liquid-sled")
    assert (new.returncode, new.stdout) == (0, "LS-A-0040: known from now on, as a liquid-sled\n")
    assert typed("board", "LS-A-0040", "--eco", "ECO-014").returncode == 0
    again = typed("board", "LS-A-0040", "--new", "--product", "liquid-sled")
    assert (again.returncode, "is known, as a liquid-sled" in again.stderr) == (2, True)
    assert [board["serial_number"] for board in facts(typed)] == ["LS-A-0040"]
    reading = typed("board", "LS-A-004O")
    assert (reading.returncode, "did you mean 'LS-A-0040'?" in reading.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rework", "U37 reflowed"), 'write what it is on, a colon, and what was done: --rework "U37: reflowed"'),
        (("--firmware", "bmc"), "write COMPONENT=VERSION"),
        (("--firmware", "bcm=2.4.1"), "unknown firmware component 'bcm'; did you mean 'bmc'?"),
        (("--scan", "chip4: lot=L7"), "unknown chip 'chip4'"),
        (("--scan", "chip0: lto=L7"), "unknown key 'lto'; did you mean 'lot'?"),
        (("--scan", "chip0: wafer=three"), "wafer='three' is not a whole number"),
        (("--scan", "die0: lot=L7"), "'die0' is no chip"),
        (("--scan", "lot=L7 lot=L8"), "'lot' is given twice"),
        (("--torque", "newton_metres=nan"), "newton_metres=nan cannot be"),
        (("--torque", "chip0:"), "--torque needs something to record"),
        (("--torque", "tim='PTM"), "No closing quotation"),
        (("--eco", " "), "--eco needs a text"),
        (("--correct", "1"), "why was the entry wrong?"),
        (("--because", "x"), "--because goes with --correct"),
        (("--correct", "7", "--because", "x"), "has no entry 7; its history has no entry yet"),
        (("--attach", "smoke.py"), "--attach goes with --note"),
        (("--note", "x", "--attach", "nowhere.jpg"), "--attach nowhere.jpg: it cannot be read: No such file"),
        (("--eco", "ECO-1", "--at", "1"), "--at and recording something: ask for one at a time"),
    ],
)
def test_what_cannot_be_understood_records_nothing(
    lab: Path, typed: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = typed("board", SN, *arguments)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    if (lab / "bringup.db").exists():
        with closing(sqlite3.connect(lab / "bringup.db")) as journal:
            assert journal.execute("SELECT count(*) FROM board_event").fetchone() == (0,)


def test_what_cannot_be_shown_is_told(lab: Path, typed: Run) -> None:
    assert "there is no journal" in typed("board").stderr
    typed("board", SN, "--eco", "ECO-1")
    for arguments, said in (
        (("--at", "3"), "night 3 ran nothing on board LS-A-0041; nights that did: none"),
        (("--at", "yesterday"), "write a night's number, or a time"),
        (("--against", "last-good"), "no other liquid-sled has passed a plan yet"),
        (("--against", "LS-A-0014"), "unknown board 'LS-A-0014'"),
    ):
        done = typed("board", SN, *arguments)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_terminal_is_not_steered_by_a_history(lab: Path, typed: Run) -> None:
    typed("board", SN, "--note", "\x1b[2J[bold]gone[/bold]\nsecond")
    shown = typed("board", SN).stdout
    assert "␛[2J[bold]gone[/bold]␊second" in shown
    assert "\x1b" not in shown


def test_two_boards_are_held_against_each_other(lab: Path, typed: Run) -> None:
    assert typed("run", "smoke", "--sled", "S2").returncode == 0
    typed("board", "LS-A-0042", "--eco", "ECO-014", "--firmware", "bmc=2.4.1")
    typed("board", SN, "--firmware", "bmc=2.4.0")
    told = facts(typed, SN, "--against", "last-good")
    assert (told["board"], told["against"]) == (SN, "LS-A-0042")
    assert told["deltas"][0] == "ECO-014 not recorded (is for LS-A-0042)"
    assert "bmc 2.4.0 ≠ 2.4.1" in told["deltas"]
    unread = [said for said in told["deltas"] if "unknown" in said]  # it had no power yet
    assert (len(unread), len(told["deltas"])) == (17, 19)
    shown = typed("board", SN, "--against", "LS-A-0042").stdout
    assert shown.splitlines()[:2] == [
        "LS-A-0041 against LS-A-0042: 19 difference(s) on record",
        "  ECO-014 not recorded (is for LS-A-0042)",
    ]
