"""An entry of a board's history in words and as JSON."""

from __future__ import annotations

from ..boards import BoardEvent, BoardEventKind

SHOWN_OF_PATH = len("evidence/") + 12
"""Of an attachment's path: enough to find it by, in `evidence/`; `--json` has the whole."""


def told(event: BoardEvent) -> str:
    """What an entry says, on one line: "eco ECO-014 done, by mk"."""
    return f"{event.entry.kind.value} {said(event)}, by {event.entry.who}"


def said(event: BoardEvent) -> str:
    """The same without its kind and its author."""
    entry = event.entry
    if entry.kind is BoardEventKind.CORRECTION:
        return f"entry {entry.corrects} is wrong: {entry.text}"
    colon = ":" if entry.item and entry.kind in (BoardEventKind.REWORK, BoardEventKind.FIXTURE) and entry.text else ""
    words = [f"{entry.item}{colon}", entry.text]
    if entry.data.get("path"):
        head, dot, suffix = str(entry.data["path"]).rpartition(".")
        words.append(f"[{entry.data.get('name')}: {head[:SHOWN_OF_PATH]}…{dot}{suffix}]")
    if entry.data.get("version"):
        words.append(f"(version {entry.data['version']})")
    return " ".join(filter(None, words))


def event_fact(event: BoardEvent) -> dict[str, object]:
    """An entry as plain JSON values."""
    entry = event.entry
    return {
        "id": event.id,
        "utc": event.utc.isoformat(),
        "kind": entry.kind.value,
        "item": entry.item,
        "text": entry.text,
        "who": entry.who,
        "night": event.night_id,
        "corrects": entry.corrects,
        "data": dict(entry.data),
    }
