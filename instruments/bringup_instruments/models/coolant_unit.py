"""A coolant distribution unit as a Redfish service: its two sides, pumps, reservoir, filter, ropes and set-points.

Resources and properties as in DMTF's schemas (DSP8010 2025.4): ThermalEquipment/CDUs with one CoolingUnit, whose
CoolantConnectors show excerpts of Sensors and Controls; those live under the unit's Chassis, where the schemas put
them. Flow is for each sled, as the loop's manifold divides it. Neighbours: httpx through `wires/http_transport`
above, `physics/coolant.py` below; `coolant_sensors.py` measures, `coolant_parts.py` shows pumps, filter and
reservoir.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bringup.clock import Clock
from bringup.errors import UsageError

from ..physics.coolant import CoolantLoop
from .coolant_parts import CoolantParts
from .coolant_sensors import CoolantSensors
from .coolant_uris import CHASSIS, CONNECTOR, CONTROLS, PRIMARY, SENSORS, THERMAL, UNIT
from .leak_detection import LeakDetection, Rope
from .redfish_control import SetPoint
from .redfish_events import EventStream
from .redfish_problem import Payload, Response
from .redfish_sensor import HEALTHY, excerpt, sensor_resources, worst
from .redfish_service import ROOT, Resource, collection, link, links
from .redfish_unit import RedfishUnit

if TYPE_CHECKING:
    from ..catalogue import Placement

_DRY_OHMS, _WET_OHMS = 2.0e6, 1.0e5  # of the rope under the unit (estimates)


class CoolantUnit:
    """One CDU.

    Args:
        clock: the lab's.
        coolant: the loop that it moves.
        serial_number: seeds the errors of its sensors.
        celsius_range: lowest and highest supply set-point.
        lpm_range: lowest and highest flow set-point for each sled.
    """

    def __init__(
        self,
        clock: Clock,
        coolant: CoolantLoop,
        serial_number: str,
        celsius_range: tuple[float, float] = (15.0, 50.0),
        lpm_range: tuple[float, float] = (0.0, 12.0),
    ) -> None:
        self._clock = clock
        self._coolant = coolant
        self._serial_number = serial_number
        now = clock.now()
        self._celsius = SetPoint("celsius", round(coolant.supply_celsius(now), 3), celsius_range)
        self._lpm = SetPoint("lpm", round(coolant.flow_lpm(now), 3), lpm_range)
        self._redfish = unit = RedfishUnit(clock, "Coolant distribution unit", serial_number, CHASSIS, self._look)
        self._sensors = CoolantSensors(coolant, clock.now, serial_number)
        rope = Rope("unit", "Moisture", _DRY_OHMS, _WET_OHMS, lambda: coolant.leak)
        self._leaks = LeakDetection(f"{UNIT}/LeakDetection", CHASSIS, [rope], unit.calendar)
        self._parts = CoolantParts(coolant, self._sensors)
        self._pump_changes = len(coolant.pump_changes)
        unit.fill(self._resources(), {}, {"Chassis": f"{ROOT}/Chassis", "ThermalEquipment": THERMAL})

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one HTTP request: status, headers, body."""
        self._look()
        return self._redfish.handle(method, path, body, headers)

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> EventStream | None:
        """The stream of events that a request asks for; None for any other request."""
        return self._redfish.stream(method, path, headers)

    def _look(self) -> bool:
        """Log what is new: pumps and ropes, each at its own time."""
        now_s, log = self._clock.now(), self._redfish.log
        new = [change for change in self._coolant.pump_changes[self._pump_changes :] if change.at_s <= now_s]
        for change in new:
            key = "PumpRuns" if change.runs else "PumpFailed"
            log.add(change.at_s, key, str(change.number), origin=f"{UNIT}/Pumps/{change.number}")
        self._pump_changes += len(new)
        self._leaks.look(now_s, log)
        return True

    def _resources(self) -> dict[str, Resource]:
        secondary, primary = f"{UNIT}/SecondaryCoolantConnectors", f"{UNIT}/PrimaryCoolantConnectors"
        kind = "CoolantConnectorCollection"
        return {
            f"{ROOT}/Chassis": collection("ChassisCollection", "Chassis", [CHASSIS]),
            CHASSIS: Resource(self._chassis),
            THERMAL: Resource(_thermal_equipment),
            f"{THERMAL}/CDUs": collection("CoolingUnitCollection", "Coolant distribution units", [UNIT]),
            UNIT: Resource(self._unit),
            secondary: collection(kind, "Secondary connectors", [CONNECTOR]),
            CONNECTOR: Resource(self._connector),
            primary: collection(kind, "Primary connectors", [PRIMARY]),
            PRIMARY: Resource(self._primary),
            **sensor_resources(SENSORS, self._sensors.all()),
            **self._controls(),
            **self._parts.resources(),
            **self._leaks.resources(),
        }

    def _controls(self) -> dict[str, Resource]:
        supply = Resource(
            lambda: self._celsius.control(
                "SupplyTemperature", "Temperature", "Cel", _shown("SupplyTemperature", self._sensors.supply())
            ),
            lambda changes: self._move("SupplyTemperature", self._celsius, self._coolant.set_supply_celsius, changes),
        )
        flow = Resource(
            lambda: self._lpm.control("Flow", "LiquidFlowLPM", "L/min", _shown("Flow", self._sensors.flow())),
            lambda changes: self._move("Flow", self._lpm, self._coolant.set_flow_lpm, changes),
        )
        made = {f"{CONTROLS}/SupplyTemperature": supply, f"{CONTROLS}/Flow": flow}
        return {CONTROLS: collection("ControlCollection", "Controls", list(made)), **made}

    def _move(self, name: str, knob: SetPoint, act: Callable[[float, float], None], changes: Payload) -> None:
        value, now_s = knob.wanted(changes), self._clock.now()
        try:
            act(now_s, value)
        except ValueError as error:  # the loop can do less than the unit was told that it can
            raise knob.out_of_range(str(error)) from None
        knob.value = value
        self._redfish.log.add(now_s, "SetPointMoved", name, f"{value:g}", origin=f"{CONTROLS}/{name}")

    def _identity(self) -> Payload:
        return {"Manufacturer": "bringup", "Model": "Simulated CDU", "SerialNumber": self._serial_number}

    def _chassis(self) -> Payload:
        return {
            "@odata.type": "#Chassis.v1_28_0.Chassis",
            "Id": "CDU1",
            "Name": "Coolant distribution unit",
            "ChassisType": "Enclosure",
            **self._identity(),
            "Status": {"State": "Enabled", "Health": self._health},
            "Sensors": link(SENSORS),
            "Controls": link(CONTROLS),
            "LogServices": self._redfish.log_services,
            "LeakDetectors": link(self._leaks.detectors),
            "Links": {"CoolingUnits": links([UNIT])},
        }

    def _unit(self) -> Payload:
        return {
            "@odata.type": "#CoolingUnit.v1_5_0.CoolingUnit",
            "Id": "1",
            "Name": "Coolant distribution unit",
            "EquipmentType": "CDU",
            **self._identity(),
            "FirmwareVersion": "1.0.0",
            "Coolant": {"CoolantType": "Water", "AdditiveName": "propylene glycol", "AdditivePercent": 25.0},
            "Status": {"State": "Enabled", "Health": self._health},
            "PrimaryCoolantConnectors": link(f"{UNIT}/PrimaryCoolantConnectors"),
            "SecondaryCoolantConnectors": link(f"{UNIT}/SecondaryCoolantConnectors"),
            "LeakDetection": link(self._leaks.uri),
            **self._parts.links(),
            "Links": {"Chassis": [link(CHASSIS)]},
        }

    @property
    def _health(self) -> str:
        return worst([self._leaks.health, self._parts.health])

    def _connector(self) -> Payload:
        seen = self._sensors
        supply, back, flow = seen.supply(), seen.back(), seen.flow()
        return {
            "@odata.type": "#CoolantConnector.v1_3_0.CoolantConnector",
            "Id": "1",
            "Name": "Towards the sleds",
            "Description": "Flow is for each sled of the manifold.",
            "CoolantConnectorType": "Pair",
            "CoolingLoopName": "Sleds",
            "Status": HEALTHY,
            "SupplyTemperatureCelsius": excerpt(f"{SENSORS}/SupplyTemperature", supply),
            "ReturnTemperatureCelsius": excerpt(f"{SENSORS}/ReturnTemperature", back),
            "DeltaTemperatureCelsius": {"Reading": round(back - supply, 3)},
            "DeltaPressurekPa": excerpt(f"{SENSORS}/LoopPressure", seen.loop_kpa()),
            "HeatRemovedkW": excerpt(f"{SENSORS}/HeatRemoved", seen.heat_kw()),
            "FlowLitersPerMinute": excerpt(f"{SENSORS}/Flow", flow),
            "SupplyTemperatureControlCelsius": self._celsius.excerpt(f"{CONTROLS}/SupplyTemperature", supply),
            "FlowControlLitersPerMinute": self._lpm.excerpt(f"{CONTROLS}/Flow", flow),
        }

    def _primary(self) -> Payload:
        seen = self._sensors
        return {
            "@odata.type": "#CoolantConnector.v1_3_0.CoolantConnector",
            "Id": "1",
            "Name": "Towards the building",
            "CoolantConnectorType": "Pair",
            "CoolingLoopName": "Facility",
            "Status": HEALTHY,
            "SupplyTemperatureCelsius": excerpt(f"{SENSORS}/FacilitySupplyTemperature", seen.facility_supply()),
            "ReturnTemperatureCelsius": excerpt(f"{SENSORS}/FacilityReturnTemperature", seen.facility_return()),
            "FlowLitersPerMinute": excerpt(f"{SENSORS}/FacilityFlow", seen.facility_flow()),
        }


def _shown(sensor: str, reading: float) -> Payload:
    """The sensor of a control."""
    return {"Sensor": excerpt(f"{SENSORS}/{sensor}", reading)}


def _thermal_equipment() -> Payload:
    return {
        "@odata.type": "#ThermalEquipment.v1_2_0.ThermalEquipment",
        "Id": "ThermalEquipment",
        "Name": "Thermal equipment",
        "Status": HEALTHY,
        "CDUs": link(f"{THERMAL}/CDUs"),
    }


def place(placement: Placement) -> CoolantUnit:
    """The unit that stands at a placement.

    Raises:
        UsageError: it cools no slot.
    """
    if placement.coolant is None:
        raise UsageError(f"coolant unit {placement.role!r} cools no slot: name it in a slot, or take it out")
    can = placement.coolant.parameters
    celsius, lpm = (can.supply_min_celsius, can.supply_max_celsius), (0.0, can.flow_max_lpm)
    return CoolantUnit(placement.clock, placement.coolant, placement.serial_number, celsius, lpm)
