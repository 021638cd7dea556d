"""Sensors, leak detectors and processors of a Redfish chassis and system, whatever generation of schema tells them.

New services have Sensors; older ones tell through ThermalSubsystem and PowerSubsystem, still older ones through
Thermal and Power (deprecated since 2020.4, and in every second machine room). The first that has any reading is
taken. Neighbours: `redfish_bmc.py` asks, `redfish_values.py` reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bringup.capabilities import LeakReading, PortReading, ProcessorReading, SensorReading
from bringup.errors import BadReply

from .redfish_session import Payload, RedfishSession
from .redfish_values import count, health, inside, moment, name_of, number, objects, text

_UNITS: Mapping[str, str] = {"Cel": "degC", "kW.h": "kWh"}
"""Ours for UCUM's, where they differ."""

_OLD: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "Thermal": (("Temperatures", "ReadingCelsius", "degC"), ("Fans", "Reading", "rpm")),
    "Power": (("Voltages", "ReadingVolts", "V"), ("PowerControl", "PowerConsumedWatts", "W")),
}
"""List, reading and unit by the deprecated resource."""

_SUPPLY = (("InputVoltage", "V"), ("InputCurrentAmps", "A"), ("InputPowerWatts", "W"), ("OutputPowerWatts", "W"))


class Telemetry:
    """Of one chassis and the system in it.

    Args:
        redfish: their service.
    """

    def __init__(self, redfish: RedfishSession) -> None:
        self._redfish = redfish

    # Sensors.

    def sensors(self, chassis: Payload) -> dict[str, SensorReading]:
        """Every sensor that has a reading, by name."""
        for read in (self._new, self._subsystems, self._old):
            found: dict[str, SensorReading] = {}
            for name, reading in read(chassis):
                found[_another(name, found)] = reading
            if found:
                return found
        return {}

    def _new(self, chassis: Payload) -> Iterator[tuple[str, SensorReading]]:
        if "Sensors" in chassis:
            for sensor in self._redfish.members(self._redfish.follow(chassis, "Sensors")):
                yield from self._reading(name_of(sensor), sensor, "Reading", text(sensor, "ReadingUnits"))

    def _subsystems(self, chassis: Payload) -> Iterator[tuple[str, SensorReading]]:
        if "ThermalSubsystem" in chassis:
            thermal = self._redfish.follow(chassis, "ThermalSubsystem")
            if "ThermalMetrics" in thermal:
                metrics = self._redfish.follow(thermal, "ThermalMetrics")
                for one in objects(metrics, "TemperatureReadingsCelsius"):
                    yield from self._reading(_excerpt_name(one), one, "Reading", "Cel")
        if "PowerSubsystem" in chassis:
            power = self._redfish.follow(chassis, "PowerSubsystem")
            supplies = self._redfish.follow(power, "PowerSupplies") if "PowerSupplies" in power else {"Members": []}
            for supply in self._redfish.members(supplies):
                if "Metrics" in supply:
                    yield from self._supply(name_of(supply), self._redfish.follow(supply, "Metrics"))

    def _supply(self, name: str, metrics: Payload) -> Iterator[tuple[str, SensorReading]]:
        for key, unit in _SUPPLY:
            excerpt = inside(metrics, key)
            if isinstance(excerpt, Mapping):
                yield from self._reading(f"{name} {key}", excerpt, "Reading", unit)

    def _old(self, chassis: Payload) -> Iterator[tuple[str, SensorReading]]:
        for resource, lists in _OLD.items():
            if resource in chassis:
                payload = self._redfish.follow(chassis, resource)
                for name, key, unit in lists:
                    for one in objects(payload, name):
                        own = text(one, "Name") or name_of(one)
                        yield from self._reading(own, one, key, text(one, "ReadingUnits") or unit)

    def _reading(self, name: str, payload: Payload, key: str, unit: str) -> Iterator[tuple[str, SensorReading]]:
        value = number(payload, key)
        if value is not None:  # a sensor without a reading, of a part that is off
            sampled = moment(payload, "ReadingTime")
            yield name, SensorReading(value, _UNITS.get(unit, unit), sampled, health(payload))

    # Leaks.

    def leaks(self, chassis: Payload) -> dict[str, LeakReading]:
        """Every leak detector, by name: the chassis' own, and those of its cooling."""
        homes = [chassis]
        if "ThermalSubsystem" in chassis:
            thermal = self._redfish.follow(chassis, "ThermalSubsystem")
            if "LeakDetection" in thermal:
                homes.append(self._redfish.follow(thermal, "LeakDetection"))
        return {
            name_of(one): _leak(one)
            for home in homes
            if "LeakDetectors" in home
            for one in self._redfish.members(self._redfish.follow(home, "LeakDetectors"))
        }

    # Processors.

    def processors(self, system: Payload) -> dict[str, ProcessorReading]:
        """Every processor with its counters and links, by name."""
        if "Processors" not in system:
            return {}
        found = self._redfish.members(self._redfish.follow(system, "Processors"))
        return {name_of(one): self._processor(one) for one in found}

    def _processor(self, payload: Payload) -> ProcessorReading:
        summary = inside(payload, "MemorySummary")
        counts: Payload = {}
        if isinstance(summary, Mapping) and "Metrics" in summary:
            metrics = self._redfish.follow(summary, "Metrics")
            lifetime = inside(metrics, "LifeTime") or inside(metrics, "CurrentPeriod") or {}
            if not isinstance(lifetime, Mapping):
                raise BadReply(f"{self._redfish.where}: LifeTime is {str(lifetime)[:80]!r}, not an object")
            counts = lifetime
        return ProcessorReading(
            text(payload, "ProcessorType"),
            text(payload, "Model"),
            health(payload),
            count(counts, "CorrectableECCErrorCount"),
            count(counts, "UncorrectableECCErrorCount"),
            dict(self._links(payload)),
        )

    def _links(self, processor: Payload) -> Iterator[tuple[str, PortReading]]:
        if "Ports" not in processor:
            return
        for port in self._redfish.members(self._redfish.follow(processor, "Ports")):
            metrics = self._redfish.follow(port, "Metrics") if "Metrics" in port else {}
            yield (
                name_of(port),
                PortReading(
                    count(port, "ActiveWidth") or 0,
                    number(port, "CurrentSpeedGbps") or 0.0,
                    count(port, "Width"),
                    number(port, "MaxSpeedGbps"),
                    count(metrics, "PCIeErrors", "L0ToRecoveryCount"),
                ),
            )


def _leak(payload: Payload) -> LeakReading:
    said = " ".join(text(one, "Message") for one in objects(payload, "Status", "Conditions"))
    state = text(payload, "DetectorState")
    if not state:
        raise BadReply(f"leak detector {name_of(payload)} does not tell its state")
    return LeakReading(state, health(payload), said)


def _another(name: str, taken: Mapping[str, object]) -> str:
    """A name that nothing has yet: old services call two sensors alike."""
    number = 2
    found = name
    while found in taken:
        found, number = f"{name} #{number}", number + 1
    return found


def _excerpt_name(payload: Payload) -> str:
    """Of an excerpt in an array: its device's, or the last part of what it is an excerpt of."""
    source = text(payload, "DataSourceUri").rstrip("/").rpartition("/")[2]
    return text(payload, "DeviceName") or source or name_of(payload)
