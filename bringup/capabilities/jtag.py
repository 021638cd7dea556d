"""A sled's scan chain through a JTAG probe: who is on it, what its registers say, where a chip's firmware is.

What is generic (IEEE 1149.1) is here; which instruction selects which register of a chip, and where its fields lie, is
data of the product file (`[[taps]]`), which a driver gets as `TapLayout`s. Neighbours: `files/product.py` makes those,
`instrument.py` has what every instrument can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

from .instrument import Instrument

NO_IDCODE = frozenset({0x00000000, 0xFFFFFFFF})
"""What a line reads that is stuck, or floats: no IDCODE, whose bit 0 is 1 and whose maker is never all ones."""


@dataclass(frozen=True, slots=True)
class ScanRegister:
    """A data register of a TAP.

    Attributes:
        name: "fuses", "mbist", "ring", "iddq", or whatever the product has.
        opcode: the instruction that selects it.
        bits: its length.
        fields: lowest bit and width, by field.
    """

    name: str
    opcode: int
    bits: int
    fields: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def split(self, value: int) -> dict[str, int]:
        """What its fields say."""
        return {name: (value >> low) & ((1 << width) - 1) for name, (low, width) in self.fields.items()}

    def pack(self, values: Mapping[str, int]) -> int:
        """The register's value with these fields; the others are 0, and a value too wide loses its upper bits."""
        packed = 0
        for name, value in values.items():
            low, width = self.fields[name]
            packed |= (value & ((1 << width) - 1)) << low
        return packed


@dataclass(frozen=True, slots=True)
class TapLayout:
    """A TAP as the product has it.

    Attributes:
        name: with the chip's number where every chip has its own, as in "chip.2".
        ir_length: bits of its instruction register.
        idcode: that it should have; None for a TAP without one.
        idcode_opcode: the instruction that selects it.
        chip: whose it is, or None.
        registers: by name.
    """

    name: str
    ir_length: int
    idcode: int | None = None
    idcode_opcode: int = 1
    chip: int | None = None
    registers: Mapping[str, ScanRegister] = field(default_factory=dict)


class TapFinding(Enum):
    """What a raw scan after Test-Logic-Reset found in a TAP's place."""

    IDENTIFIED = "identified"
    BYPASS = "no IDCODE"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class TapIdentity:
    """Who is in a TAP's place (IEEE 1149.1-2013, clause 12).

    Attributes:
        name: as the product has it.
        state: whether it has identified itself.
        idcode: what it said; None where it said nothing.
    """

    name: str
    state: TapFinding
    idcode: int | None

    @property
    def maker(self) -> int | None:
        """JEDEC's number (JEP106): bits 11 to 8 the bank, less one, 7 to 1 the code without its parity."""
        return None if self.idcode is None else (self.idcode >> 1) & 0x7FF

    @property
    def part(self) -> int | None:
        """The maker's number of the part."""
        return None if self.idcode is None else (self.idcode >> 12) & 0xFFFF

    @property
    def version(self) -> int | None:
        """The maker's number of the stepping."""
        return None if self.idcode is None else self.idcode >> 28


@dataclass(frozen=True, slots=True)
class ChainWalk:
    """How many TAPs answer with every one of them in BYPASS.

    Attributes:
        taps: that were counted, from TDO on.
        closed: what was shifted in came out behind them; if not, the chain is open beyond them, towards TDI.
    """

    taps: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Fuses:
    """What was burnt into a chip at its test, and what it measures of itself.

    Attributes:
        chip: which.
        sku: what it may be sold as.
        cores: how many cores are enabled.
        core_mask: bit by core.
        leakage_class: 0 the least leaky to 15; four classes are a factor of two.
        vmin_volts: that the test predicted for the core at its nominal clock.
        iddq_amps: core current at rest, as the test measured it.
        ring_hertz: of the ring oscillator now, at the core's present voltage and temperature; 0 while it stands.
    """

    chip: int
    sku: str
    cores: int
    core_mask: int
    leakage_class: int
    vmin_volts: float
    iddq_amps: float
    ring_hertz: float


@dataclass(frozen=True, slots=True)
class MbistResult:
    """What a chip's memory self-test found.

    Attributes:
        chip: which.
        failed: the memories cannot be used as they are.
        overflow: more defects than spare rows and columns.
        repairs: spares that are used.
        spares: that there are.
    """

    chip: int
    failed: bool
    overflow: bool
    repairs: int
    spares: int


@runtime_checkable
class JtagProbe(Instrument, Protocol):
    """A probe on a sled's scan chain. Names and numbers of TAPs go from TDI to TDO, as in the product file."""

    def taps(self) -> tuple[str, ...]:
        """The TAPs that the probe was told of, by the product's names."""

    def walk(self) -> ChainWalk:
        """Count the TAPs that are really there: all in BYPASS, a marker shifted through.

        Raises:
            BadReply: TDO is stuck at 0, or floats at 1, or what came is neither ones nor the marker.
        """

    def idcodes(self) -> tuple[TapIdentity, ...]:
        """Reset every TAP and shift out who they are: by a raw scan, not from any configuration.

        Raises:
            BadReply: nothing on the chain answers (all ones or all zeros), or scan and walk contradict each other.
        """

    def irscan(self, tap: str, instruction: int) -> None:
        """Select an instruction in one TAP, and BYPASS in all others."""

    def drscan(self, tap: str, instruction: int, bits: int, value: int) -> int:
        """Select an instruction in one TAP and shift `bits` bits through the register that it selects.

        Returns:
            What was captured; bit 0 is what came out first.
        """

    def program_counter(self, chip: int) -> int:
        """Where a chip's management core is; it is halted for that moment, and goes on if it ran.

        Raises:
            InstrumentError: the core does not answer.
        """

    def fuses(self, chip: int) -> Fuses:
        """Read a chip's fuses, IDDQ and ring oscillator.

        Raises:
            BadReply: a register is blank: all ones or all zeros.
        """

    def mbist(self, chip: int) -> MbistResult:
        """Run a chip's memory self-test and wait for its end; the contents of its memories are lost.

        Raises:
            NoReply: it does not come to an end.
            BadReply: the register is blank.
        """
