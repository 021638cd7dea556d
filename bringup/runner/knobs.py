"""Knobs: what a plan may move, how it is moved, and when it counts as arrived.

A `KnobSpec` is what can be known without a bench (bounds, settling, cost); a `Knob` moves the real thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..capabilities import CoolantLoop, SledController
from ..errors import RailFault
from ..files.product import COOLANT, FLOW, Product
from ..files.station import SettleFacts


@dataclass(frozen=True, slots=True)
class Settle:
    """When a moved knob counts as arrived: read-back in band, and no longer on its way.

    Attributes:
        tolerance: largest distance of the read-back from the target, in the knob's unit.
        slope_per_min: largest rate of change, in the knob's unit per minute; None where only the band counts.
        poll_s: how often it is read.
        timeout_s: after which the point is INVALID.
    """

    tolerance: float
    slope_per_min: float | None
    poll_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class KnobSpec:
    """A knob as far as files know it.

    Attributes:
        name: as plans write it.
        unit: of its values.
        low: lowest value that a plan may set.
        high: highest value that a plan may set.
        bound: what the bounds come from, for messages ("absolute maximum 0.95 V").
        settle: when it counts as arrived.
        cost_s: what one move is expected to take, in lab seconds.
        shared: whether one instrument moves it for several slots.
    """

    name: str
    unit: str
    low: float
    high: float
    bound: str
    settle: Settle
    cost_s: float
    shared: bool


@dataclass(frozen=True, slots=True)
class Knob:
    """A knob on a bench.

    Attributes:
        spec: what is known of it.
        move: command a new value; the instrument has accepted it when this returns.
        read: what it really is.
    """

    spec: KnobSpec
    move: Callable[[float], None]
    read: Callable[[], float]


def knob_specs(product: Product, overrides: dict[str, SettleFacts]) -> dict[str, KnobSpec]:
    """Every knob of a product in a station, by name.

    The settling values are estimates for this class of hardware; the station's `[settle.KNOB]` replaces any of
    them. The coolant's band and slope follow from the sensitivity of Vmin to temperature (about -0.3 mV/degC).
    """
    specs = [*_rail_specs(product), _clock_spec(product), *_coolant_specs(product)]
    return {spec.name: _overridden(spec, overrides.get(spec.name.partition(".")[0])) for spec in specs}


def _rail_specs(product: Product) -> list[KnobSpec]:
    specs = []
    for rail in product.facts.rails:
        if rail.low_volts is None or rail.high_volts is None:
            continue
        settle = Settle(rail.nominal_volts * rail.tolerance_percent / 100, None, poll_s=0.1, timeout_s=10.0)
        bound = (
            f"the product allows {rail.low_volts:g} … {rail.high_volts:g} V, absolute maximum {rail.abs_max_volts:g} V"
        )
        names = {rail.name, *product.instances(rail)}
        specs += [
            KnobSpec(name, "V", rail.low_volts, rail.high_volts, bound, settle, cost_s=1.0, shared=False)
            for name in sorted(names)
        ]
    return specs


def _clock_spec(product: Product) -> KnobSpec:
    clock = product.facts.clock
    settle = Settle(clock.nominal_hertz * clock.tolerance_ppm * 1e-6, None, poll_s=0.5, timeout_s=20.0)
    bound = f"the product allows {clock.low_hertz:g} … {clock.high_hertz:g} Hz"
    return KnobSpec(clock.name, "Hz", clock.low_hertz, clock.high_hertz, bound, settle, cost_s=3.0, shared=False)


def _coolant_specs(product: Product) -> tuple[KnobSpec, KnobSpec]:
    facts = product.facts.coolant
    warm = Settle(tolerance=0.5, slope_per_min=0.2, poll_s=10.0, timeout_s=3600.0)
    flow = Settle(tolerance=0.1 * facts.nominal_lpm, slope_per_min=None, poll_s=2.0, timeout_s=120.0)
    celsius_bound = f"the product allows {facts.low_celsius:g} … {facts.high_celsius:g} degC"
    flow_bound = f"the product allows {facts.low_lpm:g} … {facts.high_lpm:g} L/min"
    return (
        KnobSpec(COOLANT, "degC", facts.low_celsius, facts.high_celsius, celsius_bound, warm, 1000.0, shared=True),
        KnobSpec(FLOW, "L/min", facts.low_lpm, facts.high_lpm, flow_bound, flow, 30.0, shared=True),
    )


def _overridden(spec: KnobSpec, facts: SettleFacts | None) -> KnobSpec:
    if facts is None:
        return spec
    given = facts.model_dump(exclude_none=True)
    cost_s = given.pop("cost_s", spec.cost_s)
    return replace(spec, settle=replace(spec.settle, **given), cost_s=cost_s)


def rail_knob(spec: KnobSpec, controller: SledController) -> Knob:
    """A rail, read back as the instance that is farthest off; one that has tripped is a fault, not a reading."""

    def read() -> float:
        readings = controller.read_rail(spec.name)
        tripped = [reading.name for reading in readings if not reading.on]
        if tripped:
            raise RailFault(f"rail {', '.join(tripped)} has tripped: it is off though nobody switched it off")
        return max((reading.volts for reading in readings), key=lambda volts: abs(volts - readings[0].set_volts))

    return Knob(spec, lambda volts: controller.set_rail(spec.name, volts), read)


def clock_knob(spec: KnobSpec, controller: SledController) -> Knob:
    """The core clock, read back by its counter."""
    return Knob(spec, controller.set_clock, controller.measured_clock)


def coolant_knobs(specs: dict[str, KnobSpec], loop: CoolantLoop) -> dict[str, Knob]:
    """The coolant's two knobs: supply temperature and flow."""
    return {
        COOLANT: Knob(specs[COOLANT], loop.set_supply_celsius, loop.supply_celsius),
        FLOW: Knob(specs[FLOW], loop.set_flow_lpm, loop.flow_lpm),
    }
