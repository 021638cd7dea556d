"""PyMeasure's own hardware suites, from its source distribution, run as they are against an instrument of ours.

`run_suite(files, address, visa_library)` runs some of them in an environment of their own; `address` and
`visa_library` are all that PyMeasure is told, so that any wire will do. Neighbour: `foreign.py` keeps the Python.
"""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conformance.foreign import ForeignPython, environment, foreign_python

VERSION = "0.16.0"

Run = Callable[[Sequence[str], str, str], "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What became of a suite's tests."""

    passed: int
    failed: int
    skipped: int
    output: str


def _fill(home: ForeignPython) -> None:
    """PyMeasure from its source distribution, with its tests beside it."""
    source = ("--no-deps", "--no-binary", "pymeasure", f"pymeasure=={VERSION}")
    home.pip("download", "--dest", str(home.folder), *source)
    archive = next(home.folder.glob("*.tar.gz"))
    with tarfile.open(archive) as file:
        file.extractall(home.folder, filter="data")
    home.pip("install", str(archive), "pytest")


@pytest.fixture(scope="session")
def pymeasure_home() -> ForeignPython:
    """A Python that has PyMeasure."""
    return foreign_python(f"pymeasure-{VERSION}", _fill)


@pytest.fixture
def run_suite(pymeasure_home: ForeignPython, tmp_path: Path) -> Run:
    """Run test files of PyMeasure against the instrument at an address."""

    def run(files: Sequence[str], address: str, visa_library: str) -> Outcome:
        """Run them.

        Args:
            files: below PyMeasure's `tests/`.
            address: VISA resource string.
            visa_library: as PyVISA takes it, "station.toml@bringup" or "@py".
        """
        report = tmp_path / "report.xml"
        command = [str(pymeasure_home.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}"]
        done = subprocess.run(
            [*command, *files, "--device-address", address],
            cwd=pymeasure_home.folder / f"pymeasure-{VERSION}" / "tests",
            env=environment(visa_library),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return _outcome(report, done.stdout + done.stderr)

    return run


def _outcome(report: Path, output: str) -> Outcome:
    if not report.exists():
        return Outcome(0, 1, 0, output)
    suites = list(ElementTree.parse(report).iter("testsuite"))
    total, skipped, failed = (
        sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "skipped", "failures")
    )
    failed += sum(int(suite.get("errors", 0)) for suite in suites)
    return Outcome(total - skipped - failed, failed, skipped, output)
