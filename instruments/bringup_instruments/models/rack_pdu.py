"""A rack's power distribution unit as a Redfish service: switched and metered outlets behind one feed.

Resources and properties as in DMTF's schemas (DSP8010 2025.4): PowerEquipment/RackPDUs with one PowerDistribution;
its Outlets show excerpts of Sensors, are fed by one branch Circuit each twelve, and these by the mains. An outlet that
the station wires to a slot carries the slot's bulk supply: switching it off cuts the supply's mains. Neighbours:
httpx through `wires/http_transport` above, `world.Fed` below, `rack_pdu_outlet.py` for one outlet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..world import Fed
from .rack_pdu_outlet import AMPS, HERTZ, NOMINAL, Outlet, circuit, excerpt, sensor
from .redfish_service import ROOT, Payload, RedfishService, Resource, Response, collection, link, service_root

if TYPE_CHECKING:
    from ..catalogue import Placement

CHASSIS = f"{ROOT}/Chassis/PDU1"
SENSORS = f"{CHASSIS}/Sensors"
EQUIPMENT = f"{ROOT}/PowerEquipment"
UNIT = f"{EQUIPMENT}/RackPDUs/1"
MAINS = f"{UNIT}/Mains/AC1"
OUTLETS = 48
BRANCH_OUTLETS = 12
_HEALTHY = {"State": "Enabled", "Health": "OK"}


class RackPdu:
    """One unit.

    Args:
        clock: the lab's.
        fed: what each outlet feeds, by its number; the others feed nothing.
        serial_number: seeds the errors of its sensors.
        outlets: how many it has.
    """

    def __init__(self, clock: Clock, fed: Mapping[int, Fed], serial_number: str, outlets: int = OUTLETS) -> None:
        self._serial_number = serial_number
        self.outlets = {
            number: Outlet(number, clock, fed.get(number), serial_number) for number in range(1, outlets + 1)
        }
        numbers = list(self.outlets)
        self._branches = {
            chr(ord("A") + place): numbers[place * BRANCH_OUTLETS : (place + 1) * BRANCH_OUTLETS]
            for place in range(-(-outlets // BRANCH_OUTLETS))
        }
        self._service = RedfishService(self._resources(), self._actions())

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one HTTP request: status, headers, body."""
        for outlet in self.outlets.values():
            outlet.look()
        return self._service.handle(method, path, body, headers)

    def _resources(self) -> dict[str, Resource]:
        sessions = f"{ROOT}/SessionService/Sessions"
        found = {
            "/redfish": Resource(lambda: {"v1": f"{ROOT}/"}),
            ROOT: Resource(self._root),
            f"{ROOT}/SessionService": Resource(_session_service),
            sessions: collection("SessionCollection", "Sessions", []),
            f"{ROOT}/Chassis": collection("ChassisCollection", "Chassis", [CHASSIS]),
            CHASSIS: Resource(self._chassis),
            EQUIPMENT: Resource(_power_equipment),
            f"{EQUIPMENT}/RackPDUs": collection("PowerDistributionCollection", "Rack PDUs", [UNIT]),
            UNIT: Resource(self._unit),
            f"{UNIT}/Metrics": Resource(self._metrics),
            f"{UNIT}/Mains": collection("CircuitCollection", "Mains", [MAINS]),
            MAINS: Resource(self._mains),
            f"{UNIT}/Branches": collection(
                "CircuitCollection", "Branches", [f"{UNIT}/Branches/{name}" for name in self._branches]
            ),
            f"{UNIT}/Outlets": collection("OutletCollection", "Outlets", [self._uri(n) for n in self.outlets]),
        }
        for name, numbers in self._branches.items():
            found[f"{UNIT}/Branches/{name}"] = Resource(self._branch(name, numbers))
            found |= {self._uri(number): Resource(self._outlet(number, name)) for number in numbers}
        return found | self._sensors()

    def _sensors(self) -> dict[str, Resource]:
        sensors = SENSORS
        made = {
            f"{sensors}/PowerMains": sensor("PowerMains", "Power", "W", self._total_watts),
            f"{sensors}/EnergyMains": sensor("EnergyMains", "EnergykWh", "kW.h", self._total_energy),
            f"{sensors}/VoltageMains": sensor("VoltageMains", "Voltage", "V", self.outlets[1].mains_volts),
            f"{sensors}/FrequencyMains": sensor("FrequencyMains", "Frequency", "Hz", lambda: HERTZ),
        }
        for number, outlet in self.outlets.items():
            for name, kind, units, read in outlet.sensors():
                made[f"{sensors}/{name}{number}"] = sensor(f"{name}{number}", kind, units, read)
        resources = {uri: Resource(read) for uri, read in made.items()}
        return {sensors: collection("SensorCollection", "Sensors", list(resources)), **resources}

    def _actions(self) -> dict[str, Callable[[Payload], None]]:
        made: dict[str, Callable[[Payload], None]] = {}
        for number, outlet in self.outlets.items():
            actions = f"{self._uri(number)}/Actions"
            made[f"{actions}/Outlet.PowerControl"] = outlet.power_control
            made[f"{actions}/Outlet.ResetMetrics"] = outlet.reset_metrics
        made[f"{UNIT}/Metrics/Actions/PowerDistributionMetrics.ResetMetrics"] = self._reset_metrics
        return made

    def _reset_metrics(self, body: Payload) -> None:
        for outlet in self.outlets.values():
            outlet.reset_metrics(body)

    def _uri(self, number: int) -> str:
        return f"{UNIT}/Outlets/{number}"

    def _watts(self, numbers: Sequence[int]) -> float:
        return round(sum(self.outlets[number].watts() for number in numbers), 1)

    def _total_watts(self) -> float:
        return self._watts(list(self.outlets))

    def _total_energy(self) -> float:
        return round(sum(outlet.energy_kwh() for outlet in self.outlets.values()), 3)

    def _root(self) -> Payload:
        return service_root("Rack PDU", self._serial_number, PowerEquipment=EQUIPMENT)

    def _identity(self) -> Payload:
        return {"Manufacturer": "bringup", "Model": "Simulated rack PDU", "SerialNumber": self._serial_number}

    def _chassis(self) -> Payload:
        return {
            "@odata.type": "#Chassis.v1_28_0.Chassis",
            "Id": "PDU1",
            "Name": "Rack PDU",
            "ChassisType": "Enclosure",
            **self._identity(),
            "Status": _HEALTHY,
            "Sensors": link(SENSORS),
        }

    def _unit(self) -> Payload:
        return {
            "@odata.type": "#PowerDistribution.v1_6_0.PowerDistribution",
            "Id": "1",
            "Name": "Rack PDU",
            "EquipmentType": "RackPDU",
            **self._identity(),
            "FirmwareVersion": "1.0.0",
            "Status": _HEALTHY,
            "Mains": link(f"{UNIT}/Mains"),
            "Branches": link(f"{UNIT}/Branches"),
            "Outlets": link(f"{UNIT}/Outlets"),
            "Metrics": link(f"{UNIT}/Metrics"),
            "Links": {"Chassis": [link(CHASSIS)]},
        }

    def _metrics(self) -> Payload:
        target = f"{UNIT}/Metrics/Actions/PowerDistributionMetrics.ResetMetrics"
        return {
            "@odata.type": "#PowerDistributionMetrics.v1_4_0.PowerDistributionMetrics",
            "Id": "Metrics",
            "Name": "Totals",
            "PowerWatts": excerpt(f"{SENSORS}/PowerMains", self._total_watts()),
            "EnergykWh": excerpt(f"{SENSORS}/EnergyMains", self._total_energy()),
            "Actions": {"#PowerDistributionMetrics.ResetMetrics": {"target": target}},
        }

    def _mains(self) -> Payload:
        return {
            **circuit("AC1", "Mains", "Mains", AMPS * len(self._branches)),
            "Voltage": excerpt(f"{SENSORS}/VoltageMains", self.outlets[1].mains_volts()),
            "PowerWatts": excerpt(f"{SENSORS}/PowerMains", self._total_watts()),
            "FrequencyHz": excerpt(f"{SENSORS}/FrequencyMains", HERTZ),
        }

    def _branch(self, name: str, numbers: Sequence[int]) -> Callable[[], Payload]:
        return lambda: {
            **circuit(name, f"Branch {name}", "Branch", AMPS),
            "BreakerState": "Normal",
            "PowerWatts": {"Reading": self._watts(numbers)},
            "Links": {"Outlets": [link(self._uri(number)) for number in numbers]},
        }

    def _outlet(self, number: int, branch: str) -> Callable[[], Payload]:
        outlet, sensors = self.outlets[number], SENSORS
        actions = f"{self._uri(number)}/Actions"
        return lambda: {
            "@odata.type": "#Outlet.v1_4_4.Outlet",
            "Id": str(number),
            "Name": f"Outlet {number}",
            "Status": _HEALTHY,
            "PhaseWiringType": "OnePhase3Wire",
            "VoltageType": "AC",
            "NominalVoltage": NOMINAL,
            "OutletType": "BusConnection",
            "RatedCurrentAmps": AMPS,
            "PowerCycleDelaySeconds": outlet.cycle_s,
            "PowerState": outlet.power_state,
            "PowerEnabled": outlet.on,
            "Voltage": excerpt(f"{sensors}/Voltage{number}", outlet.volts()),
            "CurrentAmps": excerpt(f"{sensors}/Current{number}", outlet.amps()),
            "PowerWatts": excerpt(f"{sensors}/Power{number}", outlet.watts()),
            "EnergykWh": excerpt(f"{sensors}/Energy{number}", outlet.energy_kwh()),
            "Actions": {
                "#Outlet.PowerControl": {
                    "target": f"{actions}/Outlet.PowerControl",
                    "PowerState@Redfish.AllowableValues": ["On", "Off", "PowerCycle"],
                },
                "#Outlet.ResetMetrics": {"target": f"{actions}/Outlet.ResetMetrics"},
            },
            "Links": {"BranchCircuit": link(f"{UNIT}/Branches/{branch}")},
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


def _power_equipment() -> Payload:
    return {
        "@odata.type": "#PowerEquipment.v1_2_3.PowerEquipment",
        "Id": "PowerEquipment",
        "Name": "Power equipment",
        "Status": _HEALTHY,
        "RackPDUs": link(f"{EQUIPMENT}/RackPDUs"),
    }


def place(placement: Placement) -> RackPdu:
    """The unit that stands at a placement; its channels are its outlets."""
    wired = {number: placement.wiring.fed(number) for number in range(1, OUTLETS + 1)}
    fed = {number: load for number, load in wired.items() if load is not None}
    return RackPdu(placement.clock, fed, placement.serial_number)
