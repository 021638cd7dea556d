"""The runner's whole way of a point, on a bench whose instruments answer at once.

Everything is the real thing, as `SlotNight` puts it together: `SlotRun` with the tools, witnesses, knobs and samples
of a powered slot, `Attempt`, `NightLog` and `Journal`, on a task of a virtual clock. Only the wires are missing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from bringup import Measure, Multimeter, Point, plan, shmoo, sweep
from bringup.capabilities import HostState, Identity, InputReading, RailReading, WorkloadResult
from bringup.files.lab_folder import LabFolder, shipped_folder
from bringup.runner.bench import SlotBench
from bringup.runner.binding import BoundPlan, bind
from bringup.runner.energized import SlotPower
from bringup.runner.knobs import coolant_knobs
from bringup.runner.monitor import SlotMonitor
from bringup.runner.night_log import NightLog
from bringup.runner.shared import SharedKnobs
from bringup.runner.slot_run import SlotRun
from bringup.runner.tools import tools_for
from bringup.store import Durability, open_journal
from bringup.verdicts import Verdict
from bringup.virtual_clock import VirtualClock
from tests.benchmarks.point_loops import LIMITS, NAMES, begin_night, values_of

SLOT = "S1"


class _Instrument:
    def identify(self) -> Identity:
        return Identity("bringup", "no-op", "0", "0")

    def close(self) -> None:
        pass


class _Meter(_Instrument):
    """Gives the numbers of `values_of`, one after the other."""

    def __init__(self, points: int) -> None:
        self._numbers = iter([value for values in values_of(points) for value in values])

    def dc_volts(self) -> float:
        return next(self._numbers)


class _Controller(_Instrument):
    """Is at once where it is sent."""

    def __init__(self) -> None:
        self._rail = (RailReading("vdd_core.0", True, True, 0.0, 0.0, 0.0),)
        self._hertz = 0.0
        self._input = InputReading(54.0, 20.0, 1080.0)
        self._sensors = {f"tj.{chip}": 60.0 for chip in range(4)}

    def rail_on(self, rail: str) -> None:
        pass

    def rail_off(self, rail: str) -> None:
        pass

    def set_rail(self, rail: str, volts: float) -> None:
        self._rail = (RailReading(rail, True, True, volts, volts, 0.0),)

    def read_rail(self, rail: str) -> tuple[RailReading, ...]:
        return self._rail

    def input(self) -> InputReading:
        return self._input

    def sensors(self) -> Mapping[str, float]:
        return self._sensors

    def set_clock(self, hertz: float) -> None:
        self._hertz = hertz

    def measured_clock(self) -> float:
        return self._hertz

    def host_on(self) -> None:
        pass

    def host_off(self) -> None:
        pass

    def host_state(self) -> HostState:
        return HostState.READY


class _Host(_Instrument):
    def workloads(self) -> tuple[str, ...]:
        return ()

    def run(self, workload: str, seconds: float) -> WorkloadResult:
        return WorkloadResult(workload, seconds, ())


class _Coolant(_Instrument):
    def __init__(self) -> None:
        self._celsius = self._lpm = 0.0

    def set_supply_celsius(self, celsius: float) -> None:
        self._celsius = celsius

    def set_flow_lpm(self, lpm: float) -> None:
        self._lpm = lpm

    def supply_celsius(self) -> float:
        return self._celsius

    def return_celsius(self) -> float:
        return self._celsius

    def flow_lpm(self) -> float:
        return self._lpm


class _Nobody:
    def hold(self, question: str) -> None:
        pass

    def tell(self, message: str) -> None:
        pass


def runner_loop(path: Path, points: int, durability: Durability) -> float:
    """Wall seconds of one run of `points` points (a multiple of 100), from its beginning to its end."""
    bound = _bound(points)
    clock = VirtualClock()
    coolant = _Coolant()
    roles = {"controller": _Controller(), "host": _Host(), "multimeter": _Meter(points), "coolant": coolant}
    slot = SlotBench(SLOT, "SN1", bound.product, clock, roles)
    monitor = SlotMonitor(SLOT, slot.serial_number, points)
    with open_journal(path, durability) as journal:
        log = NightLog(journal, begin_night(journal, bound.source), clock)
        shared = SharedKnobs(coolant_knobs(dict(bound.knobs), coolant), 1, clock, lambda _settled: None)
        tools = tools_for(bound, slot, SlotPower(slot, monitor.state), shared, _Nobody(), log, monitor)
        run = SlotRun(bound, tools, shared, log, monitor)
        return clock.spawn(lambda: _timed(run), SLOT).result()


def _timed(run: SlotRun) -> float:
    began = time.perf_counter()
    verdict = run.go()
    seconds = time.perf_counter() - began
    assert verdict is Verdict.PASS, f"the run ended {verdict.name}: what it took says nothing"
    return seconds


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
    def five_numbers(multimeter: Multimeter, point: Point, measure: Measure) -> None:
        for name in NAMES:
            measure(name, multimeter.dc_volts())

    bound = bind(five_numbers, LabFolder(shipped_folder(), shipped=True).station(None), SLOT)
    assert len(bound.points) == points
    return bound
