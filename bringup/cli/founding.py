"""Founding a lab folder: the shipped one, copied to where it can be edited."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import UsageError
from ..files.lab_folder import shipped_folder

_LEFT_OUT = ("__pycache__", "*.db", "*.db-*", "README.md")


def found(folder: Path) -> None:
    """Copy the shipped lab to `folder`.

    Raises:
        UsageError: the folder holds something already, or cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is not empty; name a new folder, nothing was changed")
    try:
        shutil.copytree(shipped_folder(), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    except OSError as problem:
        raise UsageError(f"{folder}: cannot be made: {problem}") from None
    print(f"{folder}: stations/, products/ and plans. Next: cd {folder} && bringup check && bringup run smoke")  # noqa: T201
