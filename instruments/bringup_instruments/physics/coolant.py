"""The coolant loop: a supply that follows its set-point with slew and lag, and the sleds that warm the return.

Closed form: the set-point filter is a ramp (1.5 °C/min) into a first-order lag (60 s), so the supply at any time
follows from the last move. A move first brings every attached sled up to its moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor, inf, log
from typing import Protocol

from .defects import Wetting
from .draw import normal
from .parameters import CoolantParameters

_STILL_CELSIUS = 1e-4
_STEP_CELSIUS = 0.5

PUMPS = 2
_FLOW_OF_PUMPS = (0.0, 0.7, 1.0)  # share of the set flow with none, one and both of them (estimate)
_FLOW_POWER = 1.8  # of the pressure drop: turbulent, in manifold and plates
_NOMINAL_LPM = 6.0
_LOOP_KPA, _FILTER_KPA = 60.0, 8.0  # at the nominal flow (estimates)


@dataclass(frozen=True, slots=True)
class PumpChange:
    """A pump that stopped, or that runs again."""

    at_s: float
    number: int
    runs: bool


class CooledSled(Protocol):
    """What the loop needs of a sled."""

    def advance(self, at_s: float) -> None:
        """Bring the sled's state to `at_s`."""

    def coolant_watts(self, at_s: float) -> float:
        """Heat that the sled gives to the coolant at `at_s`."""


class CoolantLoop:
    """One coolant distribution unit's loop over several sleds in parallel; implements `world.Coolant`.

    What may go wrong with the unit is set here: pumps by `set_pump`, the rest as it is.

    Attributes:
        failed_pumps: numbers, from 1 on, of the pumps that stand.
        pump_changes: every time that a pump stopped or ran again.
        leak: water on the rope under the unit, if any.
        dew_celsius: dew point of the room.
        air_share: by which air in the loop makes the flow waver, as a part of it.
        filter_clogging: pressure drop of the filter over that of a clean one.
        reservoir_percent: how full the reservoir is.
        facility_celsius: of the water that the building sends to the unit's primary side.
    """

    def __init__(self, parameters: CoolantParameters | None = None) -> None:
        self.parameters = parameters or CoolantParameters()
        self._sleds: dict[CooledSled, float] = {}
        self._from_s = 0.0
        self._target = self._ramp = self._supply = self.parameters.supply_celsius
        self._flow = self.parameters.flow_lpm
        self.still_from_s = 0.0
        """From when on the supply may be taken as resting at its set-point."""
        self.failed_pumps: set[int] = set()
        self.pump_changes: list[PumpChange] = []
        self.leak: Wetting | None = None
        self.dew_celsius = 12.0
        self.air_share = 0.0
        self.filter_clogging = 1.0
        self.reservoir_percent = 85.0
        self.facility_celsius = 10.0

    def attach(self, sled: CooledSled, flow_share: float = 1.0) -> None:
        """Join a sled to the manifold; `flow_share` is its flow over the mean one (1/sqrt(k) of its branch)."""
        self._sleds[sled] = flow_share

    @property
    def set_celsius(self) -> float:
        """The supply set-point."""
        return self._target

    @property
    def set_lpm(self) -> float:
        """The flow set-point for each sled."""
        return self._flow

    def set_supply_celsius(self, at_s: float, celsius: float) -> None:
        """Move the supply set-point.

        Raises:
            ValueError: outside what the unit can do.
        """
        low, high = self.parameters.supply_min_celsius, self.parameters.supply_max_celsius
        if not low <= celsius <= high:
            raise ValueError(f"supply set-point {celsius:g} °C is outside {low:g} to {high:g} °C")
        self._advance_sleds(at_s)
        self._ramp, self._supply = self._ramp_celsius(at_s), self.supply_celsius(at_s)
        self._from_s, self._target = at_s, celsius
        self.still_from_s = at_s + self._stirs_for_s()

    def set_flow_lpm(self, at_s: float, lpm: float) -> None:
        """Move the flow; it follows within a second, which is taken as at once.

        Raises:
            ValueError: outside what the pumps can do.
        """
        if not 0.0 <= lpm <= self.parameters.flow_max_lpm:
            raise ValueError(f"flow set-point {lpm:g} L/min is outside 0 to {self.parameters.flow_max_lpm:g} L/min")
        self._advance_sleds(at_s)
        self._flow = lpm

    def set_pump(self, at_s: float, number: int, *, runs: bool) -> None:
        """Stop a pump, or mend it; the flow follows within a second, which is taken as at once.

        Raises:
            ValueError: there is no such pump.
        """
        if not 1 <= number <= PUMPS:
            raise ValueError(f"the unit has pumps 1 to {PUMPS}, no {number}")
        if runs is (number not in self.failed_pumps):
            return
        self._advance_sleds(at_s)
        self.failed_pumps ^= {number}
        self.pump_changes.append(PumpChange(at_s, number, runs))

    def supply_celsius(self, at_s: float) -> float:
        """Temperature of the liquid that leaves the unit."""
        if at_s <= self._from_s:
            return self._supply
        rate, lag = self._rate(), self.parameters.lag_s
        elapsed, ramping = at_s - self._from_s, self._ramp_s()
        during = min(elapsed, ramping)
        behind = rate * lag
        value = self._ramp + rate * during - behind
        value += (self._supply - self._ramp + behind) * exp(-during / lag)
        if elapsed > ramping:
            value = self._target + (value - self._target) * exp(-(elapsed - ramping) / lag)
        return value

    def supply_rate(self, from_s: float, to_s: float) -> float:
        """Mean slope of the supply over an interval, in K/s; zero once it rests."""
        if from_s >= self.still_from_s or to_s <= from_s:
            return 0.0
        return (self.supply_celsius(to_s) - self.supply_celsius(from_s)) / (to_s - from_s)

    def longest_step_s(self, at_s: float) -> float:
        """How long a sled may step before the supply has moved by half a degree."""
        if at_s >= self.still_from_s:
            return inf
        return _STEP_CELSIUS * 60.0 / self.parameters.slew_celsius_per_minute

    def flow_lpm(self, at_s: float) -> float:
        """Mean flow for each sled, as it is at this moment: air that passes makes it waver from second to second."""
        return self._moved_lpm() * self.wavering(at_s)

    def wavering(self, at_s: float) -> float:
        """What air in the loop makes of a flow at this second; 1 where there is none."""
        return 1.0 + self.air_share * normal("air in the loop", floor(at_s)) if self.air_share else 1.0

    def sled_flow_lpm(self, sled: CooledSled) -> float:
        """Flow through one sled."""
        return self._moved_lpm() * self._sleds[sled]

    def total_lpm(self) -> float:
        """Flow through all sleds."""
        return self._moved_lpm() * sum(self._sleds.values())

    def loop_kpa(self) -> float:
        """Pressure that the pumps hold between supply and return."""
        return _LOOP_KPA * self._drop()

    def filter_kpa(self) -> float:
        """Pressure drop over the filter."""
        return _FILTER_KPA * self.filter_clogging * self._drop()

    def return_celsius(self, at_s: float) -> float:
        """Temperature of the liquid that comes back, from the heat balance over all sleds."""
        litres = self.total_lpm()
        supply = self.supply_celsius(at_s)
        if litres <= 0.0:
            return supply
        watts = self.heat_watts(at_s)
        return supply + watts / (litres * self.parameters.joules_per_litre_kelvin / 60.0)

    def heat_watts(self, at_s: float) -> float:
        """Heat that all sleds give to the loop."""
        return sum(sled.coolant_watts(at_s) for sled in self._sleds)

    def _moved_lpm(self) -> float:
        """What the pumps that run make of the set-point."""
        return self._flow * _FLOW_OF_PUMPS[PUMPS - len(self.failed_pumps)]

    def _drop(self) -> float:
        return float((self._moved_lpm() / _NOMINAL_LPM) ** _FLOW_POWER)

    def _advance_sleds(self, at_s: float) -> None:
        for sled in self._sleds:
            sled.advance(at_s)

    def _stirs_for_s(self) -> float:
        distance = abs(self._target - self._ramp) + abs(self._ramp - self._supply)
        if distance < _STILL_CELSIUS:
            return 0.0
        return self._ramp_s() + self.parameters.lag_s * log(distance / _STILL_CELSIUS)

    def _rate(self) -> float:
        rate = self.parameters.slew_celsius_per_minute / 60.0
        return rate if self._target >= self._ramp else -rate

    def _ramp_s(self) -> float:
        return abs(self._target - self._ramp) * 60.0 / self.parameters.slew_celsius_per_minute

    def _ramp_celsius(self, at_s: float) -> float:
        during = min(max(0.0, at_s - self._from_s), self._ramp_s())
        return self._ramp + self._rate() * during
