"""What tests of every kind share."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SHIPPED = Path(__file__).resolve().parent.parent / "test_plans"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A lab folder of the test's own: the shipped one, copied, so that its bench is nobody else's."""
    folder = tmp_path / "lab"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("__pycache__", "*.db*", "README.md"))
    return folder


@pytest.fixture
def bringup(lab: Path) -> Run:
    """The real command in its own process, in the test's lab folder."""

    def run(*arguments: str, stdin: str | None = None, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bringup", *arguments]
        return subprocess.run(
            command, cwd=lab, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run
