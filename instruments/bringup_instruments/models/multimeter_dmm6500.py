"""Keithley DMM6500 digital multimeter, without a scanner card.

After the Model DMM6500 Reference Manual (DMM6500-901-01). All that it shares with the DAQ6510 is in
`keithley_graphical.py`; what it measures comes from the `Node` that its leads touch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..world import Node
from .keithley_graphical import KeithleyGraphical

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "1.7.12b"  # free text; shaped like the real ones


class MultimeterDmm6500(KeithleyGraphical):
    """A meter with its leads on one node.

    Args:
        clock: the lab's time.
        node: what the leads touch.
        serial_number: third field of *IDN?.
        seed: of the meter's own errors and of its noise.
    """

    def __init__(self, clock: Clock, node: Node, serial_number: str, seed: int) -> None:
        super().__init__(clock, node, "DMM6500", serial_number, FIRMWARE, seed)


def place(placement: Placement) -> MultimeterDmm6500:
    """The meter that stands at a placement."""
    return MultimeterDmm6500(placement.clock, placement.node(), placement.serial_number, placement.seed)
