"""From an order to a journaled night: what `run`, `night`, `check` and the pytest plugin share.

Everything that files can prove wrong is found in `prepare`; nothing is opened before. `hold` opens the bench, runs
the night and closes it again.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic

from .. import hooks
from .._version import __version__
from ..errors import JournalError, UsageError
from ..events import Event, EventKind
from ..files.station import Station
from ..nearest import unknown
from ..operator import Operator
from ..plans import Plan
from ..records import Heartbeat, NightStart
from ..store import Journal
from ..verdicts import Verdict
from .bench import Bench, check_models
from .binding import BoundPlan, bind
from .monitor import SlotMonitor
from .night import Night, NightResult
from .night_log import NightLog
from .person import person
from .stopping import Stopping


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, and where; valid as far as files can tell.

    Attributes:
        name: of the night.
        station: the bench.
        plans: by slot, in the order in which they run.
    """

    name: str
    station: Station
    plans: Mapping[str, Sequence[BoundPlan]]


@dataclass(frozen=True, slots=True)
class Held:
    """A night that was held."""

    night_id: int
    result: NightResult
    lab_s: float
    wall_s: float


def prepare(name: str, station: Station, plans: Sequence[Plan], sleds: Sequence[str] = ()) -> Order:
    """Hold plans against a station.

    Args:
        name: of the night.
        station: the bench.
        plans: in the order in which they are to run.
        sleds: serial numbers (or slots) to run on; none means all.

    Raises:
        UsageError, FileMistake: anything that files can prove wrong.
    """
    check_models(station)
    slots = _chosen(station, sleds)
    bound = {slot: tuple(bind(plan, station, slot) for plan in plans) for slot in slots}
    walking = [plan.name for plan in plans if any(b.walks_power for b in bound[slots[0]] if b.plan is plan)]
    if walking and len(plans) > 1:
        raise UsageError(f"plan {walking[0]!r} brings the rails up itself and runs alone: `bringup run {walking[0]}`")
    return Order(name, station, bound)


def hold(
    order: Order,
    journal: Journal,
    stop: Stopping,
    *,
    operator_for: Callable[[str, NightLog], Operator],
    look: Callable[[Night, NightLog], None] = lambda _night, _log: None,
    until: time | None = None,
    lab_kind: str | None = None,
    announce: Callable[[int, int], None] = lambda _run, _attempt: None,
    heard: Callable[[Event], None] = lambda _event: None,
    transcripts: Path | None = None,
) -> Held:
    """Open the bench, run the night, close the bench.

    Args:
        order: what to run.
        journal: open for writing.
        stop: the wish to stop.
        operator_for: the person to ask, by slot.
        look: called about twenty times a second while the night runs.
        until: the time of day, on the station's clock, by which it has to be over.
        lab_kind: another kind of lab than the station file's: the simulated twin, for a rehearsal.
        announce: told of every completed attempt once it is on disk: (run id, attempt id).
        heard: told of every event once it is journaled, from the task in which it happened.
        transcripts: a folder that gets every byte of every instrument; None for none.

    Raises:
        BenchError: the bench could not be opened; nothing was energized.
    """
    wall_s = monotonic()
    bench = Bench(order.station, lab_kind, transcripts)
    try:
        # From the night's first row to its last a signal is only noted: it may not leave the night open.
        with stop.noted_only():
            deadline_s = None if until is None else seconds_until(bench.clock.utc(), until)
            night_id = journal.begin_night(_night_start(order, bench, deadline_s))
            log = NightLog(journal, night_id, bench.clock, deadline_s, announce, _listeners(order.station, heard))
            log.event(EventKind.NIGHT_STARTED, order.name)
            for said in (*bench.overdue(), *_faults(order.station)):
                log.event(EventKind.NOTE, said)

            def live(monitors: Sequence[SlotMonitor], beat: Heartbeat) -> None:
                for monitor in monitors:
                    journal.live(night_id, monitor.live, beat)

            night = Night(bench, order.plans, log, lambda slot: operator_for(slot, log), live)
            result = _ended(journal, log, night.run(stop, lambda: look(night, log)))
        return Held(night_id, result, log.now_s(), monotonic() - wall_s)
    finally:
        bench.close()


def _faults(station: Station) -> list[str]:
    """What the simulated lab is told to do wrong: a night must not be read without it."""
    return [f"simulated fault: {fault}" for fault in (*station.board_faults, *station.faults)]


def _ended(journal: Journal, log: NightLog, result: NightResult) -> NightResult:
    """Journal the night's end; a journal that is lost must not hide what is not safe, so it is told in the result."""
    try:
        log.event(EventKind.NIGHT_ENDED, result.cause or result.verdict.name)
        journal.end_night(log.night_id, log.now_s(), result.verdict, result.cause)
    except JournalError as problem:
        cause = "; ".join(filter(None, [result.cause, f"the night's end is not journaled: {problem}"]))
        return replace(result, verdict=Verdict.ERROR, cause=cause)
    return result


def _chosen(station: Station, sleds: Sequence[str]) -> list[str]:
    by_name = {facts.sled: slot for slot, facts in station.facts.slots.items()}
    by_name.update({slot: slot for slot in station.facts.slots})
    for sled in sleds:
        if sled not in by_name:
            raise UsageError(unknown("sled or slot", sled, by_name) + f" in {station.path}")
    wanted = {by_name[sled] for sled in sleds} or set(station.facts.slots)
    return [slot for slot in station.facts.slots if slot in wanted]


def _night_start(order: Order, bench: Bench, deadline_s: float | None) -> NightStart:
    return NightStart(
        name=order.name,
        station_name=order.station.name,
        station=order.station.source,
        began_utc=bench.clock.utc(),
        virtual_time=bench.clock.is_virtual,
        deadline_s=deadline_s,
        operator=person(),
        controller=platform.node(),
        version=__version__,
        seed=order.station.facts.simulation.seed if bench.clock.is_virtual else None,
    )


def seconds_until(now: datetime, until: time) -> float:
    """Seconds from now to the next time that the controller's own clock face shows `until`."""
    local = now.astimezone()
    deadline = local.replace(hour=until.hour, minute=until.minute, second=until.second, microsecond=0)
    if deadline <= local:
        deadline += timedelta(days=1)
    return (deadline - local).total_seconds()


def _listeners(station: Station, heard: Callable[[Event], None]) -> Callable[[Event], None]:
    hook = hooks.plugins().hook.bringup_event

    def tell(event: Event) -> None:
        heard(event)
        # A notifier that breaks must not cost the night: it is passed over, the journal has the event.
        with suppress(Exception):
            hook(event=event, station=station.path)

    return tell
