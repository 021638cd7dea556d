"""A sled as its management controller and its host give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from .instrument import Instrument


class HostState(StrEnum):
    """What the sled's host is doing, as its management controller sees it."""

    OFF = "off"
    BOOTING = "booting"
    READY = "ready"
    HUNG = "hung"


@dataclass(frozen=True, slots=True)
class RailReading:
    """One rail instance as the management controller reads it.

    Attributes:
        name: with the chip's number where every chip has its own, as in "vdd_core.2".
        on: whether the regulator is enabled.
        power_good: whether the regulator says that it is in regulation.
        set_volts: what it was told, quantised to the regulator's step.
        volts: what it measures.
        amps: what it delivers.
    """

    name: str
    on: bool
    power_good: bool
    set_volts: float
    volts: float
    amps: float


@dataclass(frozen=True, slots=True)
class InputReading:
    """A sled's 54 V input as its management controller reads it."""

    volts: float
    amps: float
    watts: float


@runtime_checkable
class SledController(Instrument, Protocol):
    """A sled's management controller: rails, clock, sensors, and the host's power button."""

    def rail_on(self, rail: str) -> None:
        """Enable a rail (every instance of it)."""

    def rail_off(self, rail: str) -> None:
        """Disable a rail (every instance of it)."""

    def set_rail(self, rail: str, volts: float) -> None:
        """Move a rail's set-point; a name with a chip's number moves that instance alone."""

    def read_rail(self, rail: str) -> tuple[RailReading, ...]:
        """Read every instance that the name means."""

    def input(self) -> InputReading:
        """Read the 54 V input."""

    def sensors(self) -> Mapping[str, float]:
        """Every temperature sensor by name, in degrees Celsius."""

    def set_clock(self, hertz: float) -> None:
        """Command the core clock."""

    def measured_clock(self) -> float:
        """What the clock counter says, in hertz; never what was commanded."""

    def host_on(self) -> None:
        """Start the host's boot; returns at once."""

    def host_off(self) -> None:
        """Hold the host in reset; works on a hung host too."""

    def host_state(self) -> HostState:
        """What the host is doing."""


@dataclass(frozen=True, slots=True)
class LinkBits:
    """What a bit pattern found on one link.

    Attributes:
        link: its name.
        bits: that were sent over all of its lanes together.
        lane_errors: bits that came back wrong, by lane.
    """

    link: str
    bits: float
    lane_errors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChipResult:
    """What one chip answered to a workload: wrong results, and the proof that it ran as asked.

    Attributes:
        chip: its number.
        errors: results that differ from the golden ones.
        hertz: the slowest clock that it ran at.
        throttled: whether it ever slowed itself.
        digest: of its results; "" where the host gives none.
        golden: of the golden ones.
        lock_losses: how often its PLL has lost lock since it had power.
        uncorrectable: memory errors of a memory test.
        failed_channels: of its memory, that a memory test got no answer from.
        links: of a test of links.
        bus_gib_per_s: of a collective operation; None for any other workload.
    """

    chip: int
    errors: int
    hertz: float
    throttled: bool
    digest: str = ""
    golden: str = ""
    lock_losses: int = 0
    uncorrectable: int = 0
    failed_channels: tuple[int, ...] = ()
    links: tuple[LinkBits, ...] = ()
    bus_gib_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class WorkloadResult:
    """What a workload answered.

    Attributes:
        workload: its name.
        seconds: how long it ran.
        chips: one result per chip.
    """

    workload: str
    seconds: float
    chips: tuple[ChipResult, ...]

    @property
    def errors(self) -> int:
        """Wrong results over all chips."""
        return sum(chip.errors for chip in self.chips)

    @property
    def throttled(self) -> bool:
        """Whether any chip ran below its clock."""
        return any(chip.throttled for chip in self.chips)


@runtime_checkable
class WorkloadHost(Instrument, Protocol):
    """The sled's host, at the far end of its console."""

    def workloads(self) -> tuple[str, ...]:
        """The workloads that it can run."""

    def start(self, workload: str, seconds: float) -> int:
        """Start a workload on every chip; returns its job's number at once.

        Raises:
            SledHang: the console is silent.
        """

    def finish(self, job: int) -> WorkloadResult:
        """Wait until a job that was started here is through; its answer.

        Raises:
            SledHang: the console fell silent before the answer came.
        """
