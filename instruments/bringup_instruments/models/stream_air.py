"""The air of a thermal stream: fast, from one nozzle, with a ramp if one is asked for, in closed form.

In air control it goes to the set-point; in DUT control it goes beyond it by at most the allowed difference to the
part and comes back as the part is expected to follow (an open-loop shape: the real controller measures). Rates are
estimates. Neighbours: `world.Air` is the contract, `stream_ats525.py` steers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf

from ..physics.places import ROOM_CELSIUS

FASTEST_K_PER_S = 15.0  # -55 to 125 °C in some 12 s (data sheet)
LAG_S = 2.0
PURGE_S = 30.0  # how fast a nozzle without flow comes back to the room
WATTS_PER_KELVIN_AT_FULL_FLOW = 4.0  # to a part under the cap
_STEP_CELSIUS = 0.5


@dataclass(frozen=True, slots=True)
class _Course:
    from_s: float = 0.0
    air: float = ROOM_CELSIUS
    reference: float = ROOM_CELSIUS
    target: float = ROOM_CELSIUS
    rate: float = 0.0  # K/s, signed
    beyond: float = 0.0  # overdrive at the beginning
    beyond_s: float = 1.0  # and how fast it fades


class StreamAir:
    """A `world.Air`."""

    def __init__(self) -> None:
        self.flowing = False
        self.share_of_flow = 1.0
        self._course = _Course()

    def go(self, at_s: float, target: float, kelvin_per_min: float, beyond: float = 0.0, beyond_s: float = 1.0) -> None:
        """Go to a temperature with a ramp, and `beyond` it at first, for a part that lags."""
        air, reference = self.celsius(at_s), self.reference_celsius(at_s)
        fastest = min(kelvin_per_min / 60.0, FASTEST_K_PER_S)
        rate = fastest if target > reference else -fastest
        self._course = _Course(at_s, air, reference, target, rate, beyond, beyond_s)
        self.flowing = True

    def stop(self, at_s: float) -> None:
        """No flow: the nozzle comes back to the room."""
        air = self.celsius(at_s)
        self._course = _Course(at_s, air, air, air)
        self.flowing = False

    def reference_celsius(self, at_s: float) -> float:
        """Where the ramp stands (the dynamic set-point)."""
        course = self._course
        if not self.flowing:
            return self.celsius(at_s)
        moved = course.reference + course.rate * max(at_s - course.from_s, 0.0)
        return min(moved, course.target) if course.rate > 0 else max(moved, course.target)

    def celsius(self, at_s: float) -> float:
        """The air at the nozzle."""
        course, elapsed = self._course, max(at_s - self._course.from_s, 0.0)
        if not self.flowing:
            return ROOM_CELSIUS + (course.air - ROOM_CELSIUS) * exp(-elapsed / PURGE_S)
        ramp_s = abs(course.target - course.reference) / abs(course.rate) if course.rate else 0.0
        during, behind = min(elapsed, ramp_s), course.rate * LAG_S
        air = course.reference - behind + course.rate * during
        air += (course.air - course.reference + behind) * exp(-during / LAG_S)
        if elapsed > ramp_s:
            air = course.target + (air - course.target) * exp(-(elapsed - ramp_s) / LAG_S)
        return air + course.beyond * (exp(-elapsed / course.beyond_s) - exp(-elapsed / LAG_S))

    def watts_per_kelvin(self, at_s: float) -> float:  # noqa: ARG002 - from the last change on
        """To the part under the cap; nothing without flow."""
        return WATTS_PER_KELVIN_AT_FULL_FLOW * self.share_of_flow if self.flowing else 0.0

    def longest_step_s(self, at_s: float) -> float:
        """How long it may be taken as straight."""
        if not self.flowing:
            return inf
        slope = abs(self.celsius(at_s + 0.5) - self.celsius(at_s))
        course = self._course
        ramp_s = abs(course.target - course.reference) / abs(course.rate) if course.rate else 0.0
        settled = at_s - course.from_s > ramp_s + 10.0 * max(LAG_S, course.beyond_s if course.beyond else 0.0)
        return inf if settled else max(0.5, min(_STEP_CELSIUS / max(slope, 1e-3), 20.0))
