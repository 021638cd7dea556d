"""`bringup status`: the running or last night, from any terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options


def status(
    night: Annotated[int | None, typer.Argument(help="Night's number. Default: the latest.")] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Say what the running (or last) night is doing, slot by slot; reading changes nothing.

    Example: bringup status
    """
    from .telling import tell_status

    raise typer.Exit(tell_status(night, database, as_json=json))
