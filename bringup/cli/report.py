"""`bringup report`: the morning page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options


def report(
    night: Annotated[int | None, typer.Argument(help="Night's number. Default: the latest.")] = None,
    database: options.Database = None,
    format: Annotated[str, typer.Option("--format", "-f", help="terminal, html, or a plugin's.")] = "terminal",  # noqa: A002
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write. Default: named by night.")
    ] = None,
) -> None:
    """Show what a night found: what is new, what can be trusted, what to measure first.

    Example: bringup report --format html
    """
    from .paging import write_report

    write_report(night, database, format, output)
