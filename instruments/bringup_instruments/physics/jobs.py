"""Jobs: a workload on every chip for some seconds, and what became of it on each."""

from __future__ import annotations

from dataclasses import dataclass

from .chip import Chip
from .outcome import Luck, Outcome, depth_volts, error_count, exposure_to_depth_s, hang_depth_volts
from .parameters import ChipParameters, WorkloadParameters


class WorkloadRefused(ValueError):
    """The sled cannot start this job now; the text says why."""


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
    """

    chip: int
    luck: Luck
    hertz: float
    depth: float = -1.0
    throttled: bool = False
    outcome: Outcome | None = None
    fault_s: float = float("inf")

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


@dataclass(slots=True)
class Job:
    """A job as the host knows it."""

    number: int
    workload: str
    parameters: WorkloadParameters
    start_s: float
    seconds: float
    runs: tuple[ChipRun, ...]
    ended: bool = False

    @property
    def end_s(self) -> float:
        """When it ends if nothing happens."""
        return self.start_s + self.seconds

    def fault_at(self, chip: Chip, parameters: ChipParameters) -> float:
        """When this chip hangs if conditions stay as they are; infinite if it does not."""
        run = self.runs[chip.index]
        if run.outcome is not None:
            return float("inf")
        margin = chip.margin(self.parameters)
        depth = hang_depth_volts(parameters, run.luck)
        return self.start_s + exposure_to_depth_s(parameters, margin, run.luck, depth)

    def strike(self, chip: Chip, parameters: ChipParameters, at_s: float) -> Outcome:
        """The chip fails now: how deep it would get over the whole job tells a hang from a lost link."""
        run = self.runs[chip.index]
        depth = depth_volts(parameters, chip.margin(self.parameters), run.luck, self.seconds)
        outcome = Outcome.LINK_LOSS if depth >= parameters.link_loss_volts else Outcome.HANG
        run.strike(at_s, outcome)
        return outcome

    def errors(self, run: ChipRun, parameters: ChipParameters) -> int:
        """Results that differ from the golden ones or never came."""
        total = max(1, round(self.seconds * parameters.results_per_second))
        if run.lost:
            answered = run.fault_s - self.start_s
            return max(1, round((self.seconds - answered) * parameters.results_per_second))
        return min(total, error_count(parameters, run.depth, run.luck))

    def observe(self, chip: Chip, parameters: ChipParameters, to_s: float) -> None:
        """Conditions as they are now held until `to_s`."""
        run = self.runs[chip.index]
        if run.outcome is None:
            depth = depth_volts(parameters, chip.margin(self.parameters), run.luck, to_s - self.start_s)
            run.depth = max(run.depth, depth)
            run.hertz = min(run.hertz, chip.operating().hertz)
            run.throttled = run.throttled or chip.throttled
