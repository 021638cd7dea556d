"""From rows back to the facts of `bringup.records`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, select

from bringup.limits import Limit
from bringup.measure import Measurement
from bringup.records import Attempt, AxisStart, Heartbeat, Live, Night, Run
from bringup.verdicts import Verdict

from . import schema
from .times import to_s

_VERDICTS = tuple(Verdict)


def verdict_of(number: int | None) -> Verdict | None:
    """The verdict that an integer stands for; None while there is none."""
    return None if number is None else Verdict(number)


def nights_where(connection: Connection, condition: ColumnElement[bool]) -> tuple[Night, ...]:
    """The nights that meet a condition, oldest first."""
    night, heartbeat, source = schema.night, schema.heartbeat, schema.source
    query = (
        select(night, source.c.sha256, heartbeat.c.wall_utc, heartbeat.c.lab_ms, heartbeat.c.pid)
        .join_from(night, source)
        .outerjoin(heartbeat, heartbeat.c.night_id == night.c.id)
        .where(condition)
        .order_by(night.c.id)
    )
    return tuple(_night(row) for row in connection.execute(query).mappings())


def _night(row: RowMapping) -> Night:
    beat = None if row["pid"] is None else Heartbeat(row["wall_utc"], to_s(row["lab_ms"]), row["pid"])
    return Night(
        id=row["id"],
        name=row["name"],
        station=row["station"],
        station_digest=row["sha256"],
        began_utc=row["began_utc"],
        virtual_time=row["virtual_time"],
        deadline_s=to_s(row["deadline_ms"]),
        operator=row["operator"],
        controller=row["controller"],
        version=row["version"],
        seed=row["seed"],
        ended_s=to_s(row["ended_ms"]),
        verdict=verdict_of(row["verdict"]),
        cause=row["cause"],
        heartbeat=beat,
    )


def runs_where(connection: Connection, condition: ColumnElement[bool]) -> tuple[Run, ...]:
    """The runs that meet a condition, in the order in which they began."""
    run = schema.run
    plan, product = schema.source.alias("plan_source"), schema.source.alias("product_source")
    query = (
        select(run, plan.c.sha256.label("plan_digest"), product.c.sha256.label("product_digest"))
        .join(plan, plan.c.id == run.c.plan_source_id)
        .join(product, product.c.id == run.c.product_source_id)
        .where(condition)
        .order_by(run.c.id)
    )
    axes, limits = _axes_of(connection, condition), _limits_of(connection, condition)
    rows = connection.execute(query).mappings()
    return tuple(_run(row, tuple(axes.get(row["id"], ())), limits.get(row["id"], {})) for row in rows)


def _run(row: RowMapping, axes: tuple[AxisStart, ...], limits: dict[str, Limit]) -> Run:
    return Run(
        id=row["id"],
        night_id=row["night_id"],
        slot=row["slot"],
        serial_number=row["serial_number"],
        plan=row["plan"],
        plan_digest=row["plan_digest"],
        product=row["product"],
        product_digest=row["product_digest"],
        axes=axes,
        limits=limits,
        began_s=to_s(row["began_ms"]),
        ended_s=to_s(row["ended_ms"]),
        verdict=verdict_of(row["verdict"]),
        cause=row["cause"],
        board_event_id=row["board_event_id"],
    )


def _axes_of(connection: Connection, condition: ColumnElement[bool]) -> dict[int, list[AxisStart]]:
    axis, value, run = schema.axis, schema.axis_value, schema.run
    query = (
        select(axis.c.run_id, axis.c.position, axis.c.knob, axis.c.unit, axis.c.edge, value.c.value)
        .join_from(axis, value)
        .join(run, run.c.id == axis.c.run_id)
        .where(condition)
        .order_by(axis.c.run_id, axis.c.position, value.c.idx)
    )
    values: dict[tuple[int, int, str, str, float | None], list[float]] = defaultdict(list)
    for run_id, position, knob, unit, edge, number in connection.execute(query):
        values[run_id, position, knob, unit, edge].append(number)
    axes: dict[int, list[AxisStart]] = defaultdict(list)
    for (run_id, _, knob, unit, edge), numbers in values.items():
        axes[run_id].append(AxisStart(knob, unit, tuple(numbers), edge))
    return axes


def _limits_of(connection: Connection, condition: ColumnElement[bool]) -> dict[int, dict[str, Limit]]:
    criterion, announced, run = schema.criterion, schema.run_criterion, schema.run
    query = (
        select(announced.c.run_id, criterion)
        .join_from(announced, criterion)
        .join(run, run.c.id == announced.c.run_id)
        .where(condition)
        .order_by(announced.c.run_id, announced.c.position)
    )
    limits: dict[int, dict[str, Limit]] = defaultdict(dict)
    for row in connection.execute(query).mappings():
        traced = (row["limit_source"], row["limit_version"], row["requirement"])
        limit = Limit(row["low"], row["high"], row["unit"], row["marginal"], *traced)
        limits[row["run_id"]][row["name"]] = limit
    return limits


def attempts_of(connection: Connection, run_id: int) -> tuple[Attempt, ...]:
    """The attempts of a run in the order in which they began."""
    attempt, run = schema.attempt, schema.run
    query = select(
        *(attempt.c.id, attempt.c.point, attempt.c.number),
        *(attempt.c.began_ms, attempt.c.ended_ms, attempt.c.verdict, attempt.c.cause),
    )
    query = query.join(run, schema.attempts_of_run).where(run.c.id == run_id)
    rows = connection.execute(query.order_by(attempt.c.id))
    return tuple(
        Attempt(key, run_id, point, number, began / 1000, to_s(ended), verdict_of(verdict), cause)
        for key, point, number, began, ended, verdict, cause in rows
    )


def measurements_of(connection: Connection, run_id: int) -> dict[int, tuple[Measurement, ...]]:
    """The measurements of a run by attempt, each in the order in which they were taken."""
    measurement, attempt, run = schema.measurement, schema.attempt, schema.run
    query = (
        select(measurement.c.attempt_id, measurement.c.quantity_id, measurement.c.value, measurement.c.verdict)
        .join(attempt, attempt.c.id == measurement.c.attempt_id)
        .join(run, schema.attempts_of_run)
        .where(run.c.id == run_id)
        .order_by(measurement.c.attempt_id, measurement.c.position)
    )
    names = _names_of(connection, run_id)
    taken: dict[int, list[Measurement]] = defaultdict(list)
    for attempt_id, quantity_id, value, verdict in connection.execute(query):
        taken[attempt_id].append(Measurement(*names[quantity_id], value, _VERDICTS[verdict]))
    return {attempt_id: tuple(rows) for attempt_id, rows in taken.items()}


def _names_of(connection: Connection, run_id: int) -> dict[int, tuple[str, str]]:
    quantity, criterion, announced = schema.quantity, schema.criterion, schema.run_criterion
    query: Select[Any] = (
        select(quantity.c.id, criterion.c.name, quantity.c.place)
        .join_from(quantity, criterion)
        .join(announced, announced.c.criterion_id == criterion.c.id)
        .where(announced.c.run_id == run_id)
    )
    return {key: (name, place) for key, name, place in connection.execute(query)}


def live_from(rows: Sequence[RowMapping]) -> tuple[Live, ...]:
    """What slots do now."""
    shown = []
    for row in rows:
        fields = {key: value for key, value in row.items() if key not in ("night_id", "sampled_ms")}
        shown.append(Live(**fields, sampled_s=to_s(row["sampled_ms"])))
    return tuple(shown)
