"""The 54 V input: a constant-power load behind a cable, on a supply with a current limit.

The converters behind the input draw the same power at any voltage, so V*V - Vs*V + R*P = 0. Above the supply's
limit such a load has no stable point: the supply goes to constant current, the input falls through its
under-voltage lock-out and the sled is gone; it tries again after the hot-swap controller's retry time.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import exp, inf, sqrt

from ..world import Delivered, Source
from .parameters import InputParameters

OFF = Source(0.0, 0.0, on=False)
INPUT = "vin"
_INRUSH_S = 0.020  # until a hot-swap controller gives up (estimate)


def load_volts(source_volts: float, cable_ohms: float, watts: float) -> float | None:
    """Stable voltage at the load, or None where the cable cannot carry the power at all."""
    inside = source_volts * source_volts - 4.0 * cable_ohms * watts
    return 0.5 * (source_volts + sqrt(inside)) if inside >= 0.0 else None


class InputPort:
    """The state of one sled's input. The sled tells it the power drawn; it tells the sled whether it lives."""

    def __init__(self, parameters: InputParameters, shorts: Mapping[str, float] | None = None) -> None:
        self._parameters = parameters
        self._shorts = shorts if shorts is not None else {}
        self.trips_at_s = inf  # when a hot-swap controller that cannot start gives up
        self.source = OFF
        self.powered = False
        self.power_ups = 0
        self.powered_since_s = 0.0
        self.retry_at_s = inf
        self.brownouts: list[float] = []
        self._limited_until_s = -inf
        self._off_since_s = -inf
        self._off_volts = 0.0

    def offer(self, at_s: float, source: Source) -> None:
        """The supply changes what it offers."""
        if not source.on:
            self._off_volts = self.sled_end(at_s, 0.0).volts
            self._off_since_s = at_s
        self.source = source
        self.retry_at_s = inf

    def holds(self, watts: float) -> bool:
        """Whether the source can carry `watts` with the input above its lock-out."""
        if not self.source.on or INPUT in self._shorts:
            return False
        volts = load_volts(self.source.volts, self._parameters.cable_ohms, watts)
        if volts is None or volts < self._parameters.off_volts:
            return False
        return watts <= volts * self.source.amps_limit

    def starts(self, watts: float) -> bool:
        """Whether a dead input comes alive with `watts` of standby load."""
        return self.holds(watts) and self.source.volts >= self._parameters.on_volts

    def came(self, at_s: float, *, hiccups: bool = False) -> None:
        """The input is above its lock-out; a hot-swap controller that cannot start lets go again."""
        self.powered, self.retry_at_s = True, inf
        self.trips_at_s = at_s + _INRUSH_S if hiccups else inf
        self.power_ups += 1
        self.powered_since_s = at_s

    def lost(self, at_s: float) -> None:
        """The input fell through its lock-out; a source that is still on is tried again later."""
        self.powered = False
        self.trips_at_s = inf
        if self.source.on and self.source.volts >= self._parameters.on_volts:
            self.brownouts.append(at_s)
            self._limited_until_s = at_s + self._parameters.collapse_s
            self.retry_at_s = at_s + self._parameters.retry_s

    def terminals(self, at_s: float, watts: float) -> Delivered:
        """What the supply's terminals do."""
        source = self.source
        if not source.on:
            return Delivered(self._discharging(at_s), 0.0, constant_current=False)
        if INPUT in self._shorts:
            volts = min(source.volts, source.amps_limit * (self._shorts[INPUT] + self._parameters.cable_ohms))
            return Delivered(volts, source.amps_limit, constant_current=True)
        if self.powered:
            entry = self._parameters
            return _carrying(source.volts, watts, entry.cable_ohms, entry.off_volts)
        if at_s < self._limited_until_s or self._starved():
            sagged = min(source.volts, self._parameters.off_volts)
            return Delivered(sagged, source.amps_limit, constant_current=True)
        return Delivered(source.volts, 0.0, constant_current=False)

    def sled_end(self, at_s: float, watts: float) -> Delivered:
        """The same at the sled's end of the cable."""
        seen = self.terminals(at_s, watts)
        drop = seen.amps * self._parameters.cable_ohms
        return Delivered(seen.volts - drop, seen.amps, seen.constant_current)

    def _starved(self) -> bool:
        """The limit is below what standby alone needs: the input never rises."""
        return self.source.volts >= self._parameters.on_volts and not self.holds(self._parameters.standby_watts)

    def _discharging(self, at_s: float) -> float:
        elapsed = max(0.0, at_s - self._off_since_s)
        return self._off_volts * exp(-elapsed / self._parameters.discharge_s)


@lru_cache(maxsize=64)  # a supply looks at its terminals before each message: half of what a query costs it
def _carrying(source_volts: float, watts: float, cable_ohms: float, off_volts: float) -> Delivered:
    """Terminals that feed a living input in constant voltage."""
    volts = load_volts(source_volts, cable_ohms, watts)
    return Delivered(source_volts, watts / (off_volts if volts is None else volts), constant_current=False)
