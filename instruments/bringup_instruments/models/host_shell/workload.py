"""`workload`: this host's own program that runs work on the chips and compares their answers.

    workload list
    workload start NAME --seconds N [--chip K]... [--pattern P]
    workload result JOB

Neighbours: `physics.sled` runs the job, `workload_result` says what came out.
"""

from __future__ import annotations

from bringup.nearest import unknown

from ...physics.jobs import RANDOM
from .call import Call
from .workload_result import result_line

FORMS = "workload list | workload start NAME --seconds N [--chip K]... [--pattern P] | workload result JOB | help"


def workload(call: Call) -> None:
    """List, start, or give a result; a mistake is one line that begins with `error:`."""
    match call.arguments:
        case ["list"]:
            call.say(*call.machine.sled.parameters.chip.workloads)
        case ["start", name, *options]:
            _start(call, name, options)
        case ["result", number]:
            _result(call, number)
        case _:
            _misread(call)


def _start(call: Call, name: str, options: list[str]) -> None:
    sled = call.machine.sled
    known = sled.parameters.chip.workloads
    if name not in known:
        call.fail(f"error: {unknown('workload', name, known)}")
        return
    given: dict[str, list[str]] = {"--seconds": [], "--chip": [], "--pattern": []}
    pairs = zip(options[0::2], options[1::2], strict=False)
    if len(options) % 2 or any(option not in given for option in options[0::2]):
        _misread(call)
        return
    for option, value in pairs:
        given[option].append(value)
    if len(given["--seconds"]) != 1 or len(given["--pattern"]) > 1:
        _misread(call)
        return
    try:
        chips = [int(chip) for chip in given["--chip"]] or None
        pattern = (given["--pattern"] or [RANDOM])[0]
        job = sled.start_workload(call.at_s, name, float(given["--seconds"][0]), chips, pattern)
    except ValueError as error:
        call.fail(f"error: {error}")
        return
    call.say(f"job {job.number} started")


def _result(call: Call, number: str) -> None:
    sled = call.machine.sled
    job = sled.jobs.get(int(number)) if number.isdecimal() and len(number) < 10 else None
    if job is None:
        call.fail(f"error: no job {number}; results are kept until the host is switched off")
    elif job.ended:
        call.say(result_line(sled, job))
    else:
        call.say(f"job {job.number} running")


def _misread(call: Call) -> None:
    call.fail(f"error: cannot read 'workload {' '.join(call.arguments)}'; the forms are: {FORMS}")
