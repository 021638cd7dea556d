"""What a boot says on its way, as the physics comes to it: boot ROM, POST codes, kernel, the accelerators' driver.

A line is made when its moment has come, so that it tells what was found: a link that has trained low, a memory channel
that has not. Shares of the boot's time are estimates. Neighbours: `physics.host` stops a boot where it hangs,
`kernel_log` keeps the kernel's lines, `../sled_host.py` prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...physics.host import MEMORY_SHARE, POST_CODES
from .basic_commands import KERNEL
from .devices import VENDOR, Device, driver_name, gbit_per_s, memory_bytes, missing, on_bus, port_address, speed, up
from .machine import Machine

DRIVER_VERSION = "2.30.2"
KERNEL_SHARE = 0.56
TIMEOUT_SHARE = 0.20
"""How long a driver waits for a channel to train: 60 s of a boot of 300 s."""

_ERROR = 3
_WARNING = 4

Said = tuple[str, int]
"""A line of the kernel and its priority."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in the boot.

    Attributes:
        share: of the boot's time.
        firmware: what is said before there is a kernel.
        kernel: what the kernel says then.
    """

    share: float
    firmware: str = ""
    kernel: Callable[[Machine], Iterator[Said]] | None = None


class BootStory:
    """One boot.

    Args:
        machine: that boots.
        at_s: when its power came.
        boot_s: how long it takes, to the prompt.
    """

    def __init__(self, machine: Machine, at_s: float, boot_s: float) -> None:
        self._machine = machine
        self._at_s = at_s
        self._boot_s = boot_s
        self._place = 0

    @property
    def next_s(self) -> float | None:
        """When something more is said; None at the end."""
        if self._place == len(_STORY):
            return None
        return self._at_s + _STORY[self._place].share * self._boot_s

    def lines(self) -> list[str]:
        """What is said at the next moment, which has come."""
        moment = _STORY[self._place]
        at_s = self._at_s + moment.share * self._boot_s
        self._place += 1
        if moment.kernel is None:
            return [moment.firmware]
        log = self._machine.log
        self._machine.now_s = at_s
        if log.began_s is None:
            log.begin(at_s)
        return [str(log.say(at_s, text, priority)) for text, priority in moment.kernel(self._machine)]


def _kernel(_: Machine) -> Iterator[Said]:
    yield f"Linux version {KERNEL} (bringup@sled) #1 SMP", 6
    yield "Command line: console=ttyS0,115200n8 panic=0", 6


def _processor(machine: Machine) -> Iterator[Said]:
    facts = machine.sled.parameters.machine
    yield f"smp: Brought up 1 node, {facts.cpus} CPUs", 6
    yield f"Memory: {facts.memory_bytes // 1024}K available", 6


def _links(machine: Machine) -> Iterator[Said]:
    found = on_bus(machine.sled, machine.now_s)
    number = machine.sled.parameters.accelerator.pci_id
    for device in found:
        yield f"pci {device.address}: [{VENDOR:04x}:{number:04x}] type 00 class 0x120000", 6
        if text := _bandwidth(device):
            yield text, 6
    yield f"pci: {len(found)} accelerators enumerated", 6


def _bandwidth(device: Device) -> str:
    """As Linux reports a link, and by what it is limited."""
    now, full = device.link, device.kind
    if now is None or full is None:
        return ""
    trained = f"{speed(now.generation)} x{now.lanes} link"
    begins = f"pci {device.address}: {gbit_per_s(now.generation, now.lanes)} available PCIe bandwidth"
    if now.generation >= full.generation and now.lanes >= full.lanes:
        return f"{begins} ({trained})"
    could = f"{gbit_per_s(full.generation, full.lanes)} with {speed(full.generation)} x{full.lanes} link"
    return f"{begins}, limited by {trained} at {port_address(device.number)} (capable of {could})"


def _driver(machine: Machine) -> Iterator[Said]:
    name = driver_name(machine.sled)
    yield f"{name}: {name.capitalize()} Driver Started with Version:{DRIVER_VERSION}", 6


def _memory(machine: Machine) -> Iterator[Said]:
    machine.power.begin(machine.now_s)
    memory = machine.sled.parameters.memory
    name = driver_name(machine.sled)
    for device in up(machine.sled, machine.now_s):
        if memory.stacks:
            size = memory_bytes(machine.sled) // 2**30
            yield f"{name}: nd{device.number}: {memory.stacks} HBM stacks trained, {size} GiB", 6


def _timeouts(machine: Machine) -> Iterator[Said]:
    name = driver_name(machine.sled)
    waited_s = TIMEOUT_SHARE * machine.sled.parameters.host.boot_s
    failed = list(missing(machine.sled))
    for chip, stack, channel in failed:
        text = f"{name}: nd{chip}: HBM stack {stack} channel {channel}: training timeout after {waited_s:g} s"
        yield text, _ERROR
    for chip in sorted({chip for chip, _, _ in failed}):
        yield f"{name}: nd{chip}: initialization failed, device not available", _ERROR


def _ready(machine: Machine) -> Iterator[Said]:
    found = up(machine.sled, machine.now_s)
    total = machine.sled.parameters.chips
    yield f"{driver_name(machine.sled)}: {len(found)} of {total} devices ready", 6 if len(found) == total else _WARNING


def _target(_: Machine) -> Iterator[Said]:
    yield "systemd[1]: Reached target multi-user.target - Multi-User System.", 6


_STORY = (
    Moment(0.002, "boot ROM 1.4"),
    *(Moment(share, f"POST {code} {text}") for code, (share, text) in POST_CODES.items()),
    Moment(KERNEL_SHARE, kernel=_kernel),
    Moment(0.565, kernel=_processor),
    Moment(0.640, kernel=_links),
    Moment(0.690, kernel=_driver),
    Moment(MEMORY_SHARE + 0.005, kernel=_memory),
    Moment(MEMORY_SHARE + TIMEOUT_SHARE, kernel=_timeouts),
    Moment(0.920, kernel=_ready),
    Moment(0.950, kernel=_target),
)
