"""`bringup night`: a campaign over all slots with a deadline, unattended."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

import typer

from . import options


def night(
    plan: Annotated[list[str], typer.Argument(help="Plans in the order in which they run; the last drops first.")],
    until: Annotated[str | None, typer.Option("--until", help="Local time by which it is over, as 07:30.")] = None,
    lab: options.Lab = None,
    station: options.Station = None,
    sled: options.Sleds = None,
    database: options.Database = None,
    *,
    fault: options.Faults = None,
    transcript: options.Transcript = None,
    json: options.Json = False,
) -> None:
    """Run plans over all slots through the night, and print the morning page.

    Example: bringup night smoke vmin-map --until 07:30
    """
    from ..runner.stopping import stopping

    deadline = None if until is None else _time(until)
    with stopping():  # also while the rest is loaded
        from .holding import Wanted, hold_night

        wanted = Wanted(plan, lab, station, sled or [], database, fault or [], transcript)
        raise typer.Exit(hold_night(wanted, until=deadline, yes=True, as_json=json))


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time of day; write it as 07:30", param_hint="--until") from None
