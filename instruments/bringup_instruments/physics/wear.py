"""What time does to chips and their memory: errors are counted, a bad supply ages under load, a bad PLL loses lock.

    Vmin rises by `ageing_volts_per_hour` while a job loads it,
    lock losses per second = 0.02 * (1 + kelvin below the limit / 10), half of them spoil a result

Rates are estimates. Chips without such a defect cost a look. Neighbours: `passage` calls it once a step, `defects` says
what is wrong, `chip.Chip` has what it acts on.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from .thermal import hbm_celsius

if TYPE_CHECKING:
    from .chip import Chip
    from .passage import SledInTime

LOCK_LOSSES_PER_S = 0.02
"""Of a PLL at the temperature at which it begins to lose lock; as many again for each `MORE_KELVIN` below."""

MORE_KELVIN = 10.0

SPOILT_RESULTS_PER_LOSS = 0.5
"""Results that come out wrong for each loss of lock."""

AGEING_STEP_S = 300.0
"""How long an ageing chip's Vmin may be taken as constant: a millivolt an hour is 0.1 mV over it."""

_HOUR_S = 3600.0


def longest_wear_s(sled: SledInTime) -> float:
    """For how long the chips' wear may be taken as constant."""
    if sled.running is not None:
        for chip in sled.chips:
            if chip.defects.ageing_volts_per_hour:
                return AGEING_STEP_S
    return inf


def live(sled: SledInTime, inlet_celsius: float, seconds: float) -> None:
    """Time passes: memory counts its errors where it is up, and what is not well gets worse."""
    if sled.peripherals.has_memory_up:
        busy = [chip.workload.activity for chip in sled.chips]
        sled.peripherals.live(seconds, stacks_celsius(sled, inlet_celsius), busy)
    for chip in sled.chips:
        if chip.defects.ageing_volts_per_hour:
            _age(sled, chip, seconds)
        if chip.is_unlocked and chip.feeds.complete:
            _lose_lock(sled, chip, seconds)


def stacks_celsius(sled: SledInTime, inlet_celsius: float | None = None) -> list[float]:
    """Temperature of each chip's memory stacks; the coolant's is looked up where it is not given."""
    thermal = sled.parameters.thermal
    cold = sled.coolant.supply_celsius(sled.now_s) if inlet_celsius is None else inlet_celsius
    return [hbm_celsius(thermal, cold, chip.die_celsius, chip.operating().hbm) for chip in sled.chips]


def _age(sled: SledInTime, chip: Chip, seconds: float) -> None:
    if sled.running is not None and chip.index in sled.running.of_chip:
        chip.aged_volts += chip.defects.ageing_volts_per_hour * seconds / _HOUR_S
        chip.forget_solved()


def _lose_lock(sled: SledInTime, chip: Chip, seconds: float) -> None:
    below = chip.defects.pll_unlocks_below_celsius - chip.die_celsius
    lost = LOCK_LOSSES_PER_S * (1.0 + below / MORE_KELVIN) * seconds
    chip.lock_losses += lost
    run = sled.running.of_chip.get(chip.index) if sled.running is not None else None
    if run is not None:
        run.spoilt += SPOILT_RESULTS_PER_LOSS * lost
