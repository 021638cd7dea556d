"""`bringup check`: every file held against every other, then a rehearsal on the simulated lab."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options


def check(
    plan: Annotated[list[str] | None, typer.Argument(help="Plans to check. Default: every plan of the lab.")] = None,
    lab: options.Lab = None,
    station: options.Station = None,
    sled: options.Sleds = None,
    files_only: Annotated[bool, typer.Option("--files-only", help="Validate the files, rehearse nothing.")] = False,
    json: options.Json = False,
) -> None:
    """Validate every file, then rehearse on the simulated lab: predicted duration, coolant moves, hangs.

    Nothing of the real bench is touched, and nothing is journaled.

    Example: bringup check vmin-map
    """
    from .rehearsing import rehearse

    raise typer.Exit(rehearse(plan or [], lab, station, sled or [], files_only=files_only, as_json=json))
