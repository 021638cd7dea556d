"""What a sled is, as a TOML file: rails in power-on order, chips, clock, coolant, limits.

A new product is a new file and no code. `[simulation]` is read by the simulated lab alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from ..errors import FileMistake
from ..limits import Limit
from ..nearest import unknown
from ..records import Source
from ..units import dimension
from .toml_file import FileModel, line_of, parse, read_text

COOLANT = "coolant"
FLOW = "flow"
RAIL_ROLES = ("standby", "uncore", "sram", "core", "hbm")
MOST_CHIPS = 256


class ProductFacts(FileModel):
    """`[product]`: what it is called and where its figures come from."""

    name: str
    revision: str = ""
    source: str = ""
    chips: int = Field(ge=1, le=MOST_CHIPS)


class InputFacts(FileModel):
    """`[input]`: what the bulk supply gives the sled."""

    nominal_volts: float = Field(gt=0)
    abs_max_volts: float = Field(gt=0)
    current_limit_amps: float = Field(gt=0)
    standby_limit_amps: float = Field(gt=0)
    off_below_volts: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.nominal_volts >= self.abs_max_volts:
            raise ValueError("nominal_volts must lie below abs_max_volts")
        return self


class Rail(FileModel):
    """`[[rails]]`: one supply net; the file's order is the power-on order, its reverse the way down.

    `role` says what it feeds; a standby rail is up as soon as the sled has its input. `low_volts` and `high_volts`
    bound what a plan may set; a rail without them is not a knob.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    nominal_volts: float = Field(gt=0)
    tolerance_percent: float = Field(gt=0, le=20)
    abs_max_volts: float = Field(gt=0)
    low_volts: float | None = None
    high_volts: float | None = None
    per_chip: bool = False
    role: str = ""
    ramp_s: float = Field(default=0.002, gt=0)
    power_good_s: float = Field(default=0.005, ge=0)
    off_below_volts: float = Field(default=0.2, gt=0)
    step_volts: float = Field(default=0.001, gt=0)

    @field_validator("role")
    @classmethod
    def _known(cls, role: str) -> str:
        if role and role not in RAIL_ROLES:
            raise ValueError(unknown("role", role, RAIL_ROLES))
        return role

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.nominal_volts >= self.abs_max_volts:
            raise ValueError(f"rail {self.name}: nominal_volts must lie below abs_max_volts")
        if (self.low_volts is None) != (self.high_volts is None):
            raise ValueError(f"rail {self.name}: give low_volts and high_volts together, or neither")
        if self.low_volts is not None and self.high_volts is not None:
            if not self.low_volts <= self.nominal_volts <= self.high_volts:
                raise ValueError(f"rail {self.name}: nominal_volts must lie between low_volts and high_volts")
            if self.high_volts > self.abs_max_volts:
                raise ValueError(f"rail {self.name}: high_volts lies above abs_max_volts")
        return self

    @property
    def comes_with_input(self) -> bool:
        """Whether it is up as soon as the sled has its 54 V, and down only without: nobody switches it."""
        return self.role == "standby"

    @property
    def is_knob(self) -> bool:
        """Whether a plan may move it."""
        return self.low_volts is not None


class ClockFacts(FileModel):
    """`[clock]`: the core clock."""

    name: str = "core_clock"
    nominal_hertz: float = Field(gt=0)
    low_hertz: float = Field(gt=0)
    high_hertz: float = Field(gt=0)
    tolerance_ppm: float = Field(default=100.0, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low_hertz <= self.nominal_hertz <= self.high_hertz:
            raise ValueError("nominal_hertz must lie between low_hertz and high_hertz")
        return self


class CoolantFacts(FileModel):
    """`[coolant]`: what the sled may be cooled with, and what it starts at."""

    nominal_celsius: float
    low_celsius: float
    high_celsius: float
    nominal_lpm: float = Field(gt=0)
    low_lpm: float = Field(gt=0)
    high_lpm: float = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low_celsius <= self.nominal_celsius <= self.high_celsius:
            raise ValueError("nominal_celsius must lie between low_celsius and high_celsius")
        if not self.low_lpm <= self.nominal_lpm <= self.high_lpm:
            raise ValueError("nominal_lpm must lie between low_lpm and high_lpm")
        return self


class BootFacts(FileModel):
    """`[boot]`: how long the host may take."""

    ready_within_s: float = Field(default=600.0, gt=0)


class LimitFacts(FileModel):
    """`[limits.NAME]`: what every plan may judge a measurement of that name by."""

    low: float | None = None
    high: float | None = None
    unit: str
    marginal: float = Field(default=0.0, ge=0)
    source: str = ""

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        dimension(unit)
        return unit

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        self.limit()
        return self

    def limit(self) -> Limit:
        """As plans and the journal use it."""
        return Limit(self.low, self.high, self.unit, self.marginal, self.source)


class ProductModel(FileModel):
    """The whole file."""

    product: ProductFacts
    input: InputFacts
    rails: tuple[Rail, ...] = Field(min_length=1)
    clock: ClockFacts
    coolant: CoolantFacts
    boot: BootFacts = BootFacts()
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
    def chips(self) -> range:
        """The chips' numbers."""
        return range(self.facts.product.chips)

    def instances(self, rail: Rail) -> tuple[str, ...]:
        """The names of a rail's instances: one per chip, or the rail itself."""
        return tuple(f"{rail.name}.{chip}" for chip in self.chips) if rail.per_chip else (rail.name,)


def load_product(path: Path) -> Product:
    """Read and check a product file.

    Raises:
        FileMistake, UsageError: with path, line, what is wrong and the nearest valid name.
    """
    text = read_text(path)
    facts = parse(ProductModel, path, text)
    seen = {COOLANT: "the coolant's own knob", FLOW: "the coolant's own knob"}
    rails = ((rail.name, ("rails", place, "name"), "rail") for place, rail in enumerate(facts.rails))
    for name, location, what in chain(rails, [(facts.clock.name, ("clock", "name"), "clock")]):
        if name in seen:
            raise FileMistake(path, line_of(text, location), f"{what} {name!r} is the name of {seen[name]} already")
        seen[name] = f"a {what}"
    return Product(facts, Source("product", str(path), text))
