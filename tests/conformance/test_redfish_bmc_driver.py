"""The management controller's driver: on the simulated sled, on controllers that lie, and on bad payloads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bringup import hooks
from bringup.capabilities import Health, IdentityReader, ManagementController, PowerState, ReadIdentity
from bringup.errors import BadReply, InstrumentError, NoReply, UsageError
from bringup.hooks import Connection
from bringup_instruments.physics.defects import LinkDefects, Wetting
from bringup_instruments.physics.telemetry import Lie, LieKind
from tests.unit.redfish_bench import OFF, RedfishBench

MODEL = "Redfish sled BMC"


class SpoilTransport(httpx.BaseTransport):
    """A transport that is listened to, and can be made to say other things."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport
        self.heard: list[str] = []
        self.spoil: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda request, response: response

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(f"{request.method} {request.url.path}")
        return self.spoil(request, self.transport.handle_request(request))


class Bench(RedfishBench):
    """The sled, with an ear on its controller's wire."""

    def __init__(self) -> None:
        super().__init__()
        self.wire = SpoilTransport(self.transport)

    def http_transport(self) -> Any:
        return self.wire

    def open(self) -> Any:
        return hooks.drivers()[MODEL].open(Connection("bmc1", MODEL, "http://bmc.lab", self))


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def test_who_it_is_and_what_it_manages(bench: Bench) -> None:
    bmc = bench.open()
    assert isinstance(bmc, ManagementController)
    assert str(bmc.identify()) == "bringup Simulated sled BMC SN SN-1 fw 2.4.1"
    board = bmc.board()
    assert (board.serial_number, board.part_number, board.revision) == ("SN-1", "liquid-sled-A", "A")
    assert bmc.power_state() is PowerState.OFF
    assert bmc.boot_progress() == "None"
    approved = {"bmc": "2.4.1", "cpld": "0.17", "boot_rom": "1.4", "vr_config": "9", "accelerator": "3.0.2"}
    assert bmc.firmware() == approved
    assert isinstance(bmc, IdentityReader)
    bench.sled.defects.firmware["cpld"] = "0.16"
    assert bmc.read_identity() == ReadIdentity(firmware=approved | {"cpld": "0.16"})


def test_every_uri_but_the_root_was_named_by_a_payload(bench: Bench) -> None:
    named = {"/redfish/v1"}

    def remember(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        assert request.url.path.rstrip("/") in named, request.url.path
        if response.headers.get("content-type", "").startswith("application/json"):
            named.update(texts(json.loads(response.read())))
        return response

    bench.rails_up()
    bench.wire.spoil = remember
    bmc = bench.open()
    bmc.identify(), bmc.board(), bmc.sensors(), bmc.leaks(), bmc.log(), bmc.firmware(), bmc.processors()
    bmc.reset("On")
    bmc.clear_log()
    list(bmc.events(0.5))
    assert len(bench.wire.heard) > 100


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


# Resets.


def test_each_kind_of_reset_is_seen_to_happen(bench: Bench) -> None:
    bmc = bench.open()
    bench.rails_up()
    assert bmc.reset("On") is PowerState.ON
    assert bmc.reset("On") is PowerState.ON, "nothing to do is no lie"
    bench.clock.sleep(301.0)
    assert bmc.boot_progress() == "OSRunning"
    for kind in ("ForceRestart", "PowerCycle"):
        assert bmc.reset(kind) is PowerState.ON
        assert bmc.boot_progress() == "PrimaryProcessorInitializationStarted"
        bench.clock.sleep(301.0)
    assert bmc.reset("GracefulRestart") is PowerState.ON
    bench.clock.sleep(301.0)
    assert bmc.reset("GracefulShutdown") is PowerState.OFF
    assert bench.sled.host.boots == 4
    assert bmc.reset("ForceOff") is PowerState.OFF


@pytest.mark.parametrize("kind", ["On", "ForceRestart", "PowerCycle", "GracefulShutdown", "ForceOff"])
def test_success_without_effect_is_found_out(bench: Bench, kind: str) -> None:
    if kind != "On":
        bench.boot()
    bench.sled.defects.reset_lies = True
    bmc, begun_s = bench.open(), bench.clock.now()
    wanted = rf"{kind} was answered with success, but after 120 s nothing has happened"
    with pytest.raises(InstrumentError, match=wanted) as told:
        bmc.reset(kind)
    assert any("Systems/Sled" in line for line in told.value.transcript), told.value.transcript
    assert bench.clock.now() - begun_s < 200.0


def test_a_shutdown_that_the_host_does_not_follow_is_told_in_the_tasks_words(bench: Bench) -> None:
    bench.rails_up()
    bench.sled.host_on(bench.clock.now())
    with pytest.raises(InstrumentError, match=r"ended as 'Exception': The host did not follow .* within 60 s"):
        bench.open().reset("GracefulShutdown")


def test_only_what_is_offered_is_asked_for(bench: Bench) -> None:
    bmc = bench.open()
    with pytest.raises(UsageError, match="unknown kind of reset 'ForceRestrat'; did you mean 'ForceRestart'"):
        bmc.reset("ForceRestrat")
    bench.wire.spoil = lambda request, response: replaced(response, b'"PowerCycle"', b'"Nmi"')
    with pytest.raises(UsageError, match="nobody could see whether Nmi happened"):
        bmc.reset("Nmi")
    bench.wire.spoil = lambda request, response: replaced(response, b"#ComputerSystem.Reset", b"#Other.Reset")
    with pytest.raises(InstrumentError, match="cannot be reset"):
        bmc.reset("On")
    assert not any(line.startswith("POST") for line in bench.wire.heard)


def test_a_refusal_has_the_services_words(bench: Bench) -> None:
    with pytest.raises(InstrumentError, match="HTTP 409: ForceRestart needs a host that is on"):
        bench.open().reset("ForceRestart")


def replaced(response: httpx.Response, old: bytes, new: bytes) -> httpx.Response:
    return httpx.Response(response.status_code, content=response.read().replace(old, new))


def without(*names: str) -> Callable[[httpx.Request, httpx.Response], httpx.Response]:
    """A service of another generation: these properties it does not have."""

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if not response.headers.get("content-type", "").startswith("application/json"):
            return response
        payload = json.loads(response.read())
        kept = {name: value for name, value in payload.items() if name not in names}
        return httpx.Response(response.status_code, json=kept)

    return spoil


def test_a_restart_is_seen_by_the_boot_where_no_time_is_told(bench: Bench) -> None:
    bench.boot()
    bmc = bench.open()
    bench.wire.spoil = without("LastResetTime")
    assert bmc.reset("ForceRestart") is PowerState.ON
    bench.clock.sleep(301.0)
    bench.wire.spoil = without("LastResetTime", "BootProgress")
    assert bmc.reset("PowerCycle") is PowerState.ON, "its power went and came"
    with pytest.raises(InstrumentError, match=r"nothing has happened: its power state is On$"):
        bmc.reset("ForceRestart")


# What it tells.


def test_sensors_have_units_and_the_time_of_their_sample(bench: Bench) -> None:
    bench.clock.sleep(100.0)
    bench.sled.defects.lies["tj.1", "bmc"] = Lie(LieKind.STALE, since_s=bench.clock.now())
    bmc = bench.open()
    bmc.sensors()
    bench.clock.sleep(60.0)
    seen = bmc.sensors()
    assert set(seen) == set(bench.sled.telemetry.names("bmc"))
    assert {one.unit for one in seen.values()} == {"degC", "V", "A", "W", "L/min"}
    assert seen["vin.volts"].value == pytest.approx(54.0, abs=1.0)
    age = bench.clock.utc() - (seen["tj.1"].sampled_utc or datetime.max.replace(tzinfo=UTC))
    assert age > timedelta(seconds=60)
    assert seen["tj.0"].health is Health.OK


def test_older_services_are_read_through_what_they_have(bench: Bench) -> None:
    bmc = bench.open()
    bench.wire.spoil = without("Sensors")
    seen = bmc.sensors()
    assert {"tj.0", "board", "coolant.in"} <= set(seen)
    assert {one.unit for one in seen.values()} == {"degC"}
    bench.wire.spoil = without("Sensors", "ThermalSubsystem", "PowerSubsystem")
    assert bmc.sensors() == {}
    assert set(bmc.leaks()) == {"manifold", "tray"}


OLD: dict[str, dict[str, Any]] = {
    "Thermal": {
        "Temperatures": [
            {"MemberId": "0", "Name": "CPU", "ReadingCelsius": 41, "Status": {"Health": "OK"}},
            {"MemberId": "1", "Name": "CPU", "ReadingCelsius": 43.5},
            {"MemberId": "2", "Name": "Absent", "ReadingCelsius": None},
        ],
        "Fans": [{"MemberId": "0", "Name": "Fan", "Reading": 30, "ReadingUnits": "Percent"}],
    },
    "Power": {
        "Voltages": [{"MemberId": "0", "Name": "12V", "ReadingVolts": 12.1}],
        "PowerControl": [{"MemberId": "0", "Name": "Chassis", "PowerConsumedWatts": 345}],
    },
}


def test_still_older_ones_through_thermal_and_power(bench: Bench) -> None:
    bmc = bench.open()

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name in OLD:
            return httpx.Response(200, json=OLD[name] | {"@odata.id": request.url.path})
        older = without("Sensors", "ThermalSubsystem", "PowerSubsystem")(request, response)
        if name != "Sled" or "Chassis" not in request.url.path:
            return older
        linked = {kind: {"@odata.id": f"{request.url.path}/{kind}"} for kind in OLD}
        return httpx.Response(200, json=json.loads(older.read()) | linked)

    bench.wire.spoil = spoil
    seen = {name: (one.value, one.unit) for name, one in bmc.sensors().items()}
    assert seen == {
        "CPU": (41.0, "degC"),
        "CPU #2": (43.5, "degC"),
        "Fan": (30.0, "Percent"),
        "12V": (12.1, "V"),
        "Chassis": (345.0, "W"),
    }


def test_leaks_and_broken_ropes(bench: Bench) -> None:
    bmc = bench.open()
    assert all(one.is_dry for one in bmc.leaks().values())
    bench.sled.defects.water["tray"] = Wetting(0.0, tau_s=1.0)
    bench.sled.defects.water["manifold"] = Wetting(0.0, floor_ohms=float("inf"))
    bench.clock.sleep(30.0)
    leaks = bmc.leaks()
    assert (leaks["tray"].state, leaks["manifold"].state) == ("Critical", "Unavailable")
    assert not leaks["tray"].is_dry
    assert not leaks["manifold"].is_dry
    assert "broken wire" in leaks["manifold"].message
    assert [one.severity for one in bmc.log()] == [Health.CRITICAL, Health.WARNING, Health.CRITICAL]


def test_processors_with_their_errors_and_links(bench: Bench) -> None:
    bench.sled.defects.links["mesh.1.2"] = LinkDefects(flaps_per_hour=7200.0)
    bench.boot()
    bench.sled.defects.chip(1).correctable_scale = 1e5
    bench.clock.sleep(600.0)
    bmc = bench.open()
    seen = bmc.processors()
    counters = bench.sled.memory(bench.clock.now(), 1).counters
    assert seen["Accelerator1"].corrected_errors == pytest.approx(counters.correctable, abs=2)
    assert seen["Accelerator1"].uncorrected_errors == 0
    link = seen["Accelerator1"].links["mesh.1.2"]
    assert (link.lanes, link.gbit_per_s, link.most_lanes) == (8, 512.0, 8)
    assert link.transitions is not None
    assert link.transitions > 100
    assert (seen["CPU"].kind, seen["CPU"].corrected_errors, seen["CPU"].links) == ("CPU", None, {})


def test_the_log_since_a_time_and_cleared(bench: Bench) -> None:
    bmc = bench.open()
    bench.rails_up()
    bmc.reset("On")
    noon = bench.clock.utc()
    bmc.reset("ForceOff")
    assert [one.message for one in bmc.log()] == ["The host was powered on.", "The host was powered off."]
    with pytest.raises(UsageError, match="which zone"):
        bmc.log(since=noon.replace(tzinfo=None))
    (last,) = bmc.log(since=noon)
    assert last.message_id == "BringupLab.1.0.HostPoweredOff"
    assert last.about == "/redfish/v1/Systems/Sled"
    bmc.clear_log()
    assert [one.message for one in bmc.log()] == ["The log was cleared."]
    bench.wire.transport = httpx.MockTransport(
        lambda request: httpx.Response(204) if request.method == "POST" else bench.transport.handle_request(request)
    )
    with pytest.raises(InstrumentError, match="cleared with success, and 1 entries are still there"):
        bmc.clear_log()


def test_events_are_heard_while_another_task_acts(bench: Bench) -> None:
    bench.rails_up()
    bmc = bench.open()

    def act() -> None:
        bench.clock.sleep(5.0)
        bmc.reset("On")
        bench.sled.defects.water["tray"] = Wetting(bench.clock.now(), tau_s=1.0)

    with bench.clock.enrolled("listener"):
        task = bench.clock.spawn(act, "actor")
        begun_s = bench.clock.now()
        heard = [(bench.clock.now() - begun_s, one.message) for one in bmc.events(30.0)]
        task.result()
    assert [message.partition(":")[0] for _, message in heard] == [
        "The power state is PoweringOn.",
        "The host was powered on.",
        "The power state is On.",
        "Leak detector tray is damp",
        "Leak detector tray is wet",
    ]
    times = [at_s for at_s, _ in heard]
    assert times[0] == pytest.approx(5.1, abs=0.4)
    assert times[1] == pytest.approx(8.1, abs=0.4)
    assert bench.clock.now() - begun_s < 60.0


def test_no_power_is_no_reply_and_a_closed_driver_says_so(bench: Bench) -> None:
    bmc = bench.open()
    assert bmc.sensors()
    bench.sled.load.feed(bench.clock.now(), OFF)
    bench.clock.sleep(1.0)
    for call in (bmc.sensors, bmc.power_state, lambda: list(bmc.events(1.0))):
        with pytest.raises(NoReply, match="gave no answer"):
            call()
    bmc.close()
    bmc.close()
    for call in (bmc.sensors, lambda: list(bmc.events(1.0))):
        with pytest.raises(InstrumentError, match="has been closed"):
            call()


# Bad payloads.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@odata.id", "Members", "Reading", "Status", "Links", "PowerState", "Systems", "Id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
CALLS: dict[str, Callable[[Any], object]] = {
    "identify": lambda bmc: bmc.identify(),
    "power": lambda bmc: bmc.power_state(),
    "sensors": lambda bmc: bmc.sensors(),
    "leaks": lambda bmc: bmc.leaks(),
    "log": lambda bmc: bmc.log(),
    "firmware": lambda bmc: bmc.firmware(),
    "processors": lambda bmc: bmc.processors(),
    "reset": lambda bmc: bmc.reset("On"),
}


def called(call: str, place: int, spoilt: Callable[[str], Any]) -> tuple[object, bool]:
    """What a call gives, or the error that it raises, with the answer at one place replaced; whether it came to it."""
    bench = Bench()
    bmc = bench.open()
    asked = 0

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked != place + 1:
            return response
        return httpx.Response(200, content=json.dumps(spoilt(request.url.path)).encode())  # NaN and Infinity too

    bench.wire.spoil = spoil
    try:
        return CALLS[call](bmc), asked > place
    except InstrumentError as problem:
        return problem, asked > place
    finally:
        bench.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(call=st.sampled_from(sorted(CALLS)), place=st.integers(0, 4), payload=JSON)
def test_any_json_in_place_of_a_resource_is_a_bad_reply(call: str, place: int, payload: Any) -> None:
    given, was_spoilt = called(call, place, lambda uri: payload)
    if was_spoilt:
        assert isinstance(given, BadReply)
        assert "bmc1" in str(given)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(call=st.sampled_from(sorted(CALLS)), place=st.integers(0, 6), payload=JSON)
def test_a_resource_with_its_own_name_and_any_content_is_no_traceback(call: str, place: int, payload: Any) -> None:
    content = payload if isinstance(payload, dict) else {"Members": payload, "Reading": payload, "Systems": payload}
    called(call, place, lambda uri: content | {"@odata.id": uri})


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("Sensors/tj.0", "Reading", "39"),
        ("Sensors/tj.0", "Reading", True),
        ("Sensors/tj.0", "Reading", 1e15),
        ("Sensors/tj.0", "Reading", [39]),
        ("Sensors/tj.0", "ReadingTime", "yesterday"),
        ("Sensors/tj.0", "ReadingTime", "2026-01-01T00:00:00"),
        ("Sensors/tj.0", "Status", "OK"),
        ("Sensors/tj.0", "Status", {"Health": "Fine"}),
        ("LeakDetectors/tray", "DetectorState", None),
        ("LeakDetectors/tray", "Status", []),
        ("Ports/host.0.0", "ActiveWidth", 7.5),
        ("Ports/host.0.0", "ActiveWidth", -1),
        ("MemoryMetrics", "LifeTime", {"CorrectableECCErrorCount": "many"}),
        ("MemoryMetrics", "LifeTime", 7),
        ("Systems/Sled", "PowerState", "on"),
        ("Systems/Sled", "PowerState", None),
        ("Entries", "Members", {}),
        ("Entries", "Members@odata.nextLink", "http://elsewhere/"),
        ("FirmwareInventory/bmc", "Version", 2),
    ],
)
def test_a_bad_value_is_never_taken(bench: Bench, where: str, name: str, value: object) -> None:
    bmc = bench.open()
    calls = (bmc.sensors, bmc.leaks, bmc.processors, bmc.power_state, bmc.log, bmc.firmware)
    for call in calls:
        call()

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path.endswith(where):
            return httpx.Response(200, json=json.loads(response.read()) | {name: value})
        return response

    bench.wire.spoil = spoil
    bad = []
    for call in calls:
        try:
            call()
        except BadReply as problem:
            bad.append(str(problem))
    assert len(bad) == 1
    assert "bmc1 (Redfish sled BMC at http://bmc.lab)" in bad[0]


def test_a_sensor_without_a_reading_is_left_out(bench: Bench) -> None:
    bmc = bench.open()

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("Sensors/tj.0"):
            return httpx.Response(200, json=json.loads(response.read()) | {"Reading": None})
        return response

    bench.wire.spoil = spoil
    seen = bmc.sensors()
    assert "tj.0" not in seen
    assert "tj.1" in seen


def test_pages_without_end_are_refused(bench: Bench) -> None:
    bmc = bench.open()

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("Entries"):
            page = json.loads(response.read())
            return httpx.Response(200, json=page | {"Members@odata.nextLink": request.url.path})
        return response

    bench.wire.spoil = spoil
    with pytest.raises(BadReply, match="has more than 1000 pages"):
        bmc.log()
