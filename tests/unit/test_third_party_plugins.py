"""A third party's plugin is found by its entry point, however its package lies on the path."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

PLUGIN = '''
from bringup.hooks import hookimpl


@hookimpl
def bringup_commands(app):
    app.command("brew")(brew)


def brew():
    """Coffee for the night shift."""
'''
FILES = {
    "lab_extras.py": PLUGIN,
    "lab_extras-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: lab-extras\nVersion: 1.0\n",
    "lab_extras-1.0.dist-info/entry_points.txt": "[bringup]\nextras = lab_extras\n",
}


def _folder(where: Path) -> Path:
    for name, text in FILES.items():
        file = where / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return where


def _archive(where: Path) -> Path:
    with zipfile.ZipFile(where / "extras.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
    return where / "extras.zip"


def _help(path: Path | None) -> str:
    environment = {**os.environ, "PYTHONPATH": str(path)} if path else dict(os.environ)
    command = [sys.executable, "-m", "bringup", "--help"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("pack", [_folder, _archive])
def test_a_plugin_of_another_package_adds_its_command(pack: Callable[[Path], Path], tmp_path: Path) -> None:
    assert "Coffee for the night shift" in _help(pack(tmp_path))


def test_without_one_the_slow_metadata_is_not_loaded() -> None:
    code = "import sys; from bringup.hooks import plugins; plugins(); print('importlib.metadata' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert answer == "False\n"
