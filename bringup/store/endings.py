"""How runs and nights end, also those whose process died: on paper; their open attempts stay as evidence."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, func, insert, select, update

from bringup.errors import JournalError
from bringup.events import EventKind
from bringup.records import Night
from bringup.verdicts import Verdict

from .presence import Presence
from .rows import nights_where
from .schema import attempt, attempts_of_run, event, heartbeat, night, run
from .texts import storable
from .times import to_s


def end_run(connection: Connection, run_id: int, ended_ms: int, verdict: Verdict, cause: str) -> None:
    """Write how a run ended, and after which attempt.

    Raises:
        JournalError: there is no such run.
    """
    _end(connection, run, run_id, (ended_ms, verdict, cause), {"last_attempt_id": last_attempt_id(connection)})


def end_night(connection: Connection, night_id: int, ended_ms: int, verdict: Verdict, cause: str) -> None:
    """Write how a night ended.

    Raises:
        JournalError: there is no such night.
    """
    _end(connection, night, night_id, (ended_ms, verdict, cause), {})


def last_attempt_id(connection: Connection) -> int:
    """The highest id that an attempt has; 0 if there are none."""
    return connection.execute(select(func.max(attempt.c.id))).scalar() or 0


def _end(
    connection: Connection, table: Table, row_id: int, ending: tuple[int, Verdict, str], more: Mapping[str, int]
) -> None:
    ended_ms, verdict, cause = ending
    values = {"ended_ms": ended_ms, "verdict": int(verdict), "cause": storable(cause), **more}
    if connection.execute(update(table).where(table.c.id == row_id).values(**values)).rowcount != 1:
        raise JournalError(f"the journal has no {table.name} {row_id} to end")


def end_dead_nights(connection: Connection, presence: Presence) -> tuple[Night, ...]:
    """End every night that nobody holds; see `Journal.reconcile`."""
    dead = [one.id for one in nights_where(connection, night.c.ended_ms.is_(None)) if presence.hold(one.id)]
    try:
        for night_id in dead:
            _end_dead_night(connection, night_id)
        return nights_where(connection, night.c.id.in_(dead))
    finally:
        for night_id in dead:
            presence.release(night_id)


def _end_dead_night(connection: Connection, night_id: int) -> None:
    (found,) = nights_where(connection, night.c.id == night_id)
    last_ms = _last_sign_of_life_ms(connection, night_id)
    open_attempts = connection.execute(
        select(func.count())
        .join_from(attempt, run, attempts_of_run)
        .where(run.c.night_id == night_id, attempt.c.ended_ms.is_(None))
    ).scalar_one()
    last = f"{found.utc(to_s(last_ms)):%Y-%m-%d %H:%M:%S} UTC"
    cause = f"the controller died (last sign of life {last})"
    note = {
        "night_id": night_id,
        "at_ms": last_ms,
        "slot": "",
        "kind": EventKind.ABORTED.value,
        "message": f"{cause}; {open_attempts} attempts never ended",
        "data": {"open_attempts": open_attempts, "pid": found.heartbeat.pid if found.heartbeat else None},
    }
    connection.execute(insert(event).values(**note))
    for run_id in connection.execute(select(run.c.id).where(run.c.night_id == night_id, run.c.ended_ms.is_(None))):
        end_run(connection, run_id[0], last_ms, Verdict.ABORTED, cause)
    end_night(connection, night_id, last_ms, Verdict.ABORTED, cause)


def _last_sign_of_life_ms(connection: Connection, night_id: int) -> int:
    of_night = run.c.night_id == night_id
    times = (
        select(func.max(func.coalesce(attempt.c.ended_ms, attempt.c.began_ms)))
        .join_from(attempt, run, attempts_of_run)
        .where(of_night),
        select(func.max(func.coalesce(run.c.ended_ms, run.c.began_ms))).where(of_night),
        select(func.max(event.c.at_ms)).where(event.c.night_id == night_id),
        select(heartbeat.c.lab_ms).where(heartbeat.c.night_id == night_id),
    )
    return max((connection.execute(query).scalar() or 0 for query in times), default=0)
