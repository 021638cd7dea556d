"""A slot's instruments, made into what a run needs: knobs, injected parameters, witnesses, samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..axes import Point
from ..capabilities import HostState
from ..clock import Clock
from ..errors import BenchError
from ..events import SlotState
from ..evidence import BUDGET_S, POWER_UP_BUDGET_S
from ..files.product import Product
from ..measure import Measure
from ..operator import Operator
from ..power import PowerSequence
from ..sled import LoadedLook, Sled
from ..validity import Loaded, doubts
from .attempt import Attempt, KnobMover, Witness
from .bench import SlotBench
from .binding import BoundPlan
from .energized import SlotPower
from .knobs import Knob, clock_knob, rail_knob
from .monitor import Sample, SlotMonitor
from .night_log import NightLog
from .shared import SharedKnobs
from .slot_run import SlotTools


def tools_for(
    bound: BoundPlan,
    slot: SlotBench,
    power: SlotPower,
    shared: SharedKnobs,
    operator: Operator,
    log: NightLog,
    monitor: SlotMonitor,
) -> SlotTools:
    """Everything that one run needs of a powered (or, for a plan that walks the power, unpowered) slot."""
    sled = slot.sled()
    knobs = _local_knobs(bound, slot)
    mover = KnobMover(knobs, slot.clock)
    witnesses = () if bound.walks_power else _witnesses(bound, slot, sled, shared, mover)
    attempt = Attempt(
        plan=bound.plan,
        limits=bound.limits,
        clock=slot.clock,
        origin_s=log.origin_s,
        mover=mover,
        inject=_injector(bound, slot, sled, power, _ShownOperator(operator, monitor)),
        witnesses=witnesses,
        moving=lambda: monitor.state(SlotState.SETTLING),
        running=lambda: monitor.state(SlotState.RUNNING),
        post_mortem=lambda: "" if bound.walks_power else _post_mortem(bound, slot),
        evidence=lambda: slot.evidence(log.origin_s, POWER_UP_BUDGET_S if bound.walks_power else BUDGET_S),
    )
    return SlotTools(
        serial_number=slot.serial_number,
        attempt=attempt,
        mover=mover,
        sample=_sampler(slot, sled),
        is_ready=lambda: bound.walks_power or _is_ready(slot),
        recover=power.cycle,
    )


class _ShownOperator:
    """An operator whose holds the screens show."""

    def __init__(self, operator: Operator, monitor: SlotMonitor) -> None:
        self._operator = operator
        self._monitor = monitor
        self.tell = operator.tell

    def hold(self, question: str) -> None:
        self._monitor.state(SlotState.HOLDING, question)
        self._operator.hold(question)
        self._monitor.state(SlotState.RUNNING)


def _post_mortem(bound: BoundPlan, slot: SlotBench) -> str:
    """What the rails say of a sled that has just failed, before a power cycle destroys it; "" if all are on."""
    switched = [rail for rail in bound.product.facts.rails if not rail.comes_with_input]
    try:
        readings = [reading for rail in switched for reading in slot.controller.read_rail(rail.name)]
    except BenchError:
        return "its management controller does not answer either"
    off = [reading.name for reading in readings if not reading.on]
    if off and len(off) == len(readings):
        return f"every rail is off: look at the {bound.product.input_name} input (brown-out, trip) before the chips"
    return f"tripped: {', '.join(off)}" if off else ""


def _is_ready(slot: SlotBench) -> bool:
    try:
        return slot.controller.host_state() is HostState.READY
    except BenchError:
        return False


def _local_knobs(bound: BoundPlan, slot: SlotBench) -> dict[str, Knob]:
    clock_name = bound.product.facts.clock.name
    knobs = {}
    for name, spec in bound.knobs.items():
        if not spec.shared:
            make = clock_knob if name == clock_name else rail_knob
            knobs[name] = make(spec, slot.controller)
    return knobs


def _injector(
    bound: BoundPlan, slot: SlotBench, sled: Sled, power: SlotPower, operator: Operator
) -> Callable[[Point, Measure], Sequence[object]]:
    of_slot: dict[object, object] = {Sled: sled, Operator: operator, PowerSequence: power, Clock: slot.clock}
    of_point = (Point, Measure)
    given = {
        wanted.name: slot.roles[wanted.name] if wanted.is_instrument else of_slot[wanted.kind]
        for wanted in bound.wanted
        if wanted.kind not in of_point
    }

    def pick(point: Point, measure: Measure) -> list[object]:
        fresh: dict[object, object] = {Point: point, Measure: measure}
        return [fresh[wanted.kind] if wanted.kind in fresh else given[wanted.name] for wanted in bound.wanted]

    return pick


def _witnesses(
    bound: BoundPlan, slot: SlotBench, sled: Sled, shared: SharedKnobs, mover: KnobMover
) -> tuple[Witness, ...]:
    clock = bound.product.facts.clock
    controller = slot.controller  # once: looking whether it is one was measured to cost a point 50 µs

    def ran_as_asked() -> str:
        results = sled.take_results()
        throttled = {chip.chip for result in results for chip in result.chips if chip.throttled}
        if throttled:
            return f"throttled: chips {sorted(throttled)} ran below their clock"
        wanted = mover.at[clock.name]
        slow = [
            f"chip {chip.chip} ran {result.workload} at {chip.hertz:.6g} Hz"
            for result in results
            for chip in result.chips
            if abs(chip.hertz - wanted) > wanted * clock.tolerance_ppm * 1e-6
        ]
        return f"wrong clock: {', '.join(slow)} for {wanted:.6g} Hz commanded" if slow else ""

    def clock_is_true() -> str:
        hertz, wanted = controller.measured_clock(), mover.at[clock.name]
        if abs(hertz - wanted) <= wanted * clock.tolerance_ppm * 1e-6:
            return ""
        return f"wrong clock: {hertz:.6g} Hz measured for {wanted:.6g} Hz commanded"

    def balanced() -> str:
        stirred = slot.clock.now() - shared.stirred_s < bound.product.facts.coolant.soak_s
        looks = [_loaded(bound.product, look, stirred=stirred) for look in sled.take_loads()]
        return "; ".join(dict.fromkeys(text for look in looks for text in doubts(bound.product, look)))

    return (ran_as_asked, clock_is_true, shared.drift, balanced)


def _loaded(product: Product, look: LoadedLook, *, stirred: bool) -> Loaded:
    return Loaded(
        input=look.sled.input,
        celsius=look.sled.celsius,
        core=look.core,
        supply_volts=look.beside.supply_volts,
        supply_amps=look.beside.supply_amps,
        coolant_lpm=look.beside.coolant_lpm,
        rested=look.load_s >= product.facts.coolant.rest_s and not stirred,
    )


def _sampler(slot: SlotBench, sled: Sled) -> Callable[[], Sample | None]:
    core = next((rail.name for rail in slot.product.facts.rails if rail.role == "core"), None)

    def sample() -> Sample | None:
        # A screen's numbers: where they cannot be had, the older ones stay, and their age shows.
        try:
            look = sled.take_look()
            volts = sled.rail(core)[0].volts if core else None
            return Sample(volts, sled.clock(), max(look.junctions.values()), look.input.watts)
        except (BenchError, ValueError):
            return None

    return sample
