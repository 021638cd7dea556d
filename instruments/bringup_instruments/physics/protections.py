"""What acts without software when a sled goes wrong: throttle, THERMTRIP, over-current, an input that collapses.

Each looks at the sled as it is after a step or a command and does what its silicon would. Neighbours: `passage` calls
them after every event; `defects` moves their thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chip import Chip
from .rails import Protection, Rail

if TYPE_CHECKING:
    from .passage import SledInTime


def guard_temperature(sled: SledInTime, chip: Chip) -> None:
    """Throttle with hysteresis, and THERMTRIP: the chip's rails go off."""
    core, celsius = sled.parameters.chip, chip.die_celsius
    throttle = core.throttle_celsius if chip.defects.throttle_celsius is None else chip.defects.throttle_celsius
    if throttle is not None:
        hot = celsius >= (throttle - core.throttle_hysteresis_celsius if chip.throttled else throttle)
        if hot != chip.throttled:
            chip.throttled = hot
    if core.trip_celsius is not None and celsius >= core.trip_celsius and chip.feeds.core_volts > 0.0:
        for rail in sled.bank:
            if rail.chip == chip.index and rail.on:
                sled.bank.trip(sled.now_s, rail, f"THERMTRIP at {celsius:.1f} °C", Protection.CHIP_HOT)
        sled.refresh()


def guard_currents(sled: SledInTime) -> None:
    """Over-current: a rail that delivers more than its regulator lets it, by load or by a short, goes off."""
    over = [(rail, amps) for rail, amps, limit in _loads(sled) if amps > limit]
    for rail, amps in over:
        sled.bank.trip(sled.now_s, rail, f"over-current: {amps:.0f} A", Protection.OVER_CURRENT)
    if over:
        sled.refresh()


def guard_step(sled: SledInTime, chip: Chip, amps: float) -> None:
    """A load step beyond a regulator's fast limit: it latches off, and its chip is gone from the bus."""
    for rail in sled.bank:
        limit = sled.defects.rails.step_trip_amps.get(rail.name)
        if limit is not None and rail.on and rail.chip == chip.index and amps > limit:
            sled.bank.trip(sled.now_s, rail, f"over-current: load step of {amps:.0f} A", Protection.OVER_CURRENT)
            sled.refresh()


def _loads(sled: SledInTime) -> list[tuple[Rail, float, float]]:
    found = []
    wrong = sled.defects.rails
    for rail in sled.bank.protected:
        limit = rail.limit_amps
        if rail.on and limit is not None:
            found.append((rail, sled.rail_amps(rail), wrong.trip_amps.get(rail.name, limit)))
    for name, ohms in wrong.shorts.items():
        for rail in () if name == "vin" else sled.bank.select(name):
            if rail.on:
                limit = wrong.trip_amps.get(rail.name) or rail.limit_amps or SHORT_TRIP_AMPS
                found.append((rail, rail.target_volts / ohms, limit))
    return found


SHORT_TRIP_AMPS = 60.0
"""Where a small rail's regulator limits without anybody having set it (estimate)."""


def guard_input(sled: SledInTime) -> None:
    """The input's lock-out: it falls when the supply cannot carry the load, and is tried again after a while."""
    entry, now = sled.input, sled.now_s
    if entry.powered and (now >= entry.trips_at_s or not entry.holds(sled.input_watts())):
        entry.lost(now)
        sled.power_lost(now)
    elif not entry.powered:
        due = entry.retry_at_s == float("inf") or now >= entry.retry_at_s
        if due and entry.starts(sled.parameters.input.standby_watts):
            entry.came(now, hiccups=sled.defects.hiccups)
            sled.bank.input_came(now)
        elif due:
            entry.retry_at_s = float("inf")
