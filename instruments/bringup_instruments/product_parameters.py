"""A product file, translated into what the physics needs; `[simulation.PART]` overrides any of its defaults.

Neighbours: `bringup.files.product` reads the file, `physics.parameters` holds the numbers, `lab.py` asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from bringup.errors import FileMistake
from bringup.files.product import Product
from bringup.files.product_power import Rail
from bringup.files.toml_file import line_of
from bringup.nearest import unknown

from .physics.parameters import (
    ChipParameters,
    CoolantParameters,
    HostParameters,
    InputParameters,
    RailParameters,
    Role,
    SledParameters,
    ThermalParameters,
    VariationParameters,
    VrParameters,
)

T = TypeVar("T")

_PARTS = ("chip", "vr", "thermal", "input", "host", "variation", "coolant", "rails")


def sled_parameters(product: Product) -> SledParameters:
    """The sled of a product.

    Raises:
        FileMistake: `[simulation]` names a part or a parameter that the physics does not have, or what comes
            out is no sled (no core rail, for one).
    """
    facts = product.facts
    for part in facts.simulation:
        if part not in _PARTS:
            raise _mistake(product, unknown("part of the simulation", part, _PARTS), part)
    clock = facts.clock
    chip = ChipParameters(clock_hertz=clock.nominal_hertz)
    try:
        return SledParameters(
            product=product.name,
            board_revision=facts.product.revision,
            chips=facts.product.chips,
            rails=tuple(_rail(product, rail) for rail in facts.rails),
            chip=_with(product, "chip", chip),
            vr=_with(product, "vr", VrParameters()),
            thermal=_with(product, "thermal", ThermalParameters()),
            input=_with(product, "input", InputParameters(abs_max_volts=facts.input.abs_max_volts)),
            host=_with(product, "host", HostParameters()),
            variation=_with(product, "variation", VariationParameters()),
        )
    except (TypeError, ValueError) as problem:
        raise _mistake(product, str(problem)) from None


def coolant_parameters(product: Product) -> CoolantParameters:
    """The loop that a product hangs on, at its nominal set-points.

    Raises:
        FileMistake: `[simulation.coolant]` names a parameter that the physics does not have.
    """
    facts = product.facts.coolant
    nominal = CoolantParameters(supply_celsius=facts.nominal_celsius, flow_lpm=facts.nominal_lpm)
    return _with(product, "coolant", nominal)


def _rail(product: Product, rail: Rail) -> RailParameters:
    roles = {role.value: role for role in Role}
    if rail.role not in roles:
        place = product.facts.rails.index(rail)
        what = f"rail {rail.name}: " + unknown("role", rail.role, roles)
        raise FileMistake(Path(product.source.path), line_of(product.source.text, ("rails", place, "role")), what)
    made = RailParameters(
        name=rail.name,
        role=roles[rail.role],
        volts=rail.nominal_volts,
        abs_max_volts=rail.abs_max_volts,
        per_chip=rail.per_chip,
        ramp_s=rail.ramp_s,
        power_good_s=rail.power_good_s,
        lsb_volts=rail.step_volts,
    )
    overrides = _table(product, "rails").get(rail.name, {})
    return _replaced(product, made, overrides, "rails", rail.name)


def _with(product: Product, part: str, default: T) -> T:
    return _replaced(product, default, _table(product, part), part)


def _table(product: Product, part: str) -> Mapping[str, Any]:
    table = product.facts.simulation.get(part, {})
    if not isinstance(table, Mapping):
        raise _mistake(product, f"simulation.{part} is a table of parameters, not {table!r}", part)
    return table


def _replaced(product: Product, default: T, table: object, *part: str) -> T:
    if not isinstance(table, Mapping):
        raise _mistake(product, f"simulation.{'.'.join(part)} is a table of parameters, not {table!r}", *part)
    known = {field.name for field in fields(default)}  # type: ignore[arg-type]
    for name in table:
        if name not in known:
            raise _mistake(product, unknown(f"parameter of simulation.{'.'.join(part)}", name, known), *part, name)
    return replace(default, **table)  # type: ignore[type-var]


def _mistake(product: Product, what: str, *location: str) -> FileMistake:
    return FileMistake(Path(product.source.path), line_of(product.source.text, ("simulation", *location)), what)
