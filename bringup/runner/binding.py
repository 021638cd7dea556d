"""A plan meets a slot: everything that files alone can prove wrong is found here, before power.

Axes get the knobs' own units and the slowest outermost; limits get the product's; every value is held against
what the product allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .. import hooks
from ..axes import Axis, Point, points_of, span
from ..files.plan_file import plan_source
from ..files.product import COOLANT, FLOW, Product
from ..files.station import Station
from ..injection import Wanted, wanted_by
from ..limits import Limit
from ..nearest import unknown
from ..plans import Plan
from ..power import PowerSequence
from ..records import AxisStart, Source
from ..units import UnitMistake, convert
from .knobs import KnobSpec, knob_specs


@dataclass(frozen=True, slots=True)
class BoundPlan:
    """A plan that is valid for one slot of one station.

    Attributes:
        plan: as written.
        source: its file's text, for the journal.
        slot: where it will run.
        product: of the sled there.
        axes: slowest first, in the knobs' own units.
        points: every point, in order.
        at: every knob that the plan does not sweep, and where it belongs: as the plan says, else nominal.
        knobs: every knob's spec by name.
        limits: by announced measurement.
        wanted: what the body wants injected.
        walks_power: whether the plan brings the rails up itself, step by step.
    """

    plan: Plan
    source: Source
    slot: str
    product: Product
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    at: Mapping[str, float]
    knobs: Mapping[str, KnobSpec]
    limits: Mapping[str, Limit]
    wanted: tuple[Wanted, ...]
    walks_power: bool

    def shared_values(self, point: Point) -> dict[str, float]:
        """What the knobs that slots share must be at this point."""
        values = {**self.at, **point.values}
        return {knob: value for knob, value in values.items() if self.knobs[knob].shared}

    def local_values(self, point: Point) -> dict[str, float]:
        """What this slot's own knobs must be at this point; nothing where the plan brings the rails up itself."""
        if self.walks_power:
            return {}
        values = {**self.at, **point.values}
        return {knob: value for knob, value in values.items() if not self.knobs[knob].shared}

    def has_to_pass(self, point: Point) -> bool:
        """Whether a failure at this point is the sled's, not the edge that a walk looks for."""
        return all(axis.has_to_pass(point.values[axis.knob]) for axis in self.axes)

    def axis_starts(self) -> tuple[AxisStart, ...]:
        """The axes as the journal keeps them."""
        return tuple(AxisStart(axis.knob, self.knobs[axis.knob].unit, axis.values, _edge(axis)) for axis in self.axes)


def bind(plan: Plan, station: Station, slot: str) -> BoundPlan:
    """Hold a plan against the slot that it is to run in.

    Raises:
        FileMistake: with the plan's line: an unknown knob, a value beyond what the product allows, a wrong
            unit, a limit that contradicts the product's, a role that the slot does not have.
    """
    product = station.products[slot]
    specs = knob_specs(product, station.facts.settle)
    axes = tuple(_bound_axis(plan, axis, specs) for axis in plan.axes)
    at = {knob: _checked(plan, knob, value, specs) for knob, value in plan.at.items()}
    swept = {axis.knob for axis in axes}
    nominal = {knob: value for knob, value in _nominal(product).items() if knob not in swept}
    ordered = span(axes, {name: spec.cost_s for name, spec in specs.items()})
    wanted = _wanted(plan, station, slot)
    return BoundPlan(
        plan=plan,
        source=plan_source(plan),
        slot=slot,
        product=product,
        axes=ordered,
        points=tuple(points_of(ordered)),
        at={**nominal, **at},
        knobs=specs,
        limits={name: _limit(plan, name, product) for name in plan.limits},
        wanted=wanted,
        walks_power=any(parameter.kind is PowerSequence for parameter in wanted),
    )


def _nominal(product: Product) -> dict[str, float]:
    """Every knob's nominal value: what an earlier plan moved is moved back before this one measures."""
    facts = product.facts
    return {
        COOLANT: facts.coolant.nominal_celsius,
        FLOW: facts.coolant.nominal_lpm,
        facts.clock.name: facts.clock.nominal_hertz,
        **{rail.name: rail.nominal_volts for rail in facts.rails if rail.is_knob},
    }


def _edge(axis: Axis) -> float | None:
    if not axis.stop_at_fail:
        return None
    return axis.values[0] if axis.must_pass_to is None else axis.must_pass_to


def _bound_axis(plan: Plan, axis: Axis, specs: Mapping[str, KnobSpec]) -> Axis:
    values = tuple(_checked(plan, axis.knob, value, specs, axis.unit) for value in axis.values)
    last = axis.must_pass_to
    if last is not None:
        last = _checked(plan, axis.knob, last, specs, axis.unit)
    return replace(axis, values=values, unit=specs[axis.knob].unit, must_pass_to=last)


def _checked(plan: Plan, knob: str, value: float, specs: Mapping[str, KnobSpec], unit: str = "") -> float:
    spec = specs.get(knob)
    if spec is None:
        raise plan.mistake(unknown("knob", knob, specs), knob)
    if unit:
        try:
            value = convert(value, unit, spec.unit)
        except UnitMistake as mistake:
            raise plan.mistake(f"knob {knob!r} moves in {spec.unit}: {mistake}", knob) from None
    if not spec.low <= value <= spec.high:
        raise plan.mistake(f"{knob} = {value:g} {spec.unit} is refused: {spec.bound}", knob)
    return value


def _limit(plan: Plan, name: str, product: Product) -> Limit:
    given = plan.limits[name]
    of_product = product.limits.get(name)
    if not isinstance(given, Limit):
        if of_product is None:
            what = unknown("limit", name, product.limits) + f" in {product.source.path}"
            raise plan.mistake(what, name)
        return of_product
    if of_product is None:
        return given
    try:
        tighter = given.within(of_product)
    except UnitMistake as mistake:
        raise plan.mistake(f"limit {name!r} against {product.source.path}: {mistake}", name) from None
    if not tighter and given != Limit(unit=given.unit):
        what = f"limit {name!r} ({given}) is looser than the product's ({of_product}); a plan may only tighten it"
        raise plan.mistake(what, name)
    return _traced(given, of_product) if tighter else given


def _traced(given: Limit, of_product: Limit) -> Limit:
    """A plan's limit that also proves what the product's is there to prove.

    Whatever passes the tighter limit passes the product's, and so meets its requirement. Source and version say where
    the figures come from: they stay the plan's own, unless the figures are the product's.
    """
    traced = replace(given, requirement=given.requirement or of_product.requirement)
    if given.source or given.version or not of_product.within(given):
        return traced
    return replace(traced, source=of_product.source, version=of_product.version)


def _wanted(plan: Plan, station: Station, slot: str) -> tuple[Wanted, ...]:
    roles = station.facts.slots[slot].roles
    wanted = wanted_by(plan)
    for parameter in wanted:
        if not parameter.is_instrument:
            continue
        if parameter.name not in roles:
            what = f"slot {slot} of {station.path}: " + unknown("role", parameter.name, roles)
            raise plan.mistake(what, parameter.name)
        model = station.facts.instruments[roles[parameter.name]].model
        if parameter.kind not in hooks.drivers()[model].provides:
            what = f"the {parameter.name} of slot {slot}, {model}, is no {parameter.kind.__name__}"
            raise plan.mistake(f"{what}; the parameter's name is the role that it wants", parameter.name)
    return wanted
