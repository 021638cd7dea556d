"""The rack PDU through httpx itself: the tree of resources, switching, power cycles, metering, the mains of a sled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.rack_pdu import CHASSIS, EQUIPMENT, SENSORS, UNIT, RackPdu
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.wires.http_transport import InProcessTransport
from bringup_instruments.world import Source
from tests.unit.redfish_bench import walk

SUPPLY = Source(54.0, 100.0, on=True)
OUTLET = f"{UNIT}/Outlets/1"
CONTROL = f"{OUTLET}/Actions/Outlet.PowerControl"


class Bench:
    """A unit with a sled on outlet 1, and a client."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
        self.sled.load.feed(0.0, SUPPLY)
        self.pdu = RackPdu(self.clock, {1: self.sled}, "PDU-1", outlets=14)
        transport = InProcessTransport({"pdu.lab": self.pdu}, self.clock)
        self.client = httpx.Client(base_url="http://pdu.lab", transport=transport)

    def get(self, uri: str) -> Any:
        answer = self.client.get(uri)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, state: str, outlet: int = 1) -> httpx.Response:
        target = f"{UNIT}/Outlets/{outlet}/Actions/Outlet.PowerControl"
        return self.client.post(target, json={"PowerState": state})

    def vin(self) -> float:
        return self.sled.vin(self.clock.now()).volts


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.client.close()


def test_every_link_from_the_root_leads_to_a_resource_that_names_itself(bench: Bench) -> None:
    seen = walk(bench.client)
    assert {EQUIPMENT, UNIT, OUTLET, f"{UNIT}/Branches/B", f"{SENSORS}/Power14"} <= set(seen)
    assert len([uri for uri in seen if uri.startswith(SENSORS)]) == 1 + 4 + 4 * 14
    assert len([uri for uri in seen if uri.startswith(f"{UNIT}/Outlets")]) == 1 + 14


def test_an_outlet_switches_what_it_feeds(bench: Bench) -> None:
    assert bench.vin() > 53.0
    assert bench.switch("Off").status_code == 204
    outlet = bench.get(OUTLET)
    assert (outlet["PowerState"], outlet["PowerEnabled"], outlet["Voltage"]["Reading"]) == ("Off", False, 0.0)
    bench.clock.sleep(2.0)
    assert bench.vin() < 0.01
    assert not bench.sled.input.powered
    bench.sled.load.feed(bench.clock.now(), Source(50.0, 100.0, on=True))
    assert bench.vin() < 0.01, "a supply without mains offers nothing, whatever it is told"
    assert bench.switch("On").status_code == 204
    assert bench.vin() == pytest.approx(50.0, abs=0.1)


def test_other_outlets_feed_nothing(bench: Bench) -> None:
    assert bench.switch("Off", outlet=2).status_code == 204
    assert bench.vin() > 53.0
    assert bench.get(f"{UNIT}/Outlets/2")["PowerState"] == "Off"
    assert bench.get(OUTLET)["PowerState"] == "On"


def test_a_power_cycle_comes_back_by_itself_in_its_time(bench: Bench) -> None:
    bench.switch("PowerCycle")
    begin_s = bench.clock.now()
    bench.clock.sleep(9.0)
    assert bench.vin() < 0.01
    assert bench.get(OUTLET)["PowerState"] == "Off"
    bench.clock.sleep(5.0)
    assert bench.vin() > 53.0, "nobody asked the unit"
    assert bench.sled.input.power_ups == 2
    assert bench.get(OUTLET)["PowerState"] == "On"
    assert bench.sled.node("vin").trace(begin_s, begin_s, 1)
    bench.switch("PowerCycle", outlet=2)
    bench.clock.sleep(11.0)
    assert bench.get(f"{UNIT}/Outlets/2")["PowerState"] == "On"


def test_off_takes_a_power_cycle_back(bench: Bench) -> None:
    bench.switch("PowerCycle")
    bench.switch("Off")
    bench.clock.sleep(60.0)
    assert bench.vin() < 0.01
    assert bench.get(OUTLET)["PowerState"] == "Off"


def test_power_is_the_sleds_over_the_supplys_efficiency(bench: Bench) -> None:
    drawn = bench.sled.load.delivered(bench.clock.now())
    outlet = bench.get(OUTLET)
    watts = outlet["PowerWatts"]["Reading"]
    assert watts == pytest.approx(drawn.volts * drawn.amps / 0.94, rel=0.01, abs=0.1)
    assert outlet["CurrentAmps"]["Reading"] * outlet["Voltage"]["Reading"] == pytest.approx(watts / 0.98, rel=0.02)
    assert bench.get(outlet["PowerWatts"]["DataSourceUri"])["Reading"] == watts
    assert bench.get(f"{UNIT}/Metrics")["PowerWatts"]["Reading"] == watts
    assert bench.get(f"{UNIT}/Branches/A")["PowerWatts"]["Reading"] == watts
    assert bench.get(f"{UNIT}/Branches/B")["PowerWatts"]["Reading"] == 0.0


def test_energy_counts_and_is_reset(bench: Bench) -> None:
    watts = bench.get(OUTLET)["PowerWatts"]["Reading"]
    bench.clock.sleep(36_000.0)
    assert bench.get(OUTLET)["EnergykWh"]["Reading"] == pytest.approx(watts * 10 / 1000, rel=0.02)
    assert bench.client.post(f"{OUTLET}/Actions/Outlet.ResetMetrics", json={}).status_code == 204
    assert bench.get(OUTLET)["EnergykWh"]["Reading"] == 0.0


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (b'{"PowerState": "Reboot"}', "ActionParameterValueNotInList"),
        (b'{"PowerState": 1}', "ActionParameterValueNotInList"),
        (b'{"State": "On"}', "ActionParameterUnknown"),
        (b"{}", "ActionParameterMissing"),
        (b"", "ActionParameterMissing"),
        (b"on", "MalformedJSON"),
    ],
)
def test_bad_actions_are_refused_and_switch_nothing(bench: Bench, body: bytes, message_id: str) -> None:
    answer = bench.client.post(CONTROL, content=body)
    assert answer.status_code == 400
    (info,) = answer.json()["error"]["@Message.ExtendedInfo"]
    assert info["MessageId"].endswith(message_id)
    assert bench.pdu.outlets[1].on


def test_an_action_takes_post_alone(bench: Bench) -> None:
    answer = bench.client.get(CONTROL)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert bench.client.post(OUTLET, json={"PowerState": "Off"}).status_code == 405
    assert bench.client.patch(OUTLET, json={"PowerState": "Off"}).status_code == 405
    assert bench.client.post(f"{UNIT}/Outlets/99/Actions/Outlet.PowerControl", json={}).status_code == 404


def test_meters_have_their_own_errors() -> None:
    def watts(serial_number: str) -> float:
        sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
        sled.load.feed(0.0, SUPPLY)
        sled.advance(1.0)
        sled.host_on(1.0)
        return RackPdu(VirtualClock(), {1: sled}, serial_number, outlets=2).outlets[1].watts()

    assert watts("PDU-1") == watts("PDU-1")
    assert watts("PDU-1") != watts("PDU-2")


def test_switching_is_logged_at_its_own_time(bench: Bench) -> None:
    bench.switch("Off", outlet=3)
    bench.switch("PowerCycle", outlet=1)
    bench.clock.sleep(60.0)
    bench.get(OUTLET)
    entries = bench.get(f"{CHASSIS}/LogServices/Log/Entries")["Members"]
    told = [(entry["MessageId"].rpartition(".")[2], entry["MessageArgs"]) for entry in entries]
    assert told == [("OutletOff", ["3"]), ("OutletOff", ["1"]), ("OutletOn", ["1"])]
    off, on = (datetime.fromisoformat(entry["Created"]) for entry in entries[1:])
    assert (on - off).total_seconds() == pytest.approx(10.0, abs=0.01)


def test_an_outlet_tells_its_rating(bench: Bench) -> None:
    sensor = bench.get(f"{SENSORS}/Current1")
    assert sensor["Thresholds"]["UpperCritical"]["Reading"] == 32.0
    assert sensor["Status"]["Health"] == "OK"
