"""A coolant distribution unit as a small Redfish service: its secondary loop, sensors and set-points.

Resources and properties as in DMTF's schemas (DSP8010 2025.4): ThermalEquipment/CDUs with one CoolingUnit, whose
secondary CoolantConnector shows excerpts of Sensors and Controls; those live under the unit's Chassis, where the
schemas put them. Flow is for each sled, as the loop's manifold divides it. Neighbours: httpx through
`wires/http_transport` above, `world.Coolant` below.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bringup.clock import Clock
from bringup.errors import UsageError

from ..physics.draw import normal
from ..world import Coolant
from .redfish_service import (
    ROOT,
    Payload,
    RedfishProblem,
    RedfishService,
    Resource,
    Response,
    collection,
    link,
    service_root,
)

if TYPE_CHECKING:
    from ..catalogue import Placement

CHASSIS = f"{ROOT}/Chassis/CDU1"
THERMAL = f"{ROOT}/ThermalEquipment"
UNIT = f"{THERMAL}/CDUs/1"
CONNECTOR = f"{UNIT}/SecondaryCoolantConnectors/1"
_CELSIUS_SIGMA, _CELSIUS_STEP = 0.05, 0.01  # of the unit's sensors (estimates: PT100 class A, filtered)
_FLOW_SIGMA, _FLOW_STEP = 0.005, 0.01  # relative; L/min
_HEALTHY = {"State": "Enabled", "Health": "OK"}


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
        coolant: Coolant,
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
        self._service = RedfishService(self._resources())

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one HTTP request: status, headers, body."""
        return self._service.handle(method, path, body, headers)

    def _resources(self) -> dict[str, Resource]:
        found = {
            "/redfish": Resource(lambda: {"v1": f"{ROOT}/"}),
            ROOT: Resource(self._root),
            f"{ROOT}/SessionService": Resource(_session_service),
            f"{ROOT}/SessionService/Sessions": collection("SessionCollection", "Sessions", []),
            f"{ROOT}/Chassis": collection("ChassisCollection", "Chassis", [CHASSIS]),
            CHASSIS: Resource(self._chassis),
            THERMAL: Resource(_thermal_equipment),
            f"{THERMAL}/CDUs": collection("CoolingUnitCollection", "Coolant distribution units", [UNIT]),
            UNIT: Resource(self._unit),
            f"{UNIT}/SecondaryCoolantConnectors": collection(
                "CoolantConnectorCollection", "Secondary connectors", [CONNECTOR]
            ),
            CONNECTOR: Resource(self._connector),
        }
        return found | self._sensors() | self._controls()

    def _sensors(self) -> dict[str, Resource]:
        readings = {
            "SupplyTemperature": ("Temperature", "Cel", self._supply),
            "ReturnTemperature": ("Temperature", "Cel", self._return),
            "Flow": ("LiquidFlowLPM", "L/min", self._flow),
        }
        made = {
            f"{CHASSIS}/Sensors/{name}": Resource(_sensor(name, kind, units, read))
            for name, (kind, units, read) in readings.items()
        }
        return {f"{CHASSIS}/Sensors": collection("SensorCollection", "Sensors", list(made)), **made}

    def _controls(self) -> dict[str, Resource]:
        supply = Resource(
            lambda: self._celsius.control("SupplyTemperature", "Temperature", "Cel", self._supply()),
            lambda changes: self._move(self._celsius, self._coolant.set_supply_celsius, changes),
        )
        flow = Resource(
            lambda: self._lpm.control("Flow", "LiquidFlowLPM", "L/min", self._flow()),
            lambda changes: self._move(self._lpm, self._coolant.set_flow_lpm, changes),
        )
        made = {f"{CHASSIS}/Controls/SupplyTemperature": supply, f"{CHASSIS}/Controls/Flow": flow}
        return {f"{CHASSIS}/Controls": collection("ControlCollection", "Controls", list(made)), **made}

    def _move(self, knob: SetPoint, act: Callable[[float, float], None], changes: Payload) -> None:
        value = knob.wanted(changes)
        try:
            act(self._clock.now(), value)
        except ValueError as error:  # the loop can do less than the unit was told that it can
            raise knob.out_of_range(str(error)) from None
        knob.value = value

    def _supply(self) -> float:
        return self._celsius_seen("supply", self._coolant.supply_celsius(self._clock.now()))

    def _return(self) -> float:
        return self._celsius_seen("return", self._coolant.return_celsius(self._clock.now()))

    def _celsius_seen(self, where: str, true: float) -> float:
        offset = _CELSIUS_SIGMA * normal(self._serial_number, where, "celsius")
        return _rounded(true + offset, _CELSIUS_STEP)

    def _flow(self) -> float:
        gain = 1.0 + _FLOW_SIGMA * normal(self._serial_number, "flow")
        return _rounded(self._coolant.flow_lpm(self._clock.now()) * gain, _FLOW_STEP)

    def _root(self) -> Payload:
        return service_root("Coolant distribution unit", self._serial_number, ThermalEquipment=THERMAL)

    def _identity(self) -> Payload:
        return {"Manufacturer": "bringup", "Model": "Simulated CDU", "SerialNumber": self._serial_number}

    def _chassis(self) -> Payload:
        return {
            "@odata.type": "#Chassis.v1_28_0.Chassis",
            "Id": "CDU1",
            "Name": "Coolant distribution unit",
            "ChassisType": "Enclosure",
            **self._identity(),
            "Status": _HEALTHY,
            "Sensors": link(f"{CHASSIS}/Sensors"),
            "Controls": link(f"{CHASSIS}/Controls"),
        }

    def _unit(self) -> Payload:
        return {
            "@odata.type": "#CoolingUnit.v1_5_0.CoolingUnit",
            "Id": "1",
            "Name": "Coolant distribution unit",
            "EquipmentType": "CDU",
            **self._identity(),
            "FirmwareVersion": "1.0.0",
            "Status": _HEALTHY,
            "SecondaryCoolantConnectors": link(f"{UNIT}/SecondaryCoolantConnectors"),
            "Links": {"Chassis": [link(CHASSIS)]},
        }

    def _connector(self) -> Payload:
        supply, back = self._supply(), self._return()
        controls = f"{CHASSIS}/Controls"
        return {
            "@odata.type": "#CoolantConnector.v1_3_0.CoolantConnector",
            "Id": "1",
            "Name": "Towards the sleds",
            "Description": "Flow is for each sled of the manifold.",
            "CoolantConnectorType": "Supply",
            "CoolingLoopName": "Sleds",
            "Status": _HEALTHY,
            "SupplyTemperatureCelsius": _excerpt("SupplyTemperature", supply),
            "ReturnTemperatureCelsius": _excerpt("ReturnTemperature", back),
            "DeltaTemperatureCelsius": {"Reading": round(back - supply, 3)},
            "FlowLitersPerMinute": _excerpt("Flow", self._flow()),
            "SupplyTemperatureControlCelsius": self._celsius.excerpt(f"{controls}/SupplyTemperature", supply),
            "FlowControlLitersPerMinute": self._lpm.excerpt(f"{controls}/Flow", self._flow()),
        }


class SetPoint:
    """A number that a client may move within a range."""

    def __init__(self, unit: str, value: float, bounds: tuple[float, float]) -> None:
        self.value = value
        self._unit = unit
        self._bounds = bounds

    def wanted(self, changes: Payload) -> float:
        """The set-point in a PATCH body.

        Raises:
            RedfishProblem: another property, not a number, or beyond the range.
        """
        for name in changes:
            if name != "SetPoint":
                what = f"{name} is unknown here or cannot be written; SetPoint can."
                raise RedfishProblem(400, "PropertyUnknown", what, related=f"#/{name}")
        value, (low, high) = changes["SetPoint"], self._bounds
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            what = f"SetPoint is a number of {self._unit}, not {str(value)[:40]!r}."
            raise RedfishProblem(400, "PropertyValueTypeError", what, related="#/SetPoint")
        if not low <= value <= high:
            raise self.out_of_range(f"SetPoint {value:g} is outside {low:g} to {high:g} {self._unit}.")
        return float(value)

    def out_of_range(self, what: str) -> RedfishProblem:
        """The answer to a value that cannot be had."""
        return RedfishProblem(400, "PropertyValueOutOfRange", what, related="#/SetPoint")

    def control(self, name: str, kind: str, units: str, reading: float) -> Payload:
        """The Control resource."""
        return {
            "@odata.type": "#Control.v1_7_0.Control",
            "Id": name,
            "Name": f"{name} set-point",
            "ControlType": kind,
            "SetPointType": "Single",
            "ControlMode": "Automatic",
            "SetPoint": self.value,
            "SetPointUnits": units,
            "AllowableMin": self._bounds[0],
            "AllowableMax": self._bounds[1],
            "Implementation": "Programmable",
            "Sensor": _excerpt(name, reading),
            "Status": _HEALTHY,
        }

    def excerpt(self, uri: str, reading: float) -> Payload:
        """The Control as a connector shows it."""
        low, high = self._bounds
        return {
            "DataSourceUri": uri,
            "ControlMode": "Automatic",
            "SetPoint": self.value,
            "AllowableMin": low,
            "AllowableMax": high,
            "Reading": reading,
        }


def _session_service() -> Payload:
    return {
        "@odata.type": "#SessionService.v1_1_9.SessionService",
        "Id": "SessionService",
        "Name": "Sessions",
        "Description": "The simulated unit asks for no login.",
        "ServiceEnabled": False,
        "Sessions": link(f"{ROOT}/SessionService/Sessions"),
    }


def _thermal_equipment() -> Payload:
    return {
        "@odata.type": "#ThermalEquipment.v1_2_0.ThermalEquipment",
        "Id": "ThermalEquipment",
        "Name": "Thermal equipment",
        "Status": _HEALTHY,
        "CDUs": link(f"{THERMAL}/CDUs"),
    }


def _sensor(name: str, kind: str, units: str, read: Callable[[], float]) -> Callable[[], Payload]:
    return lambda: {
        "@odata.type": "#Sensor.v1_12_0.Sensor",
        "Id": name,
        "Name": name,
        "ReadingType": kind,
        "Reading": read(),
        "ReadingUnits": units,
        "Status": _HEALTHY,
    }


def _excerpt(sensor: str, reading: float) -> Payload:
    return {"DataSourceUri": f"{CHASSIS}/Sensors/{sensor}", "Reading": reading}


def _rounded(value: float, step: float) -> float:
    return round(round(value / step) * step, 6)


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
