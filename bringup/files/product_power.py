"""The electrical and thermal part of a product file: its input, rails, clock, coolant, and the limits on all of them.

Neighbours: `product.py` reads the whole file, `product_hardware.py` has what else a sled is made of.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ..limits import Limit
from ..nearest import unknown
from ..units import dimension
from .toml_file import FileModel

RAIL_ROLES = ("standby", "uncore", "sram", "core", "hbm")


class InputFacts(FileModel):
    """`[input]`: what the bulk supply gives the sled.

    `standby_watts` is what good boards take with the standby rails alone, within `standby_percent`.
    """

    nominal_volts: float = Field(gt=0)
    abs_max_volts: float = Field(gt=0)
    current_limit_amps: float = Field(gt=0)
    standby_limit_amps: float = Field(gt=0)
    off_below_volts: float = Field(default=1.0, gt=0)
    standby_watts: float = Field(default=14.0, gt=0)
    standby_percent: float = Field(default=20.0, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.nominal_volts >= self.abs_max_volts:
            raise ValueError("nominal_volts must lie below abs_max_volts")
        return self


class Rail(FileModel):
    """`[[rails]]`: one supply net; the file's order is the power-on order, its reverse the way down.

    `role` says what it feeds; a standby rail is up as soon as the sled has its input. `low_volts` and `high_volts`
    bound what a plan may set; a rail without them is not a knob. `golden_ohms` is what good boards show between the
    unpowered rail and ground, `golden_amps` what they take once the rail is up, both within `golden_percent`;
    `trip_amps` is where its regulator trips.
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
    golden_ohms: float | None = Field(default=None, gt=0)
    golden_amps: float | None = Field(default=None, ge=0)
    golden_percent: float = Field(default=30.0, gt=0)
    trip_amps: float | None = Field(default=None, gt=0)

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
    """`[coolant]`: what the sled may be cooled with, and what it starts at.

    `medium` is "liquid" or "air"; the flow of either is in litres per minute for the sled. `joules_per_litre_kelvin` is
    what a litre carries away: about 25 % propylene glycol in water, unless the file says otherwise; air is 1.17. After
    `rest_s` of a load the heat is in balance: five time constants of the plates. After a move of the coolant that takes
    `soak_s`: boards are slower.
    """

    medium: Literal["liquid", "air"] = "liquid"
    joules_per_litre_kelvin: float = Field(default=3980.0, gt=0)
    rest_s: float = Field(default=30.0, gt=0)
    soak_s: float = Field(default=1000.0, ge=0)
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
    """`[limits.NAME]`: what every plan may judge a measurement of that name by.

    `requirement` is the id of what it proves, `version` that of the document which `source` names.
    """

    low: float | None = None
    high: float | None = None
    unit: str
    marginal: float = Field(default=0.0, ge=0)
    source: str = ""
    version: str = ""
    requirement: str = ""

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
        return Limit(self.low, self.high, self.unit, self.marginal, self.source, self.version, self.requirement)
