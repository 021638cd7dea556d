"""Whole processes of the tool, timed by the wall."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def bringup_command() -> list[str]:
    """The command as it is installed beside this Python, or its module where there is none."""
    found = next(Path(sys.executable).parent.glob("bringup*"), None)
    return [str(found)] if found else [sys.executable, "-m", "bringup"]


def timed(command: Sequence[str], folder: Path | None = None) -> tuple[float, str]:
    """Wall seconds of a process from its start to its end, and what it printed.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, encoding="utf-8")
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return seconds, done.stdout
