"""What a night is expected to take, told before it starts: what fits, and what drops first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..runner.estimate import BOOT_S, PlanEstimate, estimate, history_key
from ..runner.session import Order, seconds_until
from ..store import open_reader


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of a night, plan by plan."""

    plans: tuple[PlanEstimate, ...]

    @property
    def seconds(self) -> float:
        """Lab seconds over all plans, with the first power-up."""
        return BOOT_S + sum(plan.seconds for plan in self.plans)


def forecast(order: Order, database: Path) -> Forecast:
    """What the order will take, as far as the plans and earlier nights on this bench say."""
    history = _history(order.station.name, database)
    first = next(iter(order.plans.values()))
    return Forecast(tuple(estimate(bound, history) for bound in first))


def show_forecast(console: Console, order: Order, expected: Forecast, until: time | None) -> None:
    """Print the forecast as a small table."""
    slots = ", ".join(order.plans)
    console.print(f"{order.station.name}: {order.name} on {slots}")
    table = Table(box=None, pad_edge=False)
    for column, justify in (("plan", "left"), ("points", "right"), ("moves", "right"), ("takes", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    table.add_column("known from")
    if until is not None:
        table.add_column(f"by {until:%H:%M}")
    left_s = None if until is None else seconds_until(_now(order), until) - BOOT_S
    for plan in expected.plans:
        row = [plan.plan, str(plan.points), str(plan.shared_moves), _hours(plan.seconds)]
        row.append("its last full night" if plan.from_history else "the plan: at most")
        if left_s is not None:
            row.append(_fits(plan.seconds, left_s))
            left_s -= plan.seconds
        table.add_row(*row)
    console.print(table)


def _now(order: Order) -> datetime:
    """The time on the station's own clock: a simulated night begins when its file says."""
    starts = order.station.facts.simulation.starts
    now = datetime.now().astimezone()
    if not order.station.is_simulated or starts is None:
        return now
    return now.replace(hour=starts.hour, minute=starts.minute, second=starts.second)


def _fits(needs_s: float, left_s: float) -> str:
    if needs_s <= left_s:
        return f"fits, {_hours(left_s - needs_s)} to spare"
    if left_s <= 0:
        return "dropped"
    return f"cut after {100 * left_s / needs_s:.0f} %"


def _hours(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))[:-3] + " h"


def _history(station: str, database: Path) -> dict[str, float]:
    """What each plan took the last time it ran to its end on this bench."""
    if not database.exists():
        return {}
    took: dict[str, float] = {}
    with open_reader(database) as reader:
        for night in reader.nights():
            if night.station != station:
                continue
            for run in reader.runs(night.id):
                if run.ended_s is not None and not run.cause:
                    took[history_key(run.plan, run.plan_digest)] = run.ended_s - run.began_s
    return took
