"""`bringup instruments`: who answers on the bench."""

from __future__ import annotations

import typer

from . import options


def instruments(
    lab: options.Lab = None,
    station: options.Station = None,
    database: options.Database = None,
    transcript: options.Transcript = None,
    json: options.Json = False,
) -> None:
    """Ask every instrument of the bench who it is; nothing is set or switched.

    Says for each what it answers, over which wire, and until when its calibration holds. Exits with 4 if one is
    silent or is another one than the station file names, with 3 if only a calibration was due.

    Example: bringup instruments --station full-bench
    """
    from .roll_calling import call_roll

    raise typer.Exit(call_roll(station, lab, database, transcript, as_json=json))
