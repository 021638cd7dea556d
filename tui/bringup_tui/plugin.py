"""The command `bringup tui`. Cheap to import: Textual and the store are loaded only when the command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bringup.errors import UsageError
from bringup.hooks import hookimpl

if TYPE_CHECKING:
    from bringup.store import Reader


@hookimpl
def bringup_commands(app: typer.Typer) -> None:
    """Add `bringup tui`."""
    app.command("tui")(tui)


def tui(
    database: Annotated[
        Path | None, typer.Option(help="The journal to follow; the lab's own if not given.", show_default=False)
    ] = None,
    night: Annotated[
        int | None, typer.Option(help="Begin with this night; otherwise follow the latest.", show_default=False)
    ] = None,
) -> None:
    """Follow a night on the screen, while it runs in another process or after it has ended.

    Read-only: nothing here moves a knob, and leaving the screen leaves the night alone.

    Example: bringup tui --database lab/bringup.db --night 12
    """
    from bringup.store import open_reader  # noqa: PLC0415 - SQLAlchemy is not loaded for --help

    journal = database or _default_database()
    reader = open_reader(journal)
    try:
        _check(reader, journal, night)
    finally:
        reader.close()
    _check_terminal()
    raise typer.Exit(_follow(journal, night))


def _default_database() -> Path:
    from bringup.files.lab_folder import default_database  # noqa: PLC0415 - pydantic is not loaded for --help

    return default_database()


def _check(reader: Reader, journal: Path, night: int | None) -> None:
    nights = [known.id for known in reader.nights()]
    if not nights:
        raise UsageError(f"{journal}: holds no night yet; start one with `bringup night PLAN`, then look again")
    if night is not None and night not in nights:
        raise UsageError(f"{journal}: holds no night {night}; it has {_listed(nights)}")


def _listed(nights: list[int]) -> str:
    if len(nights) == 1:
        return f"night {nights[0]} only"
    return f"{len(nights)} nights, from {nights[0]} to {nights[-1]}"


def _check_terminal() -> None:
    # Textual draws on the standard error and reads keys from the standard input.
    if not all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stderr__)):
        raise UsageError("the screens need a terminal; in a pipe or a job use `bringup status` or `bringup report`")


def _follow(journal: Path, night: int | None) -> int:
    from bringup.store import open_reader  # noqa: PLC0415 - see tui

    from .app import NightApp  # noqa: PLC0415 - Textual is loaded only here

    app = NightApp(lambda: open_reader(journal), night)
    app.run()
    return app.return_code or 0
