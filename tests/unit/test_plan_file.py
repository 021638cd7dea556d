"""Plan files: code that is loaded by path, and told by path and line where it cannot be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bringup.errors import FileMistake, UsageError
from bringup.files.plan_file import find_plans, load_plans, plan_files, plan_source

PLAN = '''\
"""A plan."""
from bringup import Measure, Sled, at_most, plan, sweep


@plan(limits={"x": at_most(1)})
def mine(sled: Sled, measure: Measure) -> None:
    """Mine."""
    measure("x", 0)
'''


@pytest.fixture
def mine(lab: Path) -> Path:
    path = lab / "mine.py"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_file_may_hold_several_plans_in_their_order(mine: Path) -> None:
    mine.write_text(PLAN + PLAN.partition("\n\n\n")[2].replace("mine", "another_one"), encoding="utf-8")
    assert [plan.name for plan in load_plans(mine)] == ["mine", "another-one"]
    assert [plan.line for plan in load_plans(mine)] == [5, 9]


def test_what_is_journaled_is_what_ran(mine: Path) -> None:
    """Python's cache of compiled files goes by second and size; an edit of one digit must not slip through."""
    before = load_plans(mine)[0]
    stamp = mine.stat()
    mine.write_text(PLAN.replace("at_most(1)", "at_most(2)"), encoding="utf-8")
    os.utime(mine, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = load_plans(mine)[0]
    assert (before.limits["x"], after.limits["x"]) != (after.limits["x"], before.limits["x"])
    assert "at_most(2)" in plan_source(after).text
    assert not (mine.parent / "__pycache__").exists(), "a lab folder holds no litter"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('measure("x", 0)', 'measure("x", 0', 8, r"syntax error: '\(' was never closed"),
        ('    measure("x", 0)', 'measure("x", 0)', 8, "NameError: name 'measure' is not defined"),
        ("at_most, plan", "at_mots, plan", 2, r"unknown word of bringup 'at_mots'; did you mean 'at_most'\?"),
        ('"""A plan."""', "import numpyy", 1, "ModuleNotFoundError: No module named 'numpyy'"),
        (
            "measure: Measure",
            "measure: Measur",
            6,
            r"name 'Measur' is not defined; did you mean 'Measure'\? \(from bri",
        ),
        ("measure: Measure", "measure", 6, "plan mine: parameter 'measure' has no annotation"),
        ("sled: Sled,", "sled: Sled, *,", 6, "parameter 'measure' is keyword-only"),
        ("sled: Sled", "sled: int", 6, "parameter 'sled': unknown capability 'int'"),
        ("at_most(1)", 'at_most(1, "Volts")', 5, r"unknown unit 'Volts'; did you mean 'V'\?"),
        ("at_most(1)", "at_most(float('nan'))", 5, "high limit is nan; give a finite number"),
        ("at_most(1)", "1", 5, r"limits={'x': 1}: give a limit, as in at_most\(1\)"),
        ("@plan(", '@plan(points=sweep("v", 1, 2, step=0), ', 5, "sweep of 'v': a step of zero never arrives"),
        ("@plan(", '@plan(points=sweep("v", 1, 2, step=-1), ', 5, "leads away from 2; write step=1"),
        ("@plan(", '@plan(points=sweep("v", 1, float("inf"), step=1), ', 5, "must be finite numbers"),
        ("@plan(", '@plan(over={"coolant": 20.0}, ', 5, "give a tuple of values"),
        ("@plan(", "@plan(point_s=0, ", 5, "point_s=0: give lab seconds"),
        ("def mine", "async def mine", 5, "mine is async or yields"),
        ('{"x": at_most(1)}', "{}", 5, "a plan announces what it measures"),
        ('@plan(limits={"x": at_most(1)})', "@plan", 5, "TypeError: plan.. takes 0 positional arguments"),
        ('"""A plan."""', "import sys; sys.exit(0)", 1, "SystemExit: 0"),
        ('"""A plan."""', "raise RuntimeError('on loading')", 1, "RuntimeError: on loading"),
    ],
)
def test_what_cannot_be_loaded_is_told_at_its_line(mine: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in PLAN
    mine.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FileMistake, match=said) as mistake:
        load_plans(mine)
    assert (mistake.value.path, mistake.value.line) == (mine, line)


def test_a_file_that_could_not_be_loaded_leaves_nothing_behind(mine: Path) -> None:
    before = set(sys.modules)
    mine.write_text("import numpyy\n", encoding="utf-8")
    with pytest.raises(FileMistake):
        load_plans(mine)
    assert set(sys.modules) == before


def test_annotations_as_text_are_told_the_nearest_name_too(mine: Path) -> None:
    text = "from __future__ import annotations\n" + PLAN.replace("sled: Sled", "meter: Multimetre").removeprefix(
        '"""A plan."""\n'
    )
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(FileMistake, match=r":6: .*unknown capability 'Multimetre'; did you mean 'Multimeter'\?"):
        load_plans(mine)


def test_a_syntax_error_in_an_imported_file_is_told_there(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(mine.parent))
    helper = mine.with_name("lab_helper_with_a_mistake.py")
    helper.write_text("x = 1\nif:\n", encoding="utf-8")
    mine.write_text(f"import {helper.stem}\n{PLAN}", encoding="utf-8")
    with pytest.raises(FileMistake, match="syntax error") as mistake:
        load_plans(mine)
    assert (mistake.value.path, mistake.value.line) == (helper, 2)


@pytest.mark.parametrize("text", ["", "x = 1\n", "from bringup import plan\n", "def mine(): ...\n"])
def test_a_file_without_a_plan_says_so(mine: Path, text: str) -> None:
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(FileMistake, match=r"mine.py: holds no plan: decorate a function with @plan"):
        load_plans(mine)


def test_an_imported_plan_is_not_this_files(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(mine.parent))
    other = mine.with_name("other_plans.py")
    other.write_text("from mine import mine\n", encoding="utf-8")
    with pytest.raises(FileMistake, match="holds no plan"):
        load_plans(other)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"x = 1\x00\n"])
def test_a_file_that_is_no_text_is_told(mine: Path, data: bytes) -> None:
    mine.write_bytes(data)
    with pytest.raises(UsageError, match=r"mine.py:"):
        load_plans(mine)


@pytest.mark.parametrize("wanted", ["mine", "mine.py", "MINE", "mine.py::mine", "mine::mine"])
def test_a_plan_is_found_by_file_and_by_name(mine: Path, wanted: str) -> None:
    assert [plan.name for plan in find_plans(wanted, mine.parent)] == ["mine"]


SHIPPED_PLANS = [
    "first_power_on.py",
    "golden_check.py",
    "hbm_corner.py",
    "link_margin.py",
    "shmoo_core.py",
    "smoke.py",
    "soak.py",
    "telemetry_audit.py",
    "thermal_flow_sweep.py",
    "vmin_map.py",
]


@pytest.mark.parametrize("wanted", ["first-power-on", "first_power_on", "first_power_on.py", "FIRST-POWER-ON"])
def test_dashes_and_underscores_are_alike(lab: Path, wanted: str) -> None:
    assert [plan.name for plan in find_plans(wanted, lab)] == ["first-power-on"]


def test_a_plan_is_found_in_a_file_of_another_name(lab: Path, mine: Path) -> None:
    mine.rename(lab / "many.py")
    assert [plan.name for plan in find_plans("mine", lab)] == ["mine"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("smok", r"unknown plan 'smok'; did you mean 'smoke'\?.*plans are files in"),
        ("smok.py", r"unknown plan 'smok.py'; did you mean 'smoke'\?"),
        ("mien", r"unknown plan 'mien'; did you mean 'mine'\?"),
        ("smoke.py::smok", r"unknown plan 'smok'; did you mean 'smoke'\?"),
        ("smoke::nothing", r"unknown plan 'nothing' \(valid: smoke\)"),
        ("nothing alike", r"\(valid: first-power-on, .*, many, mine, .*smoke, .*vmin-map\)"),
        ("", "unknown plan ''"),
    ],
)
def test_a_misspelt_plan_is_told_the_nearest_one(lab: Path, mine: Path, wanted: str, said: str) -> None:
    mine.rename(lab / "many.py")  # its plan's name is known without running it
    with pytest.raises(UsageError, match=said):
        find_plans(wanted, lab)


def test_a_path_means_that_file_and_never_another_of_its_name(lab: Path, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(UsageError, match=r"smoke.py: there is no such file"):
        find_plans(str(tmp_path / "old" / "smoke.py"), lab)
    (tmp_path / "old" / "smoke.py").write_text(PLAN, encoding="utf-8")
    assert [plan.name for plan in find_plans(str(tmp_path / "old" / "smoke.py"), lab)] == ["mine"]


def test_a_broken_file_does_not_stand_in_another_ones_way(lab: Path) -> None:
    (lab / "broken.py").write_text("if:\n", encoding="utf-8")
    assert [plan.name for plan in find_plans("vmin-map", lab)] == ["vmin-map"]


def test_tests_and_private_files_are_no_plans(lab: Path) -> None:
    for name in ("test_mine.py", "conftest.py", "_shared.py"):
        (lab / name).write_text("", encoding="utf-8")
    assert [path.name for path in plan_files(lab)] == SHIPPED_PLANS
