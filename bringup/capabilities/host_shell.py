"""A sled's host as somebody at its shell has it: commands with exit codes, and what its tools tell of the chips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..transcript import Said
from .instrument import Instrument


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command answered.

    Attributes:
        exit_code: 0 where it succeeded.
        lines: that it printed, blank ones left out.
    """

    exit_code: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeuronDevice:
    """One Neuron device that is up.

    Attributes:
        number: as tools count it.
        bdf: its PCI address, as in "cc:00.0".
        cores: logical NeuronCores.
        memory_bytes: of device memory.
        connected_to: numbers of the devices that it has links to.
    """

    number: int
    bdf: str
    cores: int
    memory_bytes: int
    connected_to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChipCounters:
    """What a chip's hardware has counted.

    Attributes:
        corrected: memory errors that ECC put right.
        uncorrected: memory errors that it could not.
        remapped: rows that were replaced by spare ones.
        lock_losses: how often its PLL has lost lock.
    """

    corrected: int
    uncorrected: int
    remapped: int
    lock_losses: int


@dataclass(frozen=True, slots=True)
class LinkReading:
    """One link as its registers have it.

    Attributes:
        name: link, chip, number, as in "host.2.0".
        generation: that it runs at; 0 while it is down.
        lanes: likewise.
        transitions: how often it went down and came back since it trained.
    """

    name: str
    generation: int
    lanes: int
    transitions: int


@dataclass(frozen=True, slots=True)
class KernelLine:
    """One line of the kernel's log.

    Attributes:
        seconds: since the kernel began to run.
        priority: as syslog counts: 3 is an error, 4 a warning.
        text: what it says.
    """

    seconds: float
    priority: int
    text: str


@runtime_checkable
class HostShell(Instrument, Protocol):
    """The shell on a sled's host. All of it raises SledHang or NoReply where the host is silent."""

    def command(self, line: str, timeout_s: float | None = None) -> CommandResult:
        """Run a command line and wait for its end; one that goes on is ended after `timeout_s`."""

    def start_on(self, workload: str, seconds: float, chips: Sequence[int] = (), pattern: str = "") -> int:
        """Start a workload on some chips (all if none is named), with a pattern of operands; its job's number.

        `WorkloadHost.finish` waits for its answer.
        """

    def neuron_devices(self) -> tuple[NeuronDevice, ...]:
        """Every Neuron device that is up; InstrumentError on a host without their tools."""

    def chips_up(self) -> tuple[int, ...]:
        """The chips that the host's driver has brought up."""

    def counters(self, chip: int) -> ChipCounters:
        """What one chip has counted."""

    def link_states(self) -> tuple[LinkReading, ...]:
        """Every link of every chip that answers on its bus."""

    def kernel_log(self) -> tuple[KernelLine, ...]:
        """Everything that the kernel still has of what it said, oldest first."""

    def console_tail(self, seconds: float) -> tuple[Said, ...]:
        """The raw bytes of the last lab seconds in both directions, with their times: evidence, not for parsing."""
