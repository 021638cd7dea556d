"""What goes in comes out: three accounts of one power, and each die against its own power.

    bench: supply volts x amps  =  sled: input volts x amps  =  coolant: heat capacity x flow x rise
    die:   (Tj - coolant in) / core watts = golden, of each chip, and alike on chips of one sled

An account that disagrees with two others that agree is the one that lies; where only two can be had, both are named.
The heat account and a die's path hold at rest only, so they are asked when the load has stood for long enough, and the
path at nominal flow, which its golden value belongs to.
Neighbours: `bringup.sled.Look` has the readings, the product's golden values and accuracies say how close is close.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ..capabilities import InputReading, RailReading
from ..files.product import Product

INPUT_PERCENT = 3.0
"""Within which the supply and the sled have to tell the same input power: both are good to 2 % (telemetry audits)."""

INPUT_WATTS = 8.0
"""And within this where there is little of it: a kW supply's current reading is good to a tenth of an ampere."""

HEAT_PERCENT = 15.0
"""Within which the coolant carries it away: two temperatures good to 0.5 degC, and a board that warms for minutes."""

LEAST_RISE_KELVIN = 3.0
"""Below it the heat account says nothing."""

SENSE_VOLTS = 0.5
"""By which the sled's input may read above the supply's terminals: two meters' errors, and no cable adds volts."""

CABLE_VOLTS = 1.5
"""By which it may read below them: 6 mOhm and 80 A make 0.5 V, a bad contact three times that."""

LEAST_CORE_WATTS = 100.0
"""Of a chip's core rail; below it a die's rise says nothing about its path."""

PLAUSIBLE_CELSIUS = (-20.0, 150.0)
"""Of a die that answers: below it is no laboratory, above it its own THERMTRIP has been passed."""

FLOW_SHARE = 0.15
"""How far the flow may be from nominal for a die's golden path to hold."""

HBM_SHARE = 0.3
"""Of a die's rise that its memory stacks follow (estimate, as for the physics)."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read of a slot under load, at one moment.

    Attributes:
        input: as the sled's controller reads it.
        celsius: every temperature that it shows, by sensor.
        core: the core rail of each chip.
        supply_volts: at the supply's terminals.
        supply_amps: likewise.
        coolant_lpm: of the sled's branch as the unit tells it.
        rested: whether the load has stood long enough for heat to be in balance.
    """

    input: InputReading
    celsius: Mapping[str, float]
    core: Sequence[RailReading]
    supply_volts: float
    supply_amps: float
    coolant_lpm: float
    rested: bool


def doubts(product: Product, seen: Loaded) -> list[str]:
    """Why a point cannot be trusted; each text names the sensor that lies, or the two that contradict each other."""
    return [*_input_volts(seen), *_powers(product, seen), *_junctions(product, seen)]


def _input_volts(seen: Loaded) -> Iterator[str]:
    above = seen.input.volts - seen.supply_volts
    if above > SENSE_VOLTS:
        yield (
            f"vin.volts reads {seen.input.volts:.2f} V and the supply {seen.supply_volts:.2f} V: a sense lead is open, "
            "or one of the two lies"
        )
    elif above < -CABLE_VOLTS:
        yield f"vin.volts reads {seen.input.volts:.2f} V, {-above:.2f} V below the supply: a bad contact, or a lie"


def _powers(product: Product, seen: Loaded) -> Iterator[str]:
    accounts = {"the supply": seen.supply_volts * seen.supply_amps, "vin.watts": seen.input.watts}
    rise = _rise(seen)
    if seen.rested and rise is not None and rise >= LEAST_RISE_KELVIN:
        carried = product.facts.coolant.joules_per_litre_kelvin * seen.coolant_lpm / 60.0
        accounts["the coolant"] = carried * rise
    yield from _odd_one(accounts)


def _rise(seen: Loaded) -> float | None:
    if "coolant.in" not in seen.celsius or "coolant.out" not in seen.celsius:
        return None
    return seen.celsius["coolant.out"] - seen.celsius["coolant.in"]


def _odd_one(accounts: Mapping[str, float]) -> Iterator[str]:
    """Name the account that stands against two that agree; where there is no such majority, whoever contradicts."""
    names = list(accounts)
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    apart = [(a, b) for a, b in pairs if not _agree(a, accounts[a], b, accounts[b])]
    if not apart:
        return
    told = ", ".join(f"{name} {watts:.0f} W" for name, watts in accounts.items())
    liars = [name for name in names if len(names) > 2 and all(name in pair for pair in apart)]
    liars = [name for name in liars if len(apart) == len(names) - 1]
    if len(liars) == 1:
        yield f"power balance: {liars[0]} stands against the others ({told}): it lies, or what it measures is broken"
    else:
        yield f"power balance: {told} contradict each other"


def _agree(one: str, watts: float, other: str, others_watts: float) -> bool:
    percent = HEAT_PERCENT if "the coolant" in (one, other) else INPUT_PERCENT
    return abs(watts - others_watts) <= INPUT_WATTS + 0.01 * percent * max(abs(watts), abs(others_watts))


def _junctions(product: Product, seen: Loaded) -> Iterator[str]:
    inlet = seen.celsius.get("coolant.in")
    golden = product.facts.chip.golden_kelvin_per_watt
    paths: dict[int, float] = {}
    for chip, rail in enumerate(seen.core):
        name = f"tj.{chip}"
        if name not in seen.celsius:
            continue
        low, high = PLAUSIBLE_CELSIUS
        if not low <= seen.celsius[name] <= high:
            yield f"{name} reads {seen.celsius[name]:g} degC, which no die that answers can have: it lies"
        elif inlet is not None and rail.volts * rail.amps >= LEAST_CORE_WATTS and seen.rested:
            paths[chip] = (seen.celsius[name] - inlet) / (rail.volts * rail.amps)
    nominal = product.facts.coolant.nominal_lpm
    if golden is None or abs(seen.coolant_lpm - nominal) > FLOW_SHARE * nominal:
        return
    band = product.facts.chip.golden_percent / 100.0
    odd = {chip: path for chip, path in paths.items() if abs(path - golden) > band * golden}
    if len(odd) == len(paths) > 1:
        return  # all of them: what they share is off, the flow or the coolant's temperature, and its account says so
    yield from filter(None, (_odd_die(seen, chip, path, golden, paths) for chip, path in odd.items()))


def _odd_die(seen: Loaded, chip: int, path: float, golden: float, paths: Mapping[int, float]) -> str:
    """Why a die out of its band is not believed, or "" where it is: its memory stacks follow its rise."""
    told = f"junction balance: tj.{chip} is {path * 1000:.0f} mK/W above the coolant, golden is {golden * 1000:.0f}"
    others = [other for other in paths if other != chip and f"hbm.{other}" in seen.celsius]
    if f"hbm.{chip}" not in seen.celsius or not others:
        return "" if path > golden else f"{told}: tj.{chip} lies"
    usual = median(seen.celsius[f"hbm.{other}"] for other in others)
    usual_die = median(seen.celsius[f"tj.{other}"] for other in others)
    excess = seen.celsius[f"tj.{chip}"] - usual_die
    follows = (seen.celsius[f"hbm.{chip}"] - usual) / excess if excess else HBM_SHARE
    return "" if follows >= 0.5 * HBM_SHARE else f"{told}, and its memory does not follow: tj.{chip} lies"
