"""Options that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Lab = Annotated[
    Path | None,
    typer.Option(
        "--lab", help="Lab folder (stations/, products/, plans). Default: the one you are in, else the shipped."
    ),
]
Station = Annotated[
    str | None, typer.Option("--station", "-s", help="Station: a name in the lab's stations/, or a file.")
]
Sleds = Annotated[
    list[str] | None, typer.Option("--sled", help="Serial number or slot to run on; repeat for several. Default: all.")
]
Database = Annotated[
    Path | None, typer.Option("--database", "-d", help="Journal. Default: bringup.db in the lab folder, or here.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer every hold point with yes: nobody watches.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on stdout.")]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        help="Let the simulated bench go wrong: SLOT=ID[:PLACE][*SEVERITY][@START_S][+LENGTH_S] for a sled, "
        "ROLE=FAULT[:DETAIL][@START_S][+LENGTH_S] for an instrument; repeat for several. "
        "`bringup sim faults` lists them.",
    ),
]
Transcript = Annotated[
    Path | None,
    typer.Option("--transcript", help="Folder that gets every byte of every instrument, with times; one file each."),
]
