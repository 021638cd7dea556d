"""The rack PDU's driver on the simulated unit: switching, metering, and services that misbehave."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bringup import hooks
from bringup.capabilities import PowerDistribution
from bringup.errors import BadReply, InstrumentError, NoReply, UsageError
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.rack_pdu import EQUIPMENT, RackPdu
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.wires.http_transport import InProcessTransport
from bringup_instruments.world import Source

MODEL = "Redfish rack PDU"
SUPPLY = Source(54.0, 100.0, on=True)


class HeardTransport(httpx.BaseTransport):
    """A transport that is listened to, and can be made to say other things."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport
        self.heard: list[str] = []
        self.spoil: Callable[[httpx.Response], httpx.Response] = lambda response: response

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(f"{request.method} {request.url.path} {request.read().decode()}".strip())
        return self.spoil(self.transport.handle_request(request))


@dataclass
class Bench:
    """A unit that feeds one sled from outlet 5."""

    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
        self.sled.load.feed(0.0, SUPPLY)
        self.pdu = RackPdu(self.clock, {5: self.sled}, "PDU-1")
        self.wire = HeardTransport(InProcessTransport({"pdu.bench": self.pdu}, self.clock))
        self.visa_library: Any = ""

    def serial_url(self, address: str) -> str:
        return address

    def http_transport(self) -> Any:
        return self.wire

    def close(self) -> None:
        """Nothing is held."""

    def open(self) -> Any:
        return hooks.drivers()[MODEL].open(Connection("pdu", MODEL, "http://pdu.bench", self))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_outlets_are_switched_and_metered(bench: Bench) -> None:
    pdu = bench.open()
    assert isinstance(pdu, PowerDistribution)
    assert pdu.identify().serial_number == "PDU-1"
    assert pdu.outlets == tuple(range(1, 49))
    assert pdu.outlet_is_on(5)
    drawn = bench.sled.load.delivered(bench.clock.now())
    assert pdu.watts(5) == pytest.approx(drawn.volts * drawn.amps / 0.94, rel=0.02, abs=0.2)
    assert pdu.watts(6) == 0.0
    pdu.outlet_off(5)
    assert not pdu.outlet_is_on(5)
    assert pdu.watts(5) == 0.0
    assert pdu.outlet_is_on(6)
    bench.clock.sleep(2.0)
    assert bench.sled.vin(bench.clock.now()).volts < 0.01
    pdu.outlet_on(5)
    bench.clock.sleep(1.0)
    assert bench.sled.vin(bench.clock.now()).volts == pytest.approx(54.0, abs=0.1)


def test_only_what_payloads_name_is_asked(bench: Bench) -> None:
    pdu = bench.open()
    pdu.outlet_off(2)
    first, *_, action, check = bench.wire.heard
    assert first == "GET /redfish/v1/"
    assert re.fullmatch(r'POST \S+/Outlets/2/Actions/Outlet.PowerControl \{"PowerState": ?"Off"\}', action)
    assert check.endswith("/Outlets/2")
    assert len(bench.wire.heard) == 8


@pytest.mark.parametrize("outlet", [0, 49, -1, True])
def test_an_outlet_that_is_not_there_is_refused(bench: Bench, outlet: int) -> None:
    pdu = bench.open()
    for call in (pdu.outlet_on, pdu.outlet_off, pdu.outlet_is_on, pdu.watts):
        with pytest.raises(UsageError, match="has outlets 1 to 48, no"):
            call(outlet)
    assert not any(line.startswith("POST") for line in bench.wire.heard)


def test_an_outlet_that_does_not_move_is_found_out(bench: Bench) -> None:
    pdu = bench.open()
    bench.pdu.outlets[3].power_control = lambda body: None  # type: ignore[method-assign]
    bench.pdu._redfish.fill(bench.pdu._resources(), bench.pdu._actions(), {"PowerEquipment": EQUIPMENT})
    begin_s = bench.clock.now()
    with pytest.raises(InstrumentError, match="outlet 3 was switched Off, after 15 s it says On"):
        pdu.outlet_off(3)
    assert bench.clock.now() - begin_s < 20.0


def test_a_refusal_is_raised_with_the_services_words(bench: Bench) -> None:
    pdu = bench.open()
    assert pdu.outlet_is_on(4)

    def locked(response: httpx.Response) -> httpx.Response:
        if response.status_code == 204:
            return httpx.Response(409, json={"error": {"message": "The outlet is locked."}})
        return response

    bench.wire.spoil = locked
    with pytest.raises(InstrumentError, match=r"refused POST .*PowerControl .*HTTP 409: The outlet is locked"):
        pdu.outlet_off(4)


def _without(pattern: bytes, instead: bytes) -> Callable[[httpx.Response], httpx.Response]:
    return lambda r: httpx.Response(200, content=re.sub(pattern, instead, r.content)) if r.status_code == 200 else r


def test_an_outlet_without_the_action_or_the_state_cannot_be_switched(bench: Bench) -> None:
    pdu = bench.open()
    bench.wire.spoil = _without(rb"#Outlet.PowerControl", b"#Outlet.Other")
    with pytest.raises(InstrumentError, match=r"has no #Outlet\.PowerControl"):
        pdu.outlet_off(4)
    bench.wire.spoil = _without(rb'"On", ?"Off", ?"PowerCycle"', b'"On"')
    with pytest.raises(InstrumentError, match="cannot be switched Off, only"):
        pdu.outlet_off(4)
    assert bench.pdu.outlets[4].on


SPOILT: dict[str, Callable[[httpx.Response], httpx.Response]] = {
    "no JSON": lambda r: httpx.Response(200, content=b"<html>login</html>"),
    "half a payload": lambda r: httpx.Response(200, content=r.content[: len(r.content) // 2]),
    "another resource": lambda r: httpx.Response(200, json=r.json() | {"@odata.id": "/redfish/v1/Chassis/X"}),
    "null": lambda r: httpx.Response(200, json=r.json() | {"PowerWatts": {"Reading": None}, "PowerState": None}),
    "a string": lambda r: httpx.Response(200, json=r.json() | {"PowerWatts": {"Reading": "9"}, "PowerState": "Yes"}),
    "a megawatt": lambda r: httpx.Response(200, json=r.json() | {"PowerWatts": {"Reading": 1e6}, "PowerState": 1}),
}


@pytest.mark.parametrize("spoil", list(SPOILT.values()), ids=list(SPOILT))
def test_a_bad_payload_is_never_a_reading(bench: Bench, spoil: Callable[[httpx.Response], httpx.Response]) -> None:
    pdu = bench.open()
    good = pdu.watts(5)
    bench.wire.spoil = spoil
    for call in (pdu.watts, pdu.outlet_is_on):
        with pytest.raises(BadReply, match=r"pdu \(Redfish rack PDU at http://pdu.bench\)"):
            call(5)
    bench.wire.spoil = lambda response: response
    assert pdu.watts(5) == pytest.approx(good, rel=0.01)
    assert pdu.outlet_is_on(5)


def test_silence_and_a_closed_driver(bench: Bench) -> None:
    def silent(response: httpx.Response) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    pdu = bench.open()
    bench.wire.spoil = silent
    with pytest.raises(NoReply, match="no answer to GET"):
        pdu.watts(1)
    bench.wire.spoil = lambda response: response
    assert pdu.watts(1) == 0.0
    pdu.close()
    pdu.close()
    with pytest.raises(InstrumentError, match="has been closed"):
        pdu.watts(1)
