"""The status of a night, told in a few lines."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ..files.lab_folder import default_database
from ..records import HEARTBEAT_STALE_S, Live, Night
from ..store import open_reader
from ..terminal_text import harmless
from .consoles import console_for


def tell_status(night_id: int | None, database: Path | None, *, as_json: bool) -> int:
    """Print a night's status; returns the exit code, 0 whatever the night's verdict is.

    Raises:
        JournalError, UsageError: the journal or the night is not there.
    """
    with open_reader(database or default_database()) as reader:
        night = reader.night(night_id)
        slots = reader.live(night.id)
    if as_json:
        facts = {"night": night.id, "name": night.name, "state": _state(night), "cause": night.cause}
        facts["slots"] = [asdict(slot) for slot in slots]
        print(json.dumps(facts))  # noqa: T201 - what --json promises
        return 0
    console = console_for()
    console.print(Text(harmless(f"Night {night.id}  {night.name}  on {night.station}: {_state(night)}")))
    if night.cause:
        console.print(Text(harmless(night.cause)))
    console.print(_table(night, slots))
    return 0


def _state(night: Night) -> str:
    if night.verdict is not None:
        lasted = str(timedelta(seconds=round(night.ended_s or 0)))
        return f"ended {night.verdict.name} after {lasted} of lab time"
    if night.heartbeat is None:
        return "started, no heartbeat yet"
    age_s = (datetime.now(UTC) - night.heartbeat.wall_utc).total_seconds()
    if age_s > HEARTBEAT_STALE_S:
        return f"NO HEARTBEAT for {age_s:.0f} s: the runner (process {night.heartbeat.pid}) is hung or dead"
    return f"running, heartbeat {age_s:.1f} s ago, process {night.heartbeat.pid}"


def _table(night: Night, slots: tuple[Live, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("slot", "sled", "plan", "state", "point", "V", "GHz", "Tj", "W", "age"):
        table.add_column(column, justify="right" if column in ("point", "V", "GHz", "Tj", "W", "age") else "left")
    table.add_column("detail")
    for live in slots:
        giga = None if live.hertz is None else live.hertz / 1e9
        now_s = night.heartbeat.lab_s if night.heartbeat and night.verdict is None else None
        age = None if now_s is None or live.sampled_s is None else now_s - live.sampled_s
        numbers = [
            "-" if value is None else f"{value:.{digits}f}"
            for value, digits in ((live.volts, 3), (giga, 2), (live.celsius, 0), (live.watts, 0), (age, 0))
        ]
        words = [live.slot, live.serial_number, live.plan, live.state, f"{live.point}/{live.points}"]
        table.add_row(*map(harmless, words), *numbers, Text(harmless(live.detail)))
    return table
