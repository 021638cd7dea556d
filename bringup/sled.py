"""The sled, as a plan's body sees one: run work on it, read it. The runner moves its knobs.

Neighbours: drivers (capabilities) below, plans above. Everything read here is also a witness that the runner
asks afterwards whether the point can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .capabilities import ChipResult, InputReading, RailReading, SledController, WorkloadHost, WorkloadResult
from .clock import Clock
from .errors import BadReply, BenchError, InstrumentError, NoReply, PlanError, SledFault
from .nearest import unknown

if TYPE_CHECKING:
    from .files.product import Product

LOOK_BEFORE_END_S = 2.0
"""How long before a workload's end the sled is read: late, so that the dies have come to their temperature."""


@dataclass(frozen=True, slots=True)
class Look:
    """A sled's input and its temperatures (degrees Celsius by sensor), read at one moment."""

    input: InputReading
    celsius: Mapping[str, float]

    @property
    def junctions(self) -> dict[str, float]:
        """Junction temperature by chip ("chip0" …)."""
        return {
            f"chip{name.removeprefix('tj.')}": celsius
            for name, celsius in self.celsius.items()
            if name.startswith("tj.")
        }


@dataclass(frozen=True, slots=True)
class Beside:
    """What the bench reads of a sled under load: supply terminals, and the flow of its coolant in L/min."""

    supply_volts: float
    supply_amps: float
    coolant_lpm: float


@dataclass(frozen=True, slots=True)
class LoadedLook:
    """A sled under load, as it and the bench beside it read at one moment.

    Attributes:
        sled: its own account.
        core: the core rail of each chip.
        beside: the bench's account.
        load_s: how long the load had stood.
    """

    sled: Look
    core: tuple[RailReading, ...]
    beside: Beside
    load_s: float

    @property
    def thermal_paths(self) -> dict[str, float]:
        """Rise of each die ("chip0" …) above the coolant for each watt of its core rail, in K/W."""
        celsius, inlet = self.sled.celsius, self.sled.celsius.get("coolant.in")
        watts = {chip: rail.volts * rail.amps for chip, rail in enumerate(self.core)}
        return {
            f"chip{chip}": (celsius[f"tj.{chip}"] - inlet) / drawn
            for chip, drawn in watts.items()
            if inlet is not None and drawn > 0.0 and f"tj.{chip}" in celsius
        }


@dataclass(frozen=True, slots=True)
class LoadedResult:
    """What a sled answered to a workload, and what it read while the workload ran.

    Attributes:
        chips: one result per chip.
        look: what was read under load, shortly before the workload's end.
    """

    chips: tuple[ChipResult, ...]
    look: LoadedLook

    @property
    def input(self) -> InputReading:
        """The input under load."""
        return self.look.sled.input

    @property
    def junctions(self) -> Mapping[str, float]:
        """Junction temperature by chip ("chip0" …) in degrees Celsius, under load."""
        return self.look.sled.junctions

    @property
    def thermal_paths(self) -> Mapping[str, float]:
        """Rise of each die ("chip0" …) above the coolant for each watt of its core rail, in K/W."""
        return self.look.thermal_paths

    @property
    def errors(self) -> int:
        """Wrong results over all chips."""
        return sum(chip.errors for chip in self.chips)


class Sled:
    """One sled in its slot.

    Args:
        serial_number: who it is.
        product: what it is.
        controller: its management controller.
        host: its host.
        beside: reads what the bench knows of it.
        clock: the station's.
    """

    def __init__(
        self,
        serial_number: str,
        product: Product,
        controller: SledController,
        host: WorkloadHost,
        beside: Callable[[], Beside],
        clock: Clock,
    ) -> None:
        self.serial_number = serial_number
        self.product = product
        self.chips = len(product.chips)
        self.rails = tuple(rail.name for rail in product.facts.rails)
        self.core = product.core_rail.name
        self._controller = controller
        self._host = host
        self._beside = beside
        self._clock = clock
        self._results: list[WorkloadResult] = []
        self._loaded: Look | None = None
        self._loads: list[LoadedLook] = []

    def run(self, workload: str, *, seconds: float) -> LoadedResult:
        """Run a workload on every chip, read the sled while it runs, and wait for its answer.

        Power and temperature belong to the load: asked after `run`, the sled is idle again.

        Raises:
            PlanError: the host knows no such workload; the nearest one is named.
            SledHang: the host fell silent before it answered.
        """
        job = self._start(workload, seconds)
        self._clock.sleep(max(seconds - LOOK_BEFORE_END_S, 0.0))
        try:
            look = self._look_under_load(max(seconds - LOOK_BEFORE_END_S, 0.0))
        except BenchError as problem:
            if not isinstance(problem, NoReply):  # where nobody answers there is nobody to wait for
                with suppress(BenchError, SledFault):  # the first error is told; but the next job needs a free host
                    self._host.finish(job)
            raise
        result = self._host.finish(job)
        self._results.append(result)
        self._loaded = look.sled
        return LoadedResult(result.chips, look)

    @contextmanager
    def running(self, workload: str, *, seconds: float) -> Iterator[None]:
        """Run a workload on every chip while the block runs, for a plan that looks at other things meanwhile.

        The end of the block waits for the workload's own end; a block that takes longer has looked at an idle sled.

        Raises:
            PlanError: the host knows no such workload, or the block took longer than `seconds`.
            SledHang: the host fell silent before it answered.
        """
        job, began_s = self._start(workload, seconds), self._clock.now()
        yield
        if self._clock.now() - began_s > seconds:
            raise PlanError(f"{workload} ended after {seconds:g} s, while its block went on: give it more seconds")
        self._results.append(self._host.finish(job))

    def _look_under_load(self, load_s: float) -> LoadedLook:
        look = LoadedLook(self.look(), self._controller.read_rail(self.core), self._beside(), load_s)
        self._loads.append(look)
        return look

    def _start(self, workload: str, seconds: float) -> int:
        try:
            return self._host.start(workload, seconds)
        except InstrumentError as refusal:
            # Asked only now: what it can run costs a console exchange that a right name must not pay.
            known = (workload,) if isinstance(refusal, BadReply | NoReply) else self._host.workloads()
            if workload in known:
                raise
            raise PlanError(unknown("workload", workload, known)) from refusal

    def power(self) -> float:
        """Input power in watts now, as the management controller reads it."""
        return self._controller.input().watts

    def input(self) -> InputReading:
        """The 54 V input now."""
        return self._controller.input()

    def rail(self, name: str) -> tuple[RailReading, ...]:
        """Every instance of a rail.

        Raises:
            PlanError: the sled has no such rail; the nearest one is named.
        """
        if name.partition(".")[0] not in self.rails:
            raise PlanError(unknown("rail", name, self.rails))
        return self._controller.read_rail(name)

    def clock(self) -> float:
        """The measured core clock in hertz; never the commanded one."""
        return self._controller.measured_clock()

    def sensors(self) -> Mapping[str, float]:
        """Every temperature by sensor name, in degrees Celsius."""
        return self._controller.sensors()

    def junctions(self) -> dict[str, float]:
        """Junction temperature by chip ("chip0" …), in degrees Celsius."""
        return self.look().junctions

    def look(self) -> Look:
        """Input and temperatures now."""
        return Look(self.input(), self._controller.sensors())

    def take_loads(self) -> tuple[LoadedLook, ...]:
        """What was read under each load since the last call: the runner's witness for the balances."""
        loads, self._loads = tuple(self._loads), []
        return loads

    def take_look(self) -> Look:
        """What was read under the last load since the last call, else a look now: for the screens."""
        look, self._loaded = self._loaded, None
        return look or self.look()

    def take_results(self) -> tuple[WorkloadResult, ...]:
        """The workload results since the last call: the runner's witness for throttling."""
        results = tuple(self._results)
        self._results.clear()
        return results
