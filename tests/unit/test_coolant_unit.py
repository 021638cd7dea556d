"""The coolant unit through httpx itself, on the virtual clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.coolant_unit import CoolantUnit
from bringup_instruments.models.coolant_uris import CHASSIS, CONNECTOR
from bringup_instruments.models.redfish_service import ROOT
from bringup_instruments.physics import CoolantLoop
from bringup_instruments.physics.parameters import CoolantParameters
from bringup_instruments.wires.http_transport import REQUEST_S, InProcessTransport

SUPPLY = f"{CHASSIS}/Controls/SupplyTemperature"
FLOW = f"{CHASSIS}/Controls/Flow"


class Bench:
    """A unit, its loop, and a client."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.loop = CoolantLoop()
        self.unit = CoolantUnit(self.clock, self.loop, "CDU-7")
        transport = InProcessTransport({"cdu.lab": self.unit}, self.clock)
        self.client = httpx.Client(base_url="http://cdu.lab", transport=transport)

    def get(self, uri: str) -> Any:
        answer = self.client.get(uri)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.client.close()


def links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"@odata.id", "DataSourceUri"}:
                yield inner
            else:
                yield from links(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from links(inner)


def test_every_link_from_the_root_leads_to_a_resource_that_names_itself(bench: Bench) -> None:
    todo, seen = [f"{ROOT}/"], set()
    while todo:
        uri = todo.pop().rstrip("/")
        if uri in seen:
            continue
        seen.add(uri)
        payload = bench.get(uri)
        assert payload["@odata.id"] == uri
        assert payload["@odata.type"].startswith("#")
        todo += links(payload)
    assert {CONNECTOR, SUPPLY, FLOW} <= seen
    assert len(seen) >= 16


def test_a_set_point_moves_the_liquid_in_its_time(bench: Bench) -> None:
    answer = bench.client.patch(SUPPLY, json={"SetPoint": 45.0})
    assert answer.status_code == 200
    assert answer.json()["SetPoint"] == 45.0
    assert bench.loop.set_celsius == 45.0
    bench.clock.sleep(600.0)
    connector = bench.get(CONNECTOR)
    assert connector["SupplyTemperatureCelsius"]["Reading"] == pytest.approx(43.5, abs=0.25)
    bench.clock.sleep(1200.0)
    assert bench.get(CONNECTOR)["SupplyTemperatureCelsius"]["Reading"] == pytest.approx(45.0, abs=0.25)
    assert bench.get(CONNECTOR)["SupplyTemperatureControlCelsius"]["SetPoint"] == 45.0


def test_flow_is_for_each_sled(bench: Bench) -> None:
    assert bench.client.patch(FLOW, json={"SetPoint": 4}).status_code == 200
    assert bench.loop.flow_lpm(bench.clock.now()) == 4.0
    assert bench.get(CONNECTOR)["FlowLitersPerMinute"]["Reading"] == pytest.approx(4.0, rel=0.02)


def test_etags_keep_two_writers_apart(bench: Bench) -> None:
    tag = bench.client.get(SUPPLY).headers["ETag"]
    assert bench.client.patch(SUPPLY, json={"SetPoint": 25}, headers={"If-Match": tag}).status_code == 200
    late = bench.client.patch(SUPPLY, json={"SetPoint": 20}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert bench.get(SUPPLY)["SetPoint"] == 25.0
    bench.clock.sleep(100.0)  # the reading moves; the tag does not
    first, second = (bench.client.get(SUPPLY) for _ in range(2))
    assert first.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize(
    ("body", "message_id", "words"),
    [
        (b'{"SetPoint": 80}', "PropertyValueOutOfRange", "outside 15 to 50"),
        (b'{"SetPoint": "warm"}', "PropertyValueTypeError", "not 'warm'"),
        (b'{"SetPoint": true}', "PropertyValueTypeError", "not 'True'"),
        (b'{"SetPoint": NaN}', "PropertyValueTypeError", "not 'nan'"),
        (b'{"Setpoint": 20}', "PropertyUnknown", "Setpoint is unknown"),
        (b"{}", "NoOperation", "changes nothing"),
        (b"[20]", "UnrecognizedRequestBody", "not a JSON object"),
        (b"20 degrees", "MalformedJSON", "not JSON"),
    ],
)
def test_bad_bodies_are_refused_with_extended_information(
    bench: Bench, body: bytes, message_id: str, words: str
) -> None:
    answer = bench.client.patch(SUPPLY, content=body)
    assert answer.status_code == 400
    (info,) = answer.json()["error"]["@Message.ExtendedInfo"]
    assert info["MessageId"].endswith(message_id)
    assert words in info["Message"]
    assert bench.loop.set_celsius == 30.0


def test_a_loop_that_can_do_less_than_the_unit_says_refuses() -> None:
    clock, loop = VirtualClock(), CoolantLoop(CoolantParameters(supply_max_celsius=40.0))
    unit = CoolantUnit(clock, loop, "CDU-8")
    status, _, body = unit.handle("PATCH", SUPPLY, b'{"SetPoint": 45}', {})
    assert status == 400
    assert b"outside 15 to 40" in body


@pytest.mark.parametrize(
    ("method", "uri", "status"),
    [
        ("GET", f"{ROOT}/Nowhere", 404),
        ("PATCH", f"{ROOT}/Nowhere", 404),
        ("DELETE", SUPPLY, 405),
        ("PATCH", CONNECTOR, 405),
        ("POST", f"{ROOT}/Chassis", 405),
    ],
)
def test_wrong_places_and_methods(bench: Bench, method: str, uri: str, status: int) -> None:
    answer = bench.client.request(method, uri, json={"SetPoint": 20})
    assert answer.status_code == status
    assert answer.json()["error"]["@Message.ExtendedInfo"]
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_head_has_no_body_and_odata_5_is_refused(bench: Bench) -> None:
    assert bench.client.head(SUPPLY).content == b""
    assert bench.client.get(SUPPLY, headers={"OData-Version": "5.0"}).status_code == 412


def test_the_unit_has_its_own_sensor_errors() -> None:
    clock, loop = VirtualClock(), CoolantLoop()
    read = {CoolantUnit(clock, loop, sn).handle("GET", CONNECTOR, b"", {})[2] for sn in ("CDU-1", "CDU-2", "CDU-1")}
    assert len(read) == 2


def test_requests_cost_lab_time_and_a_wrong_host_is_a_connect_error(bench: Bench) -> None:
    before = bench.clock.now()
    bench.get(ROOT)
    assert bench.clock.now() - before == pytest.approx(REQUEST_S)
    with pytest.raises(httpx.ConnectError, match=r"did you mean 'cdu.lab'"):
        bench.client.get("http://cdu.lap/redfish/v1")
