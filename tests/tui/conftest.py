"""Nights written by the real journal, and a way to read what stands on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from bringup.events import Event, EventKind
from bringup.limits import at_most, between
from bringup.measure import Measurement
from bringup.records import (
    AttemptEnd,
    AttemptStart,
    AxisStart,
    Heartbeat,
    Live,
    NightStart,
    RunStart,
    Source,
)
from bringup.store import Journal, OpenRun, open_journal, open_reader
from bringup.verdicts import Verdict
from bringup_tui.app import NightApp
from bringup_tui.heartbeat import HeartbeatWatch

BEGAN = datetime(2026, 8, 1, 18, 30, tzinfo=UTC)
WALL = datetime(2026, 8, 1, 14, 0, tzinfo=UTC)
LAB_S = 27_847.0  # 02:14:07 of the night that began at 18:30


@dataclass
class Writer:
    """Writes one night with the real journal, a step at a time."""

    journal: Journal
    night: int

    def run(self, slot: str, plan: str = "vmin_map", at_s: float = 7_000.0) -> OpenRun:
        axes = (
            AxisStart("coolant", "degC", (20.0, 30.0)),
            AxisStart("vdd_core", "V", tuple(round(0.6 + 0.01 * i, 3) for i in range(155))),
        )
        limits = {"gemm.errors": at_most(0), "vin.power": between(200, 4200, "W", marginal=100)}
        start = RunStart(
            slot,
            f"SN-{slot}",
            plan,
            Source("plan", f"{plan}.py", "the plan"),
            "trn3",
            Source("product", "trn3.toml", "the product"),
            axes,
            limits,
            at_s,
        )
        return self.journal.begin_run(self.night, start)

    def attempt(
        self, run: OpenRun, point: int, verdict: Verdict | None = Verdict.PASS, cause: str = "", number: int = 1
    ) -> None:
        """One attempt; a verdict of None leaves it under way."""
        at_s = 7_100.0 + 62 * point + number
        attempt = self.journal.begin_attempt(run, AttemptStart(point, number, at_s))
        if verdict is not None:
            errors = 3.0 if verdict is Verdict.FAIL else 0.0
            taken = (
                Measurement("gemm.errors", "chip2", errors, verdict),
                Measurement("vin.power", "", 4150.0, Verdict.PASS),
            )
            self.journal.complete(run, attempt, AttemptEnd(at_s + 60, verdict, cause, taken))

    def live(self, slot: str, wall: datetime = WALL, lab_s: float = LAB_S, **changes: object) -> None:
        now = Live(slot, f"SN-{slot}", "RUN", "vmin_map", 212, 310, 0.655, 1.6e9, 71.2, 806.0, lab_s - 0.6, "")
        beat = Heartbeat(wall, lab_s, 4711)
        self.journal.live(self.night, replace(now, **changes), beat)  # type: ignore[arg-type]

    def event(self, message: str, kind: EventKind = EventKind.NOTE, slot: str = "") -> None:
        self.journal.event(self.night, Event(kind, LAB_S, message, slot))

    def end(self, verdict: Verdict = Verdict.PASS, cause: str = "") -> None:
        self.journal.end_night(self.night, LAB_S, verdict, cause)


@dataclass
class Lab:
    """A journal file, and what can be done with it."""

    path: Path
    journal: Journal

    def night(self, name: str = "B0-417", deadline_s: float | None = 46_800.0, *, virtual: bool = True) -> Writer:
        start = NightStart(
            name,
            "simulated",
            Source("station", "simulated.toml", "the station"),
            BEGAN,
            virtual_time=virtual,
            deadline_s=deadline_s,
            operator="ann",
            controller="pc7",
            version="0.1",
            seed=3,
        )
        return Writer(self.journal, self.journal.begin_night(start))

    def app(self, night: int | None = None, late_s: float = 0.4) -> NightApp:
        """The app on this journal; the wall stands still `late_s` after the heartbeats that `Writer.live` writes."""
        watch = HeartbeatWatch(lambda: WALL + timedelta(seconds=late_s), lambda: 0.0)
        return NightApp(lambda: open_reader(self.path), night, watch)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """An empty journal in a folder of its own."""
    path = tmp_path / "bringup.db"
    journal = open_journal(path)
    yield Lab(path, journal)
    journal.close()


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


class Seen:
    """What stands on an app's screen."""

    def __init__(self, app: NightApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def lines(self) -> list[str]:
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def row(self, slot: str) -> str:
        """The night table's row of a slot."""
        title = next(place for place, line in enumerate(self.lines) if line.startswith("Slot"))
        found = [line for line in self.lines[title + 1 :] if line.split()[:1] == [slot]]
        assert found, f"no row of {slot}:\n{self.text}"
        return found[0]

    async def until(self, *wanted: str) -> str:
        """Wait until all of `wanted` stand on the screen."""
        return await self.until_true(lambda: all(words in self.text for words in wanted), f"wanted {wanted}")

    async def until_gone(self, unwanted: str) -> str:
        return await self.until_true(lambda: unwanted not in self.text, f"still {unwanted!r}")

    async def until_true(self, condition: Callable[[], bool], why: str) -> str:
        for _ in range(1000):  # about 20 s: a bound for a broken screen, not a timing
            if condition():
                return self.text
            await self.pilot.pause(0.02)
        raise AssertionError(f"{why}, the screen shows:\n{self.text}")


@pytest.fixture
def watching() -> Callable[..., AbstractAsyncContextManager[Seen]]:
    """Open an app at a size and wait until it has read the night."""

    @asynccontextmanager
    async def open_app(app: NightApp, size: tuple[int, int] = (80, 24), wait_for: str = "") -> AsyncIterator[Seen]:
        async with app.run_test(size=size, notifications=True) as pilot:
            seen = Seen(app, pilot)
            if wait_for:
                await seen.until(wait_for)
            else:
                await seen.until_true(lambda: "Last word" in seen.text or "No sled" in seen.text, "no night")
            yield seen

    return open_app
