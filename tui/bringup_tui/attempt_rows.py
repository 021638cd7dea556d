"""The rows of a slot's detail: its latest attempts, and what was measured in one of them."""

from __future__ import annotations

from rich.text import Text

from bringup.records import Night, Run

from .literal import literal
from .picture import Tried
from .sled_rows import WIDE
from .theme import Colours, verdict_text
from .widgets.text_table import Column, Row
from .wording import UNKNOWN, age, clock, limit_words, quantity

MEASUREMENT_COLUMNS = (
    Column("Measurement", 30),
    Column("At", 12),
    Column("Value", 16, right=True),
    Column("Verdict", 9),
    Column("Limit", 0, rest=True),
)


def attempt_columns(width: int) -> tuple[Column, ...]:
    """The columns of the attempts at this width."""
    wide = width >= WIDE
    return (
        *([Column("Plan", 24)] if wide else []),
        Column("Point", 6, right=True),
        Column("Try", 3, right=True),
        Column("Began", 8),
        Column("Took", 5, right=True),
        Column("Verdict", 11),
        Column("Where", 60 if wide else 32),
        Column("Cause", 0, rest=True),
    )


def attempt_rows(tried: tuple[Tried, ...], night: Night, width: int, colours: Colours) -> tuple[Row, ...]:
    """Attempts as rows, in the order given."""
    return tuple(Row(str(one.attempt.id), _attempt(one, night, width >= WIDE, colours)) for one in tried)


def measurement_rows(tried: Tried, colours: Colours) -> tuple[Row, ...]:
    """What was measured in one attempt, in the order in which it was taken."""
    limits = tried.run.limits
    rows = []
    for place, taken in enumerate(tried.measurements):
        limit = limits.get(taken.name)
        verdict = verdict_text(taken.verdict, colours)
        marginal = limit is not None and limit.is_marginal(taken.value)
        words = Text.assemble(limit_words(limit) if limit else UNKNOWN, (" marginal" if marginal else "", "bold"))
        value = Text(quantity(taken.value, limit.unit if limit else ""))
        rows.append(Row(str(place), (literal(taken.name), literal(taken.place), value, verdict, words)))
    return tuple(rows)


def where(run: Run, point: int) -> str:
    """The values of a point with their units, "vdd_core 0.65 V, coolant 20 °C".

    The fastest knob stands first: it tells neighbours apart, also where the rest is cut off.
    """
    units = {axis.knob: axis.unit for axis in run.axes}
    values = reversed(run.values_at(point).items())
    return ", ".join(f"{knob} {quantity(value, units[knob])}" for knob, value in values) or "as powered on"


def attempt_verdict(one: Tried, colours: Colours) -> Text:
    """An attempt's verdict, or that it is under way, or that its run ended without it."""
    if one.attempt.ended_s is not None:
        return verdict_text(one.attempt.verdict, colours)
    return Text("running" if one.run.ended_s is None else "interrupted", style=colours["faint"])


def _attempt(one: Tried, night: Night, wide: bool, colours: Colours) -> tuple[Text, ...]:
    attempt = one.attempt
    took_s = None if attempt.ended_s is None else attempt.ended_s - attempt.began_s
    return (
        *([literal(one.run.plan)] if wide else []),
        # People count points from 1, as the night's table does; the journal's index begins at 0.
        Text(str(attempt.point + 1)),
        Text(str(attempt.number)),
        Text(clock(night.utc(attempt.began_s))),
        Text(age(took_s)),
        attempt_verdict(one, colours),
        literal(where(one.run, attempt.point)),
        literal(attempt.cause),
    )
