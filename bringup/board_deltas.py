"""How one board differs from another: what to look at first when the one works and the other does not.

Die coordinates, torques and notes are every board's own and are not held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .boards import BoardEvent, BoardEventKind, BoardState

_SCANNED = ("revision", "stepping")


def deltas(board: BoardState, other: BoardState) -> tuple[str, ...]:
    """What `board` is that `other` is not, or the reverse; one line each, ECOs first. Empty where they are alike."""
    return (
        *(f"{eco} not recorded (is for {other.serial_number})" for eco in sorted(other.ecos - board.ecos)),
        *(f"{eco} recorded (not for {other.serial_number})" for eco in sorted(board.ecos - other.ecos)),
        *_unlike("{} configuration", board.latest(BoardEventKind.VR_CONFIG), other.latest(BoardEventKind.VR_CONFIG)),
        *_unlike("{}", board.latest(BoardEventKind.FIRMWARE), other.latest(BoardEventKind.FIRMWARE)),
        *_scans(board.latest(BoardEventKind.SCAN), other.latest(BoardEventKind.SCAN)),
        *_reworks(board, other),
        *_fixtures(board.all(BoardEventKind.FIXTURE), other.all(BoardEventKind.FIXTURE)),
    )


def version_of(event: BoardEvent | None) -> str:
    """What an entry says of a version, with the image's number where a configuration's CRC tells it."""
    if event is None:
        return "unknown"
    number = event.entry.data.get("version")
    return f"{event.entry.text} (version {number})" if number else event.entry.text


def _unlike(name: str, here: Mapping[str, BoardEvent], there: Mapping[str, BoardEvent]) -> Iterable[str]:
    for item in sorted({*here, *there}):
        mine, theirs = here.get(item), there.get(item)
        if mine is None or theirs is None or mine.entry.text != theirs.entry.text:
            yield f"{name.format(item)} {version_of(mine)} ≠ {version_of(theirs)}"


def _scans(here: Mapping[str, BoardEvent], there: Mapping[str, BoardEvent]) -> Iterable[str]:
    for item in sorted({*here, *there}):
        for key in _SCANNED:
            mine, theirs = (scan[item].entry.data.get(key) if item in scan else None for scan in (here, there))
            if mine != theirs:
                yield f"{item or 'board'} {key} {mine or 'unknown'} ≠ {theirs or 'unknown'}"


def _reworks(board: BoardState, other: BoardState) -> Iterable[str]:
    for state, where in ((board, ""), (other, f" (on {other.serial_number})")):
        for event in state.all(BoardEventKind.REWORK):
            yield f"rework {event.entry.item}: {event.entry.text}{where}"


def _fixtures(here: tuple[BoardEvent, ...], there: tuple[BoardEvent, ...]) -> Iterable[str]:
    mine, theirs = (events[-1].entry.item if events else "unknown" for events in (here, there))
    if mine != theirs:
        yield f"fixture {mine} ≠ {theirs}"
