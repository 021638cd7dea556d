"""Entering something into a board's history, also while a night writes the same journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from rich.text import Text

from ..boards import BoardEntry, BoardEvent, BoardEventKind
from ..errors import UsageError
from ..files.lab_folder import LabFolder
from ..files.product import Product
from ..nearest import nearest, unknown
from ..store import Journal, open_journal
from ..terminal_text import harmless
from .board_entries import Typed, entries_of
from .board_text import event_fact, told
from .consoles import console_for
from .known_boards import known_boards

MOST_ATTACHED_BYTES = 100 * 1024 * 1024


def enter(
    serial_number: str,
    typed: Typed,
    attach: Path | None,
    lab: LabFolder,
    database: Path,
    *,
    is_new: bool,
    product: str | None,
    as_json: bool,
) -> int:
    """Enter what was typed and say what was entered; returns the exit code.

    Raises:
        UsageError: something typed cannot be understood, or the board is not known; nothing was entered.
        JournalError: the journal cannot be written.
    """
    entries_of(typed)  # what cannot be understood is told before anything is read or made
    content = _attached(attach, typed)
    if not database.is_file():  # a misspelt serial number must not make a journal either
        known_boards(lab, database).product_to_enter(serial_number, is_new=is_new, product=product)
    console = console_for(as_json=as_json)
    with open_journal(database) as journal:
        for notice in journal.notices:
            console.print(Text(harmless(notice)), soft_wrap=True)
        known = known_boards(lab, database)
        name = known.product_to_enter(serial_number, is_new=is_new, product=product)
        facts = known.product_of(serial_number) or known.products.get(name)
        if facts is not None:
            _check(entries_of(typed), facts)
        if attach is not None and content is not None:
            typed = replace(typed, attachment=_kept(journal, attach, content))
        entered = journal.enter(serial_number, entries_of(typed), name)
    if as_json:
        print(json.dumps([event_fact(event) for event in entered]))  # noqa: T201 - what --json promises
        return 0
    if is_new:
        console.print(Text(harmless(f"{serial_number}: known from now on, as a {name}")), soft_wrap=True)
    for event in entered:
        console.print(Text(harmless(f"{serial_number}: entry {event.id}, {told(event)}")), soft_wrap=True)
    for doubt in _doubts(entered, facts):
        console.print(Text(harmless(doubt)), soft_wrap=True, style="bold")
    return 0


def _attached(attach: Path | None, typed: Typed) -> bytes | None:
    """The file to attach, read before anything is written."""
    if attach is None:
        return None
    if typed.note is None:
        raise UsageError("--attach goes with --note TEXT: it says what the file shows")
    try:
        size = attach.stat().st_size
        if size > MOST_ATTACHED_BYTES:
            most = MOST_ATTACHED_BYTES // 2**20
            raise UsageError(f"--attach {attach}: {size / 2**20:.0f} MiB; up to {most} MiB are kept, note its place")
        return attach.read_bytes()
    except OSError as problem:
        raise UsageError(f"--attach {attach}: it cannot be read: {problem.strerror or problem}") from None


def _kept(journal: Journal, attach: Path, content: bytes) -> dict[str, object]:
    path = journal.keep_file(content, attach.suffix)
    return {"name": attach.name, "path": path, "sha256": sha256(content).hexdigest(), "size": len(content)}


def _check(entries: Sequence[BoardEntry], product: Product) -> None:
    """What the product file can prove wrong.

    Raises:
        UsageError: a component or a chip that a sled of this product does not have.
    """
    components = {image.component for image in product.facts.firmware}
    chips = {f"chip{number}" for number in product.chips}
    for entry in entries:
        if entry.kind is BoardEventKind.FIRMWARE and components and entry.item not in components:
            raise UsageError(unknown("firmware component", entry.item, components) + f" in {product.source.path}")
        if entry.kind in (BoardEventKind.SCAN, BoardEventKind.TORQUE) and entry.item and entry.item not in chips:
            raise UsageError(unknown("chip", entry.item, chips) + f" in {product.source.path}")


def _doubts(entered: Sequence[BoardEvent], product: Product | None) -> list[str]:
    """An ECO that nobody requires may be one, or a slip of the finger."""
    required = product.facts.identity.ecos if product else ()
    doubts = []
    for event in entered:
        eco = event.entry.item
        guess = nearest(eco, required) if event.entry.kind is BoardEventKind.ECO and eco not in required else None
        if guess:
            slip = f"bringup board {event.serial_number} --correct {event.id} --because slip --eco {guess}"
            doubts.append(f"{eco} is none of the required ECOs. If {guess} was meant: `{slip}`")
    return doubts
