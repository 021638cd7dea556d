"""What a workload answers, chip by chip: wrong results found by comparing, the clock, and what its kind adds.

Every chip's object ends with `throttled`, and after it `lost` where the chip has dropped off its link. Neighbours:
`workload` prints it, `physics.golden`, `bit_errors`, `memory_walk` and `collectives` compute it.
"""

from __future__ import annotations

import json
from typing import Any

from ...physics import SledPhysics
from ...physics.bit_errors import count_errors
from ...physics.collectives import OPERATIONS, bandwidth, checksums, duration_s
from ...physics.golden import compare
from ...physics.jobs import ChipRun, Job
from ...physics.memory_walk import walk

NRT_EXEC_HW_ERR_HBM_UE = 1201
"""The Neuron runtime's code for an uncorrectable memory error (AWS Neuron documentation, NRT return codes)."""

COLLECTIVE_BYTES = 32 << 20
"""Of each all-reduce of the collective workload."""


def result_line(sled: SledPhysics, job: Job) -> str:
    """The answer of a job that has ended, as one line of JSON."""
    extras = _collective(sled, job) if job.workload == "collective" else {}
    chips = [_chip(sled, job, run, extras.get(run.chip, {})) for run in job.runs]
    answer = {"job": job.number, "workload": job.workload, "seconds": job.seconds, "chips": chips}
    if job.pattern != "random":
        answer["pattern"] = job.pattern
    return json.dumps(answer, allow_nan=False)


def _chip(sled: SledPhysics, job: Job, run: ChipRun, extras: dict[str, Any]) -> dict[str, Any]:
    parameters = sled.parameters.chip
    step = parameters.clock_step_hertz
    found = {} if run.lost else extras or _found(sled, job, run)
    chip = {
        "chip": run.chip,
        "errors": found.pop("errors", None) if found else job.errors(run, parameters),
        "hertz": round(run.hertz / step) * step,
        "lock_losses": int(sled.chips[run.chip].lock_losses),
        **found,
    }
    if run.counted.uncorrectable and job.workload != "memtest":
        chip["nrt_status"] = NRT_EXEC_HW_ERR_HBM_UE
    chip["throttled"] = run.throttled
    return chip | {"lost": True} if run.lost else chip


def _found(sled: SledPhysics, job: Job, run: ChipRun) -> dict[str, Any]:
    """What comparing found, for a chip that is still there."""
    match job.workload:
        case "prbs":
            return _bits(sled, job, run)
        case "memtest":
            return _memory(sled, job, run)
    total = job.results(sled.parameters.chip)
    silent = min(run.corrupts, total)
    by_chance = min(_by_chance(sled, run), total - silent)
    seen = compare(sled.serial_number, job, run.chip, by_chance, silent)
    return {"errors": seen.errors, "digest": seen.digest, "golden": seen.golden}


def _by_chance(sled: SledPhysics, run: ChipRun) -> int:
    return run.noise_errors(sled.parameters.chip) + run.counted.uncorrectable


def _bits(sled: SledPhysics, job: Job, run: ChipRun) -> dict[str, Any]:
    seen = count_errors(sled.serial_number, job, sled.peripherals, run.chip)
    links = [
        {"link": one.link, "lanes": one.lanes, "bits": one.bits * one.lanes, "lane_errors": list(one.lane_errors)}
        for one in seen
    ]
    errors = sum(sum(one.lane_errors) for one in seen)
    return {"errors": errors + run.noise_errors(sled.parameters.chip), "links": links}


def _memory(sled: SledPhysics, job: Job, run: ChipRun) -> dict[str, Any]:
    memory = sled.peripherals.memories[run.chip]
    numbers = range(run.uncorrectable_before, run.uncorrectable_before + run.counted.uncorrectable)
    seen = walk(sled.serial_number, run.chip, memory, job.seconds, numbers)
    return {
        "errors": seen.wrong_words + run.noise_errors(sled.parameters.chip),
        "digest": seen.digest,
        "golden": seen.golden,
        "channels": seen.channels,
        "passes": round(seen.passes, 3),
        "failed_channels": list(seen.failed_channels),
        "weak_rows": [{"channel": row.channel, "row": row.row} for row in seen.weak_rows],
        "correctable": run.counted.correctable,
        "uncorrectable": run.counted.uncorrectable,
    }


def _collective(sled: SledPhysics, job: Job) -> dict[int, dict[str, Any]]:
    """What each chip got of the sum over all of them, and how fast."""
    present = [run for run in job.runs if not run.lost]
    chips = [run.chip for run in present]
    if not chips:
        return {}
    wrong = [_by_chance(sled, run) for run in present]
    golden, found = checksums(sled.serial_number, job.number, chips, wrong)
    operation, ranks = OPERATIONS["all_reduce"], len(chips)
    rate = bandwidth(sled, chips, job.links)
    clock = min(run.hertz for run in present) / sled.parameters.chip.clock_hertz
    busbw = 0.0
    if rate > 0.0 and ranks > 1:
        seconds = duration_s(operation, COLLECTIVE_BYTES, ranks, rate, clock)
        busbw = COLLECTIVE_BYTES * operation.factor(ranks) / seconds / 2**30
    return {
        chip: {"errors": errors, "digest": digest, "golden": golden, "busbw": round(busbw, 4)}
        for chip, errors, digest in zip(chips, wrong, found, strict=True)
    }
