"""Part-to-part variation: what one serial number's chips really are.

A low threshold makes a fast, leaky part: leakage and Vmin are bound to the same draw, which is why a fused
leakage class predicts Vmin (correlation about -0.88 with the default spread).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from .draw import normal
from .parameters import VariationParameters


@dataclass(frozen=True, slots=True)
class PartTraits:
    """One chip as it came out of the fab and the assembly line.

    Args:
        threshold_shift_volts: against the nominal threshold.
        leakage_scale: against the nominal leakage.
        interface_scale: of the thermal resistance from die to plate.
    """

    threshold_shift_volts: float = 0.0
    leakage_scale: float = 1.0
    interface_scale: float = 1.0


def draw_part(serial_number: str, chip: int, spread: VariationParameters, lot: str | None = None) -> PartTraits:
    """Traits of one chip of a sled; the same serial number always gives the same chip.

    Args:
        serial_number: of the sled.
        chip: index on the sled.
        spread: how units differ.
        lot: silicon lot; parts of one lot share a threshold shift. None is the mean lot.
    """
    shift = spread.threshold_sigma_volts * normal(serial_number, chip, "threshold")
    if lot is not None:
        shift += spread.lot_sigma_volts * normal("lot", lot)
    leakage = -shift / spread.leakage_volts_per_efold + spread.leakage_sigma * normal(serial_number, chip, "leakage")
    interface = spread.interface_sigma * normal(serial_number, chip, "interface")
    return PartTraits(shift, exp(leakage), exp(interface))
