"""The commands of the simulated lab: `bringup sim …`. They import the rest inside their functions, for `--help`."""

from __future__ import annotations

import typer

from .inject import faults, inject
from .serve import serve


def add_commands(app: typer.Typer) -> None:
    """Add `bringup sim`."""
    sim = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The simulated lab as something of its own.")
    for command in (serve, inject, faults):
        sim.command()(command)
    app.add_typer(sim, name="sim")
