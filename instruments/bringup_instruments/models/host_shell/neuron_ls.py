"""`neuron-ls`: the Neuron devices of this host and the processes on them, as a table or as JSON.

Fields and columns: AWS Neuron documentation, neuron-ls user guide. Neighbours: `devices` finds them.
"""

from __future__ import annotations

import json
from typing import Any

from .call import Call
from .devices import Device, connected, logical_cores, logical_size, memory_bytes, up
from .executions import command_line, process_id
from .machine import Machine

RUNTIME_VERSION = "2.30.0"
_KNOWN = {"-w", "--wide", "-a", "--show-all-procs", "-t", "--topology", "-j", "--json-output"}
_COLUMNS = (
    ("NEURON", "DEVICE"),
    ("NEURON", "CORES"),
    ("NEURON", "CORE IDS"),
    ("NEURON", "MEMORY"),
    ("CONNECTED", "DEVICES"),
    ("PCI", "BDF"),
    ("CPU", "AFFINITY"),
    ("NUMA", "NODE"),
)
_WIDE = (("PID", ""), ("COMMAND", ""), ("RUNTIME", "VERSION"))


def neuron_ls(call: Call) -> None:
    """List the devices."""
    unknown = [word for word in call.arguments if word not in _KNOWN]
    if unknown:
        call.fail(f"neuron-ls: unknown option {unknown[0]}")
        return
    found = up(call.machine.sled, call.at_s)
    if not found:
        call.fail("neuron-ls: no Neuron devices found")
    elif {"-j", "--json-output"} & set(call.arguments):
        call.say(json.dumps([facts(call.machine, one, found) for one in found]))
    else:
        is_wide = bool({"-w", "--wide", "-a", "--show-all-procs"} & set(call.arguments))
        call.say(*_table(call.machine, found, is_wide))


def facts(machine: Machine, device: Device, found: tuple[Device, ...]) -> dict[str, Any]:
    """One device, by the documented fields."""
    sled = machine.sled
    cores = logical_cores(sled)
    first = device.number * cores
    job = sled.running
    processes = []
    if job is not None and device.number in job.of_chip:
        processes = [{"pid": process_id(job), "command": command_line(job), "neuron_runtime_version": RUNTIME_VERSION}]
    return {
        "neuron_device": device.number,
        "bdf": device.bdf,
        "cpu_affinity": f"0-{sled.parameters.machine.cpus - 1}",
        "numa_node": "0",
        "connected_to": connected(sled, device.number, found),
        "nc_count": cores,
        "logical_neuroncore_config": logical_size(sled),
        "memory_size": memory_bytes(sled),
        "neuroncore_ids": list(range(first, first + cores)),
        "neuron_processes": processes,
    }


def instance_type(machine: Machine) -> str:
    """What stands for an EC2 instance type: the product."""
    return machine.sled.parameters.product


def instance_id(machine: Machine) -> str:
    """What stands for an EC2 instance's id: the sled's serial number."""
    return machine.sled.serial_number


def _table(machine: Machine, found: tuple[Device, ...], is_wide: bool) -> list[str]:
    columns = _COLUMNS + (_WIDE if is_wide else ())
    rows = [_row(facts(machine, one, found), is_wide) for one in found]
    widths = [max(map(len, (*column, *cells))) for column, cells in zip(columns, zip(*rows, strict=True), strict=True)]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    heads = [
        "|" + "|".join(f" {column[line]:^{width}} " for column, width in zip(columns, widths, strict=True)) + "|"
        for line in (0, 1)
    ]
    bodies = ["|" + "|".join(f" {cell:<{w}} " for cell, w in zip(row, widths, strict=True)) + "|" for row in rows]
    return [
        f"instance-type: {instance_type(machine)}",
        f"instance-id: {instance_id(machine)}",
        f"logical-neuroncore-config: {logical_size(machine.sled)}",
        *(rule, *heads, rule, *bodies, rule),
    ]


def _row(one: dict[str, Any], is_wide: bool) -> list[str]:
    ids = one["neuroncore_ids"]
    cells = [
        str(one["neuron_device"]),
        str(one["nc_count"]),
        f"{ids[0]}-{ids[-1]}" if len(ids) > 1 else str(ids[0]),
        f"{one['memory_size'] // 2**30} GB",
        ", ".join(map(str, one["connected_to"])),
        one["bdf"],
        one["cpu_affinity"],
        one["numa_node"],
    ]
    if is_wide:
        process = (one["neuron_processes"] or [{"pid": "", "command": "", "neuron_runtime_version": ""}])[0]
        cells += [str(process["pid"]), process["command"], process["neuron_runtime_version"]]
    return cells
