"""`import bringup` is cheap: what a plan imports loads none of the heavy parts, nor does asking for plugins."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "alembic", "textual", "pyvisa", "serial", "pydantic", "httpx", "matplotlib", "jinja2"}
OURS = {"bringup_drivers", "bringup_instruments", "bringup_tui", "pyvisa_bringup"}


def loaded_by(statement: str) -> set[str]:
    """Every top-level package in `sys.modules` of a fresh process after `statement`."""
    script = (
        f"import sys, json\n{statement}\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(json.loads(finished.stdout.splitlines()[-1]))


def test_the_test_sees_a_heavy_import_where_there_is_one() -> None:
    assert "pydantic" in loaded_by("import bringup.files.station")


def test_import_bringup_loads_none_of_the_heavy_parts() -> None:
    loaded = loaded_by("import bringup")
    assert "bringup" in loaded
    assert not loaded & (HEAVY | OURS | {"rich", "typer", "pluggy"})


@pytest.mark.parametrize("statement", ["from bringup import *", "import bringup.clock, bringup.virtual_clock"])
def test_nor_does_anything_that_a_plan_or_a_lab_needs_from_the_core(statement: str) -> None:
    assert not loaded_by(statement) & (HEAVY | OURS)


def test_the_pytest_plugin_loads_no_lab_until_there_is_one() -> None:
    assert not loaded_by("import bringup.pytest_plugin") & (HEAVY | OURS)


@pytest.mark.parametrize("question", ["drivers", "reports"])
def test_asking_what_plugins_there_are_loads_no_driver(question: str) -> None:
    loaded = loaded_by(f"from bringup import hooks; assert hooks.{question}()")
    assert not loaded & HEAVY


def test_help_is_quick_because_it_loads_no_command() -> None:
    loaded = loaded_by("from bringup.cli.app import build_app; build_app()")
    assert not loaded & HEAVY
