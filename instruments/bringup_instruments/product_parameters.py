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
from bringup.files.product_hardware import ChipFacts, HostFacts, LinkFacts, RegulatorFacts, SensorFacts
from bringup.files.product_power import InputFacts, Rail
from bringup.files.toml_file import line_of
from bringup.nearest import unknown

from .physics.hardware import (
    AcceleratorParameters,
    LeakParameters,
    LinkParameters,
    MachineParameters,
    MemoryParameters,
    RegulatorParameters,
    SensorParameters,
)
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

_PARTS = ("chip", "vr", "thermal", "input", "host", "variation", "coolant", "rails", "memory")


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
            clock_name=clock.name,
            rails=tuple(_rail(product, rail) for rail in facts.rails),
            chip=_with(product, "chip", chip),
            vr=_with(product, "vr", VrParameters()),
            thermal=_with(
                product,
                "thermal",
                ThermalParameters(coolant_joules_per_litre_kelvin=facts.coolant.joules_per_litre_kelvin),
            ),
            input=_with(product, "input", _input(facts.input)),
            host=_with(product, "host", HostParameters()),
            variation=_with(product, "variation", VariationParameters()),
            accelerator=_accelerator(facts.chip),
            machine=_machine(facts.host),
            memory=_with(product, "memory", _memory(facts.chip)),
            links=tuple(_link(link) for link in facts.links),
            sensors=tuple(_sensor(sensor) for sensor in facts.sensors),
            leak_detectors=tuple(
                LeakParameters(one.name, one.kind, one.dry_ohms, one.wet_ohms) for one in facts.leak_detectors
            ),
            regulators=tuple(_regulator(regulator) for regulator in facts.regulators),
            scan_chain=product.scan_chain,
            sku=facts.chip.sku,
            cores=facts.chip.cores,
        )
    except (TypeError, ValueError) as problem:
        raise _mistake(product, str(problem)) from None


def coolant_parameters(product: Product) -> CoolantParameters:
    """The loop that a product hangs on, at its nominal set-points.

    Raises:
        FileMistake: `[simulation.coolant]` names a parameter that the physics does not have.
    """
    facts = product.facts.coolant
    nominal = CoolantParameters(
        supply_celsius=facts.nominal_celsius,
        flow_lpm=facts.nominal_lpm,
        joules_per_litre_kelvin=facts.joules_per_litre_kelvin,
    )
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
        lsb_volts=_step_volts(product, rail),
        trip_amps=rail.trip_amps,
    )
    if rail.golden_ohms is not None:
        made = replace(made, ground_ohms=rail.golden_ohms)
    overrides = _table(product, "rails").get(rail.name, {})
    return _replaced(product, made, overrides, "rails", rail.name)


_LOCK_OUT_ON, _LOCK_OUT_OFF = 42.0 / 54.0, 38.0 / 54.0
"""Of the input's nominal voltage: what 54 V hot-swap controllers are set to (estimates)."""


def _input(facts: InputFacts) -> InputParameters:
    volts = facts.nominal_volts
    return InputParameters(
        abs_max_volts=facts.abs_max_volts,
        on_volts=volts * _LOCK_OUT_ON,
        off_volts=volts * _LOCK_OUT_OFF,
        standby_watts=facts.standby_watts,
    )


def _step_volts(product: Product, rail: Rail) -> float:
    """A regulator that has PMBus tells its step by VOUT_MODE; another rail's stands in the file."""
    for regulator in product.facts.regulators:
        if rail.name in regulator.rails:
            return float(2.0**regulator.vout_exponent)
    return rail.step_volts


def _accelerator(chip: ChipFacts) -> AcceleratorParameters:
    return AcceleratorParameters(chip.model, chip.cores, chip.arch, chip.pci_id)


def _machine(host: HostFacts) -> MachineParameters:
    return MachineParameters(host.processor, int(host.memory_gib * 2**30), host.cpus, host.network_cards)


def _memory(chip: ChipFacts) -> MemoryParameters:
    each = int(chip.memory_gib * 2**30 / max(chip.memory_stacks, 1))
    return MemoryParameters(stacks=chip.memory_stacks, channels=chip.channels_per_stack, bytes_each=each)


def _link(link: LinkFacts) -> LinkParameters:
    return LinkParameters(
        link.name, link.kind, link.to, link.generation, link.lanes, link.gbit_per_lane, link.of_each_chip
    )


_SIGMAS = 3.0
"""A good sensor's accuracy is what its maker tests: three sigma of the units."""


def _sensor(sensor: SensorFacts) -> SensorParameters:
    return SensorParameters(
        name=sensor.name,
        quantity=sensor.quantity,
        unit=sensor.unit,
        places=sensor.read_at,
        per_chip=sensor.per_chip,
        resolution=sensor.resolution,
        sigma=sensor.tolerance(1.0) / _SIGMAS,
        period_s=sensor.period_s,
        delay_s=sensor.delay_s,
        average_s=sensor.average_s,
        low=-273.0 if sensor.unit == "degC" else 0.0,
    )


def _regulator(one: RegulatorFacts) -> RegulatorParameters:
    return RegulatorParameters(
        name=one.name,
        rails=one.rails,
        bus=one.bus,
        address=one.address,
        model=one.model,
        phases=one.phases,
        config_version=one.config_version,
        config_crc=one.config_crc,
        vout_exponent=one.vout_exponent,
        per_chip=one.per_chip,
    )


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
