"""What a coolant unit measures: each sensor with its own error, drawn from the unit's serial number.

Neighbours: `physics/coolant.py` is the loop, `coolant_unit.py` and `coolant_parts.py` show the readings.
"""

from __future__ import annotations

from collections.abc import Callable

from ..physics.coolant import PUMPS, CoolantLoop
from ..physics.draw import normal
from .redfish_sensor import RedfishSensor, rounded

_CELSIUS_SIGMA, _CELSIUS_STEP = 0.05, 0.01  # of the unit's sensors (estimates: PT100 class A, filtered)
_FLOW_SIGMA, _FLOW_STEP = 0.005, 0.01  # relative; L/min
_DEW_SIGMA = 0.5  # of a dew point from a humidity sensor of ±2 %RH (estimate)
_KPA_SIGMA, _KPA_STEP = 0.01, 0.1  # relative; kPa
_FACILITY_LPM = 40.0  # of the building's water through the unit's heat exchanger (estimate)
_LEVEL = {"LowerCaution": 50.0, "LowerCritical": 25.0}  # of the reservoir, in % (estimates)
_FILTER = {"UpperCaution": 16.0, "UpperCritical": 25.0}  # kPa: twice and three times a clean one's (estimates)


class CoolantSensors:
    """Of one unit.

    Args:
        coolant: the loop that it moves.
        now: the lab's time.
        serial_number: seeds the errors.
    """

    def __init__(self, coolant: CoolantLoop, now: Callable[[], float], serial_number: str) -> None:
        self._coolant = coolant
        self._now = now
        self._serial_number = serial_number

    def all(self) -> list[RedfishSensor]:
        """Every sensor."""
        return [
            RedfishSensor("SupplyTemperature", "Temperature", "Cel", self.supply, "LiquidOutlet"),
            RedfishSensor("ReturnTemperature", "Temperature", "Cel", self.back, "LiquidInlet"),
            RedfishSensor("Flow", "LiquidFlowLPM", "L/min", self.flow, "LiquidOutlet"),
            *self._of_unit(),
        ]

    def supply(self) -> float:
        """Towards the sleds, in °C."""
        return self._celsius("supply", self._coolant.supply_celsius(self._now()))

    def back(self) -> float:
        """From the sleds, in °C."""
        return self._celsius("return", self._coolant.return_celsius(self._now()))

    def flow(self) -> float:
        """For each sled, in L/min."""
        return rounded(self._coolant.flow_lpm(self._now()) * self._gain("flow", _FLOW_SIGMA), _FLOW_STEP)

    def pump_percent(self, number: int) -> float:
        """Speed of a pump: what the set-point asks for, and more where the other one stands."""
        loop = self._coolant
        if number in loop.failed_pumps:
            return 0.0
        asked = 100.0 * loop.set_lpm / loop.parameters.flow_max_lpm
        return rounded(asked if not loop.failed_pumps else min(100.0, 1.4 * asked), 0.1)

    def dew(self) -> float:
        """Dew point of the room, in °C."""
        return rounded(self._coolant.dew_celsius + _DEW_SIGMA * normal(self._serial_number, "dew"), 0.1)

    def loop_kpa(self) -> float:
        """Between supply and return, in kPa."""
        return rounded(self._coolant.loop_kpa() * self._gain("loop", _KPA_SIGMA), _KPA_STEP)

    def filter_kpa(self) -> float:
        """Over the filter, in kPa."""
        return rounded(self._coolant.filter_kpa() * self._gain("filter", _KPA_SIGMA), _KPA_STEP)

    def level_percent(self) -> float:
        """Of the reservoir."""
        return rounded(self._coolant.reservoir_percent, 0.5)

    def heat_kw(self) -> float:
        """That the sleds give to the loop, as supply, return and flow tell it."""
        loop = self._coolant
        share = loop.total_lpm() / loop.flow_lpm(self._now()) if loop.flow_lpm(self._now()) > 0.0 else 0.0
        per_kelvin = self.flow() * share * loop.parameters.joules_per_litre_kelvin / 60.0
        return rounded(max(0.0, (self.back() - self.supply()) * per_kelvin) / 1000.0, 0.01)

    def facility_supply(self) -> float:
        """Of the building's water when it comes, in °C."""
        return self._celsius("facility supply", self._coolant.facility_celsius)

    def facility_return(self) -> float:
        """Of the building's water when it goes: it carries what the sleds give."""
        loop = self._coolant
        rise = loop.heat_watts(self._now()) / (_FACILITY_LPM * loop.parameters.joules_per_litre_kelvin / 60.0)
        return self._celsius("facility return", loop.facility_celsius + rise)

    def facility_flow(self) -> float:
        """Of the building's water, in L/min."""
        return rounded(_FACILITY_LPM * self._gain("facility flow", _FLOW_SIGMA), _FLOW_STEP)

    def _of_unit(self) -> list[RedfishSensor]:
        celsius, kpa, percent = ("Temperature", "Cel"), ("PressurekPa", "kPa"), ("Percent", "%")
        flow = ("LiquidFlowLPM", "L/min")
        pumps = [
            RedfishSensor(f"Pump{number}Speed", *percent, self._speed(number), "Pump") for number in range(1, PUMPS + 1)
        ]
        return [
            RedfishSensor("DewPoint", *celsius, self.dew, "Room"),
            RedfishSensor("LoopPressure", *kpa, self.loop_kpa, "LiquidOutlet"),
            RedfishSensor("FilterPressure", *kpa, self.filter_kpa, "Filter", _FILTER),
            RedfishSensor("ReservoirLevel", *percent, self.level_percent, "Reservoir", _LEVEL),
            RedfishSensor("HeatRemoved", "Heat", "kW", self.heat_kw),
            RedfishSensor("FacilitySupplyTemperature", *celsius, self.facility_supply, "LiquidInlet"),
            RedfishSensor("FacilityReturnTemperature", *celsius, self.facility_return, "LiquidOutlet"),
            RedfishSensor("FacilityFlow", *flow, self.facility_flow, "LiquidInlet"),
            *pumps,
        ]

    def _speed(self, number: int) -> Callable[[], float]:
        return lambda: self.pump_percent(number)

    def _celsius(self, where: str, true: float) -> float:
        return rounded(true + _CELSIUS_SIGMA * normal(self._serial_number, where, "celsius"), _CELSIUS_STEP)

    def _gain(self, what: str, sigma: float) -> float:
        return 1.0 + sigma * normal(self._serial_number, what)
