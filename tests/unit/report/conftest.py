"""Nights written by the real journal, for the tests of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bringup.axes import points_of
from bringup.events import Event, EventKind
from bringup.limits import Limit, at_most, between
from bringup.measure import Measurement
from bringup.records import AttemptEnd, AttemptStart, AxisStart, NightStart, RunStart, Source
from bringup.report import page_of
from bringup.report.facts import Page
from bringup.store import Durability, Journal, open_journal
from bringup.verdicts import Verdict

BEGAN = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
LIMITS = {"gemm.errors": at_most(0), "vin.power": between(200, 4200, "W", marginal=100)}
COOLANT = AxisStart("coolant", "degC", (20.0, 30.0, 45.0))
CORE = AxisStart("vdd_core", "V", tuple(round(0.75 - 0.01 * i, 3) for i in range(16)), edge=0.70)


@dataclass(frozen=True)
class Try:
    """One attempt as a test wants it written."""

    verdict: Verdict = Verdict.PASS
    cause: str = ""
    measurements: tuple[Measurement, ...] = ()
    seconds: float = 62.0


def errors(counts: Sequence[int], watts: float = 3300.0) -> Try:
    """A GEMM on chips with that many wrong results each."""
    taken = tuple(
        Measurement("gemm.errors", f"chip{chip}", count, Verdict.FAIL if count else Verdict.PASS)
        for chip, count in enumerate(counts)
    )
    failed = [m for m in taken if m.verdict is Verdict.FAIL]
    cause = "; ".join(f"{m.name} at {m.place} = {m.value:g} (≤ 0)" for m in failed)
    power = Measurement("vin.power", "", watts, LIMITS["vin.power"].judge(watts))
    return Try(Verdict.FAIL if failed else Verdict.PASS, cause, (*taken, power))


Answer = Callable[[Mapping[str, float]], Try | Iterable[Try] | None]


class NightBook:
    """One night in a journal; `lab_s` is the time at which the next thing is written."""

    def __init__(self, journal: Journal, start: NightStart) -> None:
        self.journal = journal
        self.id = journal.begin_night(start)
        self.lab_s = 0.0

    def event(self, kind: EventKind, message: str, slot: str = "") -> None:
        self.journal.event(self.id, Event(kind, self.lab_s, message, slot))

    def run(
        self,
        answer: Answer,
        *,
        slot: str = "S1",
        serial: str = "SN-0041",
        plan: str = "vmin_map",
        plan_text: str = "def vmin_map(): ...",
        axes: tuple[AxisStart, ...] = (COOLANT, CORE),
        limits: Mapping[str, Limit] = LIMITS,
        began_s: float = 400.0,
        verdict: Verdict | None = Verdict.PASS,
        cause: str = "",
        after_try: Callable[[Try], None] = lambda _: None,
    ) -> None:
        """Write a run as the runner would: `answer` gives the tries at a point, None ends the run early."""
        self.lab_s = began_s
        start = RunStart(
            slot, serial, plan, Source("plan", f"{plan}.py", plan_text), "sled-b0", Source("product", "b0.toml", "x=1"),
            axes, limits, began_s,
        )  # fmt: skip
        run = self.journal.begin_run(self.id, start)
        closed: set[tuple[float, ...]] = set()
        walked = next((number for number, axis in enumerate(axes) if axis.edge is not None), None)
        for point in points_of(axes):  # type: ignore[arg-type]  # an AxisStart has all that it reads
            values = tuple(point.values.values())
            column = values if walked is None else values[:walked] + values[walked + 1 :]
            if column in closed:
                continue
            answered = answer(point.values)
            if answered is None:
                break
            tries = [answered] if isinstance(answered, Try) else list(answered)
            for number, one in enumerate(tries, 1):
                attempt = self.journal.begin_attempt(run, AttemptStart(point.index, number, self.lab_s))
                self.lab_s += one.seconds
                end = AttemptEnd(self.lab_s, one.verdict, one.cause, one.measurements)
                self.journal.complete(run, attempt, end)
                after_try(one)
            if walked is not None and tries[-1].verdict is Verdict.FAIL:
                closed.add(column)
        if verdict is not None:
            self.journal.end_run(run, self.lab_s, verdict, cause)

    def end(self, verdict: Verdict = Verdict.PASS, cause: str = "") -> None:
        self.journal.end_night(self.id, self.lab_s + 60, verdict, cause)


class Book:
    """A journal on disk, and the pages that are read from it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = open_journal(path, Durability.NORMAL)
        self._nights = 0

    def night(self, **changes: Any) -> NightBook:
        facts: dict[str, Any] = {
            "name": "vmin-b0",
            "station_name": "rack-a",
            "station": Source("station", "stations/rack-a.toml", "[station]"),
            "began_utc": BEGAN + timedelta(days=self._nights),
            "virtual_time": True,
            "deadline_s": None,
            "operator": "mo",
            "controller": "lab-pc-3",
            "version": "0.1.0",
            "seed": 7,
        }
        self._nights += 1
        return NightBook(self.journal, NightStart(**(facts | changes)))

    def page(self, night_id: int | None = None) -> Page:
        return page_of(str(self.path), night_id)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path / "night.db")
    yield made
    made.journal.close()


@pytest.fixture
def try_of() -> type[Try]:
    return Try


@pytest.fixture
def errors_of() -> Callable[..., Try]:
    return errors
