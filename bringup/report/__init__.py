"""The morning page: what is new, what can be trusted, what to measure first.

A database and a night go in; a terminal page (Rich) or one self-contained HTML file (Jinja2, Matplotlib) comes
out. `facts` computes the page from `bringup.store`'s reader, `terminal` and `html` lay it out. The two
`render_…` functions have the shape of `bringup.hooks.ReportSpec.render`.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

    from .facts import Page

__all__ = ["page_of", "print_page", "render_html", "render_terminal"]


def page_of(database: str, night_id: int | None = None) -> Page:
    """The morning page of a night as facts; of the latest night for None.

    Raises:
        JournalError: the database is missing, of a newer schema, or has no such night.
    """
    from ..store import open_reader  # noqa: PLC0415 (SQLAlchemy loads only when a report is asked for)
    from .facts import morning  # noqa: PLC0415

    with closing(open_reader(database)) as reader:
        return morning(reader, night_id)


def render_terminal(database: str, night_id: int, out: TextIO) -> None:
    """Write the page of a night as text, in colour only where `out` is a terminal.

    Raises:
        JournalError: see `page_of`.
    """
    from .terminal import write_page  # noqa: PLC0415

    write_page(page_of(database, night_id), out)


def render_html(database: str, night_id: int, out: TextIO) -> None:
    """Write the page of a night as one HTML file that needs nothing else; `out` should be in UTF-8.

    Raises:
        JournalError: see `page_of`.
    """
    from .html import html_of  # noqa: PLC0415 (Jinja2 and Matplotlib)

    out.write(html_of(page_of(database, night_id)))


def print_page(database: str, night_id: int, console: Console) -> None:
    """Print the page of a night on a Rich console.

    Raises:
        JournalError: see `page_of`.
    """
    from .terminal import print_page as print_on  # noqa: PLC0415

    print_on(page_of(database, night_id), console)
