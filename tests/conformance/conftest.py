"""A bench of one sled for the conformance suite: every instrument behind a wire that listens and can be spoilt.

The drivers reach it as they reach any lab: PyVISA's backend, pyserial's URL handler, httpx's transport.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.coolant_unit import CoolantUnit
from bringup_instruments.models.multimeter_34460 import Multimeter34465A
from bringup_instruments.models.sled_bmc import SledBmc
from bringup_instruments.models.sled_host import SledHost
from bringup_instruments.models.supply_n8700 import SupplyN8700
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.wires.faulty_device import FaultyDevice
from bringup_instruments.wires.http_transport import InProcessTransport
from bringup_instruments.wires.serial_handler import register, serial_url
from bringup_instruments.world import Console
from pyvisa_bringup import BringupVisaLibrary

SUPPLY, METER_65, METER_61 = "Keysight N8757A", "Keysight 34465A", "Keysight 34461A"
COOLANT, BMC, HOST = "Redfish coolant unit", "bringup sled BMC console", "bringup sled host console"

ADDRESSES = {
    SUPPLY: "TCPIP::supply.bench::hislip0::INSTR",
    METER_65: "TCPIP::meter.bench::hislip0::INSTR",
    METER_61: "TCPIP::meter61.bench::5025::SOCKET",
    COOLANT: "http://cdu.bench",
    BMC: "serial:bmc",
    HOST: "serial:host",
}
STATION = Path("conformance.toml")


class HeardDevice:
    """A message device whose wire is listened to."""

    def __init__(self, device: Any) -> None:
        self.wire = FaultyDevice(device, None)
        self.heard = bytearray()

    def __getattr__(self, name: str) -> Any:
        if name == "open_link":
            raise AttributeError(name)  # a link of each client's own would go past the ear
        return getattr(self.wire, name)

    def write(self, data: bytes, end: bool) -> None:
        self.heard += data
        self.wire.write(data, end)


class HeardConsole:
    """A console whose line is listened to, and can be made to say other things."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.heard = bytearray()
        self.spoil: Callable[[bytes], bytes] = lambda data: data

    def receive(self, at_s: float, data: bytes) -> None:
        self.heard += data
        self.console.receive(at_s, data)

    def transmit(self, at_s: float) -> bytes:
        return self.spoil(self.console.transmit(at_s))

    def next_at(self, at_s: float) -> float | None:
        return self.console.next_at(at_s)


class HeardTransport(httpx.BaseTransport):
    """An HTTP transport that is listened to, and can be made to say other things."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport
        self.heard = bytearray()
        self.spoil: Callable[[httpx.Response], httpx.Response] = lambda response: response

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.heard += f"{request.method} {request.url} ".encode() + request.read()
        return self.spoil(self.transport.handle_request(request))


@dataclass
class DriverBench:
    """One sled, its supply, meters, coolant unit and consoles, on one virtual clock."""

    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.loop = CoolantLoop()
        self.sled = SledPhysics("SL-0041", SledParameters(), self.loop)
        self.supply = SupplyN8700(self.clock, self.sled.load, "US22A1")
        cdu = CoolantUnit(self.clock, self.loop, "CDU-7")
        vin = self.sled.node("vin")
        self.wires: dict[str, Any] = {
            SUPPLY: HeardDevice(self.supply),
            METER_65: HeardDevice(Multimeter34465A(self.clock, vin, "MY65", 1)),
            METER_61: HeardDevice(Multimeter34465A(self.clock, vin, "MY61", 1, "34461A")),
            BMC: HeardConsole(SledBmc(self.sled)),
            HOST: HeardConsole(SledHost(self.sled)),
            COOLANT: HeardTransport(InProcessTransport({"cdu.bench": cdu}, self.clock)),
        }
        self.visa: Mapping[str, Any] = {ADDRESSES[model]: self.wires[model] for model in (SUPPLY, METER_65, METER_61)}
        self.consoles: Mapping[str, Console] = {ADDRESSES[model]: self.wires[model] for model in (BMC, HOST)}
        self.visa_library: Any = BringupVisaLibrary(lab=self)

    def serial_url(self, address: str) -> str:
        return serial_url(STATION, address)

    def http_transport(self) -> Any:
        return self.wires[COOLANT]

    def close(self) -> None:
        """Nothing is held."""

    def connection(self, model: str, **envelope: tuple[float, float]) -> Connection:
        return Connection("it", model, ADDRESSES[model], self, envelope=envelope)

    def power(self, host: bool = False) -> None:
        """54 V on; with `host`, all rails up and the host's prompt waiting."""
        self.supply.write(b"CURR 80;:VOLT 54;:OUTP ON\n", end=True)
        self.clock.sleep(2.0)
        if host:
            for rail in self.sled.parameters.rails:
                self.sled.rail_on(self.clock.now(), rail.name)
                self.clock.sleep(0.1)
            self.sled.host_on(self.clock.now())
            self.clock.sleep(self.sled.parameters.host.boot_s + 5.0)


@pytest.fixture
def bench() -> Iterator[DriverBench]:
    """A bench whose consoles pyserial finds under `bringup://`."""
    bench = DriverBench()
    register()
    with pytest.MonkeyPatch.context() as patch:
        lab = SimpleNamespace(open_lab=lambda station: bench)
        patch.setitem(sys.modules, "bringup_instruments.lab", lab)
        yield bench
