"""What a chip draws from its core rail, and what its regulator loses on the way.

Dynamic current is a*C*V*f; leakage grows exponentially with voltage and temperature (subthreshold slope and
DIBL linearised in the exponent). V is the voltage at the transistors: set-point less current times path.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from .parameters import ChipParameters, VrParameters

_VOLTS_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class CorePower:
    """The core at one instant.

    Args:
        amps: from the regulator.
        die_volts: at the transistors, before any droop.
        watts: turned into heat in the die.
        watts_per_kelvin: how `watts` grows with die temperature.
        dynamic_amps: the part of `amps` that switching takes.
        leakage_watts: the part of `watts` that leaks.
    """

    amps: float
    die_volts: float
    watts: float
    watts_per_kelvin: float
    dynamic_amps: float
    leakage_watts: float


_OFF = CorePower(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def core_power(
    chip: ChipParameters,
    leakage_scale: float,
    volts: float,
    *,
    hertz: float,
    activity: float,
    celsius: float,
    load_line_ohms: float = 0.0,
) -> CorePower:
    """Solve the core's current against its own path drop (Newton; two or three steps).

    Args:
        chip: the product's chip.
        leakage_scale: of this part.
        volts: set-point at the sense point; zero or less is an unpowered core.
        hertz: core clock, zero when stopped.
        activity: of the running workload.
        celsius: die temperature.
        load_line_ohms: the regulator's programmed droop, in series with the path but without its heat.
    """
    if volts <= 0.0:
        return _OFF
    path = chip.path_ohms + load_line_ohms
    per_volt = activity * chip.capacitance_farads * hertz
    hot = exp(chip.leakage_per_celsius * (celsius - chip.leakage_celsius))
    scale = chip.leakage_amps * leakage_scale * hot
    slope = chip.leakage_per_volt
    die = volts
    while True:
        leak = scale * exp(slope * (die - chip.leakage_volts))
        stiffness = 1.0 + path * (per_volt + slope * leak)
        move = (volts - die - path * (per_volt * die + leak)) / stiffness
        die += move
        if abs(move) < _VOLTS_TOLERANCE:
            break
    dynamic = per_volt * die
    amps = dynamic + leak
    amps_per_kelvin = chip.leakage_per_celsius * leak / stiffness
    gain = amps_per_kelvin * (die - path * amps)
    return CorePower(amps, die, die * amps, gain, dynamic, die * leak)


def regulator_loss_watts(vr: VrParameters, amps: float) -> float:
    """Heat in a core regulator that delivers `amps`; none when it is off (zero current)."""
    if amps <= 0.0:
        return 0.0
    return vr.fixed_watts + vr.watts_per_amp * amps + vr.ohms * amps * amps


def regulator_efficiency(vr: VrParameters, volts: float, amps: float) -> float:
    """Output power over input power of a core regulator."""
    delivered = volts * amps
    return delivered / (delivered + regulator_loss_watts(vr, amps))
