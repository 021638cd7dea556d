"""Pythons with packages of others, for foreign clients: made once per version, in the user's cache folder.

What such a Python has of its own comes first, and last what this very run has: so a client gets the versions that it
asked for, and finds ours for the rest. Where a package cannot be had, its tests are skipped with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest
from filelock import FileLock

CHECKOUT = Path(__file__).resolve().parents[2]
GIVE_UP_S = 420  # to download and to build, where the network is slow
NEEDS = "BRINGUP_NEEDS"  # environment variable: where the checkout's packages find what they need


class NotToBeHad(Exception):
    """A package cannot be had here."""


@dataclass(frozen=True)
class ForeignPython:
    """A Python of its own, in a folder."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def pip(self, *arguments: str) -> None:
        """Run pip.

        Raises:
            NotToBeHad: it failed or took too long.
        """
        command = [str(self.python), "-m", "pip", "-q", "--disable-pip-version-check", "--retries", "1", *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=GIVE_UP_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise NotToBeHad(f"pip {arguments[0]} took more than {GIVE_UP_S} s") from late
        if done.returncode:
            raise NotToBeHad(f"pip {' '.join(arguments[-2:])} failed: no network, or it does not build here")

    def make(self, fill: Callable[[ForeignPython], None]) -> None:
        """Make it anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        venv.create(self.folder / "venv", with_pip=True)
        fill(self)
        hook = f"import os, sys; sys.path.append(os.environ.get({NEEDS!r}, '.'))\n"
        next(self.folder.glob("venv/**/site-packages")).joinpath("needs.pth").write_text(hook, encoding="utf-8")
        (self.folder / "ready").touch()


def foreign_python(name: str, fill: Callable[[ForeignPython], None]) -> ForeignPython:
    """The Python of a name, from the cache or new; skips the test where it cannot be had."""
    version = ".".join(map(str, sys.version_info[:2]))
    folder = platformdirs.user_cache_path("bringup-tests") / f"{name}-python-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    home = ForeignPython(folder)
    with FileLock(f"{folder}.lock"):
        if not (folder / "ready").exists():
            try:
                home.make(fill)
            except NotToBeHad as reason:
                pytest.skip(str(reason))
    return home


def environment(visa_library: str) -> dict[str, str]:
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
