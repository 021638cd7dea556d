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
    json: options.Json = False,
) -> None:
    """Run plans now on the station's sleds, and leave every one of them safe.

    Example: bringup run first-power-on --sled S1
    """
    from ..runner.stopping import stopping

    with stopping():  # also while the rest is loaded
        from .holding import hold_night

        raise typer.Exit(hold_night(plan, lab, station, sled or [], database, until=None, yes=yes, as_json=json))
