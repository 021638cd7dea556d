"""What an electronic load is told to draw, through time: levels, slew between them, and the transient generator.

The level moves in straight lines, of which a load makes stairs: it asks when the next stair is due and steps then.
Of long stretches of fast transients that nobody looked at only the end is stepped through: before it the mean stands
for them. Neighbours: `load_sink.py` wakes it and turns a level into amperes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

RAMP_STEPS = 20  # of a whole change of level
PERIODS_KEPT = 50  # of a transient that nobody has looked at for long


@dataclass(frozen=True, slots=True)
class Transient:
    """The internal generator: it begins with level A."""

    hertz: float
    duty: float  # share of the period at level A
    from_s: float


class Demand:
    """The level that the load's regulator follows.

    Attributes:
        level: at the last step, in the unit of the mode.
        slew: units per second.
    """

    def __init__(self) -> None:
        self.level = 0.0
        self.slew = math.inf
        self._levels = (0.0, 0.0)
        self._span = 0.0  # of the change under way
        self._transient: Transient | None = None
        self._edges = 0  # of the transient, that have passed: two a period
        self._at_s = 0.0

    def jump(self, at_s: float, level: float) -> None:
        """Be at a level at once: the mode has changed, or the input was off."""
        self.level = level
        self._at_s = at_s
        self._span = max(abs(self._levels[0] - level), abs(self._levels[0] - self._levels[1]))

    def hold(self, level: float) -> None:
        """Go to one level and stay there."""
        self._levels = (level, level)
        self._transient = None
        self._span = abs(level - self.level)

    def alternate(self, level_a: float, level_b: float, transient: Transient) -> None:
        """Go to and fro between two levels."""
        self._levels = (level_a, level_b)
        self._transient = transient
        self._edges = 0
        self._span = max(abs(level_a - level_b), abs(level_a - self.level))

    @property
    def in_phase_a(self) -> bool:
        """Whether the generator is at level A."""
        return self._transient is None or self._edges % 2 == 0

    def due_s(self) -> float:
        """When the next step is to be made; infinite once it rests."""
        edge_s, target = self._next_edge_s(), self._target()
        if self.level == target:
            return edge_s
        stair_s = max(self._span, abs(target - self.level)) / self.slew / RAMP_STEPS
        return min(max(self._at_s + stair_s, math.nextafter(self._at_s, math.inf)), edge_s)

    def move(self, at_s: float) -> None:
        """Follow up to a time, no later than the next step is due."""
        target, reach = self._target(), self.slew * (at_s - self._at_s)
        if abs(target - self.level) <= reach * (1.0 + 1e-6):
            self.level = target
        else:
            self.level += math.copysign(reach, target - self.level)
        if at_s >= self._next_edge_s():
            self._edges += 1
        self._at_s = at_s

    def skip(self, now_s: float) -> bool:
        """Take the mean for all but the last periods before now; False where there are not so many."""
        transient = self._transient
        if transient is None or now_s - self._at_s <= 2 * PERIODS_KEPT / transient.hertz:
            return False
        level_a, level_b = self._levels
        self.level = transient.duty * level_a + (1.0 - transient.duty) * level_b
        # As if it had got there now: the next step is due when the kept periods begin.
        periods = math.floor((now_s - transient.from_s) * transient.hertz) - PERIODS_KEPT
        self._edges = 2 * periods
        self._at_s = transient.from_s + periods / transient.hertz
        return True

    def _target(self) -> float:
        return self._levels[0 if self.in_phase_a else 1]

    def _next_edge_s(self) -> float:
        transient = self._transient
        if transient is None:
            return math.inf
        periods = self._edges // 2 + (transient.duty if self._edges % 2 == 0 else 1.0)
        return transient.from_s + periods / transient.hertz
