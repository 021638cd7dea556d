"""The rows of the night's table: one per sled, from what it is to what it said last."""

from __future__ import annotations

from rich.text import Text

from bringup.events import SlotState

from .literal import literal
from .picture import Picture, Sled
from .theme import Colours, verdict_text
from .widgets.text_table import Column, Row
from .wording import UNKNOWN, age, bar, celsius, gigahertz, volts, watts

WIDE = 120
"""From how many cells on there is room for more columns and longer bars."""
OLD_AFTER_S = 300.0
"""From which age on, in lab seconds, the values of a slot that measures are marked as old: an estimate. They are
sampled with every point, and a point takes about a minute; a slot that settles or recovers may well be silent."""

_QUIET = frozenset({SlotState.IDLE, SlotState.SAFE})
_ALARMING = frozenset({SlotState.QUARANTINED, SlotState.RECOVERING})


def sled_columns(width: int) -> tuple[Column, ...]:
    """The table's columns at this width."""
    wide = width >= WIDE
    return (
        Column("Slot", 16 if wide else 10),
        *([Column("Serial", 16)] if wide else []),
        Column("Plan", 24 if wide else 9),
        Column("State", 6),
        Column("Verdict", 9),
        Column("Point", 32 if wide else 14),
        Column("V", 6, right=True),
        Column("GHz", 4, right=True),
        Column("Tj°C" if wide else "Tj", 5, right=True),
        Column("W", 5, right=True),
        Column("Age", 5, right=True),
        Column("Last word", 0, rest=True),
    )


def sled_rows(picture: Picture, width: int, colours: Colours, *, silent: bool) -> tuple[Row, ...]:
    """The sleds of a night as rows.

    Args:
        picture: the night.
        width: of the table, in cells.
        colours: the theme's.
        silent: whether the sequencer's heartbeat is missed, so that no value is of now.
    """
    return tuple(Row(sled.slot, _cells(picture, sled, width, colours, silent)) for sled in picture.sleds)


def _cells(picture: Picture, sled: Sled, width: int, colours: Colours, silent: bool) -> tuple[Text, ...]:
    wide, live = width >= WIDE, sled.live
    return (
        literal(sled.slot, "bold"),
        *([literal(sled.serial_number)] if wide else []),
        literal(sled.plan),
        _state(sled, colours),
        verdict_text(sled.judgement.verdict, colours),
        _point(sled, 12 if wide else 3, colours),
        Text(volts(live.volts if live else None)),
        Text(gigahertz(live.hertz if live else None)),
        Text(celsius(live.celsius if live else None, 1 if wide else 0)),
        Text(watts(live.watts if live else None)),
        _age(picture, sled, colours, silent),
        literal(sled.last_word),
    )


def _state(sled: Sled, colours: Colours) -> Text:
    state = sled.live.state if sled.live else UNKNOWN
    if state in _ALARMING:
        return literal(state, f"bold {colours['alarm']}")
    return literal(state, colours["faint"] if state in _QUIET else "")


def _point(sled: Sled, cells: int, colours: Colours) -> Text:
    live = sled.live
    if live is None or live.points <= 0:
        return Text(UNKNOWN)
    return Text.assemble((bar(live.point, live.points, cells), colours["primary"]), f" {live.point}/{live.points}")


def _age(picture: Picture, sled: Sled, colours: Colours, silent: bool) -> Text:
    seconds = picture.age_s(sled)
    if seconds is None:
        return Text(UNKNOWN)
    if silent:
        return Text("stale", style=f"bold {colours['alarm']}")
    old = seconds >= OLD_AFTER_S and sled.live is not None and sled.live.state == SlotState.RUNNING
    return Text(age(seconds) + ("!" if old else ""), style=f"bold {colours['alarm']}" if old else "")
