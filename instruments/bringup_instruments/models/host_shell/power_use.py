"""How much power each chip took, minute by minute, as its firmware samples it: a percentage of its largest.

    POWER_STATUS_VALID,<epoch>,<min>,<max>,<mean>        (AWS Neuron sysfs guide)

It takes a sample when something changes, once a second at most. Neighbours: `sysfs` shows it, `physics.chip` is true.
"""

from __future__ import annotations

from collections import deque
from math import floor

from ...physics import SledPhysics

MINUTE_S = 60.0
SAMPLE_S = 1.0
"""Between two samples at least (estimate)."""
_KEPT = 4096
MOST_SHARE = 1.25
"""Largest power of a chip over that of a nominal one under the power virus at nominal voltage and clock (estimate)."""


class PowerUse:
    """Of one sled's chips."""

    def __init__(self, sled: SledPhysics) -> None:
        self._sled = sled
        self._moments: deque[tuple[float, tuple[float, ...]]] = deque(maxlen=_KEPT)
        self._since_s: float | None = None
        self._watches = False

    def forget(self) -> None:
        """The host boots: samples begin anew."""
        self._moments.clear()
        self._since_s = None

    def begin(self, at_s: float) -> None:
        """The driver is loaded: sampling begins."""
        self._since_s = at_s
        self.note(at_s)
        if not self._watches:
            self._watches = True
            self._sled.listeners.append(self.note)

    def note(self, at_s: float) -> None:
        """Something may have changed."""
        if self._since_s is None:
            return
        if not self._moments or at_s - self._moments[-1][0] >= SAMPLE_S:
            self._moments.append((at_s, tuple(chip.operating().bus for chip in self._sled.chips)))

    def line(self, at_s: float, chip: int, utc: float) -> str:
        """What the file shows: the last whole minute.

        Args:
            at_s: now.
            chip: its number.
            utc: seconds since 1970, now.
        """
        if self._since_s is None or at_s - self._since_s < MINUTE_S:
            return "POWER_STATUS_NO_DATA,0,0.00,0.00,0.00"
        self.note(at_s)
        ends_s = self._since_s + floor((at_s - self._since_s) / MINUTE_S) * MINUTE_S
        low, high, mean = (min(100.0, 100.0 * watts / self.most_watts) for watts in self._of(chip, ends_s))
        return f"POWER_STATUS_VALID,{int(utc - (at_s - ends_s))},{low:.2f},{high:.2f},{mean:.2f}"

    @property
    def most_watts(self) -> float:
        """What 100 % stands for."""
        core = self._sled.parameters.chip
        nominal = next(rail.volts for rail in self._sled.parameters.rails if rail.role.value == "core")
        dynamic = core.capacitance_farads * nominal**2 * core.clock_hertz
        return MOST_SHARE * (dynamic + core.leakage_amps * nominal + core.hbm_watts + core.uncore_watts)

    def _of(self, chip: int, ends_s: float) -> tuple[float, float, float]:
        """Least, most and mean watts in the minute that ends then."""
        begins_s = ends_s - MINUTE_S
        before = [watts[chip] for at_s, watts in self._moments if at_s <= begins_s][-1:]
        inside = [(at_s, watts[chip]) for at_s, watts in self._moments if begins_s < at_s <= ends_s]
        held = [(begins_s, before[0] if before else inside[0][1] if inside else self._moments[-1][1][chip]), *inside]
        spans = zip(held, [*held[1:], (ends_s, 0.0)], strict=True)
        mean = sum((later[0] - earlier[0]) * earlier[1] for earlier, later in spans) / MINUTE_S
        values = [watts for _, watts in held]
        return min(values), max(values), mean
