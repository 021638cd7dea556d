"""The coolant unit through httpx itself, on the virtual clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.coolant_unit import CoolantUnit
from bringup_instruments.models.coolant_uris import CHASSIS, CONNECTOR, PRIMARY, SENSORS, UNIT
from bringup_instruments.models.redfish_service import ROOT
from bringup_instruments.physics import CoolantLoop
from bringup_instruments.physics.defects import Wetting
from bringup_instruments.physics.parameters import CoolantParameters
from bringup_instruments.wires.http_transport import REQUEST_S, InProcessTransport
from tests.unit.redfish_bench import walk

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


def test_every_link_from_the_root_leads_to_a_resource_that_names_itself(bench: Bench) -> None:
    seen = walk(bench.client)
    parts = {f"{UNIT}/Pumps/2", f"{UNIT}/Filters/1", f"{UNIT}/Reservoirs/1", f"{CHASSIS}/LeakDetectors/unit", PRIMARY}
    assert {CONNECTOR, SUPPLY, FLOW} | parts <= set(seen)


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


# What it is made of.


def entries(bench: Bench) -> list[str]:
    told = bench.get(f"{CHASSIS}/LogServices/Log/Entries")["Members"]
    return [entry["MessageId"].rpartition(".")[2] for entry in told]


def test_one_pump_carries_most_of_the_flow_and_none_carries_none(bench: Bench) -> None:
    both = bench.get(f"{SENSORS}/Flow")["Reading"]
    bench.loop.set_pump(bench.clock.now(), 2, runs=False)
    assert bench.get(f"{SENSORS}/Flow")["Reading"] == pytest.approx(0.7 * both, abs=0.02)
    assert bench.get(f"{UNIT}/Pumps/2")["Status"]["Health"] == "Critical"
    assert bench.get(f"{UNIT}/Pumps/2")["PumpSpeedPercent"]["Reading"] == 0.0
    unit = bench.get(UNIT)
    assert unit["Status"]["Health"] == unit["PumpRedundancy"][0]["Status"]["Health"] == "Warning"
    bench.loop.set_pump(bench.clock.now(), 1, runs=False)
    assert bench.get(f"{SENSORS}/Flow")["Reading"] == 0.0
    assert bench.get(UNIT)["Status"]["Health"] == "Critical"
    bench.loop.set_pump(bench.clock.now(), 2, runs=True)
    bench.loop.set_pump(bench.clock.now(), 2, runs=True)
    assert bench.get(UNIT)["Status"]["Health"] == "Warning"
    assert entries(bench) == ["PumpFailed", "PumpFailed", "PumpRuns"]


def test_a_clogged_filter_a_low_reservoir_and_a_wet_floor_are_told(bench: Bench) -> None:
    clean = bench.get(f"{UNIT}/Filters/1")
    assert clean["Status"]["Health"] == "OK"
    bench.loop.filter_clogging = 2.5
    clogged = bench.get(f"{UNIT}/Filters/1")
    ratio = clogged["DeltaLiquidPressurekPa"]["Reading"] / clean["DeltaLiquidPressurekPa"]["Reading"]
    assert (ratio, clogged["Status"]["Health"]) == (pytest.approx(2.5, rel=0.05), "Warning")
    bench.loop.reservoir_percent = 20.0
    assert bench.get(f"{UNIT}/Reservoirs/1")["FluidLevelStatus"] == "Critical"
    bench.loop.leak = Wetting(since_s=bench.clock.now(), tau_s=1.0)
    bench.clock.sleep(10.0)
    assert bench.get(f"{CHASSIS}/LeakDetectors/unit")["DetectorState"] == "Critical"
    assert entries(bench) == ["LeakWarning", "LeakCritical"]


def test_pressure_goes_with_the_flow(bench: Bench) -> None:
    full = bench.get(f"{SENSORS}/LoopPressure")["Reading"]
    bench.client.patch(FLOW, json={"SetPoint": 3.0})
    assert bench.get(f"{SENSORS}/LoopPressure")["Reading"] == pytest.approx(full * 0.5**1.8, rel=0.02)
    assert entries(bench) == ["SetPointMoved"]


def test_the_rooms_dew_point_and_the_buildings_water(bench: Bench) -> None:
    bench.loop.dew_celsius = 16.0
    dew = bench.get(f"{UNIT}/EnvironmentMetrics")["DewPointCelsius"]
    assert dew["Reading"] == pytest.approx(16.0, abs=2.0)
    primary = bench.get(PRIMARY)
    assert primary["SupplyTemperatureCelsius"]["Reading"] == pytest.approx(10.0, abs=0.3)
    assert primary["ReturnTemperatureCelsius"]["Reading"] == pytest.approx(10.0, abs=0.3), "nothing gives heat"


def test_a_number_of_hundreds_of_digits_is_no_set_point(bench: Bench) -> None:
    answer = bench.client.patch(SUPPLY, content=b'{"SetPoint": ' + b"9" * 400 + b"}")
    assert answer.status_code == 400
    assert bench.loop.set_celsius == 30.0
