"""What is looked at on the way up beside each rail's own voltage: the input, what standby takes, who contradicts whom.

Anything odd stops the way up with words that say what to look at first. Neighbours: `energized.SlotPower` calls these
between its steps.
"""

from __future__ import annotations

from collections.abc import Callable

from ..capabilities import I2cBus, RailReading
from ..errors import BenchError, InstrumentError, NoReply, RailFault, TelemetryLie
from ..files.product_power import Rail
from ..power import PowerStep
from ..regulators import regulators_of
from ..validity.balances import SENSE_VOLTS
from .bench import SlotBench

HICCUP_WATCH_S = 3.0  # hot-swap controllers try again about once a second
HICCUP_POLL_S = 0.02
ACCOUNTS_WATTS, ACCOUNTS_PERCENT = 20.0, 10.0  # supply and sled at standby: a kW supply hardly sees it


def check_standby(slot: SlotBench, step: PowerStep) -> None:
    """Golden boards take so much with the standby rails alone: more is a soft short, or a wrong configuration.

    Raises:
        TelemetryLie: the sled's own account has nothing to do with the supply's.
        RailFault: the standby power is out of its band.
    """
    facts = slot.product.facts.input
    given = slot.supply.volts() * slot.supply.amps()
    if abs(step.input_watts - given) > ACCOUNTS_WATTS + ACCOUNTS_PERCENT / 100 * max(given, 0.0):
        raise TelemetryLie(
            f"slot {slot.name}: vin.watts reads {step.input_watts:.1f} W where the supply gives {given:.1f} W: it lies"
        )
    if abs(step.input_watts - facts.standby_watts) <= facts.standby_watts * facts.standby_percent / 100:
        return
    amps = ", ".join(f"{reading.name} {reading.amps:.2f} A" for reading in _standby(slot))
    raise RailFault(
        f"slot {slot.name}: standby takes {step.input_watts:.1f} W, golden boards {facts.standby_watts:g} W "
        f"±{facts.standby_percent:g} % ({amps}): look for a soft short with an infrared camera, and at the "
        "regulators' configuration, before another rail comes up"
    )


def _standby(slot: SlotBench) -> list[RailReading]:
    rails = [rail for rail in slot.product.facts.rails if rail.comes_with_input]
    return [reading for rail in rails for reading in slot.controller.read_rail(rail.name)]


def check_sense(slot: SlotBench) -> None:
    """A supply with an open sense lead gives more than it says, and would go on to do so under load.

    Raises:
        BenchError: the sled reads more than the supply says.
    """
    at_sled, at_supply = slot.controller.input().volts, slot.supply.volts()
    if at_sled - at_supply > SENSE_VOLTS:
        raise BenchError(
            f"slot {slot.name}: the sled reads {at_sled:.2f} V where the supply says {at_supply:.2f} V: a sense lead "
            "is open, or one of the two lies. Measure the input before anything else comes up"
        )


def check_input_holds(slot: SlotBench) -> None:
    """A controller that is silent may have no power: an input that comes and goes is the sled's fault.

    Raises:
        RailFault: it does.
    """
    floor = slot.product.facts.input.nominal_volts * 0.95
    end_s = slot.clock.now() + HICCUP_WATCH_S
    seen: list[float] = []
    while slot.clock.now() < end_s:
        seen.append(slot.supply.volts())
        slot.clock.sleep(HICCUP_POLL_S)
    low = sum(volts < floor for volts in seen)
    if low:
        raise RailFault(
            f"slot {slot.name}: the input comes and collapses: {min(seen):.1f} V at the lowest, below {floor:.1f} V in "
            f"{low} of {len(seen)} looks over {HICCUP_WATCH_S:g} s. An inrush trip, or more standby load than the "
            "limit: look at the input with a scope"
        )


def tripped_at_once(slot: SlotBench, rail: Rail) -> RailFault | None:
    """A rail that was told to come up and is off: what to say of it, or None if all of its instances are on."""
    off = [reading for reading in slot.controller.read_rail(rail.name) if not reading.on]
    if not off:
        return None
    golden = f" (golden {rail.golden_ohms:g} Ohm)" if rail.golden_ohms is not None else ""
    told = ", ".join(f"{reading.name} at {reading.volts:.3f} V" for reading in off)
    return RailFault(
        f"slot {slot.name}: {told} went off as soon as it was enabled, with no power-good: over-current, so a hard "
        f"short or a wrong limit. Take the power away and measure its ohms to ground{golden}"
    )


def check_off(slot: SlotBench, rail: Rail, switch_off: Callable[[], None]) -> None:
    """Switch a rail off by its own command and believe only its voltage.

    Raises:
        RailFault: an instance is still enabled (a lost disable), or held up by something else.
        BenchError: the controller does not answer.
    """
    try:
        switch_off()
    except NoReply:
        raise
    except (InstrumentError, RailFault) as problem:
        readings = slot.controller.read_rail(rail.name)
        enabled = [reading.name for reading in readings if reading.on]
        held = [r for r in readings if not r.on and r.volts >= rail.off_below_volts]
        if not enabled and not held:
            raise
        told = [f"{name} is still enabled after it was switched off: its disable is lost" for name in enabled]
        told += [f"{r.name} is off and holds {r.volts:.3f} V: it is back-powered, or has no bleed" for r in held]
        raise RailFault(f"slot {slot.name}: {'; '.join(told)}") from problem


def by_pmbus(slot: SlotBench, rail: str) -> dict[str, float]:
    """Volts of every instance of a rail as its own regulator measures them; nothing where no bus leads there.

    Raises:
        BenchError: a regulator does not answer.
    """
    bus = next((one for one in slot.roles.values() if isinstance(one, I2cBus)), None)
    if bus is None:
        return {}
    found = {}
    for regulator in regulators_of(bus, slot.product).values():
        for number, page in enumerate(regulator.pages):
            if page.rail.partition(".")[0] == rail:
                found[page.rail] = regulator.read(number).volts.value
    return found
