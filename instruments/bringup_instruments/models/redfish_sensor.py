"""A sensor as Redfish shows it: the resource with its thresholds, and the excerpt that others carry.

Source: DMTF schema Sensor (DSP8010 2025.4). Neighbours: the units in `bmc_sensors.py`, `coolant_sensors.py` and
`rack_pdu.py` say what they measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .redfish_problem import Payload
from .redfish_service import Resource, collection

HEALTHY = {"State": "Enabled", "Health": "OK"}
_BY_SEVERITY = (("Critical", ("Fatal", "Critical")), ("Warning", ("Caution",)))


@dataclass(frozen=True, slots=True)
class RedfishSensor:
    """One sensor.

    Args:
        name: its Id.
        kind: ReadingType.
        units: of its readings, as UCUM writes them.
        read: the present reading.
        context: PhysicalContext, if any.
        thresholds: by property, such as "UpperCritical"; in its units.
        sampled: when the present reading was taken, as a date; None where it is taken when asked for.
    """

    name: str
    kind: str
    units: str
    read: Callable[[], float]
    context: str | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    sampled: Callable[[], str] | None = None

    def payload(self) -> Payload:
        """The resource."""
        reading = self.read()
        told: Payload = {
            "@odata.type": "#Sensor.v1_12_0.Sensor",
            "Id": self.name,
            "Name": self.name,
            "ReadingType": self.kind,
            "Reading": reading,
            "ReadingUnits": self.units,
            "Status": {"State": "Enabled", "Health": health(reading, self.thresholds)},
        }
        if self.context is not None:
            told["PhysicalContext"] = self.context
        if self.sampled is not None:
            told["ReadingTime"] = self.sampled()
        if self.thresholds:
            told["Thresholds"] = {
                name: {"Reading": value, "Activation": "Increasing" if name.startswith("Upper") else "Decreasing"}
                for name, value in self.thresholds.items()
            }
        return told


def sensor_resources(home: str, sensors: Iterable[RedfishSensor]) -> dict[str, Resource]:
    """A collection of sensors at a URI, and each of them."""
    made = {f"{home}/{sensor.name}": Resource(sensor.payload) for sensor in sensors}
    return {home: collection("SensorCollection", "Sensors", list(made)), **made}


def excerpt(uri: str, reading: float) -> Payload:
    """A sensor as another resource shows it."""
    return {"DataSourceUri": uri, "Reading": reading}


def health(reading: float, thresholds: Mapping[str, float]) -> str:
    """OK, Warning or Critical: how far beyond its thresholds a reading lies."""
    for severity, names in _BY_SEVERITY:
        for name in names:
            if reading >= thresholds.get(f"Upper{name}", float("inf")):
                return severity
            if reading <= thresholds.get(f"Lower{name}", float("-inf")):
                return severity
    return "OK"


def worst(healths: Iterable[str]) -> str:
    """Of several."""
    return max(healths, key=("OK", "Warning", "Critical").index, default="OK")


def rounded(value: float, step: float) -> float:
    """To a sensor's step."""
    return round(round(value / step) * step, 6)
