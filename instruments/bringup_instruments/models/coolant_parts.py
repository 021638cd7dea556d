"""What a coolant unit is made of: pumps, a filter, a reservoir, the air of the room.

Source: DMTF schemas Pump, Filter, Reservoir, EnvironmentMetrics (DSP8010 2025.4). Neighbours: `coolant_unit.py` links
to them, `coolant_sensors.py` measures, `physics/coolant.py` says what has failed.
"""

from __future__ import annotations

from collections.abc import Callable

from ..physics.coolant import PUMPS, CoolantLoop
from .coolant_sensors import CoolantSensors
from .coolant_uris import SENSORS, UNIT
from .redfish_problem import Payload
from .redfish_sensor import HEALTHY, excerpt, health, worst
from .redfish_service import Resource, collection, link
from .redfish_service import links as links_to

_FILTER, _RESERVOIR = f"{UNIT}/Filters/1", f"{UNIT}/Reservoirs/1"


class CoolantParts:
    """Of one unit.

    Args:
        coolant: its loop.
        sensors: its readings.
    """

    def __init__(self, coolant: CoolantLoop, sensors: CoolantSensors) -> None:
        self._coolant = coolant
        self._sensors = sensors
        self._limits = {sensor.name: sensor.thresholds for sensor in sensors.all()}
        self._pumps = {number: f"{UNIT}/Pumps/{number}" for number in range(1, PUMPS + 1)}

    def resources(self) -> dict[str, Resource]:
        """Every part and its collection."""
        pumps = {uri: Resource(self._pump(number)) for number, uri in self._pumps.items()}
        return {
            f"{UNIT}/Pumps": collection("PumpCollection", "Pumps", list(pumps)),
            **pumps,
            f"{UNIT}/Filters": collection("FilterCollection", "Filters", [_FILTER]),
            _FILTER: Resource(self._filter),
            f"{UNIT}/Reservoirs": collection("ReservoirCollection", "Reservoirs", [_RESERVOIR]),
            _RESERVOIR: Resource(self._reservoir),
            f"{UNIT}/EnvironmentMetrics": Resource(self._environment),
        }

    def links(self) -> Payload:
        """As the CoolingUnit has them."""
        return {
            "Pumps": link(f"{UNIT}/Pumps"),
            "PumpRedundancy": [self._redundancy()],
            "Filters": link(f"{UNIT}/Filters"),
            "Reservoirs": link(f"{UNIT}/Reservoirs"),
            "EnvironmentMetrics": link(f"{UNIT}/EnvironmentMetrics"),
        }

    @property
    def health(self) -> str:
        """The worst of them; with one pump of two the unit is in need, without any it has failed."""
        pumps = ("OK", "Warning", "Critical")[len(self._coolant.failed_pumps)]
        return worst([pumps, self._filter_health, self._level_health])

    @property
    def _filter_health(self) -> str:
        return health(self._sensors.filter_kpa(), self._limits["FilterPressure"])

    @property
    def _level_health(self) -> str:
        return health(self._sensors.level_percent(), self._limits["ReservoirLevel"])

    def _redundancy(self) -> Payload:
        failed = len(self._coolant.failed_pumps)
        return {
            "RedundancyType": "NPlusM",
            "MinNeededInGroup": 1,
            "MaxSupportedInGroup": PUMPS,
            "RedundancyGroup": links_to(self._pumps.values()),
            "RedundancyGroup@odata.count": PUMPS,
            "Status": {"State": "Enabled", "Health": ("OK", "Warning", "Critical")[failed]},
        }

    def _pump(self, number: int) -> Callable[[], Payload]:
        def read() -> Payload:
            stands = number in self._coolant.failed_pumps
            status = {"State": "UnavailableOffline", "Health": "Critical"} if stands else HEALTHY
            speed = self._sensors.pump_percent(number)
            return {
                "@odata.type": "#Pump.v1_2_0.Pump",
                "Id": str(number),
                "Name": f"Pump {number}",
                "PumpType": "Liquid",
                "PhysicalContext": "Pump",
                "PumpSpeedPercent": excerpt(f"{SENSORS}/Pump{number}Speed", speed),
                "Status": status,
            }

        return read

    def _filter(self) -> Payload:
        return {
            "@odata.type": "#Filter.v1_1_0.Filter",
            "Id": "1",
            "Name": "Filter",
            "PhysicalContext": "Filter",
            "Replaceable": True,
            "DeltaLiquidPressurekPa": excerpt(f"{SENSORS}/FilterPressure", self._sensors.filter_kpa()),
            "Status": {"State": "Enabled", "Health": self._filter_health},
        }

    def _reservoir(self) -> Payload:
        return {
            "@odata.type": "#Reservoir.v1_0_2.Reservoir",
            "Id": "1",
            "Name": "Reservoir",
            "ReservoirType": "Reserve",
            "PhysicalContext": "Reservoir",
            "CapacityLiters": 20.0,
            "FluidLevelPercent": excerpt(f"{SENSORS}/ReservoirLevel", self._sensors.level_percent()),
            "FluidLevelStatus": self._level_health,
            "Status": {"State": "Enabled", "Health": self._level_health},
        }

    def _environment(self) -> Payload:
        return {
            "@odata.type": "#EnvironmentMetrics.v1_5_0.EnvironmentMetrics",
            "Id": "EnvironmentMetrics",
            "Name": "Air around the unit",
            "DewPointCelsius": excerpt(f"{SENSORS}/DewPoint", self._sensors.dew()),
        }
