"""The lab folder: stations/, products/ and plans (*.py) of one lab, and where its database lies.

The folder of one's own is found from the current folder upwards; without one the shipped lab is used, whose
bench is simulated. Both are of one shape, and `bringup init` copies the one to make the other.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..nearest import unknown
from .station import Station, load_station

DATABASE = "bringup.db"


@dataclass(frozen=True, slots=True)
class LabFolder:
    """A lab folder."""

    path: Path
    shipped: bool

    @property
    def database(self) -> Path:
        """Where its nights are journaled: in the folder itself, or here if the lab is the shipped one."""
        return (Path.cwd() if self.shipped else self.path) / DATABASE

    def station(self, wanted: str | None) -> Station:
        """The station that a person means: a path, a name, or the simulated one where none is named.

        Raises:
            UsageError, FileMistake: none bears the name, the choice is not clear, or the file is wrong.
        """
        if wanted is not None and _is_path(wanted):
            return load_station(Path(wanted))
        files = {file.stem: file for file in sorted((self.path / "stations").glob("*.toml"))}
        if wanted is not None:
            name = Path(wanted).stem
            if name not in files:
                raise UsageError(
                    unknown("station", wanted, files) + f"; stations are files in {self.path / 'stations'}"
                )
            return load_station(files[name])
        if not files:
            raise UsageError(f"{self.path / 'stations'}: holds no station file; make one with `bringup init`")
        return load_station(files.get("simulated", next(iter(files.values()))))


def find_lab(start: Path | None = None) -> LabFolder:
    """The lab folder that the environment variable BRINGUP_LAB names, or that holds `start`, or the shipped one.

    Raises:
        UsageError: BRINGUP_LAB names something that is not a lab folder.
    """
    named = os.environ.get("BRINGUP_LAB")
    if named:
        return lab_at(Path(named))
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if _is_lab(folder):
            return LabFolder(folder, shipped=folder == shipped_folder())
    return LabFolder(shipped_folder(), shipped=True)


def lab_at(folder: Path) -> LabFolder:
    """The lab folder at exactly this path.

    Raises:
        UsageError: it is not one.
    """
    if not _is_lab(folder):
        raise UsageError(
            f"{folder}: not a lab folder: it needs stations/ and products/; make one with `bringup init {folder}`"
        )
    return LabFolder(folder.resolve(), shipped=folder.resolve() == shipped_folder())


def shipped_folder() -> Path:
    """The lab that comes with the tool: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_shipped_lab"
    return installed if installed.is_dir() else package.parent / "test_plans"


def default_database() -> Path:
    """The database of the lab that one is in."""
    return find_lab().database


def _is_path(wanted: str) -> bool:
    """Whether a file is meant, not a station's name; one that is not there must not become another of its name."""
    path = Path(wanted)
    return path.suffix == ".toml" and (path.is_file() or len(path.parts) > 1)


def _is_lab(folder: Path) -> bool:
    return (folder / "stations").is_dir() and (folder / "products").is_dir()
