"""How fast a chip can be at a voltage and a temperature, and the least voltage that a clock needs.

Alpha-power law of Sakurai and Newton (IEEE J. Solid-State Circuits 25, 1990) with a threshold that falls and a
mobility that falls with temperature. Below the crossover (about 0.70 V) the threshold wins and cold is slow:
temperature inversion.
"""

from __future__ import annotations

from functools import lru_cache

from .parameters import ChipParameters

_KELVIN = 273.15
_REFERENCE_KELVIN = 298.0
_VOLTS_TOLERANCE = 1e-10


def threshold_volts(chip: ChipParameters, shift_volts: float, celsius: float) -> float:
    """Threshold voltage of a part at a temperature."""
    return chip.threshold_volts + shift_volts + chip.threshold_volts_per_celsius * (celsius - 25.0)


def _mobility(chip: ChipParameters, celsius: float) -> float:
    return float(((celsius + _KELVIN) / _REFERENCE_KELVIN) ** chip.mobility_exponent)


@lru_cache(maxsize=64)
def _constant(exponent: float, anchor_volts: float, anchor_hertz: float, threshold: float, mobility: float) -> float:
    return float(anchor_hertz * anchor_volts / ((anchor_volts - threshold) ** exponent * mobility))


def speed_constant(chip: ChipParameters) -> float:
    """The constant that makes the nominal part reach the anchor clock at the anchor point."""
    threshold = threshold_volts(chip, 0.0, chip.anchor_celsius)
    mobility = _mobility(chip, chip.anchor_celsius)
    return _constant(chip.speed_exponent, chip.anchor_volts, chip.anchor_hertz, threshold, mobility)


def fmax_hertz(chip: ChipParameters, shift_volts: float, die_volts: float, celsius: float) -> float:
    """Highest clock at which the slowest path still settles; zero below threshold."""
    overdrive = die_volts - threshold_volts(chip, shift_volts, celsius)
    if overdrive <= 0.0:
        return 0.0
    speed = overdrive**chip.speed_exponent / die_volts
    return float(speed_constant(chip) * speed * _mobility(chip, celsius))


def path_vmin_volts(chip: ChipParameters, shift_volts: float, hertz: float, celsius: float) -> float:
    """Least voltage at the transistors for `hertz`, by Newton's method on `fmax_hertz`."""
    threshold = threshold_volts(chip, shift_volts, celsius)
    if hertz <= 0.0:
        return threshold
    target = hertz / (speed_constant(chip) * _mobility(chip, celsius))
    power = chip.speed_exponent
    volts = threshold + 0.35
    for _ in range(60):
        overdrive = volts - threshold
        speed = overdrive**power / volts
        slope = speed * (power / overdrive - 1.0 / volts)
        # Halve the overdrive at most: a full Newton step from far above could cross the threshold.
        move = max((target - speed) / slope, -0.5 * overdrive)
        volts += move
        if abs(move) < _VOLTS_TOLERANCE:
            break
    return float(volts)


def sram_floor_volts(chip: ChipParameters, celsius: float) -> float:
    """Least voltage at which the arrays hold their contents, whatever the clock."""
    cold = max(0.0, chip.sram_floor_celsius - celsius)
    return chip.sram_floor_volts + chip.sram_floor_volts_per_celsius * cold


def die_vmin_volts(chip: ChipParameters, shift_volts: float, hertz: float, celsius: float) -> float:
    """Least voltage at the transistors: the slowest path's or the SRAM floor, whichever is higher."""
    path = path_vmin_volts(chip, shift_volts, hertz, celsius)
    return max(path, sram_floor_volts(chip, celsius))
