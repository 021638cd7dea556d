"""A sled's management controller as a Redfish service: identity, sensors, power, counters, log and events.

It lives from standby power: without 54 V no request is answered, and a stream falls silent, as a box without power
does. What it shows is made from the physics at the moment of the request. Resources and properties as in DMTF's
schemas (DSP8010 2025.4), checked with DMTF's own validator. Neighbours: httpx through `wires/http_transport` above,
`SledPhysics` below; each `bmc_*.py` has a part of the tree, `redfish_unit.py` what every unit has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bringup.clock import Clock
from bringup.files.product import Product

from ..physics import SledPhysics
from ..physics.defects import Wetting
from ..wires.faulty_http import Unanswered
from .bmc_chassis import BmcChassis
from .bmc_manager import BmcManager
from .bmc_power import TARGET, HostPower
from .bmc_processors import BmcProcessors
from .bmc_sensors import BmcSensors
from .bmc_system import BmcSystem
from .bmc_uris import CHASSIS, MANAGER, SYSTEM, THERMAL, UPDATE
from .bmc_watch import BmcWatch
from .leak_detection import LeakDetection, Rope
from .redfish_events import EventStream
from .redfish_problem import Response
from .redfish_service import ROOT, Resource, collection
from .redfish_unit import RedfishUnit

if TYPE_CHECKING:
    from ..catalogue import Placement

_EQUIPMENT = {
    "Chassis": f"{ROOT}/Chassis",
    "Managers": f"{ROOT}/Managers",
    "Systems": f"{ROOT}/Systems",
    "UpdateService": UPDATE,
}


class Bmc:
    """The controller of one sled.

    Args:
        clock: the lab's.
        sled: what it manages.
        product: what that is.
    """

    def __init__(self, clock: Clock, sled: SledPhysics, product: Product) -> None:
        self._clock = clock
        self._sled = sled
        self._unit = unit = RedfishUnit(clock, "Sled BMC", f"{sled.serial_number} BMC", MANAGER, self._look)
        self._leaks = LeakDetection(f"{THERMAL}/LeakDetection", CHASSIS, _ropes(sled), unit.calendar)
        self._power = HostPower(sled, clock.now, unit.tasks, self._tell_state)
        self._watch = BmcWatch(sled, unit.log, self._leaks, self._power.cancel)
        unit.fill(self._resources(product), {TARGET: self._power.reset}, _EQUIPMENT)

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one HTTP request: status, headers, body.

        Raises:
            Unanswered: the sled has no input power.
        """
        if not self._look():
            raise Unanswered("the management controller has no power")
        return self._unit.handle(method, path, body, headers)

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> EventStream | None:
        """The stream of events that a request asks for; None for any other request."""
        return self._unit.stream(method, path, headers) if self._look() else None

    def _look(self) -> bool:
        now_s = self._clock.now()
        self._sled.advance(now_s)
        if self._sled.input.powered:
            self._watch.look(now_s)
        return self._sled.input.powered

    def _tell_state(self, at_s: float, state: str) -> None:
        self._watch.tell_state(at_s, state)

    def _resources(self, product: Product) -> dict[str, Resource]:
        sled, unit = self._sled, self._unit
        sensors = BmcSensors(sled, self._clock.now, unit.calendar)
        chassis = BmcChassis(sled, product, sensors, self._leaks)
        system = BmcSystem(
            sled, product, self._power, unit.calendar, lambda: self._watch.last_reset_s, chassis.identity
        )
        manager = BmcManager(sled, product, lambda: unit.calendar.date(self._clock.now()), unit.log_services)
        return {
            f"{ROOT}/Chassis": collection("ChassisCollection", "Chassis", [CHASSIS]),
            f"{ROOT}/Systems": collection("ComputerSystemCollection", "Systems", [SYSTEM]),
            f"{ROOT}/Managers": collection("ManagerCollection", "Managers", [MANAGER]),
            **chassis.resources(),
            **sensors.resources(),
            **self._leaks.resources(),
            **system.resources(),
            **BmcProcessors(sled, product, sensors, system.ecc).resources(),
            **manager.resources(),
        }


def _ropes(sled: SledPhysics) -> list[Rope]:
    def water(name: str) -> Callable[[], Wetting | None]:
        return lambda: sled.defects.water.get(name)

    return [
        Rope(one.name, one.kind, one.dry_ohms, one.wet_ohms, water(one.name)) for one in sled.parameters.leak_detectors
    ]


def place(placement: Placement) -> Bmc:
    """The controller of the sled that a placement serves."""
    return Bmc(placement.clock, placement.served_sled(), placement.served_product())
