"""The Neuron driver's files: `/sys/devices/virtual/neuron_device/neuron{N}/` (AWS Neuron sysfs guide, driver 2.30).

Counters have `total` and `present` (memory also `peak`) and are cleared by any write. The driver calls some statuses
`execute_*` where its guide says `infer_*`: both are there. Neighbours: `system_files` hangs it in, `executions` counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .devices import Device, connected, serial, up
from .executions import executed
from .file_tree import File, Folder, Node, fixed, text

if TYPE_CHECKING:
    from .machine import Machine

STATUSES = (
    "success",
    "failure",
    "timeout",
    "exec_bad_input",
    "hw_error",
    "generic_error",
    "resource_error",
    "resource_nc_error",
    "invalid_error",
    "unsupported_neff_version",
    "oob_error",
    "hw_collectives_error",
    "hw_hbm_ue_error",
    "hw_nc_ue_error",
    "hw_dma_abort_error",
    "hw_repairable_hbm_ue_error",
    "execute_completed_with_error",
    "execute_completed_with_num_error",
    "execute_failed_to_queue",
)
DEVICE_MEMORY = (
    "collectives",
    "constants",
    "dma_rings",
    "driver_memory",
    "model_code",
    "model_shared_scratchpad",
    "nonshared_scratchpad",
    "notifications",
    "runtime_memory",
    "tensors",
    "uncategorized",
)
HOST_MEMORY = (
    "application_memory",
    "constants",
    "dma_buffers",
    "dma_rings",
    "driver_memory",
    "notifications",
    "tensors",
    "uncategorized",
)
OTHER = ("flop_count", "inference_count", "model_load_count", "nc_time_in_use", "reset_fail_count", "reset_req_count")
MATRIX_BYTES = 3 * 64 * 64 * 4
"""Of a workload's operands and result, on each core."""


def neuron_folder(machine: Machine) -> Folder:
    """All devices that are up."""
    return Folder(lambda: {f"neuron{one.number}": _device(machine, one) for one in up(machine.sled, machine.now_s)})


def _device(machine: Machine, device: Device) -> Folder:
    sled, number = machine.sled, device.number
    nodes: dict[str, Node] = {
        "connected_devices": File(lambda: ", ".join(map(str, connected(sled, number, up(sled, machine.now_s)))) + "\n"),
        "core_count": text(sled.parameters.accelerator.cores),
        "reset": File(lambda: "", lambda _: machine.resets.update({number: machine.resets.get(number, 0) + 1})),
        "info": _info(machine, number),
        "stats": _device_stats(machine, number),
    }
    for core in range(sled.parameters.accelerator.cores):
        nodes[f"neuron_core{core}"] = _core(machine, number, core)
    return fixed(nodes)


def _info(machine: Machine, number: int) -> Folder:
    facts = machine.sled.parameters.accelerator
    generation = facts.arch[0].removeprefix("NDv")
    trainium = str(int(generation) - 1) if generation.isdecimal() and int(generation) > 1 else ""
    architecture = fixed(
        {
            "arch_type": text(facts.arch[0]),
            "device_name": text(f"Trainium{trainium}"),
            "instance_type": text(f"Trn{trainium}"),
        }
    )
    return fixed(
        {
            "notify_delay": text(-1),
            "serial_number": text(f"{serial(machine.sled, number):016x}"),
            "architecture": architecture,
        }
    )


def _device_stats(machine: Machine, number: int) -> Folder:
    memory = machine.sled.peripherals.memories[number]

    def counted(value: Callable[[], int]) -> File:
        return File(lambda: f"{value()}\n")

    zero = text(0)
    hardware: dict[str, Node] = {
        "mem_ecc_corrected": counted(lambda: memory.counters.correctable),
        "mem_ecc_uncorrected": counted(lambda: memory.counters.uncorrectable),
        "mem_ecc_repairable_uncorrected": counted(lambda: memory.counters.remapped),
        "sram_ecc_corrected": zero,
        "sram_ecc_uncorrected": zero,
        "health_status": fixed(
            {
                "unhealthy_components": File(lambda: f"{_unhealthy(machine, number)}\n"),
                "healthcheck_heartbeat": File(lambda: f"{int(machine.utc(machine.now_s))}\n"),
            }
        ),
    }
    path = f"neuron{number}/stats/memory_usage/host_mem"
    return fixed(
        {
            "hardware": fixed(hardware),
            "memory_usage": fixed({"host_mem": _memory(machine, path, HOST_MEMORY, lambda: 0)}),
            "power": fixed({"utilization": File(lambda: _power(machine, number))}),
        }
    )


def _power(machine: Machine, number: int) -> str:
    return f"{machine.power.line(machine.now_s, number, machine.utc(machine.now_s))}\n"


def _unhealthy(machine: Machine, number: int) -> str:
    """Components that are not well, by the driver's names for them; empty if all are."""
    sled = machine.sled
    memory = sled.peripherals.memories[number]
    names = {"chip": "link_intraserver", "host": "link_host", "switch": "link_interserver", "rack": "link_switch"}
    found = {"hbm"} if memory.counters.uncorrectable or memory.is_exhausted else set()
    for state in sled.links(machine.now_s, number):
        facts = sled.peripherals.links[state.name].parameters
        if state.generation < facts.generation or state.lanes < facts.lanes:
            found.add(names[facts.to])
    return ",".join(sorted(found))


def _core(machine: Machine, number: int, core: int) -> Folder:
    path = f"neuron{number}/neuron_core{core}/stats"
    statuses: dict[str, Node] = {}
    for status in STATUSES:
        made = _counter(machine, f"{path}/status/{status}", lambda status=status: _status(machine, number, status))  # type: ignore[misc]
        statuses[status] = made
        if status.startswith("execute_"):
            statuses[status.replace("execute_", "infer_")] = made
    used = fixed(
        {
            "device_mem": _memory(
                machine, f"{path}/memory_usage/device_mem", DEVICE_MEMORY, lambda: _in_use(machine, number)
            )
        }
    )
    other = {
        name: _counter(machine, f"{path}/other_info/{name}", lambda name=name: _other(machine, number, name))  # type: ignore[misc]
        for name in OTHER
    }
    arch = fixed({"architecture": fixed({"arch_type": text(machine.sled.parameters.accelerator.arch[1])})})
    return fixed(
        {"info": arch, "stats": fixed({"status": fixed(statuses), "memory_usage": used, "other_info": fixed(other)})}
    )


def _status(machine: Machine, number: int, status: str) -> int:
    done = executed(machine.sled, machine.now_s, number)
    return {
        "success": done.completed,
        "hw_error": done.memory_errors + done.lost,
        "hw_hbm_ue_error": done.memory_errors,
        "execute_completed_with_error": done.memory_errors + done.lost,
    }.get(status, 0)


def _other(machine: Machine, number: int, name: str) -> int:
    done = executed(machine.sled, machine.now_s, number)
    cores = machine.sled.parameters.accelerator.cores
    jobs = [job for job in machine.sled.jobs.values() if number in job.of_chip]
    return {
        "flop_count": done.flop // cores,
        "inference_count": done.completed,
        "model_load_count": len(jobs),
        "nc_time_in_use": done.busy_us,
        "reset_req_count": machine.resets.get(number, 0),
    }.get(name, 0)


def _in_use(machine: Machine, number: int) -> int:
    job = machine.sled.running
    return MATRIX_BYTES if job is not None and number in job.of_chip else 0


def _counter(machine: Machine, path: str, value: Callable[[], int]) -> Folder:
    """`total` counts from the last time that it was cleared, `present` is what it last changed to."""

    def shown() -> str:
        return f"{max(0, value() - machine.cleared.get(path, 0))}\n"

    def clear(_: str) -> None:
        machine.cleared[path] = value()

    return fixed({"total": File(shown, clear), "present": File(shown, clear)})


def _memory(machine: Machine, path: str, kinds: tuple[str, ...], tensors: Callable[[], int]) -> Folder:
    """What is allocated now (`total`), and the most that was (`peak`); workloads need tensors alone."""

    def usage(kind: str) -> Folder:
        def shown() -> str:
            return f"{tensors() if kind == 'tensors' else 0}\n"

        def peak() -> str:
            most = MATRIX_BYTES if kind == "tensors" and "device_mem" in path and machine.sled.jobs else 0
            return f"{0 if f'{path}/{kind}' in machine.cleared else most}\n"

        def clear(_: str) -> None:
            machine.cleared[f"{path}/{kind}"] = 1

        return fixed({"total": File(shown), "present": File(shown), "peak": File(peak, clear)})

    return fixed({kind: usage(kind) for kind in kinds})
