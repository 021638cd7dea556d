"""A part of a sled as a chamber or a thermal stream meets it: its board, or the plate of one of its chips.

Neighbours: `world.Part` is the contract, `sled.SledPhysics.part` makes them, `air.Surroundings` holds the air.
"""

from __future__ import annotations

from collections.abc import Callable

from ..world import Air
from .passage import SledInTime


class SledPart:
    """A `world.Part`.

    Args:
        sled: whose.
        name: "board" or "chip.N".
        celsius: its temperature at the time that the sled was last advanced to.
    """

    def __init__(self, sled: SledInTime, name: str, celsius: Callable[[], float]) -> None:
        self._sled = sled
        self._name = name
        self._celsius = celsius

    def surround(self, at_s: float, air: Air) -> None:
        """From `at_s` on, this air passes over it, beside the coolant under it."""
        self._sled.advance(at_s)
        self._sled.surroundings.put(self._name, air)

    def celsius(self, at_s: float) -> float:
        """Its temperature, for a sensor fixed to it."""
        self._sled.advance(at_s)
        return self._celsius()
