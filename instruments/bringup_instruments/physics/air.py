"""What moving air does: to a thing that has one temperature, and beside the coolant's to the parts of a sled.

Neighbours: `world.Air` is what a chamber or thermal stream blows, `world.Part` what it blows at, `passage.py` takes a
sled through time with it.
"""

from __future__ import annotations

from math import exp, inf
from typing import NamedTuple

from ..world import Air
from .places import ROOM_CELSIUS

_COUPLED = 1e-9  # W/K: below it nothing blows


class FixturePart:
    """A block of metal in the room: warms towards whatever air passes over it, and slowly towards the room.

    Args:
        joules_per_kelvin: heat capacity (estimate: 100 g of aluminium).
        room_watts_per_kelvin: to still air (estimate).
    """

    def __init__(self, joules_per_kelvin: float = 90.0, room_watts_per_kelvin: float = 0.3) -> None:
        self._capacity = joules_per_kelvin
        self._to_room = room_watts_per_kelvin
        self._air: Air | None = None
        self._celsius = ROOM_CELSIUS
        self._at_s = 0.0

    def surround(self, at_s: float, air: Air) -> None:
        """From `at_s` on, this air passes over it."""
        self.celsius(at_s)
        self._air = air

    def celsius(self, at_s: float) -> float:
        """Its temperature."""
        while self._at_s < at_s:
            self._step(at_s)
        return self._celsius

    def _step(self, until_s: float) -> None:
        """One exponential towards the mean of what surrounds it, for as long as that stays nearly straight."""
        air, now = self._air, self._at_s
        end = until_s if air is None else min(until_s, now + max(air.longest_step_s(now), 1e-3))
        middle = 0.5 * (now + end)
        coupling = air.watts_per_kelvin(middle) if air is not None else 0.0
        total = self._to_room + coupling
        warmth = self._to_room * ROOM_CELSIUS
        if air is not None and coupling > _COUPLED:
            warmth += coupling * air.celsius(middle)
        rest = warmth / total
        self._celsius = rest + (self._celsius - rest) * exp(-(end - now) * total / self._capacity)
        self._at_s = end


class Path(NamedTuple):
    """A way for heat, to something whose temperature moves in a straight line.

    Args:
        conductance: W/K.
        celsius: of the far end, at the beginning of a step.
        rate: at which that moves, in K/s.
    """

    conductance: float
    celsius: float
    rate: float


class Surroundings:
    """The air over the parts of a sled, by the part's name.

    Attributes:
        present: whether there is any; a sled without pays nothing for it.
    """

    def __init__(self) -> None:
        self.present = False
        self._airs: dict[str, Air] = {}

    def put(self, part: str, air: Air) -> None:
        """From now on this air passes over it, and none that did before."""
        self._airs[part] = air
        self.present = True

    def longest_step_s(self, at_s: float) -> float:
        """How long all of it may be taken as straight."""
        return min((max(air.longest_step_s(at_s), 1e-3) for air in self._airs.values()), default=inf)

    def mixed(self, part: str, coolant: Path, from_s: float, to_s: float) -> Path:
        """Coolant and air as the one path that does the same; the coolant's own where no air passes."""
        air = self._airs.get(part)
        if air is None or to_s <= from_s:
            return coolant
        coupling = air.watts_per_kelvin(0.5 * (from_s + to_s))
        if coupling <= _COUPLED:
            return coolant
        celsius = air.celsius(from_s)
        rate = (air.celsius(to_s) - celsius) / (to_s - from_s)
        total, share = coolant.conductance + coupling, coupling / (coolant.conductance + coupling)
        return Path(
            total,
            coolant.celsius + share * (celsius - coolant.celsius),
            coolant.rate + share * (rate - coolant.rate),
        )

    def watts(self, part: str, celsius: float, at_s: float) -> float:
        """Heat that a part of this temperature gives to its air."""
        air = self._airs.get(part)
        return 0.0 if air is None else air.watts_per_kelvin(at_s) * (celsius - air.celsius(at_s))
