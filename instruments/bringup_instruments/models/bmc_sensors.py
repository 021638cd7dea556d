"""The sensors that a sled's management controller reads, as Redfish shows them: stale samples show their age.

Each is a sensor of the product that is read at "bmc", under its own name. Neighbours: `physics/telemetry.py` says what
firmware reads and when it sampled that, `redfish_sensor.py` how it looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bringup.errors import UsageError

from ..physics import SledPhysics
from ..physics.telemetry import Sample
from .bmc_uris import SENSORS
from .redfish_log import Calendar
from .redfish_problem import Payload
from .redfish_sensor import RedfishSensor, excerpt, health, sensor_resources, worst
from .redfish_service import Resource

_KINDS: Mapping[str, tuple[str, str]] = {
    "degC": ("Temperature", "Cel"),
    "V": ("Voltage", "V"),
    "A": ("Current", "A"),
    "W": ("Power", "W"),
    "L/min": ("LiquidFlowLPM", "L/min"),
}
"""ReadingType and ReadingUnits by a product's unit."""

_CONTEXTS: Mapping[str, str] = {
    "tj": "Accelerator",
    "hbm": "Memory",
    "plate": "CoolingSubsystem",
    "board": "SystemBoard",
    "coolant.in": "LiquidInlet",
    "coolant.out": "LiquidOutlet",
    "flow": "LiquidInlet",
    "vin": "DCBus",
}
"""PhysicalContext by quantity, or by its first word; anything else is a regulator's."""


class BmcSensors:
    """Of one sled.

    Args:
        sled: whose telemetry it is.
        now: the lab's time.
        calendar: the controller's.

    Raises:
        UsageError: a sensor's unit is none that Redfish has.
    """

    def __init__(self, sled: SledPhysics, now: Callable[[], float], calendar: Calendar) -> None:
        self._sled = sled
        self._now = now
        self._calendar = calendar
        shown = sled.telemetry
        for name in shown.names("bmc"):
            if shown.unit(name) not in _KINDS:
                what = f"sensor {name} is read at the bmc in {shown.unit(name)}, which Redfish does not show"
                raise UsageError(f"{what}; it shows {', '.join(_KINDS)}")
        self._sensors = {name: self._sensor(name) for name in shown.names("bmc")}

    def resources(self) -> dict[str, Resource]:
        """All of them and their collection."""
        return sensor_resources(SENSORS, self._sensors.values())

    def __contains__(self, name: str) -> bool:
        return name in self._sensors

    def excerpt(self, name: str) -> Payload:
        """A sensor as another resource shows it; nothing where the product has none of that name."""
        if name not in self._sensors:
            return {}
        return excerpt(f"{SENSORS}/{name}", self._value(name))

    def named(self, **properties: str) -> Payload:
        """Excerpts by the properties that show them, of those sensors that there are."""
        return {key: self.excerpt(name) for key, name in properties.items() if name in self}

    def temperatures(self) -> list[Payload]:
        """Every temperature, as ThermalMetrics lists them."""
        return [
            {**self.excerpt(name), "DeviceName": name, "PhysicalContext": sensor.context}
            for name, sensor in self._sensors.items()
            if sensor.kind == "Temperature"
        ]

    def health(self, kind: str | None = None) -> str:
        """The worst of all sensors, or of those of one kind."""
        return worst(
            health(sensor.read(), sensor.thresholds)
            for sensor in self._sensors.values()
            if sensor.thresholds and kind in (None, sensor.kind)
        )

    def _value(self, name: str) -> float:
        return round(self._read(name).value, 6)  # steps of a tenth are no binary fractions

    def _read(self, name: str) -> Sample:
        return self._sled.telemetry.read(self._now(), name, "bmc")

    def _sensor(self, name: str) -> RedfishSensor:
        kind, units = _KINDS[self._sled.telemetry.unit(name)]
        quantity = name.rstrip("0123456789").rstrip(".")
        context = _CONTEXTS.get(quantity) or _CONTEXTS.get(name.partition(".")[0], "VoltageRegulator")
        return RedfishSensor(
            name,
            kind,
            units,
            lambda: self._value(name),
            context,
            self._thresholds(quantity),
            lambda: self._calendar.date(self._read(name).sampled_s),
        )

    def _thresholds(self, quantity: str) -> dict[str, float]:
        """What the silicon itself acts on: throttle and trip, lock-out, absolute maximum."""
        parameters = self._sled.parameters
        if quantity == "tj":
            marks = {"UpperCaution": parameters.chip.throttle_celsius, "UpperCritical": parameters.chip.trip_celsius}
            return {name: value for name, value in marks.items() if value is not None}
        if quantity == "vin.volts":
            return {"LowerCritical": parameters.input.off_volts, "UpperCritical": parameters.input.abs_max_volts}
        rail, _, what = quantity.rpartition(".")
        found = [one for one in parameters.rails if one.name == rail and what == "volts"]
        return {"UpperCritical": found[0].abs_max_volts} if found else {}
