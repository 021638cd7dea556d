"""`neuron-monitor`: one line of JSON for each period of lab time, until Ctrl-C.

Fields: AWS Neuron documentation, neuron-monitor user guide. Neighbours: `executions` counts, `../sled_host.py` lets it
run on in the foreground.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ...physics.jobs import Job
from .call import Call
from .devices import Device, logical_cores, logical_size, memory_bytes, up
from .executions import command_line, executed, flop_per_s, process_id
from .file_tree import FileTrouble
from .machine import Machine
from .neuron_ls import instance_id, instance_type

PERIOD_S = 5.0
SHORTEST_PERIOD_S = 0.5
MOST_UNREAD = 20
"""Reports that are made up for while nobody has read the line; a real one would have overrun it."""

HOST_USED_SHARE = 0.04
"""Of the host's memory, by its system alone (estimate)."""

_PERIOD = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h)?")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_NO_EXECUTION = ("completed_with_num_err", "timed_out", "incorrect_input", "failed_to_queue")


def neuron_monitor(call: Call) -> None:
    """Report until Ctrl-C; `-c FILE` names a configuration, of which the period is heeded."""
    period_s = PERIOD_S
    if call.arguments:
        option, *rest = call.arguments
        if option not in ("-c", "--config-file") or len(rest) != 1:
            call.fail("usage: neuron-monitor [-c FILE]")
            return
        try:
            period_s = _period(call.machine.files.read(rest[0]))
        except (FileTrouble, ValueError) as trouble:
            call.fail(f"neuron-monitor: {rest[0]}: {trouble}")
            return
    call.machine.foreground = Reporting(call.machine, call.at_s, period_s)


class Reporting:
    """The reports of one run.

    Args:
        machine: what it watches.
        at_s: when it was started.
        period_s: between two of them.
    """

    def __init__(self, machine: Machine, at_s: float, period_s: float) -> None:
        self._machine = machine
        self._period_s = period_s
        self._next_s = at_s + period_s

    def next_at(self) -> float:
        """When the next one is due."""
        return self._next_s

    def said(self, at_s: float) -> list[tuple[float, str]]:
        """Those that are due by now, each with its time; what nobody has read for long is left out."""
        late = int((at_s - self._next_s) / self._period_s) - MOST_UNREAD
        if late > 0:
            self._next_s += late * self._period_s
        reports = []
        while self._next_s <= at_s:
            text = json.dumps(report(self._machine, self._next_s, self._period_s), allow_nan=False)
            reports.append((self._next_s, text))
            self._next_s += self._period_s
        return reports


def report(machine: Machine, at_s: float, period_s: float) -> dict[str, Any]:
    """One report."""
    found = up(machine.sled, at_s)
    job = machine.sled.running
    return {
        "neuron_runtime_data": [] if job is None else [_runtime(machine, job, at_s, period_s, found)],
        "system_data": _system(machine, period_s, found),
        "instance_info": {
            "instance_name": "",
            "instance_id": instance_id(machine),
            "instance_type": instance_type(machine),
            "instance_availability_zone": "",
            "instance_availability_zone_id": "",
            "instance_region": "",
            "ami_id": "",
            "subnet_id": "",
            "error": "",
        },
        "neuron_hardware_info": _hardware(machine, found),
    }


def _runtime(machine: Machine, job: Job, at_s: float, period_s: float, found: tuple[Device, ...]) -> dict[str, Any]:
    sled = machine.sled
    cores = logical_cores(sled)
    mine = [device.number for device in found if device.number in job.of_chip]
    in_use = {}
    for number in mine:
        flops = flop_per_s(job, sled.chips[number].operating().hertz, sled.parameters.accelerator.cores)
        for core in range(cores):
            in_use[str(number * cores + core)] = {
                "neuroncore_utilization": round(100.0 * job.parameters.activity, 2),
                "flops": round(flops / cores),
            }
    done = [executed(sled, at_s, number, at_s - period_s) for number in mine]
    bad = sum(one.memory_errors + one.lost for one in done)
    summary = {"completed": sum(one.completed for one in done), "completed_with_err": bad}
    stats = {
        "period": period_s,
        "error_summary": dict.fromkeys(("generic", "numerical", "transient", "model", "runtime"), 0)
        | {"hardware": bad},
        "execution_summary": summary | dict.fromkeys(_NO_EXECUTION, 0),
        "latency_stats": {"total_latency": None, "device_latency": None},
        "error": "",
    }
    return {
        "pid": process_id(job),
        "address": "",
        "neuron_runtime_tag": command_line(job),
        "error": "",
        "report": {
            "neuroncore_counters": {"period": period_s, "neuroncores_in_use": in_use, "error": ""},
            "execution_stats": stats,
        },
    }


def _system(machine: Machine, period_s: float, found: tuple[Device, ...]) -> dict[str, Any]:
    memories = machine.sled.peripherals.memories
    devices = [
        {
            "neuron_device_index": device.number,
            "mem_ecc_corrected": memories[device.number].counters.correctable,
            "mem_ecc_uncorrected": memories[device.number].counters.uncorrectable,
            "sram_ecc_uncorrected": 0,
            "sram_ecc_corrected": 0,
        }
        for device in found
    ]
    total = machine.sled.parameters.machine.memory_bytes
    return {
        "neuron_hw_counters": {"period": period_s, "neuron_devices": devices, "error": ""},
        "memory_info": {
            "period": period_s,
            "memory_total_bytes": total,
            "memory_used_bytes": int(HOST_USED_SHARE * total),
            "swap_total_bytes": 0,
            "swap_used_bytes": 0,
            "error": "",
        },
    }


def _hardware(machine: Machine, found: tuple[Device, ...]) -> dict[str, Any]:
    sled = machine.sled
    device, core = sled.parameters.accelerator.arch
    generation = device.removeprefix("NDv")
    return {
        "neuron_device_type": f"trainium{int(generation) - 1}" if generation.isdecimal() else device.lower(),
        "neuron_device_version": f"v{generation}",
        "neuroncore_version": core.removeprefix("NC") + ("d" if logical_size(sled) > 1 else ""),
        "neuron_device_count": len(found),
        "neuron_device_memory_size": memory_bytes(sled),
        "neuroncore_per_device_count": logical_cores(sled),
        "logical_neuroncore_config": logical_size(sled),
        "error": "",
    }


def _period(configuration: str) -> float:
    """The period that a configuration file asks for.

    Raises:
        ValueError: it is no configuration, or the period none.
    """
    try:
        asked = json.loads(configuration)
    except RecursionError:
        raise ValueError("too deep") from None
    period = asked.get("period", "5s") if isinstance(asked, dict) else None
    match = _PERIOD.fullmatch(period) if isinstance(period, str) else None
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if seconds < SHORTEST_PERIOD_S:
        raise ValueError(f'"period" is {period!r}; it is a time of at least {SHORTEST_PERIOD_S:g} s, as in "5s"')
    return seconds
