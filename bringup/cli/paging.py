"""Writing a report: to the terminal, or whole or not at all into a file."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from .. import hooks
from ..errors import UsageError
from ..files.lab_folder import default_database
from ..nearest import unknown
from ..store import open_reader


def write_report(night_id: int | None, database: Path | None, wanted: str, output: Path | None) -> None:
    """Render a night's report.

    Raises:
        UsageError: no such format, or the file cannot be written.
        JournalError: the journal or the night is not there.
    """
    formats = hooks.reports()
    if wanted not in formats:
        raise UsageError(unknown("report format", wanted, formats))
    spec = formats[wanted]
    path = database or default_database()
    with open_reader(path) as reader:
        night = reader.night(night_id)
    if not spec.suffix and output is None:
        spec.render(str(path), night.id, sys.stdout)
        return
    target = output or Path(f"bringup-report-{night.id}{spec.suffix}")
    page = io.StringIO()
    spec.render(str(path), night.id, page)
    try:
        target.write_text(page.getvalue(), encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{target}: cannot be written: {problem}") from None
    print(target)  # noqa: T201 - this is the command line
