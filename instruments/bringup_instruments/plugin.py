"""The simulated lab, as a plugin: the kind of station that `lab = "simulated"` asks for, and `bringup sim`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bringup.hooks import Lab, LabSpec, hookimpl

if TYPE_CHECKING:
    import typer

    from bringup.files.station import Station


@hookimpl
def bringup_labs() -> Sequence[LabSpec]:
    """The simulated lab."""
    return (LabSpec("simulated", _open),)


@hookimpl
def bringup_commands(app: typer.Typer) -> None:
    """Add `bringup sim`."""
    from .cli import add_commands  # noqa: PLC0415 - Typer is loaded where there is a command line

    add_commands(app)


def _open(station: Station) -> Lab:
    from .lab import open_lab_of  # noqa: PLC0415 - the physics is loaded when a lab is opened

    return open_lab_of(station)
