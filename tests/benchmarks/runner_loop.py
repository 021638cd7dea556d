"""The runner's whole way of a point, on instruments that answer at once.

All of it is the real thing on a task of a virtual clock: `SlotRun`, `Attempt`, `KnobMover`, `SharedKnobs`,
`NightLog`, `Journal` and a plan's body that measures five numbers. `runner_loop` gives it a slot that has no more
than one knob and one meter, as the peers' frameworks had when they were measured; `sled_loop` a whole sled as
`tools_for` makes one, so that witnesses are asked and telemetry is sampled at every point too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bringup import Measure, Multimeter, plan, shmoo, sweep
from bringup.files.lab_folder import LabFolder, shipped_folder
from bringup.runner.attempt import Attempt, KnobMover
from bringup.runner.bench import SlotBench
from bringup.runner.binding import BoundPlan, bind
from bringup.runner.energized import SlotPower
from bringup.runner.knobs import Knob, KnobSpec, coolant_knobs
from bringup.runner.monitor import Sample, SlotMonitor
from bringup.runner.night_log import NightLog
from bringup.runner.shared import SharedKnobs
from bringup.runner.slot_run import SlotRun, SlotTools
from bringup.runner.tools import tools_for
from bringup.store import Durability, open_journal
from bringup.verdicts import Verdict
from bringup.virtual_clock import VirtualClock
from tests.benchmarks.no_op_bench import Nobody, NoOpController, NoOpCoolant, NoOpHost, NoOpMeter
from tests.benchmarks.point_loops import LIMITS, NAMES, begin_night, values_of

SLOT, SERIAL_NUMBER = "S1", "SN1"

Make = Callable[[BoundPlan, NightLog, VirtualClock, SlotMonitor], SlotRun]


def runner_loop(path: Path, points: int, durability: Durability) -> float:
    """Wall seconds of a run on a slot of one knob that moves and one meter; `points` is a multiple of 100."""
    bound = replace(_bound(points), at={})
    return _timed(path, durability, bound, _on_one_meter)


def sled_loop(path: Path, points: int, durability: Durability) -> float:
    """Wall seconds of the same on a sled, as a night has one."""
    return _timed(path, durability, _bound(points), _on_a_sled)


def _timed(path: Path, durability: Durability, bound: BoundPlan, make: Make) -> float:
    clock = VirtualClock()
    with open_journal(path, durability) as journal:
        log = NightLog(journal, begin_night(journal, bound.source), clock)
        run = make(bound, log, clock, SlotMonitor(SLOT, SERIAL_NUMBER, len(bound.points)))

        def timed() -> float:
            began = time.perf_counter()
            verdict = run.go()
            seconds = time.perf_counter() - began
            assert verdict is Verdict.PASS, f"the run ended {verdict.name}: what it took says nothing"
            return seconds

        return clock.spawn(timed, SLOT).result()


def _on_one_meter(bound: BoundPlan, log: NightLog, clock: VirtualClock, monitor: SlotMonitor) -> SlotRun:
    meter = NoOpMeter(values_of(len(bound.points)))
    shared = SharedKnobs({}, 1, clock, lambda _settled: None)
    mover = KnobMover({axis.knob: _no_op_knob(bound.knobs[axis.knob]) for axis in bound.axes}, clock)
    sample = Sample(0.75, 1.2e9, 60.0, 1080.0)
    attempt = Attempt(
        bound.plan, bound.limits, clock, log.origin_s, mover, lambda _point, measure: (meter, measure), (shared.drift,)
    )
    tools = SlotTools(SERIAL_NUMBER, attempt, mover, lambda: sample, lambda: True, lambda: None)
    return SlotRun(bound, tools, shared, log, monitor)


def _no_op_knob(spec: KnobSpec) -> Knob:
    at: list[float] = [spec.low]
    return Knob(spec, lambda value: at.__setitem__(0, value), lambda: at[0])


def _on_a_sled(bound: BoundPlan, log: NightLog, clock: VirtualClock, monitor: SlotMonitor) -> SlotRun:
    coolant = NoOpCoolant()
    meter = NoOpMeter(values_of(len(bound.points)))
    roles = {"controller": NoOpController(), "host": NoOpHost(), "multimeter": meter, "coolant": coolant}
    slot = SlotBench(SLOT, SERIAL_NUMBER, bound.product, clock, roles)
    shared = SharedKnobs(coolant_knobs(dict(bound.knobs), coolant), 1, clock, lambda _settled: None)
    tools = tools_for(bound, slot, SlotPower(slot, monitor.state), shared, Nobody(), log, monitor)
    return SlotRun(bound, tools, shared, log, monitor)


def _bound(points: int) -> BoundPlan:
    """A shmoo of `points` points, one knob moved at each, held against the shipped bench."""
    rows, rest = divmod(points, 100)
    assert rest == 0, "points come in rows of 100"
    step = 0.4e9 / rows

    @plan(
        points=shmoo(
            x=sweep("core_clock", 1.2e9, 1.2e9 + step * (rows - 1), step=step),
            y=sweep("vdd_core", 0.600, 0.798, step=0.002),
        ),
        limits=LIMITS,
    )
    def five_numbers(multimeter: Multimeter, measure: Measure) -> None:
        for name in NAMES:
            measure(name, multimeter.dc_volts())

    bound = bind(five_numbers, LabFolder(shipped_folder(), shipped=True).station(None), SLOT)
    assert len(bound.points) == points
    return bound
