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
from .rack_pdu_outlet import AMPS, HERTZ, NOMINAL, Outlet, circuit
from .redfish_events import EventStream
from .redfish_problem import Payload, Response
from .redfish_sensor import HEALTHY, RedfishSensor, excerpt, sensor_resources
from .redfish_service import ROOT, Action, Resource, collection, link
from .redfish_unit import RedfishUnit

if TYPE_CHECKING:
    from ..catalogue import Placement

CHASSIS = f"{ROOT}/Chassis/PDU1"
SENSORS = f"{CHASSIS}/Sensors"
EQUIPMENT = f"{ROOT}/PowerEquipment"
UNIT = f"{EQUIPMENT}/RackPDUs/1"
MAINS = f"{UNIT}/Mains/AC1"
OUTLETS = 48
BRANCH_OUTLETS = 12


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
        self._switched: list[tuple[float, int, bool]] = []
        self.outlets = {
            number: Outlet(number, clock, fed.get(number), serial_number, self._note)
            for number in range(1, outlets + 1)
        }
        numbers = list(self.outlets)
        self._branches = {
            chr(ord("A") + place): numbers[place * BRANCH_OUTLETS : (place + 1) * BRANCH_OUTLETS]
            for place in range(-(-outlets // BRANCH_OUTLETS))
        }
        self._redfish = RedfishUnit(clock, "Rack PDU", serial_number, CHASSIS, self._look)
        equipment = {"Chassis": f"{ROOT}/Chassis", "PowerEquipment": EQUIPMENT}
        self._redfish.fill(self._resources(), self._actions(), equipment)

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one HTTP request: status, headers, body."""
        self._look()
        return self._redfish.handle(method, path, body, headers)

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> EventStream | None:
        """The stream of events that a request asks for; None for any other request."""
        return self._redfish.stream(method, path, headers)

    def _look(self) -> bool:
        for outlet in self.outlets.values():
            outlet.look()
        switched, self._switched = sorted(self._switched), []
        for at_s, number, on in switched:
            self._redfish.log.add(at_s, "OutletOn" if on else "OutletOff", str(number), origin=self._uri(number))
        return True

    def _note(self, at_s: float, number: int) -> None:
        """An outlet has been switched, by a client or by its own power cycle."""
        self._switched.append((at_s, number, self.outlets[number].on))

    def _resources(self) -> dict[str, Resource]:
        found = {
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
        mains = [
            RedfishSensor("PowerMains", "Power", "W", self._total_watts),
            RedfishSensor("EnergyMains", "EnergykWh", "kW.h", self._total_energy),
            RedfishSensor("VoltageMains", "Voltage", "V", self.outlets[1].mains_volts, "ACInput"),
            RedfishSensor("FrequencyMains", "Frequency", "Hz", lambda: HERTZ, "ACInput"),
        ]
        return sensor_resources(SENSORS, [*mains, *(one for out in self.outlets.values() for one in out.sensors())])

    def _actions(self) -> dict[str, Action]:
        made: dict[str, Action] = {}
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

    def _identity(self) -> Payload:
        return {"Manufacturer": "bringup", "Model": "Simulated rack PDU", "SerialNumber": self._serial_number}

    def _chassis(self) -> Payload:
        return {
            "@odata.type": "#Chassis.v1_28_0.Chassis",
            "Id": "PDU1",
            "Name": "Rack PDU",
            "ChassisType": "Enclosure",
            **self._identity(),
            "Status": HEALTHY,
            "Sensors": link(SENSORS),
            "LogServices": self._redfish.log_services,
        }

    def _unit(self) -> Payload:
        return {
            "@odata.type": "#PowerDistribution.v1_6_0.PowerDistribution",
            "Id": "1",
            "Name": "Rack PDU",
            "EquipmentType": "RackPDU",
            **self._identity(),
            "FirmwareVersion": "1.0.0",
            "Status": HEALTHY,
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
            "Status": HEALTHY,
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


def _power_equipment() -> Payload:
    return {
        "@odata.type": "#PowerEquipment.v1_2_3.PowerEquipment",
        "Id": "PowerEquipment",
        "Name": "Power equipment",
        "Status": HEALTHY,
        "RackPDUs": link(f"{EQUIPMENT}/RackPDUs"),
    }


def place(placement: Placement) -> RackPdu:
    """The unit that stands at a placement; its channels are its outlets."""
    wired = {number: placement.wiring.fed(number) for number in range(1, OUTLETS + 1)}
    fed = {number: load for number, load in wired.items() if load is not None}
    return RackPdu(placement.clock, fed, placement.serial_number)
