"""What `bringup instruments` prints: one line for each instrument, and what is wrong in full below."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..files.lab_folder import find_lab, lab_at
from ..runner.bench_lock import bench_lock
from ..runner.roll_call import Answer, roll_call
from ..terminal_text import harmless
from ..verdicts import Verdict
from .consoles import console_for

WIDE = 130
"""Columns from which on there is room for makers and addresses."""

_WIRES = (
    ("HISLIP", "HiSLIP"),
    ("::SOCKET", "socket"),
    ("TCPIP", "VXI-11"),
    ("GPIB", "GPIB"),
    ("USB", "USB"),
    ("ASRL", "serial"),
    ("HTTP", "HTTP"),
)


def call_roll(
    station_name: str | None,
    lab_path: Path | None,
    database: Path | None,
    transcripts: Path | None,
    *,
    as_json: bool,
) -> int:
    """Ask, print, and return the exit code.

    Raises:
        UsageError: the station is wrong, or a night holds the bench.
    """
    console = console_for(as_json=as_json)
    lab = lab_at(lab_path) if lab_path else find_lab()
    station = lab.station(station_name)
    with bench_lock(station, database or lab.database):
        answers = roll_call(station, transcripts)
    if as_json:
        print(json.dumps([_facts(answer) for answer in answers]))  # noqa: T201 - what --json promises
    else:
        _show(answers, console)
    return exit_code(answers)


def exit_code(answers: Sequence[Answer]) -> int:
    """4 where an instrument cannot be used, 3 where its readings prove nothing, else 0."""
    if any(answer.trouble for answer in answers):
        return Verdict.ERROR.exit_code
    return Verdict.INVALID.exit_code if any(answer.expiry for answer in answers) else 0


def _show(answers: Sequence[Answer], console: Console) -> None:
    is_wide = console.width >= WIDE
    columns = ["role", "says", "serial number", "calibrated until", "wire", "at"][: 6 if is_wide else 5]
    table = Table(*columns, box=None, pad_edge=False, show_edge=False)
    for answer in answers:
        cells = (Text(harmless(cell)) for cell in _cells(answer, is_wide)[: len(columns)])
        table.add_row(*cells, style="bold" if answer.trouble or answer.expiry else "")
    console.print(table)
    for answer in answers:
        for told in filter(None, (answer.trouble, answer.expiry)):
            console.print(Text(harmless(f"{answer.role}: {told}")), style="bold", soft_wrap=True)


def _cells(answer: Answer, is_wide: bool) -> tuple[str, ...]:
    identity = answer.identity
    serial_number = "-" if identity is None else identity.serial_number or "-"
    due = "-" if answer.calibration_due is None else str(answer.calibration_due)
    return answer.role, _says(answer, is_wide), serial_number, due, _wire(answer.address), answer.address


def _wire(address: str) -> str:
    """The kind of wire, as people call it."""
    upper = address.upper()
    return next((name for sign, name in _WIRES if sign in upper), "serial")


def _says(answer: Answer, is_wide: bool) -> str:
    if answer.identity is not None:
        return f"{answer.identity.maker} {answer.identity.model}" if is_wide else answer.identity.model
    return "asleep: the sled is off" if answer.is_asleep else f"({answer.model})"


def _facts(answer: Answer) -> dict[str, Any]:
    identity = answer.identity
    return {
        "role": answer.role,
        "model": answer.model,
        "address": answer.address,
        "maker": identity and identity.maker,
        "says": identity and identity.model,
        "serial_number": identity and identity.serial_number,
        "firmware": identity and identity.firmware,
        "calibration_due": answer.calibration_due and str(answer.calibration_due),
        "trouble": answer.trouble,
        "expired": answer.expiry,
        "asleep": answer.is_asleep,
    }
