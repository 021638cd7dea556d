"""What a served lab says of itself when it is up: a line for each instrument and wire, or one line of JSON.

Neighbours: `served_lab.py` is the lab, `cli/serve.py` prints.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .pty_wire import HAS_PTYS

if TYPE_CHECKING:
    from .served_lab import ServedLab


def as_data(served: ServedLab) -> Mapping[str, Any]:
    """For a program."""
    return {
        "station": served.lab.station.name,
        "speed": served.speed,
        "pid": os.getpid(),
        "control": served.control_url,
        "station_file": None if served.station_file is None else str(served.station_file),
        "instruments": {
            role: {"model": told.model, "wires": {kind.name.lower(): text for kind, text in told.wires.items()}}
            for role, told in served.instruments.items()
        },
    }


def as_lines(served: ServedLab) -> Iterator[str]:
    """For a person, in 80 columns."""
    pace = "as fast as the wall's" if served.speed == 1 else f"{served.speed:g} times as fast as the wall's"
    yield f"Lab {served.lab.station.name!r} is up; its time passes {pace}."
    yield ""
    width = max(len(role) for role in served.instruments)
    kinds = max(len(kind.value) for told in served.instruments.values() for kind in told.wires)
    for role, told in served.instruments.items():
        for kind, text in told.wires.items():
            yield f"{role:<{width}}  {kind.value:<{kinds}}  {text}"
    if not HAS_PTYS:
        yield "(serial lines: this system has no ptys)"
    yield ""
    yield f"its own truth   {served.control_url}/state"
    if served.station_file is not None:
        short = shlex.quote(str(_from_here(served.station_file)))
        yield f"its station     {short}"
        yield f"drive it with   bringup run smoke --station {short}"
    yield "Ctrl-C ends it."


def _from_here(path: Path) -> Path:
    """A path as one would type it in the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
