"""Jobs: a workload on chips for some seconds, and what became of it on each.

Neighbours: `sled.SledPhysics` starts them, `passage` takes them through time, `golden`, `bit_errors`, `memory_walk` and
`collectives` compute what comes out of them, `outcome` whether it is right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bringup.nearest import unknown

from .chip import Chip
from .links import LinkState
from .memory import Counters
from .outcome import Luck, Outcome, depth_volts, error_count, exposure_to_depth_s, hang_depth_volts
from .parameters import ChipParameters, WorkloadParameters

if TYPE_CHECKING:
    from .passage import SledInTime

RANDOM = "random"
"""The pattern that operands have if nobody chooses, and the one that a marginal path does not stand."""

PATTERNS = (RANDOM, "checkerboard", "walking", "ones")

ON_LINKS = ("prbs", "collective")
"""Workloads whose answer is about links."""

COMPUTES = ("gemm", "virus")
"""Workloads that go over the path that corrupts silently."""


class WorkloadRefused(ValueError):
    """The sled cannot start this job now; the text says why."""


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What is to be run, before it is known whether it can.

    Args:
        workload: its name.
        seconds: for how long.
        chips: on which.
        pattern: of its operands.
    """

    workload: str
    seconds: float
    chips: tuple[int, ...]
    pattern: str = RANDOM

    def refuse(self, sled: SledInTime, at_s: float) -> None:
        """Raise where it cannot be run.

        Raises:
            WorkloadRefused: unknown workload, pattern or chip, bad duration, host not ready, a job running, a chip that
                does not answer.
        """
        known = sled.parameters.chip.workloads
        if self.workload not in known:
            raise WorkloadRefused(f"unknown workload {self.workload!r}; there are {', '.join(known)}")
        if not 0.0 < self.seconds <= 1e6:
            raise WorkloadRefused(f"a workload runs for more than 0 and up to 1e6 seconds, not {self.seconds:g}")
        if self.pattern not in PATTERNS:
            raise WorkloadRefused(unknown("pattern", self.pattern, PATTERNS))
        if not sled.host.answers(at_s):
            raise WorkloadRefused(f"the host does not answer (off, booting or hung: {sled.host.status(at_s).value})")
        if sled.running is not None:
            raise WorkloadRefused(f"job {sled.running.number} is still running")
        self._refuse_chips(sled)

    def _refuse_chips(self, sled: SledInTime) -> None:
        if not self.chips or len(set(self.chips)) != len(self.chips):
            raise WorkloadRefused("name each chip once, and at least one")
        for number in self.chips:
            if not 0 <= number < len(sled.chips):
                raise WorkloadRefused(f"there is no chip {number}; there are 0 to {len(sled.chips) - 1}")
            chip = sled.chips[number]
            if chip.latched or not chip.feeds.complete:
                raise WorkloadRefused(f"chip {number} does not answer")
            failed = sled.peripherals.memories[number].failed_channels
            if failed and self.workload != "memtest":
                raise WorkloadRefused(f"chip {number} is not up: memory channel {failed[0]} has not trained")


@dataclass(slots=True)
class ChipRun:
    """One chip's share of a job.

    Args:
        chip: index on the sled.
        luck: its draws.
        depth: deepest below the edge so far, in volts; negative is above.
        hertz: slowest clock seen.
        throttled: whether the chip ever slowed itself.
        outcome: HANG or LINK_LOSS once it happened.
        fault_s: when that was.
        corrupts: results that a marginal path spoils in silence.
        spoilt: results that losses of lock have spoilt so far, in the mean.
        counted: memory errors that its memory had counted when it began; those of the run once it has ended.
        uncorrectable_before: how many of them could not be corrected before the run.
    """

    chip: int
    luck: Luck
    hertz: float
    depth: float = -1.0
    throttled: bool = False
    outcome: Outcome | None = None
    fault_s: float = float("inf")
    corrupts: int = 0
    spoilt: float = 0.0
    counted: Counters = field(default_factory=Counters)
    uncorrectable_before: int = 0

    @classmethod
    def begin(cls, sled: SledInTime, chip: Chip, order: JobOrder) -> ChipRun:
        """A chip's share of the job that is about to begin."""
        found = sled.peripherals.memories[chip.index].counters
        luck = Luck.of(sled.serial_number, sled.last_job, chip.index)
        run = cls(chip.index, luck, chip.operating().hertz)
        run.counted = Counters(found.correctable, found.uncorrectable, found.remapped)
        if chip.defects.corrupts and order.pattern == RANDOM and order.workload in COMPUTES:
            run.corrupts = chip.defects.corrupts
        return run

    def finish(self, counters: Counters) -> None:
        """The job is over: what its memory has counted since it began."""
        before = self.counted
        self.uncorrectable_before = before.uncorrectable
        self.counted = Counters(
            max(0, counters.correctable - before.correctable),
            max(0, counters.uncorrectable - before.uncorrectable),
            counters.remapped,
        )

    def strike(self, at_s: float, outcome: Outcome) -> None:
        """The chip fails for good."""
        self.outcome, self.fault_s = outcome, at_s

    def verdict(self) -> Outcome:
        """How the chip fared so far."""
        if self.outcome is not None:
            return self.outcome
        return Outcome.MISCOMPARE if self.depth > 0.0 else Outcome.PASS

    @property
    def lost(self) -> bool:
        """Whether the chip dropped off its link and gave no results any more."""
        return self.outcome is Outcome.LINK_LOSS

    def noise_errors(self, parameters: ChipParameters) -> int:
        """Wrong results by chance: too little voltage, losses of lock."""
        return error_count(parameters, self.depth, self.luck) + int(self.spoilt + self.luck.hang)


@dataclass(slots=True)
class Job:
    """A job as the host knows it.

    Args:
        number: counts up over the sled's life.
        workload: its name.
        parameters: of the workload.
        start_s: when it began.
        seconds: for how long.
        runs: one for each chip that takes part.
        pattern: of its operands.
        ended: whether it came to its end.
        board_celsius: when it did.
        links: as they were then, of a workload that is about links.
    """

    number: int
    workload: str
    parameters: WorkloadParameters
    start_s: float
    seconds: float
    runs: tuple[ChipRun, ...]
    pattern: str = RANDOM
    ended: bool = False
    board_celsius: float = 0.0
    links: tuple[LinkState, ...] = ()
    of_chip: dict[int, ChipRun] = field(init=False)

    def __post_init__(self) -> None:
        self.of_chip = {run.chip: run for run in self.runs}

    @property
    def end_s(self) -> float:
        """When it ends if nothing happens."""
        return self.start_s + self.seconds

    def finish(self, sled: SledInTime) -> None:
        """It has come to its end: what its answer needs of the sled as it is now."""
        self.ended = True
        self.board_celsius = sled.board_celsius
        for run in self.runs:
            run.finish(sled.peripherals.memories[run.chip].counters)
        if self.workload in ON_LINKS:
            self.links = sled.peripherals.link_states(sled.now_s)

    def fault_at(self, chip: Chip, parameters: ChipParameters) -> float:
        """When this chip hangs if conditions stay as they are; infinite if it does not."""
        run = self.of_chip.get(chip.index)
        if run is None or run.outcome is not None:
            return float("inf")
        margin = chip.margin(self.parameters)
        depth = hang_depth_volts(parameters, run.luck)
        return self.start_s + exposure_to_depth_s(parameters, margin, run.luck, depth)

    def strike(self, chip: Chip, parameters: ChipParameters, at_s: float) -> Outcome:
        """The chip fails now: how deep it would get over the whole job tells a hang from a lost link."""
        run = self.of_chip[chip.index]
        depth = depth_volts(parameters, chip.margin(self.parameters), run.luck, self.seconds)
        outcome = Outcome.LINK_LOSS if depth >= parameters.link_loss_volts else Outcome.HANG
        run.strike(at_s, outcome)
        return outcome

    def lose(self, chip: int, at_s: float) -> None:
        """A chip lost its power: if it took part, it is gone."""
        if chip in self.of_chip:
            self.of_chip[chip].strike(at_s, Outcome.LINK_LOSS)

    def results(self, parameters: ChipParameters) -> int:
        """How many results each chip gives that are compared."""
        return max(1, round(self.seconds * parameters.results_per_second))

    def errors(self, run: ChipRun, parameters: ChipParameters) -> int:
        """Results that differ from the golden ones or never came."""
        total = self.results(parameters)
        if run.lost:
            answered = run.fault_s - self.start_s
            return max(1, round((self.seconds - answered) * parameters.results_per_second))
        return min(total, run.noise_errors(parameters) + run.corrupts)

    def observe(self, chip: Chip, parameters: ChipParameters, to_s: float) -> None:
        """Conditions as they are now held until `to_s`."""
        run = self.of_chip.get(chip.index)
        if run is not None and run.outcome is None:
            depth = depth_volts(parameters, chip.margin(self.parameters), run.luck, to_s - self.start_s)
            run.depth = max(run.depth, depth)
            run.hertz = min(run.hertz, chip.operating().hertz)
            run.throttled = run.throttled or chip.throttled
