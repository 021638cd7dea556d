"""A coolant distribution unit over Redfish: its secondary loop, towards the sleds.

Source: DMTF schemas CoolingUnit, CoolantConnector and Control (DSP8010 2025.4). The way is found from the service
root: ThermalEquipment, CDUs, SecondaryCoolantConnectors; a connector's sensors and controls are excerpts whose
`DataSourceUri` names the resource itself, and a `Control` is moved through its `SetPoint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bringup.capabilities import Identity
from bringup.errors import BadReply, InstrumentError
from bringup.hooks import Connection

from .redfish_session import Payload, RedfishSession

LOWEST_CELSIUS, HIGHEST_CELSIUS = -50.0, 150.0
"""Beyond them no coolant temperature is believed."""

HIGHEST_LPM = 10_000.0
"""Beyond it no flow is believed."""

SENSORS = ("SupplyTemperatureCelsius", "ReturnTemperatureCelsius", "FlowLitersPerMinute")
"""The connector's properties that are read."""

SET_POINT_TOLERANCE = 1e-3
"""How far a set-point that is read back may be off, in °C or L/min: a decimal's rounding, no more."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Where the secondary loop's resources are, as the payloads named them.

    `sensors` holds, by the connector's property, the sensor that it is an excerpt of, where the unit says so: it
    answers with the one number that is asked for, the connector makes the unit read them all.
    """

    unit: str
    connector: str
    supply_control: str
    flow_control: str
    sensors: Mapping[str, str]


class RedfishCoolantUnit:
    """A `CoolantLoop` on the first unit and the first secondary connector of a Redfish service."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._redfish = RedfishSession(connection)
        self._found: Loop | None = None

    def identify(self) -> Identity:
        """The unit's Manufacturer, Model, SerialNumber and FirmwareVersion."""
        unit = self._redfish.get(self._loop().unit)
        fields = [unit.get(name, "") for name in ("Manufacturer", "Model", "SerialNumber", "FirmwareVersion")]
        if not all(isinstance(field, str) for field in fields) or not fields[1]:
            raise BadReply(f"{self._redfish.where}: {fields!r} is no identity of a coolant unit")
        return Identity(*fields)

    def close(self) -> None:
        """Give the connections back; the set-points stay."""
        self._redfish.close()

    def set_supply_celsius(self, celsius: float) -> None:
        """Move the supply temperature set-point, in degrees Celsius; verified by reading back.

        Raises:
            OutOfEnvelope: beyond what the station allows; nothing was sent.
            InstrumentError: the unit refused it, or took another value.
        """
        self._connection.check("celsius", celsius)
        self._set(self._loop().supply_control, celsius, LOWEST_CELSIUS, HIGHEST_CELSIUS)

    def set_flow_lpm(self, lpm: float) -> None:
        """Move the flow set-point, in litres per minute for each sled; verified by reading back.

        Raises:
            OutOfEnvelope: beyond what the station allows; nothing was sent.
            InstrumentError: the unit refused it, or took another value.
        """
        self._connection.check("lpm", lpm)
        self._set(self._loop().flow_control, lpm, 0, HIGHEST_LPM)

    def supply_celsius(self) -> float:
        """Temperature of the liquid towards the sleds."""
        return self._reading("SupplyTemperatureCelsius", LOWEST_CELSIUS, HIGHEST_CELSIUS)

    def return_celsius(self) -> float:
        """Temperature of the liquid coming back."""
        return self._reading("ReturnTemperatureCelsius", LOWEST_CELSIUS, HIGHEST_CELSIUS)

    def flow_lpm(self) -> float:
        """Flow for each sled, in litres per minute."""
        return self._reading("FlowLitersPerMinute", 0, HIGHEST_LPM)

    def _reading(self, sensor: str, low: float, high: float) -> float:
        loop = self._loop()
        if sensor in loop.sensors:
            return self._redfish.number(self._redfish.get(loop.sensors[sensor]), "Reading", low=low, high=high)
        return self._redfish.number(self._redfish.get(loop.connector), sensor, "Reading", low=low, high=high)

    def _set(self, control: str, value: float, low: float, high: float) -> None:
        with self._redfish.lock:
            self._redfish.patch(control, {"SetPoint": value})
            taken = self._redfish.number(self._redfish.get(control), "SetPoint", low=low, high=high)
        if abs(taken - value) > SET_POINT_TOLERANCE:
            raise InstrumentError(f"{self._redfish.where}: {control} was set to {value:g}, it says {taken:g}")

    def _loop(self) -> Loop:
        if self._found is None:
            with self._redfish.lock:
                self._found = self._discover()
        return self._found

    def _discover(self) -> Loop:
        redfish = self._redfish
        unit = redfish.first_member(redfish.follow(redfish.root(), "ThermalEquipment"), "CDUs")
        connector = redfish.first_member(unit, "SecondaryCoolantConnectors")
        return Loop(
            unit=redfish.uri(unit, "@odata.id"),
            connector=redfish.uri(connector, "@odata.id"),
            supply_control=self._source(connector, "SupplyTemperatureControlCelsius"),
            flow_control=self._source(connector, "FlowControlLitersPerMinute"),
            sensors={name: source for name in SENSORS if (source := _source_of(connector.get(name)))},
        )

    def _source(self, connector: Payload, excerpt: str) -> str:
        return self._redfish.uri(connector.get(excerpt), "DataSourceUri", excerpt)


def _source_of(excerpt: object) -> str | None:
    source = excerpt.get("DataSourceUri") if isinstance(excerpt, Mapping) else None
    return source if isinstance(source, str) and source.startswith("/") else None
