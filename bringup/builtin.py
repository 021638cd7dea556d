"""What the core itself brings in through the plugin door: the real lab, and the reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from .hooks import Lab, LabSpec, ReportSpec, hookimpl

if TYPE_CHECKING:
    from .files.station import Station


@hookimpl
def bringup_labs() -> Sequence[LabSpec]:
    """The bench on real wires."""
    return (LabSpec("hardware", _open_hardware),)


@hookimpl
def bringup_reports() -> Sequence[ReportSpec]:
    """The morning page, for a terminal and as one HTML file."""
    return (ReportSpec("terminal", "", _terminal), ReportSpec("html", ".html", _html))


def _open_hardware(station: Station) -> Lab:
    from .hardware import HardwareLab  # noqa: PLC0415 - only a real bench needs it

    return HardwareLab(station)


def _terminal(database: str, night_id: int, out: TextIO) -> None:
    from .report import render_terminal  # noqa: PLC0415 - Rich is loaded when a page is made

    render_terminal(database, night_id, out)


def _html(database: str, night_id: int, out: TextIO) -> None:
    from .report import render_html  # noqa: PLC0415 - Jinja2 is loaded when a page is made

    render_html(database, night_id, out)
