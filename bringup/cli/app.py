"""The commands, ours and the plugins', put together."""

from __future__ import annotations

import typer

from .. import hooks
from .._version import __version__
from . import board, check, init, instruments, night, report, run, status

EXIT_CODES = "Exit codes: 0 pass, 1 fail, 2 usage, 3 invalid or not run, 4 bench or tool error, 5 aborted, 6 tripped."


def build_app() -> typer.Typer:
    """The application with every command."""
    app = typer.Typer(
        name="bringup",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
        help="Power on sleds, characterise them overnight, and say in the morning what is new and what can be "
        "trusted. Without a station of your own everything runs on the simulated lab.",
        epilog=EXIT_CODES,
    )
    app.callback()(_root)
    for command in (
        run.run,
        night.night,
        check.check,
        status.status,
        report.report,
        board.board,
        instruments.instruments,
        init.init,
    ):
        app.command()(command)
    hooks.plugins().hook.bringup_commands(app=app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bringup {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Only options that stand before a command."""
