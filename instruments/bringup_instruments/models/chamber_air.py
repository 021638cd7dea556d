"""The air in a temperature chamber: ramp, hold, small lag and overshoot, and a slow way back to the room.

In closed form from one change of course to the next: the controller's reference is a ramp and then a rest, and the
air follows it as a damped second-order system does. Rates and times are estimates for a chamber of a cubic metre.
Neighbours: `world.Air` is the contract, `chamber_3800.py` steers it, a `world.Part` asks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, inf, sin, sqrt

from ..physics.places import ROOM_CELSIUS

HEATING_K_PER_MIN = 10.0
COOLING_K_PER_MIN = 5.0
FOLLOWING_S = 25.0  # 1/omega of the controlled air
DAMPING = 0.75
DRIFTING_S = 3600.0  # a stopped chamber's time constant to the room
BLOWING_W_PER_K = 15.0  # to what stands in it, fans on
STILL_W_PER_K = 3.0
_STEP_CELSIUS = 0.5
_AT_REST_S = 20.0 * FOLLOWING_S


@dataclass(frozen=True, slots=True)
class _Course:
    """One stretch of time with one reference.

    Args:
        from_s: when it begins.
        air: temperature there.
        slope: of the air there, K/s.
        reference: the controller's, there.
        target: where the reference goes; None for a stopped chamber.
        rate: of the reference, K/s, unsigned.
    """

    from_s: float
    air: float
    slope: float
    reference: float
    target: float | None
    rate: float

    @property
    def ramp_s(self) -> float:
        """How long the reference moves."""
        return 0.0 if self.target is None or self.rate == 0 else abs(self.target - self.reference) / self.rate

    def reference_at(self, at_s: float) -> float:
        """The reference."""
        if self.target is None:
            return self.reference
        during = min(at_s - self.from_s, self.ramp_s)
        return self.reference + (self.rate if self.target > self.reference else -self.rate) * during

    def at(self, at_s: float) -> tuple[float, float]:
        """Air and its slope."""
        elapsed = max(at_s - self.from_s, 0.0)
        if self.target is None:
            share = exp(-elapsed / DRIFTING_S)
            return ROOM_CELSIUS + (self.air - ROOM_CELSIUS) * share, -(self.air - ROOM_CELSIUS) * share / DRIFTING_S
        rate = self.rate if self.target > self.reference else -self.rate
        ramp_s = self.ramp_s
        air, slope = _follow(self.air, self.slope, self.reference, rate, min(elapsed, ramp_s))
        if elapsed > ramp_s:
            air, slope = _follow(air, slope, self.target, 0.0, elapsed - ramp_s)
        return air, slope


class ChamberAir:
    """A `world.Air`."""

    def __init__(self) -> None:
        self._course = _Course(0.0, ROOM_CELSIUS, 0.0, ROOM_CELSIUS, None, 0.0)
        self.blowing = False

    def run(self, at_s: float, target: float, kelvin_per_min: float) -> None:
        """Go to a temperature, as fast as the chamber can or at most at this rate (0 for as fast as it can)."""
        air, slope = self._course.at(at_s)
        reference = self._course.reference_at(at_s) if self.blowing else air
        fastest = HEATING_K_PER_MIN if target > reference else COOLING_K_PER_MIN
        rate = min(kelvin_per_min or fastest, fastest) / 60.0
        self._course = _Course(at_s, air, slope, reference, target, rate)
        self.blowing = True

    def hold(self, at_s: float) -> None:
        """Stay at the reference of this moment."""
        air, slope = self._course.at(at_s)
        reference = self._course.reference_at(at_s)
        self._course = _Course(at_s, air, slope, reference, reference, 0.0)

    def stop(self, at_s: float) -> None:
        """Nothing is heated or cooled, no fan turns."""
        air, _ = self._course.at(at_s)
        self._course = _Course(at_s, air, 0.0, air, None, 0.0)
        self.blowing = False

    def reference_celsius(self, at_s: float) -> float:
        """Where the controller wants the air now."""
        return self._course.reference_at(at_s)

    def celsius(self, at_s: float) -> float:
        """The air."""
        return self._course.at(at_s)[0]

    def watts_per_kelvin(self, at_s: float) -> float:  # noqa: ARG002 - from the last change on
        """To what stands in the chamber."""
        return BLOWING_W_PER_K if self.blowing else STILL_W_PER_K

    def longest_step_s(self, at_s: float) -> float:
        """How long until it has moved by half a degree."""
        course = self._course
        if course.target is None:
            gap = abs(course.at(at_s)[0] - ROOM_CELSIUS)
            return inf if gap < 1e-3 else DRIFTING_S * min(1.0, _STEP_CELSIUS / gap)
        if at_s > course.from_s + course.ramp_s + _AT_REST_S:
            return inf
        return _STEP_CELSIUS * 60.0 / HEATING_K_PER_MIN

    def throttle(self, at_s: float) -> float:
        """Controller output in percent: positive heats, negative cools (estimate: rate and distance from the room)."""
        if not self.blowing:
            return 0.0
        air, slope = self._course.at(at_s)
        wanted = 100.0 * slope * 60.0 / (HEATING_K_PER_MIN if slope > 0 else COOLING_K_PER_MIN)
        return min(max(wanted + 0.3 * (air - ROOM_CELSIUS), -100.0), 100.0)


def _follow(air: float, slope: float, reference: float, rate: float, seconds: float) -> tuple[float, float]:
    """A second-order system behind a reference that moves in a straight line."""
    omega = 1.0 / FOLLOWING_S
    decay, swing = DAMPING * omega, omega * sqrt(1.0 - DAMPING * DAMPING)
    behind = 2.0 * DAMPING / omega * rate
    first = air - (reference - behind)
    second = (slope - rate + decay * first) / swing
    fading, c, s = exp(-decay * seconds), cos(swing * seconds), sin(swing * seconds)
    offset = fading * (first * c + second * s)
    moving = fading * ((second * swing - first * decay) * c - (first * swing + second * decay) * s)
    return reference - behind + rate * seconds + offset, rate + moving
