"""What `bringup sim faults` says: the catalogue of sleds' faults, and the troubles of instruments and their wires."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from bringup.errors import UsageError
from bringup.files import board_fault, wire_fault
from bringup.files.fault_catalogue import CatalogueEntry, catalogue
from bringup.nearest import unknown

_WIDTH = 80


def all_faults() -> Iterator[str]:
    """A line or two for each."""
    yield "Faults of a sled, and what shows, in order:"
    for name, entry in catalogue().items():
        yield from _hung(f"  {name:<4}", f"{entry.name} ({entry.where}): {'; '.join(entry.seen)}")
    yield f"Write one as {board_fault.USAGE}."
    yield ""
    yield "Troubles of an instrument and its wire:"
    width = max(map(len, wire_fault.FAULTS))
    for kind, what in wire_fault.FAULTS.items():
        yield from _hung(f"  {kind:<{width}}  ", what)
    yield f"Write one as {wire_fault.USAGE}."


def one_fault(name: str) -> Iterator[str]:
    """Everything that is known of one.

    Raises:
        UsageError: there is none of that name.
    """
    entries = catalogue()
    if name in entries:
        yield from _told(name, entries[name])
    elif name in wire_fault.FAULTS:
        yield f"{name}: {wire_fault.FAULTS[wire_fault.FaultKind(name)]}"
    else:
        raise UsageError(unknown("fault", name, [*entries, *map(str, wire_fault.FAULTS)]))


def _told(name: str, entry: CatalogueEntry) -> Iterator[str]:
    yield f"{name}: {entry.name}"
    yield f"  sits at        {entry.where}"
    for place, seen in enumerate(entry.seen, start=1):
        yield f"  shows {place:>2}       {seen}"
    yield f"  told apart by  {entry.discriminator}"
    yield f"  severity 1     {entry.severity}"
    if entry.modes:
        yield f"  modes          {', '.join(entry.modes)}"


def _hung(head: str, text: str) -> Iterator[str]:
    """Text that hangs under its head."""
    lines = wrap(text, _WIDTH - len(head))
    for place, line in enumerate(lines):
        yield f"{head if place == 0 else ' ' * len(head)}{line}"
