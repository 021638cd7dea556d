"""Power modules of the N6700 family that stand in the simulated frames: their ratings and ranges.

After the family's specifications guide (N6700-90001) and the programming ranges of the Operating and Service Guides;
figures marked so are from memory. The set in the frames is one of 50 V modules, so that every output takes any rail
of a sled or a bench. Neighbours: `n6700_output.py` keeps to them, `supply_n6700.py` puts them into slots.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Module:
    """One model's row.

    Attributes:
        model: its name.
        watts: rated power, a limit of its own where volts times amps is more (autoranging).
        volts_ranges: programming ranges by their upper ends, lowest first.
        amps_ranges: the same for the current.
        protection_volts: the highest over-voltage protection.
        options: what SYSTem:CHANnel:OPTion? says.
    """

    model: str
    watts: float
    volts_ranges: tuple[float, ...]
    amps_ranges: tuple[float, ...]
    protection_volts: float
    options: str = "0"

    @property
    def highest_volts(self) -> float:
        """Programming range: 102 % of the rating."""
        return self.volts_ranges[-1] * 1.02

    @property
    def highest_amps(self) -> float:
        """Programming range: 102 % of the rating."""
        return self.amps_ranges[-1] * 1.02

    def volts_range_for(self, volts: float) -> float:
        """The lowest range that holds a voltage."""
        return next((full for full in self.volts_ranges if volts <= full), self.volts_ranges[-1])

    def amps_range_for(self, amps: float) -> float:
        """The lowest range that holds a current."""
        return next((full for full in self.amps_ranges if amps <= full), self.amps_ranges[-1])


# The highest protection is from memory. The specifications begin at 20 mV and 10 mA; that zero can be programmed all
# the same is from memory too.
MODULES = {
    module.model: module
    for module in (
        Module("N6751A", 50.0, (50.0,), (5.0,), 55.0),
        Module("N6752A", 100.0, (50.0,), (10.0,), 55.0),
        Module("N6761A", 50.0, (5.5, 50.0), (0.1, 1.5), 55.0),
        Module("N6762A", 100.0, (5.5, 50.0), (0.1, 3.0), 55.0),
    )
}

SLOTS = {1: "N6752A", 2: "N6751A", 3: "N6762A", 4: "N6761A"}
"""Which module stands in which slot of every simulated frame: 300 W, which the smallest frame carries."""
