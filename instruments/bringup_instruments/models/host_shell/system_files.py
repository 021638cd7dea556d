"""The files that every host has: /proc, /etc, DMI, PCI, and a folder for each accelerator with its health counters.

`/sys/class/accel/accel{N}/` is there whatever the accelerator is; Neuron ones have their driver's own tree beside it.
Neighbours: `file_tree` reads and writes them, `sysfs` is the Neuron driver's part, `machine` what they show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .basic_commands import KERNEL, NODE
from .devices import VENDOR, Device, on_bus, speed, up
from .file_tree import File, Folder, Node, fixed, text
from .sysfs import neuron_folder

if TYPE_CHECKING:
    from .machine import Machine


def root(machine: Machine, scratch: Mapping[str, Folder]) -> Folder:
    """The root folder."""
    folders: dict[str, Node] = {
        "dev": Folder(lambda: _dev(machine)),
        "etc": fixed({"hostname": text(NODE), "os-release": text('PRETTY_NAME="bringup sled host"')}),
        "proc": _proc(machine),
        "sys": _sys(machine),
    }
    return fixed(folders | {path.strip("/"): folder for path, folder in scratch.items()})


def _proc(machine: Machine) -> Folder:
    facts = machine.sled.parameters.machine
    return fixed(
        {
            "uptime": File(lambda: f"{machine.up_s:.2f} {machine.up_s * facts.cpus:.2f}\n"),
            "version": text(f"Linux version {KERNEL} (bringup) #1 SMP"),
            "meminfo": text(f"MemTotal:       {facts.memory_bytes // 1024} kB"),
            "cpuinfo": File(
                lambda: "\n".join(f"processor\t: {n}\nmodel name\t: {facts.processor}\n" for n in range(facts.cpus))
            ),
        }
    )


def _dev(machine: Machine) -> dict[str, Node]:
    name = "neuron" if machine.has_neuron else "accel"
    return {f"{name}{one.number}": File(lambda: "") for one in up(machine.sled, machine.now_s)}


def _sys(machine: Machine) -> Folder:
    virtual: dict[str, Node] = {"neuron_device": neuron_folder(machine)} if machine.has_neuron else {}
    return fixed(
        {
            "bus": fixed({"pci": fixed({"devices": Folder(lambda: _pci(machine))})}),
            "class": fixed({"accel": Folder(lambda: _accelerators(machine)), "dmi": fixed({"id": _dmi(machine)})}),
            "devices": fixed({"virtual": fixed(virtual)}),
        }
    )


def _dmi(machine: Machine) -> Folder:
    facts = machine.sled.parameters
    return fixed(
        {
            "product_name": text(facts.product),
            "product_serial": text(machine.sled.serial_number),
            "product_version": text(facts.board_revision),
        }
    )


def _pci(machine: Machine) -> dict[str, Node]:
    return {device.address: _function(machine, device) for device in on_bus(machine.sled, machine.now_s)}


def _function(machine: Machine, device: Device) -> Folder:
    nodes: dict[str, Node] = {
        "vendor": text(f"0x{VENDOR:04x}"),
        "device": text(f"0x{machine.sled.parameters.accelerator.pci_id:04x}"),
        "class": text("0x120000"),
    }
    if device.link is not None and device.kind is not None:
        nodes |= {
            "current_link_speed": text(speed(device.link.generation)),
            "current_link_width": text(device.link.lanes),
            "max_link_speed": text(speed(device.kind.generation)),
            "max_link_width": text(device.kind.lanes),
        }
    return fixed(nodes)


def _accelerators(machine: Machine) -> dict[str, Node]:
    return {f"accel{device.number}": _health(machine, device) for device in on_bus(machine.sled, machine.now_s)}


def _health(machine: Machine, device: Device) -> Folder:
    chip, memory = machine.sled.chips[device.number], machine.sled.peripherals.memories[device.number]
    return fixed(
        {
            "pci_address": text(device.address),
            "up": text(int(device.is_up)),
            "ecc_corrected": File(lambda: f"{memory.counters.correctable}\n"),
            "ecc_uncorrected": File(lambda: f"{memory.counters.uncorrectable}\n"),
            "rows_remapped": File(lambda: f"{memory.counters.remapped}\n"),
            "pll_lock_losses": File(lambda: f"{int(chip.lock_losses)}\n"),
            "links": File(lambda: _links(machine, device.number)),
        }
    )


def _links(machine: Machine, number: int) -> str:
    """One line for each link: its name, generation, lanes, and how often it went down since it trained."""
    return "".join(
        f"{state.name} gen={state.generation} lanes={state.lanes} transitions={state.transitions}\n"
        for state in machine.sled.links(machine.now_s, number)
    )
