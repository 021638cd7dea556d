"""What the runtime has executed on each device since its driver was loaded: counts that several tools show.

Neighbours: `physics.jobs` has the jobs, `sysfs` and `neuron_monitor` show the counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...physics import SledPhysics
from ...physics.jobs import Job

FLOP_PER_CYCLE = 2 * 128 * 128
"""Of a core whose tensor engine is busy all the time: a 128 x 128 array of multiply-adds (AWS Neuron documentation)."""


@dataclass(frozen=True, slots=True)
class Executed:
    """Of one device.

    Attributes:
        completed: executions that came to their end.
        memory_errors: that ended by an uncorrectable memory error.
        lost: that ended because the device vanished.
        busy_us: microseconds at work.
        flop: floating-point operations.
    """

    completed: int = 0
    memory_errors: int = 0
    lost: int = 0
    busy_us: int = 0
    flop: int = 0

    def plus(self, other: Executed) -> Executed:
        """Both together."""
        return Executed(
            self.completed + other.completed,
            self.memory_errors + other.memory_errors,
            self.lost + other.lost,
            self.busy_us + other.busy_us,
            self.flop + other.flop,
        )


def executed(sled: SledPhysics, at_s: float, chip: int, since_s: float = 0.0) -> Executed:
    """What a chip has executed between `since_s` and now."""
    total = Executed()
    for job in sled.jobs.values():
        if chip in job.of_chip and job.end_s > since_s:
            total = total.plus(_of(sled, job, chip, since_s, at_s))
    return total


def _of(sled: SledPhysics, job: Job, chip: int, since_s: float, at_s: float) -> Executed:
    run = job.of_chip[chip]
    ends_s = min(job.end_s, at_s, run.fault_s)
    seconds = max(0.0, ends_s - max(job.start_s, since_s))
    core = sled.parameters.chip
    per_second = core.results_per_second
    is_news = since_s < ends_s
    return Executed(
        completed=round(seconds * per_second),
        memory_errors=run.counted.uncorrectable if job.ended and is_news else 0,
        lost=int(run.lost and is_news),
        busy_us=round(seconds * 1e6),
        flop=round(seconds * flop_per_s(job, run.hertz, sled.parameters.accelerator.cores)),
    )


def flop_per_s(job: Job, hertz: float, cores: int) -> float:
    """Of a whole chip under a job."""
    return FLOP_PER_CYCLE * hertz * cores * job.parameters.activity


def command_line(job: Job) -> str:
    """As it stands in the list of processes."""
    return f"workload {job.workload} --seconds {job.seconds:g}"


def process_id(job: Job) -> int:
    """Of the process that runs a job."""
    return 2000 + job.number
