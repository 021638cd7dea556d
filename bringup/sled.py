"""The sled, as a plan's body sees one: run work on it, read it. The runner moves its knobs.

Neighbours: drivers (capabilities) below, plans above. Everything read here is also a witness that the runner
asks afterwards whether the point can be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .capabilities import InputReading, RailReading, SledController, WorkloadHost, WorkloadResult
from .errors import BadReply, InstrumentError, NoReply, PlanError
from .nearest import unknown


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What the screens show of a sled: its hottest chip and its input power, read at one moment."""

    celsius: float
    watts: float


class Sled:
    """One sled in its slot.

    Args:
        serial_number: who it is.
        chips: how many accelerators it carries.
        rails: its rails' names in power-on order.
        controller: its management controller.
        host: its host, or None where the plan runs without one (first power-on).
    """

    def __init__(
        self,
        serial_number: str,
        chips: int,
        rails: tuple[str, ...],
        controller: SledController,
        host: WorkloadHost | None,
    ) -> None:
        self.serial_number = serial_number
        self.chips = chips
        self.rails = rails
        self._controller = controller
        self._host = host
        self._results: list[WorkloadResult] = []

    def run(self, workload: str, *, seconds: float) -> WorkloadResult:
        """Run a workload on every chip and wait for its answer.

        Raises:
            PlanError: the host knows no such workload; the nearest one is named.
            SledHang: the host fell silent before it answered.
        """
        if self._host is None:
            raise LookupError(f"sled {self.serial_number} has no host console in the station file")
        try:
            result = self._host.run(workload, seconds)
        except InstrumentError as refusal:
            # Asked only now: what it can run costs a console exchange that a right name must not pay.
            known = (workload,) if isinstance(refusal, BadReply | NoReply) else self._host.workloads()
            if workload in known:
                raise
            raise PlanError(unknown("workload", workload, known)) from refusal
        self._results.append(result)
        return result

    def power(self) -> float:
        """Input power in watts, as the management controller reads it."""
        return self._controller.input().watts

    def input(self) -> InputReading:
        """The 54 V input."""
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

    def telemetry(self) -> Telemetry:
        """The two numbers that the screens show."""
        return Telemetry(max(self.junctions().values()), self.power())

    def take_results(self) -> tuple[WorkloadResult, ...]:
        """The workload results since the last call: the runner's witness for throttling."""
        results = tuple(self._results)
        self._results.clear()
        return results
