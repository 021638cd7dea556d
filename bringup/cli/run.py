"""`bringup run`: plans now, interactive where a plan holds."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options


def run(
    plan: Annotated[list[str], typer.Argument(help="Plan name, plan file, or FILE::PLAN.")],
    lab: options.Lab = None,
    station: options.Station = None,
    sled: options.Sleds = None,
    database: options.Database = None,
    yes: options.Yes = False,
    *,
    fault: options.Faults = None,
    transcript: options.Transcript = None,
    json: options.Json = False,
) -> None:
    """Run plans now on the station's sleds, and leave every one of them safe.

    Example: bringup run first-power-on --sled S1
    """
    from ..runner.stopping import stopping

    with stopping():  # also while the rest is loaded
        from .holding import Wanted, hold_night

        wanted = Wanted(plan, lab, station, sled or [], database, fault or [], transcript)
        raise typer.Exit(hold_night(wanted, until=None, yes=yes, as_json=json))
