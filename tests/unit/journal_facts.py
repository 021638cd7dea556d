"""Facts for the journal's tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bringup.limits import Limit, at_most, between
from bringup.measure import Measurement
from bringup.records import AttemptEnd, AttemptStart, AxisStart, NightStart, RunStart, Source
from bringup.store import Journal, OpenRun
from bringup.verdicts import Verdict

STATION = Source("station", "lab.toml", "# the lab\n")
PLAN = Source("plan", "vmin_map.py", "# a plan\n")
PRODUCT = Source("product", "sled.toml", "# a product\n")
LIMITS = {
    "gemm.errors": at_most(0, source="workload"),
    "vdd_core": between(0.6, 0.9, "V", marginal=0.01, source="datasheet"),
}
AXES = (AxisStart("coolant", "degC", (20.0, 45.0)), AxisStart("vdd_core", "V", (0.75, 0.7, 0.65), edge=0.7))
BEGAN = datetime(2026, 3, 7, 19, 0, 0, 123456, tzinfo=UTC)


def a_night(name: str = "night 1", station: Source = STATION) -> NightStart:
    return NightStart(
        name=name,
        station_name="rack-a",
        station=station,
        began_utc=BEGAN,
        virtual_time=True,
        deadline_s=45_000.5,
        operator="mk",
        controller="lab-pc-3",
        version="0.1.0",
        seed=42,
    )


def a_run(
    slot: str = "slot1", axes: tuple[AxisStart, ...] = AXES, limits: dict[str, Limit] | None = None, at_s: float = 1.25
) -> RunStart:
    return RunStart(
        slot=slot,
        serial_number=f"SN-{slot}",
        plan="vmin_map",
        plan_source=PLAN,
        product="sled",
        product_source=PRODUCT,
        axes=axes,
        limits=LIMITS if limits is None else limits,
        at_s=at_s,
    )


def taken(volts: float = 0.75) -> tuple[Measurement, ...]:
    return (
        Measurement("gemm.errors", "", 0.0, Verdict.PASS),
        Measurement("vdd_core", "chip1", volts, LIMITS["vdd_core"].judge(volts)),
        Measurement("vdd_core", "chip0", volts, LIMITS["vdd_core"].judge(volts)),
    )


def an_end(at_s: float = 9.5, measurements: tuple[Measurement, ...] | None = None) -> AttemptEnd:
    return AttemptEnd(at_s, Verdict.PASS, "", taken() if measurements is None else measurements)


def one_attempt(journal: Journal) -> tuple[int, OpenRun, int]:
    """A night, a run and one complete attempt in a journal: their ids."""
    night_id = journal.begin_night(a_night())
    run = journal.begin_run(night_id, a_run())
    attempt_id = journal.begin_attempt(run, AttemptStart(0, 1, 2.0))
    journal.complete(run, attempt_id, an_end())
    return night_id, run, attempt_id


def folder_of(path: Path) -> set[str]:
    return {file.name for file in path.iterdir()}
