"""`bringup instruments`: who answers, who does not, and whose calibration is over."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]


def change(lab: Path, old: str, new: str) -> None:
    station = lab / "stations" / "simulated.toml"
    text = station.read_text(encoding="utf-8")
    assert old in text
    station.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_good_bench(lab: Path, bringup: Run) -> None:
    done = bringup("instruments", "--json")
    assert done.returncode == 0, done.stderr
    answers = {answer["role"]: answer for answer in json.loads(done.stdout)}
    assert len(answers) == 25
    assert answers["supply1"]["says"] == "N8757A"
    assert answers["supply1"]["serial_number"] == "SIM0417SUPPLY1"
    assert answers["bmc1"]["asleep"]
    assert "HiSLIP" in bringup("instruments").stdout


def test_a_silent_one_is_told_and_the_rest_answers(lab: Path, bringup: Run) -> None:
    change(lab, "[slots.S1]", '[[simulation.faults]]\ninstrument = "meter2"\nfault = "no-answer"\n\n[slots.S1]')
    done = bringup("instruments", "--json")
    assert done.returncode == 4
    answers = {answer["role"]: answer for answer in json.loads(done.stdout)}
    assert "no whole answer" in answers["meter2"]["trouble"]
    assert not [role for role, answer in answers.items() if answer["trouble"] and role != "meter2"]


@pytest.mark.parametrize(("days", "code"), [(-1, 3), (0, 0), (1, 0)])
def test_a_calibration_holds_through_its_last_day(days: int, code: int, lab: Path, bringup: Run) -> None:
    due = date.today() + timedelta(days=days)
    change(lab, 'wired_to = "S1.vdd_core.0"', f'wired_to = "S1.vdd_core.0"\ncalibration_due = {due}')
    done = bringup("instruments")
    assert done.returncode == code
    assert ("1 day(s) ago" in done.stdout) == (code == 3)


def test_a_bench_that_a_night_holds_is_left_alone(lab: Path, bringup: Run) -> None:
    from bringup.files.lab_folder import lab_at
    from bringup.runner.bench_lock import bench_lock

    folder = lab_at(lab)
    with bench_lock(folder.station(None), folder.database):
        done = bringup("instruments")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_two_sources_on_one_fixture_are_refused(lab: Path, bringup: Run) -> None:
    extra = """
[fixtures.block]

[instruments.extra]
model = "Keithley 2400"
address = "GPIB0::24::INSTR"
wired_to = "block"

[instruments.quad]
model = "R&S HMP4040"
address = "GPIB0::25::INSTR"
channels = { 2 = "block" }
"""
    with (lab / "stations" / "simulated.toml").open("a", encoding="utf-8") as station:
        station.write(extra)
    done = bringup("check", "--files-only")
    assert done.returncode == 2
    assert "quad and extra would both feed 'block'; it takes one source" in done.stderr + done.stdout
