"""`pytest LABFOLDER`: plans as test items, told in the tool's own words; and nothing at all anywhere else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bringup.store import open_reader
from bringup.verdicts import Verdict

Pytest = Callable[..., "subprocess.CompletedProcess[str]"]

PLANS = '''\
from bringup import Measure, Sled, at_most, plan


@plan(limits={"x": at_most(1)})
def good(sled: Sled, measure: Measure) -> None:
    """Passes."""
    measure("x", 0)


@plan(limits={"x": at_most(1)})
def bad(sled: Sled, measure: Measure) -> None:
    """Fails."""
    measure("x", 2)


@plan(limits={"x": at_most(1)})
def broken(sled: Sled, measure: Measure) -> None:
    """Raises."""
    1 / 0
'''


@pytest.fixture
def run_pytest(lab: Path) -> Pytest:
    """Pytest in its own process, in the test's lab folder."""

    def run(*arguments: str, cwd: Path = lab) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=90, check=False)

    return run


def test_a_lab_folders_plans_are_items_one_for_each_slot(lab: Path, run_pytest: Pytest) -> None:
    finished = run_pytest("--collect-only", "-q", ".")
    items = [line for line in finished.stdout.splitlines() if "::" in line]
    slots = ("S1", "S2", "S3", "S4")
    assert items == [
        f"{file.name}::{file.stem.replace('_', '-')}[{slot}]" for file in sorted(lab.glob("*.py")) for slot in slots
    ]
    assert len(items) == 10 * 4
    assert finished.returncode == 0


def test_plans_pass_and_fail_as_tests_do(lab: Path, run_pytest: Pytest) -> None:
    (lab / "mine.py").write_text(PLANS, encoding="utf-8")
    finished = run_pytest("mine.py", "-k", "S2", "--junit-xml=out.xml", "-rA")
    assert finished.returncode == 1
    assert "1 passed" in finished.stdout
    assert "2 failed, 1 passed, 9 deselected" in finished.stdout, "-k selects by plan and slot"
    assert "FAIL: x = 2 (≤ 1)" in finished.stdout
    assert "ERROR: mine.py:19: ZeroDivisionError: division by zero" in finished.stdout
    assert "Traceback" not in finished.stdout
    assert "runner" not in finished.stdout, "nothing of the tool's own code is shown"

    cases = {case.get("name"): case for case in ElementTree.parse(lab / "out.xml").iter("testcase")}
    assert set(cases) == {"good[S2]", "bad[S2]", "broken[S2]"}
    assert cases["good[S2]"].find("failure") is None
    failure = cases["bad[S2]"].find("failure")
    assert failure is not None
    assert failure.text == "FAIL: x = 2 (≤ 1)"
    properties = {one.get("name"): one.get("value") for one in cases["bad[S2]"].iter("property")}
    assert properties == {"bringup_database": str(lab / "bringup.db"), "bringup_slot": "S2"}

    with open_reader(lab / "bringup.db") as reader:
        nights = {night.name: night.verdict for night in reader.nights()}
    assert nights == {
        "pytest: good": Verdict.PASS,
        "pytest: bad": Verdict.FAIL,
        "pytest: broken": Verdict.ERROR,
    }, "every item is a journaled night of its own"


def test_the_journal_can_lie_elsewhere(lab: Path, tmp_path: Path, run_pytest: Pytest) -> None:
    (lab / "mine.py").write_text(PLANS, encoding="utf-8")
    finished = run_pytest("mine.py", "-k", "good and S1", f"--bringup-database={tmp_path / 'other.db'}")
    assert finished.returncode == 0, finished.stdout
    assert not list(lab.glob("*.db*"))
    with open_reader(tmp_path / "other.db") as reader:
        assert len(reader.nights()) == 1


@pytest.mark.parametrize(
    ("old", "new", "arguments", "said"),
    [
        (
            "at_most(1)",
            "at_mots(1)",
            (),
            "mine.py:4: NameError: name 'at_mots' is not defined; did you mean 'at_most'?",
        ),
        ("sled: Sled", "sled", (), "mine.py:5: plan good: parameter 'sled' has no annotation"),
        ('"""Passes."""', '"""', (), "syntax error: unterminated triple-quoted string literal"),
        (
            "at_most",
            "at_most",
            ("--bringup-station=simulatd",),
            "unknown station 'simulatd'; did you mean 'simulated'?",
        ),
    ],
)
def test_what_cannot_be_collected_is_told_in_the_tools_words(
    lab: Path, run_pytest: Pytest, old: str, new: str, arguments: tuple[str, ...], said: str
) -> None:
    (lab / "mine.py").write_text(PLANS.replace(old, new, 1), encoding="utf-8")
    finished = run_pytest("mine.py", *arguments)
    assert finished.returncode == 2
    assert said in finished.stdout
    assert "Traceback" not in finished.stdout
    assert "plugin.py" not in finished.stdout
    assert not list(lab.glob("*.db*"))


def test_a_plan_that_its_slot_cannot_hold_is_told_in_the_tools_words(lab: Path, run_pytest: Pytest) -> None:
    text = PLANS.replace("@plan(", '@plan(at={"vdd_core": 1.2}, ', 1)
    (lab / "mine.py").write_text(text, encoding="utf-8")
    finished = run_pytest("mine.py", "-k", "good and S1")
    assert finished.returncode == 1
    assert "mine.py:4: plan good: vdd_core = 1.2 V is refused: the product allows 0.56" in finished.stdout
    assert "Traceback" not in finished.stdout
    assert not list(lab.glob("*.db*")), "nothing was opened"


def test_a_real_bench_is_not_touched_unless_somebody_says_so(lab: Path, run_pytest: Pytest) -> None:
    station = lab / "stations" / "simulated.toml"
    text = station.read_text(encoding="utf-8").replace('lab = "simulated"', 'lab = "hardware"')
    station.write_text(text, encoding="utf-8")
    (lab / "mine.py").write_text(PLANS, encoding="utf-8")
    finished = run_pytest("mine.py", "-k", "good and S1", "-rs")
    assert "1 skipped" in finished.stdout
    assert "is a real bench and nobody answers hold points here: --bringup-yes" in finished.stdout
    assert not list(lab.glob("*.db*"))


def test_it_is_inert_outside_a_lab_folder(tmp_path: Path, run_pytest: Pytest) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.py").write_text(PLANS, encoding="utf-8")
    (elsewhere / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n"
        "    assert 'bringup.pytest_plugin' in sys.modules\n"
        "    heavy = {'pydantic', 'sqlalchemy', 'textual', 'pyvisa', 'bringup.runner', 'bringup.files'}\n"
        "    assert not heavy & set(sys.modules)\n",
        encoding="utf-8",
    )
    finished = run_pytest(".", cwd=elsewhere)
    assert "1 passed" in finished.stdout, finished.stdout
    assert "mine.py" not in finished.stdout
