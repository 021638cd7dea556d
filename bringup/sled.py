"""The sled, as a plan's body sees one: run work on it, read it. The runner moves its knobs.

Neighbours: drivers (capabilities) below, plans above. Everything read here is also a witness that the runner
asks afterwards whether the point can be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .capabilities import ChipResult, InputReading, RailReading, SledController, WorkloadHost, WorkloadResult
from .clock import Clock
from .errors import BadReply, InstrumentError, NoReply, PlanError
from .nearest import unknown

LOOK_BEFORE_END_S = 2.0
"""How long before a workload's end the sled is read: late, so that the dies have come to their temperature."""


@dataclass(frozen=True, slots=True)
class Look:
    """A sled's input and junction temperatures (degrees Celsius by "chip0" …), read at one moment."""

    input: InputReading
    junctions: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LoadedResult:
    """What a sled answered to a workload, and what it read while the workload ran.

    Attributes:
        chips: one result per chip.
        input: the 54 V input under load, shortly before the workload's end.
        junctions: junction temperature by chip ("chip0" …) in degrees Celsius, at the same moment.
    """

    chips: tuple[ChipResult, ...]
    input: InputReading
    junctions: Mapping[str, float]

    @property
    def errors(self) -> int:
        """Wrong results over all chips."""
        return sum(chip.errors for chip in self.chips)


class Sled:
    """One sled in its slot.

    Args:
        serial_number: who it is.
        chips: how many accelerators it carries.
        rails: its rails' names in power-on order.
        core: the rail that feeds the chips' cores.
        controller: its management controller.
        host: its host.
        clock: the station's.
    """

    def __init__(
        self,
        serial_number: str,
        chips: int,
        rails: tuple[str, ...],
        core: str,
        controller: SledController,
        host: WorkloadHost,
        clock: Clock,
    ) -> None:
        self.serial_number = serial_number
        self.chips = chips
        self.rails = rails
        self.core = core
        self._controller = controller
        self._host = host
        self._clock = clock
        self._results: list[WorkloadResult] = []
        self._loaded: Look | None = None

    def run(self, workload: str, *, seconds: float) -> LoadedResult:
        """Run a workload on every chip, read the sled while it runs, and wait for its answer.

        Power and temperature belong to the load: asked after `run`, the sled is idle again.

        Raises:
            PlanError: the host knows no such workload; the nearest one is named.
            SledHang: the host fell silent before it answered.
        """
        job = self._start(workload, seconds)
        self._clock.sleep(max(seconds - LOOK_BEFORE_END_S, 0.0))
        look = self.look()
        result = self._host.finish(job)
        self._results.append(result)
        self._loaded = look
        return LoadedResult(result.chips, look.input, look.junctions)

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
        return {
            name.replace("tj.", "chip"): celsius
            for name, celsius in self._controller.sensors().items()
            if name.startswith("tj.")
        }

    def look(self) -> Look:
        """Input and junction temperatures now."""
        return Look(self.input(), self.junctions())

    def take_look(self) -> Look:
        """What was read under the last load since the last call, else a look now: for the screens."""
        look, self._loaded = self._loaded, None
        return look or self.look()

    def take_results(self) -> tuple[WorkloadResult, ...]:
        """The workload results since the last call: the runner's witness for throttling."""
        results = tuple(self._results)
        self._results.clear()
        return results
