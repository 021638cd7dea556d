"""The simulated lab of one station file: its clock, its physics, its instruments on their wires.

`open_lab` gives everybody in the process the same lab of a station, so that a driver's VISA session, its serial
port and its HTTP client meet the same sleds. Closing it ends it: the next one begins anew, with the same seed and
so with the same values.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bringup.clock import Clock
from bringup.errors import UsageError
from bringup.files.board_fault import BoardFaultFacts
from bringup.files.station import InstrumentFacts, Station, load_station
from bringup.files.wire_fault import HAPPEN_ONCE, FaultFacts
from bringup.nearest import unknown
from bringup.virtual_clock import VirtualClock

from .catalogue import MODELS, Placement, Wire
from .faults import let_come
from .physics.coolant import CoolantLoop
from .physics.sled import SledPhysics
from .product_parameters import coolant_parameters, sled_parameters
from .wires.faults import Faulty, add_fault, put_behind
from .wiring import Wires


class SimulatedLab:
    """A lab; made by `open_lab`, or by who serves it to others.

    Args:
        station: its file.
        clock: instead of a virtual one that begins when the station file says.
        injectable: every wire can go bad later (`inject`); else only those that the station has faults for.

    Attributes:
        clock: everything in the lab waits by it; virtual if nobody gave another one.
        sleds: physics by slot.
        loops: coolant loop by the name of the unit that moves it.
        visa: message-based instruments by resource string.
        consoles: serial devices by address.
        http: HTTP devices by host.

    Raises:
        FileMistake: a model that is not simulated, wiring that leads nowhere, a product without physics.
        UsageError: a fault that an instrument cannot have.
    """

    def __init__(self, station: Station, clock: Clock | None = None, *, injectable: bool = False) -> None:
        if station.facts.simulation.speed != 1.0:
            what = "virtual time has no speed; `bringup sim serve --speed` has one"
            raise station.mistake(what, "simulation", "speed")
        self.station = station
        self._injectable = injectable or any(fault.fault == "I1" for fault in station.board_faults)
        self.clock: Clock = clock or VirtualClock(start=_start(station))
        self.loops = _loops(station)
        self.sleds = {
            slot: SledPhysics(facts.sled, sled_parameters(station.products[slot]), self.loops[facts.coolant])
            for slot, facts in station.facts.slots.items()
        }
        self._wiring = Wires(station, self.sleds)
        self.visa: dict[str, Any] = {}
        self.consoles: dict[str, Any] = {}
        self.http: dict[str, Any] = {}
        for role, facts in station.facts.instruments.items():
            self._place(role, facts)
        for fault in station.board_faults:
            let_come(self, fault)

    @property
    def visa_library(self) -> str:
        """What `pyvisa.ResourceManager` takes to reach this lab."""
        return f"{self.station.path}@bringup"

    def serial_url(self, address: str) -> str:
        """What `serial.serial_for_url` takes to reach the console at `address`."""
        from .wires.serial_handler import register, serial_url  # noqa: PLC0415 - pyserial is loaded when it is needed

        register()
        return serial_url(self.station.path, address)

    def http_transport(self) -> Any:
        """An httpx transport that reaches this lab's HTTP devices."""
        from .wires.http_transport import InProcessTransport  # noqa: PLC0415 - httpx is loaded when it is needed

        return InProcessTransport(self.http, self.clock)

    def instrument(self, role: str) -> tuple[Wire, Any]:
        """The simulated instrument of a role, and the kind of wire that it answers on."""
        facts = self.station.facts.instruments[role]
        wire = MODELS[facts.model].wire
        return wire, self._shelf(wire)[_address(wire, facts.address)]

    def inject(self, fault: FaultFacts | BoardFaultFacts) -> None:
        """Let something go wrong, on an instrument's wire or with a sled; its time counts from now.

        Raises:
            UsageError: no such instrument, slot or place, or it cannot have that.
        """
        if said := self.station.fault_mistake(fault):
            raise UsageError(said)
        if isinstance(fault, BoardFaultFacts):
            let_come(self, fault, self.clock.now())
            return
        if not self._injectable:
            raise UsageError(f"{fault}: the wires of this lab were made so that they cannot go bad later")
        _, device = self.instrument(fault.instrument)
        self._let_come(device, fault.model_copy(update={"at_s": fault.at_s + self.clock.now()}))

    def close(self) -> None:
        """End the lab; whoever opens the station again gets a new one."""
        with _lock:
            if _open.get(self.station.path) is self:
                del _open[self.station.path]

    def _place(self, role: str, facts: InstrumentFacts) -> None:
        if facts.model not in MODELS:
            what = unknown("simulated model", facts.model, MODELS)
            raise self.station.mistake(what, "instruments", role, "model")
        model = MODELS[facts.model]
        seed = self.station.facts.simulation.seed
        for channel in facts.channels:
            if int(channel) not in model.channels:
                what = f"{role}: " + unknown("channel", channel, [str(number) for number in model.channels])
                raise self.station.mistake(what, "instruments", role, "channels", channel)
        slot = self._slot_of(role)
        placement = Placement(
            role=role,
            model=facts.model,
            address=facts.address,
            clock=self.clock,
            serial_number=facts.serial_number or f"SIM{seed:04d}{role.upper()}",
            seed=seed,
            sled=self.sleds[slot] if slot else None,
            product=self.station.products[slot] if slot else None,
            coolant=self.loops.get(role),
            wiring=self._wiring.of(role),
        )
        device = self._with_faults(model.wire, role, model.place(placement))
        self._shelf(model.wire)[_address(model.wire, facts.address)] = device

    def _with_faults(self, wire: Wire, role: str, device: Any) -> Any:
        """The instrument as it is, or behind a wire that goes bad: the detour costs time on every message."""
        faults = [
            (place, fault)
            for place, fault in enumerate(self.station.faults)
            if fault.instrument == role and fault.is_on_wire
        ]
        if not faults and not self._injectable:
            return device
        faulty = put_behind(wire, device, self.clock, self.station.facts.simulation.seed)
        for place, fault in faults:
            try:
                self._let_come(faulty, fault)
            except UsageError as problem:
                if place >= self.station.faults_in_file:
                    raise
                raise self.station.mistake(str(problem), "simulation", "faults", place, "fault") from None
        return faulty

    def _let_come(self, faulty: Faulty, fault: FaultFacts) -> None:
        """What happens once happens at its own time, whether or not somebody talks to the instrument then."""
        add_fault(faulty, fault)
        if fault.kind in HAPPEN_ONCE and isinstance(self.clock, VirtualClock):
            self.clock.plan(fault.at_s, faulty.happen)

    def _shelf(self, wire: Wire) -> dict[str, Any]:
        return {"visa": self.visa, "serial": self.consoles, "http": self.http}[wire]

    def _slot_of(self, role: str) -> str | None:
        """The slot that an instrument serves; the first of them, for one that serves several."""
        slots = (slot for slot, facts in self.station.facts.slots.items() if role in facts.roles.values())
        return next(slots, None)


def open_lab(path: str | Path) -> SimulatedLab:
    """The lab of a station file: the one that is open in this process, or a new one.

    Raises:
        UsageError, FileMistake: the station cannot be read or simulated.
    """
    resolved = Path(path).resolve()
    with _lock:
        if resolved not in _open:
            _open[resolved] = SimulatedLab(load_station(resolved))
        return _open[resolved]


def open_lab_of(station: Station) -> SimulatedLab:
    """The lab of a station that has been read, perhaps with more faults than its file has.

    Raises:
        UsageError, FileMistake: it cannot be simulated, or its lab is open already, with other faults.
    """
    with _lock:
        there = _open.get(station.path)
        if there is None:
            there = _open[station.path] = SimulatedLab(station)
        if (there.station.faults, there.station.board_faults) != (station.faults, station.board_faults):
            raise UsageError(f"{station.path}: its lab is open in this process already, with other faults")
        return there


_lock = threading.Lock()
_open: dict[Path, SimulatedLab] = {}


def _loops(station: Station) -> Mapping[str, CoolantLoop]:
    loops: dict[str, CoolantLoop] = {}
    for slot, facts in station.facts.slots.items():
        if facts.coolant not in loops:
            loops[facts.coolant] = CoolantLoop(coolant_parameters(station.products[slot]))
    return loops


def _start(station: Station) -> datetime | None:
    starts = station.facts.simulation.starts
    if starts is None:
        return None
    local = datetime.now().astimezone()
    return local.replace(hour=starts.hour, minute=starts.minute, second=starts.second, microsecond=0)


def _address(wire: Wire, address: str) -> str:
    return urlsplit(address).netloc if wire == "http" else address
