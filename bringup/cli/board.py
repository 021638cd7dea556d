"""`bringup board`: what a board is and was, and everything that was done to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options

Texts = list[str] | None


def board(  # noqa: PLR0917 - a command's options; none is given by position
    serial_number: Annotated[str | None, typer.Argument(help="Board. Default: list all.", metavar="[SN]")] = None,
    at: Annotated[str | None, typer.Option("--at", help="What it was then: a night's number, or a time.")] = None,
    against: Annotated[
        str | None, typer.Option("--against", help="How it differs from another board: its SN, or last-good.")
    ] = None,
    eco: Annotated[Texts, typer.Option("--eco", help="Record that an ECO was done: ECO-014.")] = None,
    rework: Annotated[Texts, typer.Option("--rework", help='Record a rework: "U37: reflowed".')] = None,
    fixture: Annotated[
        Texts, typer.Option("--fixture", help='Record its fixture: "F7" or "F7: new pogo pins".')
    ] = None,
    firmware: Annotated[Texts, typer.Option("--firmware", help="Record a version: bmc=2.4.1.")] = None,
    scan: Annotated[
        Texts,
        typer.Option("--scan", help='Record a label: "revision=C", "chip0: lot=L7 wafer=3 x=4 y=5 stepping=B0".'),
    ] = None,
    torque: Annotated[
        Texts, typer.Option("--torque", help='Record a cold plate: "chip0: newton_metres=1.2 tim=PTM7950".')
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="Record anything else.")] = None,
    attach: Annotated[
        Path | None, typer.Option("--attach", help="File to keep with the note, such as a photo.")
    ] = None,
    correct: Annotated[int | None, typer.Option("--correct", help="Say that this entry was wrong.")] = None,
    because: Annotated[str | None, typer.Option("--because", help="Why it was wrong.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Enter a board that nobody knows yet.")] = False,
    product: Annotated[str | None, typer.Option("--product", help="What a new board is.")] = None,
    lab: options.Lab = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Show what a board is, what was done to it, and which nights measured it; or record what was done.

    Nothing is ever taken out of a history: what was entered by mistake is corrected with --correct.

    Example: bringup board LS-A-0041 --eco ECO-014
    """
    from .board_asking import Asked, answer
    from .board_entries import Typed

    typed = Typed(
        eco=eco or (),
        rework=rework or (),
        fixture=fixture or (),
        firmware=firmware or (),
        scan=scan or (),
        torque=torque or (),
        note=note,
        correct=correct,
        because=because,
    )
    asked = Asked(serial_number, typed, attach, at, against, new, product)
    raise typer.Exit(answer(asked, lab, database, as_json=json))
