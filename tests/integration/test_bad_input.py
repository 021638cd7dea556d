"""Everything that a person can get wrong, on the real command: one message, a typed exit code, nothing energized.

What a file can prove wrong is refused with exit code 2 before a journal is even made; what only a night can show ends
in a verdict, and every sled is safe by the simulated lab's own physics. Every kind of mistake is here once, with a
process of its own; each mistake of a kind has its case in the unit tests of the file that finds it.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bringup.store import open_journal
from bringup_instruments.lab import SimulatedLab
from tests.conftest import Run

Finished = subprocess.CompletedProcess[str]
STATION, PRODUCT = "stations/simulated.toml", "products/liquid-sled.toml"
MINE = ("run", "mine", "--sled", "S1", "--yes")

PLAN = '''\
from bringup import Measure, Multimeter, Sled, at_most, between, of_product, plan, sweep


@plan(
    points=(),
    limits={"x": at_most(1)},
)
def mine(sled: Sled, measure: Measure) -> None:
    """Mine."""
    measure("x", 0)
'''


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence; the line where it stands."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def assert_told(finished: Finished, code: int, said: str) -> None:
    """The exit code, and one message in a person's words."""
    both = finished.stdout + finished.stderr
    assert finished.returncode == code, both
    assert re.search(said, finished.stderr), finished.stderr
    assert "Traceback" not in both
    assert "defect of bringup" not in both


def assert_refused(lab: Path, finished: Finished, said: str) -> None:
    """Exit code 2 before anything was opened: not even a journal was made, and so no night and no power."""
    assert_told(finished, 2, said)
    assert not list(lab.glob("*.db*"))


# What files prove wrong.


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "points=()",
            'points=sweep("vdd_coer", 0.7, 0.8, step=0.1)',
            5,
            r"unknown knob 'vdd_coer'; did you mean 'vdd_core'",
        ),
        (
            "points=()",
            'points=sweep("vdd_core", 0.75, 1.05, step=0.1)',
            5,
            "vdd_core = 0.95 V .*absolute maximum 0.95 V",
        ),
        ("points=()", 'points=sweep("vdd_core", 0.7, 0.8, step=0)', 5, "a step of zero never arrives"),
        ("at_most(1)", 'at_most(1, "Volts")', 6, r"unknown unit 'Volts'; did you mean 'V'\?"),
        ("at_most(1)", 'between(2, 1, "V")', 6, "low limit 2 is above high limit 1 V"),
        ('"x": at_most(1)', '"tj.max": at_most(80, "W")', 6, "degC measures temperature, W measures power"),
        ('"x": at_most(1)', '"tj.max": at_most(120, "degC")', 6, "is looser than the product's"),
        ("measure: Measure", "measure: Mesure", 8, r"name 'Mesure' is not defined; did you mean 'Measure'\?"),
        ("sled: Sled", "multimetr: Multimeter", 8, r"unknown role 'multimetr'; did you mean 'multimeter'\?"),
        ('measure("x", 0)', 'measure("x", 0', 10, "syntax error: "),
        (
            "from bringup import",
            "import numpyy\nfrom bringup import",
            1,
            "ModuleNotFoundError: No module named 'numpyy'",
        ),
    ],
)
def test_a_mistake_in_a_plan(lab: Path, bringup: Run, old: str, new: str, line: int, said: str) -> None:
    path = lab / "mine.py"
    path.write_text(PLAN, encoding="utf-8")
    edit(path, old, new)
    assert_refused(lab, bringup(*MINE), rf"bringup: {re.escape(str(path))}:{line}: .*{said}")


def test_a_file_without_a_plan(lab: Path, bringup: Run) -> None:
    (lab / "mine.py").write_text("x = 1\n", encoding="utf-8")
    assert_refused(lab, bringup(*MINE), r"mine.py: holds no plan: decorate a function with @plan")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            STATION,
            'wired_to = "S1.vdd_core.0"',
            'wired_to = "S1.vdd_coer.0"',
            r".*unknown rail 'vdd_coer.0'; did you",
        ),
        (
            STATION,
            "Keysight N8757A",
            "Keysight N8757",
            r"unknown model 'Keysight N8757'; did you mean '.*N8757A'\?",
        ),
        (
            STATION,
            'supply = "supply1"',
            'suply = "supply1"',
            r"unknown key 'slots.S1.suply'; did you mean 'supply'\?",
        ),
        (
            STATION,
            '"liquid-sled"',
            '"liqid-sled"',
            r".*unknown product 'liqid-sled'; did you mean 'liquid-sled'\?",
        ),
        (STATION, 'lab = "simulated"', 'lab = "simulatd"', r"unknown kind of lab 'simulatd'; did you mean 'simul"),
        (PRODUCT, 'unit = "degC"', 'unit = "C"', r"sensors.0.unit: unknown unit 'C'; did you mean 'degC'\?"),
        (PRODUCT, 'unit = "mK/W"', 'unit = "mK/w"', r"limits.tj.path.unit: unknown unit 'mK/w'; did you mean 'mK/W'\?"),
        (PRODUCT, "[clock]", "[clock", r"not valid TOML"),
    ],
)
def test_a_mistake_in_a_station_or_product(lab: Path, bringup: Run, file: str, old: str, new: str, said: str) -> None:
    line = edit(lab / file, old, new)
    finished = bringup("run", "smoke", "--sled", "S1", "--yes")
    assert_refused(lab, finished, rf"bringup: {re.escape(str(lab / file))}:{line}: .*{said}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "smok"), r"unknown plan 'smok'; did you mean 'smoke'\?"),
        (("run", "plans/smoke.py"), r"plans/smoke.py: there is no such file"),
        (("run", "smoke.py::smok"), r"unknown plan 'smok'; did you mean 'smoke'\?"),
        (("night", "smoke", "--until", "25:61"), r"--until: '25:61' is no time of day; write it as 07:30"),
        (("run", "smoke", "--sled", "LS-A-004"), r"unknown sled or slot 'LS-A-004'; did you mean 'LS-A-004\d'\?"),
        (("run", "smoke", "--station", "simulatd"), r"unknown station 'simulatd'; did you mean 'simulated'\?"),
        (("run", "smoke", "--lab", "nowhere"), r"nowhere: not a lab folder: .* `bringup init nowhere`"),
        (("run", "smoke", "smoke"), r"plan 'smoke' is asked for twice in one night"),
        (("night", "smoke", "first-power-on"), r"'first-power-on' brings the rails up itself and runs alone"),
        (("report", "--format", "hmtl"), r"unknown report format 'hmtl'; did you mean 'html'\?"),
        (("init", "."), r"\.: is not empty; name a new folder, nothing was changed"),
    ],
)
def test_a_mistake_on_the_command_line(lab: Path, bringup: Run, arguments: tuple[str, ...], said: str) -> None:
    assert_refused(lab, bringup(*arguments), said)


def test_a_lab_without_a_station(lab: Path, bringup: Run) -> None:
    for station in (lab / "stations").glob("*.toml"):
        station.unlink()
    assert_refused(lab, bringup("run", "smoke"), "stations: holds no station file; make one with `bringup init`")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("TCPIP::supply1.bench::hislip0::INSTR", "TCPIP:supply1.bench", "supply1: 'TCPIP:supply1.bench' is not a VISA"),
        ("TCPIP::supply1.bench::hislip0::INSTR", "GPIB0::INTFC", "supply1: 'GPIB0::INTFC' names no instrument"),
        ("TCPIP::supply1.bench::hislip0::INSTR", "TCPIP0::SUPPLY2.bench::hislip0::INSTR", "have one address"),
        ("http://cdu.bench", "cdu.bench", "cdu: 'cdu.bench' is no base URL"),
        ("Keysight N8757A", "Keysight N8575A", "unknown model 'Keysight N8575A'; did you mean 'Keysight N8"),
        ("S2.vdd_core.0", "S1.vdd_core.0", "are both wired to 'S1.vdd_core.0'; it has one connector"),
    ],
)
def test_a_bench_that_cannot_be_wired_so_is_told_by_line(
    old: str, new: str, said: str, lab: Path, bringup: Run
) -> None:
    station = lab / STATION
    station.write_text(station.read_text(encoding="utf-8").replace(f'"{old}"', f'"{new}"', 1), encoding="utf-8")
    finished = bringup("check", "--files-only")
    assert finished.returncode == 2, finished.stdout + finished.stderr
    assert re.search(rf"simulated\.toml:\d+: .*{re.escape(said)}", finished.stdout + finished.stderr)


def test_check_tells_every_mistake_at_once(lab: Path, bringup: Run) -> None:
    (lab / "mine.py").write_text(PLAN.replace("at_most(1)", "at_most(nan)"), encoding="utf-8")
    (lab / "other.py").write_text(PLAN.replace('"x": at_most(1)', '"tj.mix": of_product'), encoding="utf-8")
    finished = bringup("check", "--files-only")
    assert finished.returncode == 2, finished.stdout + finished.stderr
    assert "mine.py:6: NameError: name 'nan' is not defined" in finished.stdout
    assert "other.py:6: plan mine: unknown limit 'tj.mix'; did you mean 'tj.max'?" in finished.stdout


def test_check_reads_what_only_the_simulated_lab_knows(lab: Path, bringup: Run) -> None:
    with (lab / PRODUCT).open("a", encoding="utf-8") as file:
        file.write("\n[simulation.chip]\nleakage_amp = 1.0\n")
    said = r"liquid-sled.toml:\d+: unknown parameter .*'leakage_amp'; did you mean 'leakage_amps'\?"
    assert_refused(lab, bringup("check", "--files-only"), said)


# Journals that cannot be one.


def test_a_journal_that_is_no_database(lab: Path, bringup: Run) -> None:
    (lab / "bringup.db").write_text("no database\n" * 500, encoding="utf-8")
    finished = bringup("run", "smoke", "--sled", "S1", "--yes")
    assert_told(finished, 4, r"bringup.db: this file is not a database. Name another journal, or move the file away")
    assert (lab / "bringup.db").read_text(encoding="utf-8").startswith("no database")


def test_a_journal_of_a_newer_schema(lab: Path, bringup: Run) -> None:
    open_journal(lab / "bringup.db").close()
    with closing(sqlite3.connect(lab / "bringup.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE schema_change SET bringup_version = '77.0'")
    for arguments in (("run", "smoke", "--sled", "S1", "--yes"), ("status",)):
        said = r"written by bringup 77.0, whose schema 9999 this bringup .* does not know. Update bringup"
        assert_told(bringup(*arguments), 4, said)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("smoke.py/j.db", r"journal smoke.py/j.db: there is no folder smoke.py; make it, or name another journal"),
        pytest.param(
            "/proc/j.db",
            r"journal /proc/j.db: it cannot be opened: .*Change the permissions, or name another journal",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that not even root can write to"),
        ),
    ],
)
def test_a_journal_where_none_can_be(lab: Path, bringup: Run, where: str, said: str) -> None:
    assert_told(bringup("run", "smoke", "--sled", "S1", "--yes", "-d", where), 4, said)


def test_a_report_where_none_can_be(lab: Path, bringup: Run) -> None:
    (lab / "mine.py").write_text(PLAN, encoding="utf-8")
    assert bringup(*MINE).returncode == 0
    assert_told(bringup("report", "-f", "html", "-o", "smoke.py/page.html"), 2, "smoke.py/page.html: cannot be written")
    assert_told(bringup("report", "99"), 2, r"holds no night 99; the latest is 1")


def test_asking_after_a_night_before_there_was_one(lab: Path, bringup: Run) -> None:
    assert_told(bringup("status"), 4, r"there is no journal .*bringup.db; `bringup run` or `bringup night` makes one")
    assert not list(lab.glob("*.db*")), "reading makes nothing"


# Two nights at once.


def test_a_second_night_on_the_bench_is_refused_and_told_who_holds_it(lab: Path, bringup: Run) -> None:
    command = [sys.executable, "-m", "bringup", "run", "first-power-on", "--sled", "S1"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=lab, text=True, **pipes) as first:  # type: ignore[call-overload]
        shown = ""
        while "HOLD" not in shown:
            character = first.stdout.read(1)
            assert character, shown
            shown += character
        second = bringup("run", "smoke", "--sled", "S2", "--yes")
        first.communicate("n\n", timeout=60)
    said = rf"bench 'simulated' \(.*simulated.toml\) is in use by process {first.pid} of \w+; wait for it to end"
    assert_told(second, 2, said)
    assert first.returncode == 5
    assert bringup("status", "--json").stdout.count("first-power-on"), "the first one's night was not disturbed"


# Told by the command, in words that cannot hurt.


def test_the_command_says_where_a_plan_went_wrong(lab: Path, bringup: Run) -> None:
    text = PLAN.replace('measure("x", 0)', 'raise ValueError("[bold]odd[/nope] \\x1b[2J")')
    (lab / "mine.py").write_text(text, encoding="utf-8")
    finished = bringup(*MINE)
    assert finished.returncode == 4
    assert "mine.py:10: ValueError: [bold]odd[/nope] ␛[2J" in finished.stdout
    assert "\x1b[2J" not in finished.stdout + finished.stderr, "what a plan says cannot steer the terminal"
    assert "Traceback" not in finished.stdout + finished.stderr


def test_nothing_of_an_axis_beyond_the_absolute_maximum_ever_meets_the_lab(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bringup.cli import main

    opened: list[SimulatedLab] = []
    honest = SimulatedLab.__init__

    def spied(self: SimulatedLab, station: object) -> None:
        opened.append(self)
        honest(self, station)  # type: ignore[arg-type]

    monkeypatch.setattr(SimulatedLab, "__init__", spied)
    monkeypatch.chdir(lab)
    (lab / "mine.py").write_text(PLAN, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["bringup", *MINE])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert len(opened) == 1, "the spy sees a lab where there is one"
    edit(lab / "mine.py", "points=()", 'points=sweep("vdd_core", 0.75, 1.05, step=0.1)')
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert len(opened) == 1, "refused before a lab was opened"
