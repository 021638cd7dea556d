"""What a sled is, as a TOML file: rails in power-on order, chips, sensors, firmware, clock, coolant, limits.

A new product is a new file and no code. `[simulation]` is read by the simulated lab alone. Neighbours:
`product_power.py` and `product_hardware.py` have the tables, `product_checks.py` holds them against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from ..capabilities import ScanRegister, TapLayout
from ..limits import Limit
from ..nearest import unknown
from ..records import Source
from .product_hardware import (
    ChipFacts,
    FirmwareFacts,
    HostFacts,
    IdentityFacts,
    LeakDetectorFacts,
    LinkFacts,
    RegulatorFacts,
    SensorFacts,
    TapFacts,
)
from .product_power import BootFacts, ClockFacts, CoolantFacts, InputFacts, LimitFacts, Rail
from .toml_file import FileModel, parse, read_text

COOLANT = "coolant"
FLOW = "flow"
MOST_CHIPS = 256


class ProductFacts(FileModel):
    """`[product]`: what it is called and where its figures come from."""

    name: str
    revision: str = ""
    source: str = ""
    chips: int = Field(ge=1, le=MOST_CHIPS)


class ProductModel(FileModel):
    """The whole file."""

    product: ProductFacts
    input: InputFacts
    rails: tuple[Rail, ...] = Field(min_length=1)
    clock: ClockFacts
    coolant: CoolantFacts
    boot: BootFacts = BootFacts()
    chip: ChipFacts = ChipFacts()
    host: HostFacts = HostFacts()
    links: tuple[LinkFacts, ...] = ()
    regulators: tuple[RegulatorFacts, ...] = ()
    sensors: tuple[SensorFacts, ...] = Field(min_length=1)
    taps: tuple[TapFacts, ...] = ()
    leak_detectors: tuple[LeakDetectorFacts, ...] = ()
    firmware: tuple[FirmwareFacts, ...] = ()
    identity: IdentityFacts = IdentityFacts()
    limits: dict[str, LimitFacts] = Field(default_factory=dict)
    simulation: dict[str, object] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """A product file, read and valid.

    Attributes:
        facts: what it says.
        source: the text that it was read from, for the journal.
    """

    facts: ProductModel
    source: Source

    @property
    def name(self) -> str:
        """As the file gives it."""
        return self.facts.product.name

    @property
    def limits(self) -> Mapping[str, Limit]:
        """The product's own limit by measurement name."""
        return {name: limit.limit() for name, limit in self.facts.limits.items()}

    def rail(self, name: str) -> Rail:
        """A rail by name; an instance's name ("vdd_core.2") gives its rail.

        Raises:
            LookupError: no such rail; the message names the nearest one.
        """
        rails = {rail.name: rail for rail in self.facts.rails}
        base, _, chip = name.partition(".")
        known = [*rails, *(f"{r.name}.{i}" for r in rails.values() if r.per_chip for i in self.chips)]
        if name not in known:
            raise LookupError(unknown("rail", name, known if chip else rails))
        return rails[base]

    @property
    def knobs(self) -> tuple[str, ...]:
        """What a plan may move on a sled of this product, by name; a rail of every chip as a whole."""
        rails = tuple(rail.name for rail in self.facts.rails if rail.is_knob)
        return (*rails, self.facts.clock.name, COOLANT, FLOW)

    @property
    def input_name(self) -> str:
        """What people call its input, such as "54 V"."""
        return f"{self.facts.input.nominal_volts:g} V"

    @property
    def core_rail(self) -> Rail:
        """What feeds the chips' cores; the file has exactly one."""
        return next(rail for rail in self.facts.rails if rail.role == "core")

    @property
    def chips(self) -> range:
        """The chips' numbers."""
        return range(self.facts.product.chips)

    def instances(self, one: Rail | SensorFacts | TapFacts | RegulatorFacts) -> tuple[str, ...]:
        """The names of something's instances: one per chip, or the thing itself."""
        return tuple(f"{one.name}.{chip}" for chip in self.chips) if one.per_chip else (one.name,)

    @property
    def scan_chain(self) -> tuple[TapLayout, ...]:
        """Every TAP of a sled, from TDI to TDO; one of every chip stands there for each, in the chips' order."""
        return tuple(layout for tap in self.facts.taps for layout in self._layouts(tap))

    def _layouts(self, tap: TapFacts) -> tuple[TapLayout, ...]:
        registers = {r.name: ScanRegister(r.name, r.opcode, r.bits, r.fields) for r in tap.registers}
        chips = self.chips if tap.per_chip else (None,)
        return tuple(
            TapLayout(name, tap.ir_length, tap.idcode, tap.idcode_opcode, chip, registers)
            for name, chip in zip(self.instances(tap), chips, strict=True)
        )


def load_product(path: Path) -> Product:
    """Read and check a product file.

    Raises:
        FileMistake, UsageError: with path, line, what is wrong and the nearest valid name.
    """
    from .product_checks import check_product  # noqa: PLC0415 - it knows this module

    text = read_text(path)
    facts = parse(ProductModel, path, text)
    check_product(path, text, facts)
    return Product(facts, Source("product", str(path), text))
