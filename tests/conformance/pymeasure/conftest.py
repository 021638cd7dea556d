"""PyMeasure's own hardware suites, from its source distribution, run as they are against an instrument of ours.

`run_suite(files, address, visa_library)` runs some of them in an environment of their own; `address` and
`visa_library` are all that PyMeasure is told, so that any wire will do. The environment is made once per version,
in the user's cache folder; where the distribution cannot be had, the tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import platformdirs
import pytest
from filelock import FileLock

VERSION = "0.16.0"
CHECKOUT = Path(__file__).resolve().parents[3]
GIVE_UP_S = 420  # to download and to build, where the network is slow
NEEDS = "BRINGUP_NEEDS"  # environment variable: where the checkout's packages find what they need

Run = Callable[[Sequence[str], str, str], "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What became of a suite's tests."""

    passed: int
    failed: int
    skipped: int
    output: str


class NotToBeHad(Exception):
    """PyMeasure cannot be had here."""


@dataclass(frozen=True)
class Home:
    """A Python with PyMeasure, and PyMeasure's source with its tests."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def tests(self) -> Path:
        return self.folder / f"pymeasure-{VERSION}" / "tests"

    @property
    def ready(self) -> Path:
        return self.folder / "ready"

    def make(self) -> None:
        """Make it, or leave nothing.

        Raises:
            NotToBeHad: no network, or it does not build.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        venv.create(self.folder / "venv", with_pip=True)
        source = ("--no-deps", "--no-binary", "pymeasure", f"pymeasure=={VERSION}")
        self._pip("download", "--dest", str(self.folder), *source)
        archive = next(self.folder.glob("*.tar.gz"))
        with tarfile.open(archive) as file:
            file.extractall(self.folder, filter="data")
        self._pip("install", str(archive), "pytest")
        # Behind the environment's own packages, so that PyMeasure gets what it asked for.
        hook = f"import os, sys; sys.path.append(os.environ.get({NEEDS!r}, '.'))\n"
        next(self.folder.glob("venv/**/site-packages")).joinpath("needs.pth").write_text(hook, encoding="utf-8")
        self.ready.touch()

    def _pip(self, *arguments: str) -> None:
        command = [str(self.python), "-m", "pip", "-q", "--disable-pip-version-check", "--retries", "1", *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=GIVE_UP_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise NotToBeHad(f"pip {arguments[0]} took more than {GIVE_UP_S} s") from late
        if done.returncode:
            raise NotToBeHad(f"pip {arguments[0]} of PyMeasure {VERSION} failed: no network, or it does not build here")


@pytest.fixture(scope="session")
def pymeasure_home() -> Home:
    """An environment that has PyMeasure, from the cache or new."""
    version = ".".join(map(str, sys.version_info[:2]))
    folder = platformdirs.user_cache_path("bringup-tests") / f"pymeasure-{VERSION}-python-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    home = Home(folder)
    with FileLock(f"{folder}.lock"):
        if not home.ready.exists():
            try:
                home.make()
            except NotToBeHad as reason:
                pytest.skip(str(reason))
    return home


@pytest.fixture
def run_suite(pymeasure_home: Home, tmp_path: Path) -> Run:
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
            cwd=pymeasure_home.tests,
            env=_environment(visa_library),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return _outcome(report, done.stdout + done.stderr)

    return run


def _environment(visa_library: str) -> dict[str, str]:
    """The checkout's packages are found first, and what they need last, in the environment of this very run."""
    ours = [str(CHECKOUT / part) for part in (".", "drivers", "instruments")]
    foreign = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    return foreign | {
        "PYTHONPATH": os.pathsep.join(ours),
        NEEDS: sysconfig.get_path("purelib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYVISA_LIBRARY": visa_library,
    }


def _outcome(report: Path, output: str) -> Outcome:
    if not report.exists():
        return Outcome(0, 1, 0, output)
    suites = list(ElementTree.parse(report).iter("testsuite"))
    total, skipped, failed = (
        sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "skipped", "failures")
    )
    failed += sum(int(suite.get("errors", 0)) for suite in suites)
    return Outcome(total - skipped - failed, failed, skipped, output)
