"""The accelerators as the host finds them: PCI addresses, links, and which of them have come up.

A device is on the bus when its rails are there and it answers; its driver brings it up when its memory has trained.
Neighbours: `lspci`, `neuron_ls`, `sysfs`, `boot_story` and others show them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from ...physics import SledPhysics
from ...physics.hardware import LinkParameters
from ...physics.links import LinkState

VENDOR = 0x1D0F
"""Amazon's."""

GT_PER_S = {1: 2.5, 2: 5.0, 3: 8.0, 4: 16.0, 5: 32.0, 6: 64.0, 7: 128.0}
"""Raw rate of a lane by generation (PCI Express Base Specification 7.0)."""

_MBIT_PER_LANE = {1: 2000, 2: 4000, 3: 7876, 4: 15753, 5: 31507, 6: 64000, 7: 128000}
"""What Linux counts of it once the line code is taken off."""

_FIRST_BUS = 0xCC
_PORT_BUS = 0xC8
_BUSES = 32
LOGICAL_FROM_CORES = 8
"""From so many cores on, two of them make a logical one (AWS Neuron documentation: trn2's default)."""


@dataclass(frozen=True, slots=True)
class Device:
    """One accelerator on the bus.

    Attributes:
        number: as every tool counts it: its chip's.
        bdf: its PCI address without the domain, as in "cc:00.0".
        port: of the port above it.
        domain: of both.
        link: to the host, as it has trained; None where the product names none.
        kind: what that link can do.
        is_up: whether its driver has brought it up.
    """

    number: int
    bdf: str
    port: str
    domain: int
    link: LinkState | None
    kind: LinkParameters | None
    is_up: bool

    @property
    def address(self) -> str:
        """With the domain."""
        return f"{self.domain:04x}:{self.bdf}"


def on_bus(sled: SledPhysics, at_s: float) -> tuple[Device, ...]:
    """Every accelerator that answers on PCI."""
    sled.advance(at_s)
    return tuple(_device(sled, at_s, chip.index) for chip in sled.chips if chip.feeds.complete and chip.latched is None)


def up(sled: SledPhysics, at_s: float) -> tuple[Device, ...]:
    """Every accelerator that its driver has brought up."""
    return tuple(device for device in on_bus(sled, at_s) if device.is_up)


def driver_name(sled: SledPhysics) -> str:
    """Of the kernel module that brings the accelerators up."""
    return "neuron" if sled.parameters.accelerator.arch[0] else "accel"


def logical_size(sled: SledPhysics) -> int:
    """How many cores make a logical one."""
    return 2 if sled.parameters.accelerator.cores >= LOGICAL_FROM_CORES else 1


def logical_cores(sled: SledPhysics) -> int:
    """Of each device."""
    return sled.parameters.accelerator.cores // logical_size(sled)


def memory_bytes(sled: SledPhysics) -> int:
    """Of each device."""
    return sled.parameters.memory.stacks * sled.parameters.memory.bytes_each


def connected(sled: SledPhysics, number: int, devices: tuple[Device, ...]) -> list[int]:
    """Which devices a device has links to: all others of the sled, where its chips have any."""
    has_peers = any(kind.to == "chip" for kind in sled.parameters.links)
    return [other.number for other in devices if other.number != number] if has_peers else []


def serial(sled: SledPhysics, number: int) -> int:
    """A chip's unique number, burnt into its fuses."""
    return int.from_bytes(sha256(f"{sled.serial_number}/{number}".encode()).digest()[:8], "big")


def speed(generation: int) -> str:
    """As Linux writes a lane's rate."""
    return f"{GT_PER_S.get(generation, 0.0):.1f} GT/s PCIe"


def gbit_per_s(generation: int, lanes: int) -> str:
    """As Linux writes a link's bandwidth."""
    mbit = _MBIT_PER_LANE.get(generation, 0) * lanes
    return f"{mbit // 1000}.{mbit % 1000:03d} Gb/s"


def _device(sled: SledPhysics, at_s: float, number: int) -> Device:
    kind = next((kind for kind in sled.parameters.links if kind.to == "host"), None)
    state = None
    if kind is not None:
        state = sled.peripherals.links[f"{kind.name}.{number}.0"].state(at_s)
    bus = number % _BUSES
    return Device(
        number,
        f"{_FIRST_BUS + bus:02x}:00.0",
        _port(number),
        number // _BUSES,
        state,
        kind,
        _is_up(sled, number),
    )


def port_address(number: int) -> str:
    """Of the port above a device, with its domain."""
    return f"{number // _BUSES:04x}:{_port(number)}"


def _port(number: int) -> str:
    return f"{_PORT_BUS:02x}:{number % _BUSES:02x}.0"


def _is_up(sled: SledPhysics, number: int) -> bool:
    memory = sled.peripherals.memories[number]
    return memory.is_up or sled.parameters.memory.stacks == 0


def missing(sled: SledPhysics) -> Iterator[tuple[int, int, int]]:
    """Every memory channel that has not trained: chip, stack, channel of the stack."""
    each = sled.parameters.memory.channels
    for chip in sled.chips:
        for channel in sled.peripherals.memories[chip.index].failed_channels:
            yield chip.index, channel // each, channel % each
