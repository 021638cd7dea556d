"""The simulated lab, as a plugin: the kind of station that `lab = "simulated"` asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bringup.hooks import Lab, LabSpec, hookimpl

if TYPE_CHECKING:
    from bringup.files.station import Station


@hookimpl
def bringup_labs() -> Sequence[LabSpec]:
    """The simulated lab."""
    return (LabSpec("simulated", _open),)


def _open(station: Station) -> Lab:
    from .lab import open_lab  # noqa: PLC0415 - the physics is loaded when a lab is opened

    return open_lab(station.path)
