"""The sled as a Chassis: who it is, its assembly, power, coolant, leaks, and the one thing that can be set there.

Source: DMTF schemas Chassis, Assembly, PowerSubsystem, ThermalSubsystem, ThermalMetrics, CoolantConnector and
EnvironmentMetrics (DSP8010 2025.4). Neighbours: `bmc.py` puts it together, `bmc_sensors.py` has the readings.
"""

from __future__ import annotations

from bringup.files.product import Product

from ..physics import SledPhysics
from .bmc_sensors import BmcSensors
from .bmc_uris import CHASSIS, CONTROLS, MANAGER, POWER, SENSORS, SYSTEM, THERMAL
from .leak_detection import LeakDetection
from .redfish_control import SetPoint
from .redfish_problem import Payload
from .redfish_sensor import HEALTHY, worst
from .redfish_service import Resource, collection, link, links

_CONNECTOR = f"{THERMAL}/CoolantConnectors/1"
_HERTZ_OF_MHZ = 1e6


class BmcChassis:
    """Of one sled.

    Args:
        sled: it.
        product: what it is.
        sensors: its readings.
        leaks: its ropes.
    """

    def __init__(self, sled: SledPhysics, product: Product, sensors: BmcSensors, leaks: LeakDetection) -> None:
        self._sled = sled
        self._product = product
        self._sensors = sensors
        self._leaks = leaks

    def identity(self) -> Payload:
        """Serial number, part number, board revision, as every resource of the board has them."""
        return {
            "Manufacturer": "bringup",
            "Model": self._product.name,
            "SerialNumber": self._sled.serial_number,
            "PartNumber": f"{self._product.name}-{self._sled.parameters.board_revision or '0'}",
        }

    def resources(self) -> dict[str, Resource]:
        """Everything under the Chassis but its sensors and ropes."""
        clock = f"{CONTROLS}/{self._sled.parameters.clock_name}"
        connectors = f"{THERMAL}/CoolantConnectors"
        return {
            CHASSIS: Resource(self._chassis),
            f"{CHASSIS}/Assembly": Resource(self._assembly),
            f"{CHASSIS}/EnvironmentMetrics": Resource(self._environment),
            CONTROLS: collection("ControlCollection", "Controls", [clock]),
            clock: Resource(self._clock, self._set_clock),
            POWER: Resource(self._power),
            THERMAL: Resource(self._thermal),
            f"{THERMAL}/ThermalMetrics": Resource(self._metrics),
            connectors: collection("CoolantConnectorCollection", "Coolant connectors", [_CONNECTOR]),
            _CONNECTOR: Resource(self._connector),
        }

    @property
    def health(self) -> str:
        """The worst of what is on it."""
        return worst([self._leaks.health, self._sensors.health()])

    def _chassis(self) -> Payload:
        opened = bool(self._sled.defects.door_opened_s) and min(self._sled.defects.door_opened_s) <= self._sled.now_s
        return {
            "@odata.type": "#Chassis.v1_28_0.Chassis",
            "Id": "Sled",
            "Name": "Accelerator sled",
            "ChassisType": "Sled",
            **self.identity(),
            "Version": self._sled.parameters.board_revision,
            "PowerState": "On",
            "PhysicalSecurity": {"IntrusionSensor": "HardwareIntrusion" if opened else "Normal"},
            "Status": {"State": "Enabled", "Health": self.health, "HealthRollup": self.health},
            "Assembly": link(f"{CHASSIS}/Assembly"),
            "EnvironmentMetrics": link(f"{CHASSIS}/EnvironmentMetrics"),
            "Sensors": link(SENSORS),
            "Controls": link(CONTROLS),
            "PowerSubsystem": link(POWER),
            "ThermalSubsystem": link(THERMAL),
            "LeakDetectors": link(self._leaks.detectors),
            "Links": {"ComputerSystems": links([SYSTEM]), "ManagedBy": links([MANAGER])},
        }

    def _assembly(self) -> Payload:
        identity = self.identity()
        data = {
            "@odata.id": f"{CHASSIS}/Assembly#/Assemblies/0",
            "MemberId": "0",
            "Name": "Sled board",
            "Vendor": identity["Manufacturer"],
            "Model": identity["Model"],
            "SerialNumber": identity["SerialNumber"],
            "PartNumber": identity["PartNumber"],
            "Version": self._sled.parameters.board_revision,
            "EngineeringChangeLevel": self._product.facts.product.revision,
            "PhysicalContext": "Board",
            "Status": HEALTHY,
        }
        return {
            "@odata.type": "#Assembly.v1_6_1.Assembly",
            "Id": "Assembly",
            "Name": "Field-replaceable units",
            "Assemblies": [data],
            "Assemblies@odata.count": 1,
        }

    def _environment(self) -> Payload:
        return {
            "@odata.type": "#EnvironmentMetrics.v1_5_0.EnvironmentMetrics",
            "Id": "EnvironmentMetrics",
            "Name": "Environment of the board",
            **self._sensors.named(
                TemperatureCelsius="board", PowerWatts="vin.watts", Voltage="vin.volts", CurrentAmps="vin.amps"
            ),
        }

    def _power(self) -> Payload:
        entry = self._product.facts.input
        capacity = entry.nominal_volts * entry.current_limit_amps
        health = self._sensors.health("Voltage")
        return {
            "@odata.type": "#PowerSubsystem.v1_1_3.PowerSubsystem",
            "Id": "PowerSubsystem",
            "Name": "54 V input",
            "CapacityWatts": round(capacity, 1),
            "Allocation": {"AllocatedWatts": round(capacity, 1)},
            "Status": {"State": "Enabled", "Health": health},
        }

    def _thermal(self) -> Payload:
        health = worst([self._leaks.health, self._sensors.health("Temperature")])
        return {
            "@odata.type": "#ThermalSubsystem.v1_5_0.ThermalSubsystem",
            "Id": "ThermalSubsystem",
            "Name": "Cooling",
            "Status": {"State": "Enabled", "Health": health},
            "ThermalMetrics": link(f"{THERMAL}/ThermalMetrics"),
            "CoolantConnectors": link(f"{THERMAL}/CoolantConnectors"),
            "LeakDetection": link(self._leaks.uri),
        }

    def _metrics(self) -> Payload:
        readings = self._sensors.temperatures()
        return {
            "@odata.type": "#ThermalMetrics.v1_3_2.ThermalMetrics",
            "Id": "ThermalMetrics",
            "Name": "Temperatures",
            "TemperatureSummaryCelsius": self._sensors.named(
                Internal="board", Intake="coolant.in", Exhaust="coolant.out"
            ),
            "TemperatureReadingsCelsius": readings,
            "TemperatureReadingsCelsius@odata.count": len(readings),
            **self._sensors.named(PowerWatts="vin.watts"),
        }

    def _connector(self) -> Payload:
        return {
            "@odata.type": "#CoolantConnector.v1_3_0.CoolantConnector",
            "Id": "1",
            "Name": "Manifold",
            "CoolantConnectorType": "Pair",
            "Status": HEALTHY,
            **self._sensors.named(
                SupplyTemperatureCelsius="coolant.in",
                ReturnTemperatureCelsius="coolant.out",
                FlowLitersPerMinute="flow",
            ),
        }

    # The core clock, which the controller's generator makes.

    def _point(self) -> SetPoint:
        chip = self._sled.parameters.chip
        bounds = (chip.clock_min_hertz / _HERTZ_OF_MHZ, chip.clock_max_hertz / _HERTZ_OF_MHZ)
        return SetPoint("MHz", self._sled.set_clock_hertz() / _HERTZ_OF_MHZ, bounds)

    def _clock(self) -> Payload:
        name = self._sled.parameters.clock_name
        return self._point().control(name, "FrequencyMHz", "MHz", {"PhysicalContext": "Accelerator"})

    def _set_clock(self, changes: Payload) -> None:
        point = self._point()
        value = point.wanted(changes)
        try:
            self._sled.set_clock(self._sled.now_s, value * _HERTZ_OF_MHZ)
        except ValueError as problem:  # a bound by a rounding
            raise point.out_of_range(str(problem)) from None
