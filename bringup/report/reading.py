"""What the page reads of a night: the reader's shape, and the records with every text made harmless.

Between `bringup.store` (rows) and the rest of this package (facts). All that is computed further on works on
cleaned text only, so that no later file has to think of control characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from ..events import Event, EventKind
from ..measure import Measurement
from ..records import Attempt, Night, Run
from .points import RunPoints
from .text import clean


class NightReader(Protocol):
    """The part of `bringup.store`'s Reader that the page needs."""

    def nights(self) -> tuple[Night, ...]:
        """Every night, oldest first."""

    def night(self, night_id: int | None = None, /) -> Night:
        """One night; the latest for None."""

    def runs(self, night_id: int, /) -> tuple[Run, ...]:
        """The runs of a night."""

    def attempts(self, run_id: int, /) -> tuple[Attempt, ...]:
        """The attempts of a run."""

    def measurements(self, run_id: int, /) -> Mapping[int, tuple[Measurement, ...]]:
        """The measurements of a run by attempt id."""

    def events(self, night_id: int, /) -> tuple[tuple[int, Event], ...]:
        """The events of a night with their ids."""


def cleaned(night: Night) -> Night:
    """The night with its texts cleaned."""
    return replace(
        night,
        name=clean(night.name),
        station=clean(night.station),
        operator=clean(night.operator),
        controller=clean(night.controller),
        version=clean(night.version),
        cause=clean(night.cause),
    )


def read_runs(reader: NightReader, night_id: int) -> tuple[RunPoints, ...]:
    """Every run of a night with its points, in the order of the slots' names, then of time."""
    hangs = [event for event in read_events(reader, night_id) if event.kind is EventKind.SLED_HUNG]
    runs = [_read_run(reader, run, hangs) for run in reader.runs(night_id)]
    return tuple(sorted(runs, key=lambda read: (read.run.slot, read.run.began_s, read.run.id)))


def read_events(reader: NightReader, night_id: int) -> tuple[Event, ...]:
    """The night's events in the order in which they were written."""
    return tuple(
        replace(event, message=clean(event.message), slot=clean(event.slot)) for _, event in reader.events(night_id)
    )


def plans_of(reader: NightReader, night_id: int) -> set[str]:
    """The plans that a night ran."""
    return {clean(run.plan) for run in reader.runs(night_id)}


def _read_run(reader: NightReader, run: Run, hangs: Sequence[Event]) -> RunPoints:
    attempts = tuple(replace(a, cause=clean(a.cause)) for a in reader.attempts(run.id))
    taken = {
        attempt: tuple(_clean_measurement(m) for m in measurements)
        for attempt, measurements in reader.measurements(run.id).items()
    }
    shown = _clean_run(run)
    faults = frozenset(event.message for event in hangs if event.slot == shown.slot)
    return RunPoints(shown, attempts, taken, faults)


def _clean_run(run: Run) -> Run:
    return replace(
        run,
        slot=clean(run.slot),
        serial_number=clean(run.serial_number),
        plan=clean(run.plan),
        product=clean(run.product),
        cause=clean(run.cause),
        axes=tuple(replace(axis, knob=clean(axis.knob), unit=clean(axis.unit)) for axis in run.axes),
        limits={clean(name): limit for name, limit in run.limits.items()},
    )


def _clean_measurement(measurement: Measurement) -> Measurement:
    if measurement.name.isprintable() and measurement.place.isprintable():
        return measurement  # by far the most: no copy
    return measurement._replace(name=clean(measurement.name), place=clean(measurement.place))
