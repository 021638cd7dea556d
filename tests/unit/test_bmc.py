"""The management controller through httpx itself: its tree, resets in their time, its log, its ropes, its stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from math import inf
from typing import Any

import httpx
import pytest

from bringup.errors import UsageError
from bringup.files.wire_fault import FaultFacts
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.bmc import Bmc
from bringup_instruments.models.bmc_power import RESET_TYPES, TARGET
from bringup_instruments.models.bmc_uris import CHASSIS, CONTROLS, FIRMWARE, MANAGER, SENSORS, SYSTEM, THERMAL
from bringup_instruments.models.redfish_events import MOST_STREAMS, STREAM, SUBSCRIPTIONS
from bringup_instruments.models.redfish_messages import MESSAGES
from bringup_instruments.models.redfish_tasks import TASKS
from bringup_instruments.physics import CoolantLoop, SledPhysics
from bringup_instruments.physics.defects import LinkDefects, Wetting
from bringup_instruments.physics.telemetry import Lie, LieKind
from bringup_instruments.product_parameters import sled_parameters
from bringup_instruments.wires.faults import add_fault, put_behind
from bringup_instruments.wires.http_transport import InProcessTransport
from tests.unit.redfish_bench import OFF, ON, PRODUCT, RedfishBench, walk

LOG = f"{MANAGER}/LogServices/Log"
ACCELERATOR = f"{SYSTEM}/Processors/Accelerator2"


@pytest.fixture
def bench() -> Iterator[RedfishBench]:
    made = RedfishBench()
    yield made
    made.close()


def said(bench: RedfishBench) -> list[str]:
    """Keys of the log's messages."""
    return [entry["MessageId"].rpartition(".")[2] for entry in bench.get(f"{LOG}/Entries")["Members"]]


def power(bench: RedfishBench) -> str:
    return str(bench.get(SYSTEM)["PowerState"])


def test_every_link_from_the_root_leads_to_a_resource_that_names_itself(bench: RedfishBench) -> None:
    bench.boot()
    seen = walk(bench.client)
    assert {SYSTEM, CHASSIS, MANAGER, f"{ACCELERATOR}/Ports/peer.2.3/Metrics", f"{SENSORS}/tj.3"} <= set(seen)
    assert {f"{FIRMWARE}/bmc", f"{CHASSIS}/LeakDetectors/tray", f"{LOG}/Entries/1"} <= set(seen)
    assert len([uri for uri in seen if "/Ports/" in uri]) == 4 * 12 * 2


def test_it_says_who_the_board_is(bench: RedfishBench) -> None:
    chassis = bench.get(CHASSIS)
    assert (chassis["ChassisType"], chassis["SerialNumber"], chassis["Version"]) == ("Sled", "SN-1", "A")
    (board,) = bench.get(f"{CHASSIS}/Assembly")["Assemblies"]
    assert (board["SerialNumber"], board["Version"]) == ("SN-1", "A")


def test_without_54_volts_nobody_answers(bench: RedfishBench) -> None:
    bench.sled.load.feed(bench.clock.now(), OFF)
    bench.clock.sleep(1.0)
    before_s = bench.clock.now()
    with pytest.raises(httpx.ReadTimeout):
        bench.client.get("/redfish/v1", timeout=4.0)
    assert bench.clock.now() - before_s == pytest.approx(4.0, abs=0.1)
    bench.sled.load.feed(bench.clock.now(), ON)
    assert bench.get("/redfish/v1")
    assert said(bench)[-1] == "ManagerStarted"


# Resets.


def test_power_comes_after_its_time_whether_or_not_anybody_asks(bench: RedfishBench) -> None:
    bench.rails_up()
    asked_s = bench.clock.now()
    assert bench.post(TARGET, ResetType="On").status_code == 204
    assert power(bench) == "PoweringOn"
    assert bench.sled.host.on_at_s is None
    bench.clock.sleep(100.0)
    assert power(bench) == "On"
    assert bench.sled.host.on_at_s == pytest.approx(asked_s + 3.0, abs=0.01)
    assert bench.get(SYSTEM)["BootProgress"]["LastState"] == "PCIResourceConfigStarted"
    bench.clock.sleep(250.0)
    assert bench.get(SYSTEM)["BootProgress"]["LastState"] == "OSRunning"
    assert said(bench) == ["HostPoweredOn", "HostReady"]


def test_a_graceful_shutdown_is_a_task_that_ends(bench: RedfishBench) -> None:
    bench.boot()
    answer = bench.post(TARGET, ResetType="GracefulShutdown")
    assert answer.status_code == 202
    monitor, task = answer.headers["Location"], answer.json()
    assert task["TaskState"] == "Running"
    assert bench.client.get(monitor).status_code == 202
    assert power(bench) == "PoweringOff"
    bench.clock.sleep(31.0)
    assert power(bench) == "Off"
    assert bench.client.get(monitor).status_code == 200
    assert bench.get(task["@odata.id"])["TaskState"] == "Completed"
    assert bench.get(TASKS)["Members@odata.count"] == 1


def test_a_host_that_does_not_run_follows_no_shutdown(bench: RedfishBench) -> None:
    bench.rails_up()
    bench.sled.host_on(bench.clock.now())
    task = bench.post(TARGET, ResetType="GracefulRestart").json()["@odata.id"]
    bench.clock.sleep(61.0)
    ended = bench.get(task)
    assert (ended["TaskState"], power(bench)) == ("Exception", "On")
    assert ended["Messages"][0]["MessageId"].endswith("ShutdownUnanswered")


def test_a_warm_restart_keeps_the_power_and_begins_the_boot_anew(bench: RedfishBench) -> None:
    bench.boot()
    before = bench.get(SYSTEM)
    assert bench.post(TARGET, ResetType="ForceRestart").status_code == 204
    bench.clock.sleep(5.0)
    after = bench.get(SYSTEM)
    assert after["PowerState"] == "On"
    assert after["LastResetTime"] > before["LastResetTime"]
    assert after["BootProgress"]["LastState"] == "PrimaryProcessorInitializationStarted"
    assert "HostRestarted" in said(bench)


def test_a_power_cycle_goes_off_and_comes_on(bench: RedfishBench) -> None:
    bench.boot()
    bench.post(TARGET, ResetType="PowerCycle")
    states = []
    for _ in range(40):
        states.append(power(bench))
        bench.clock.sleep(0.5)
    assert list(dict.fromkeys(states)) == ["PoweringOff", "Off", "PoweringOn", "On"]


def test_a_reset_that_lies_answers_like_a_good_one(bench: RedfishBench) -> None:
    bench.boot()
    bench.sled.defects.reset_lies = True
    assert bench.post(TARGET, ResetType="ForceOff").status_code == 204
    bench.clock.sleep(60.0)
    assert power(bench) == "On"
    task = bench.post(TARGET, ResetType="PowerCycle").json()["@odata.id"]
    bench.clock.sleep(60.0)
    assert bench.get(task)["TaskState"] == "Completed"
    assert bench.sled.host.boots == 1


@pytest.mark.parametrize(
    ("body", "status", "message_id"),
    [
        ({"ResetType": "Explode"}, 400, "ActionParameterValueNotInList"),
        ({"ResetType": ["On"]}, 400, "ActionParameterValueNotInList"),
        ({"Type": "On"}, 400, "ActionParameterUnknown"),
        ({}, 400, "ActionParameterMissing"),
        ({"ResetType": "ForceRestart"}, 409, "ResourceInStandby"),
    ],
)
def test_bad_resets_are_refused(bench: RedfishBench, body: dict[str, Any], status: int, message_id: str) -> None:
    answer = bench.post(TARGET, **body)
    assert answer.status_code == status
    assert answer.json()["error"]["@Message.ExtendedInfo"][0]["MessageId"].endswith(message_id)


def test_one_reset_at_a_time_but_force_off_cuts_it_short(bench: RedfishBench) -> None:
    bench.boot()
    task = bench.post(TARGET, ResetType="GracefulShutdown").json()["@odata.id"]
    assert bench.post(TARGET, ResetType="ForceRestart").status_code == 409
    assert bench.post(TARGET, ResetType="ForceOff").status_code == 204
    bench.clock.sleep(2.0)
    assert power(bench) == "Off"
    ended = bench.get(task)
    assert (ended["TaskState"], ended["Messages"][0]["MessageId"]) == ("Exception", "BringupLab.1.0.ResetCutShort")
    assert bench.get(SYSTEM)["Actions"]["#ComputerSystem.Reset"]["ResetType@Redfish.AllowableValues"] == [*RESET_TYPES]


def test_power_that_is_lost_ends_what_was_under_way(bench: RedfishBench) -> None:
    bench.boot()
    bench.post(TARGET, ResetType="PowerCycle")
    bench.clock.sleep(5.0)
    bench.sled.load.feed(bench.clock.now(), OFF)
    bench.clock.sleep(5.0)
    bench.sled.load.feed(bench.clock.now(), ON)
    bench.clock.sleep(60.0)
    assert power(bench) == "Off"
    assert bench.sled.host.boots == 1


# What is measured and counted.


def test_a_stale_sensor_shows_its_age(bench: RedfishBench) -> None:
    bench.clock.sleep(10.0)
    fresh = bench.get(f"{SENSORS}/tj.1")
    bench.sled.defects.lies["tj.1", "bmc"] = Lie(LieKind.STALE, since_s=bench.clock.now())
    bench.get(f"{SENSORS}/tj.1")
    bench.clock.sleep(600.0)
    stale, honest = bench.get(f"{SENSORS}/tj.1"), bench.get(f"{SENSORS}/tj.0")
    assert stale["ReadingTime"] == fresh["ReadingTime"] < honest["ReadingTime"]
    assert (stale["ReadingType"], stale["ReadingUnits"], stale["PhysicalContext"]) == (
        "Temperature",
        "Cel",
        "Accelerator",
    )


def test_a_reading_beyond_its_threshold_is_not_healthy(bench: RedfishBench) -> None:
    exponent = Lie(LieKind.EXPONENT)
    bench.sled.defects.lies["vin.volts", "bmc"] = exponent
    vin = bench.get(f"{SENSORS}/vin.volts")
    assert vin["Reading"] > 1e5
    assert vin["Status"]["Health"] == "Critical"
    assert bench.get(CHASSIS)["Status"]["Health"] == "Critical"


def test_links_tell_what_they_trained_to_and_how_often_they_flapped(bench: RedfishBench) -> None:
    port = f"{ACCELERATOR}/Ports/host.2.0"
    assert bench.get(port)["LinkStatus"] == "LinkDown"
    bench.sled.defects.links["host.2.0"] = LinkDefects(trains_to_generation=1, flaps_per_hour=3600.0)
    bench.boot()
    assert bench.get(port)["CurrentSpeedGbps"] == 256.0
    assert bench.get(f"{port}/Metrics")["PCIeErrors"]["L0ToRecoveryCount"] > 100
    bench.sled.restart_host(bench.clock.now())
    bench.clock.sleep(310.0)
    stuck = bench.get(port)
    assert (stuck["CurrentSpeedGbps"], stuck["ActiveWidth"], stuck["Status"]["Health"]) == (20.0, 8, "Warning")


def test_memory_errors_are_counted(bench: RedfishBench) -> None:
    bench.boot()
    bench.sled.defects.chip(2).uncorrectable_per_hour = 60.0
    bench.clock.sleep(1800.0)
    counted = bench.get(f"{ACCELERATOR}/MemorySummary/MemoryMetrics")["LifeTime"]["UncorrectableECCErrorCount"]
    assert counted == bench.sled.memory(bench.clock.now(), 2).counters.uncorrectable > 5
    assert "MemoryUncorrectable" in said(bench)


def test_firmware_is_the_approved_set_or_what_is_really_there(bench: RedfishBench) -> None:
    assert bench.get(f"{FIRMWARE}/cpld")["Version"] == "0.17"
    bench.sled.defects.firmware["cpld"] = "0.16"
    assert bench.get(f"{FIRMWARE}/cpld")["Version"] == "0.16"
    assert bench.get(FIRMWARE)["Members@odata.count"] == 5


def test_the_clock_is_moved_by_its_control(bench: RedfishBench) -> None:
    control = f"{CONTROLS}/core_clock"
    assert bench.client.patch(control, json={"SetPoint": 1200}).status_code == 200
    assert bench.sled.set_clock_hertz() == 1.2e9
    assert bench.client.patch(control, json={"SetPoint": 1e9}).status_code == 400


# What happens.


def test_a_leak_goes_from_damp_to_wet_at_its_own_times(bench: RedfishBench) -> None:
    begun_s = bench.clock.now()
    bench.sled.defects.water["manifold"] = Wetting(since_s=begun_s + 10.0, tau_s=60.0)
    bench.clock.sleep(1000.0)
    detector = bench.get(f"{CHASSIS}/LeakDetectors/manifold")
    assert (detector["DetectorState"], detector["Status"]["Health"]) == ("Critical", "Critical")
    assert said(bench) == ["LeakWarning", "LeakCritical"]
    damp, wet = (entry["Created"] for entry in bench.get(f"{LOG}/Entries")["Members"])
    assert damp < wet < bench.get(LOG)["DateTime"]
    assert bench.get(f"{THERMAL}/LeakDetection")["Status"]["Health"] == "Critical"
    assert bench.get(CHASSIS)["Status"]["Health"] == "Critical"
    del bench.sled.defects.water["manifold"]
    assert bench.get(f"{CHASSIS}/LeakDetectors/manifold")["DetectorState"] == "OK"
    assert said(bench)[-1] == "LeakCleared"


def test_water_that_comes_while_there_is_no_power_is_seen_when_there_is(bench: RedfishBench) -> None:
    bench.sled.load.feed(bench.clock.now(), OFF)
    bench.sled.defects.water["tray"] = Wetting(since_s=bench.clock.now(), tau_s=1.0)
    bench.clock.sleep(100.0)
    bench.sled.load.feed(bench.clock.now(), ON)
    bench.clock.sleep(1.0)
    assert said(bench) == ["ManagerStarted", "LeakWarning", "LeakCritical"]
    assert len({entry["Created"] for entry in bench.get(f"{LOG}/Entries")["Members"]}) == 1


def test_a_broken_rope_is_no_dry_one(bench: RedfishBench) -> None:
    bench.sled.defects.water["tray"] = Wetting(since_s=0.0, floor_ohms=inf)
    detector = bench.get(f"{CHASSIS}/LeakDetectors/tray")
    assert (detector["DetectorState"], detector["Status"]["Health"]) == ("Unavailable", "Critical")
    assert "broken wire" in detector["Status"]["Conditions"][0]["Message"]
    assert said(bench) == ["LeakDetectorOpen"]


def test_the_log_has_trips_doors_and_brown_outs_in_the_order_of_time(bench: RedfishBench) -> None:
    bench.rails_up()
    now_s = bench.clock.now()
    bench.sled.defects.door_opened_s += [now_s + 1.0, now_s + 1e6]
    bench.clock.sleep(2.0)
    bench.sled.advance(bench.clock.now())
    bench.sled.defects.rails.shorts["vdd_core.1"] = 1e-5
    bench.sled.touch(bench.clock.now())
    bench.clock.sleep(2.0)
    assert said(bench) == ["ChassisOpened", "OverCurrentTrip"]
    opened, trip = bench.get(f"{LOG}/Entries")["Members"]
    assert trip["Severity"] == "Critical"
    assert trip["MessageArgs"][0] == "vdd_core.1"
    assert opened["Created"] < trip["Created"]
    assert bench.get(f"{LOG}/Entries/{trip['Id']}")["Message"] == trip["Message"]
    assert bench.get(CHASSIS)["PhysicalSecurity"]["IntrusionSensor"] == "HardwareIntrusion"


def test_the_log_is_cleared_and_bounded(bench: RedfishBench) -> None:
    target = bench.get(LOG)["Actions"]["#LogService.ClearLog"]["target"]
    bench.sled.defects.door_opened_s += [0.001 * number for number in range(1500)]
    bench.clock.sleep(2.0)
    assert bench.get(f"{LOG}/Entries")["Members@odata.count"] == 1000 == bench.get(LOG)["MaxNumberOfRecords"]
    assert bench.client.post(target).status_code == 204
    assert said(bench) == ["LogCleared"]
    assert bench.client.get(f"{LOG}/Entries/3").status_code == 404


def test_every_message_is_in_the_registry_that_it_serves(bench: RedfishBench) -> None:
    (registry,) = bench.get("/redfish/v1/Registries")["Members"]
    file = bench.get(registry["@odata.id"])["Location"][0]["Uri"]
    assert set(bench.get(file)["Messages"]) == set(MESSAGES)
    bench.boot()
    for entry in bench.get(f"{LOG}/Entries")["Members"]:
        assert entry["MessageId"].startswith("BringupLab.1.0.")


# The stream.


def events(bench: RedfishBench, seconds: float, **headers: str) -> list[dict[str, Any]]:
    """What the stream tells until nothing has come for a while."""
    heard = b""
    with bench.client.stream("GET", STREAM, headers=headers, timeout=30.0) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        end_s = bench.clock.now() + seconds
        for data in answer.iter_bytes():
            heard += data
            if bench.clock.now() >= end_s:
                break
    told = [line[6:] for line in heard.decode().splitlines() if line.startswith("data: ")]
    return [json.loads(one)["Events"][0] for one in told]


def test_events_come_as_they_happen(bench: RedfishBench) -> None:
    bench.rails_up()
    bench.post(TARGET, ResetType="On")
    told = events(bench, 20.0, **{"Last-Event-ID": "0"})
    keys = [one["MessageId"].rpartition(".")[2] for one in told]
    assert keys == ["PowerStateChanged", "HostPoweredOn", "PowerStateChanged"]
    assert [one["MessageArgs"] for one in told] == [["PoweringOn"], [], ["On"]]
    assert told[1]["LogEntry"]["@odata.id"].startswith(f"{LOG}/Entries/")
    assert [one["EventTimestamp"] for one in told] == sorted(one["EventTimestamp"] for one in told)
    assert bench.get(SUBSCRIPTIONS)["Members"] == [], "the stream is closed"
    assert events(bench, 12.0) == [], "a new stream begins now"
    again = events(bench, 12.0, **{"Last-Event-ID": "1"})
    assert [one["EventId"] for one in again] == ["2", "3"]


def test_a_stream_is_a_subscription_that_can_be_deleted(bench: RedfishBench) -> None:
    with bench.client.stream("GET", STREAM, timeout=60.0) as answer:
        (member,) = bench.get(SUBSCRIPTIONS)["Members"]
        assert bench.get(member["@odata.id"])["SubscriptionType"] == "SSE"
        assert bench.client.delete(member["@odata.id"]).status_code == 204
        assert b"".join(answer.iter_bytes()) == b""
    assert bench.client.get(member["@odata.id"]).status_code == 404


def test_streams_are_counted_and_take_get_alone(bench: RedfishBench) -> None:
    streams = [bench.bmc.stream("GET", STREAM, {}) for _ in range(MOST_STREAMS)]
    assert all(streams)
    assert bench.bmc.stream("GET", STREAM, {}) is None
    assert bench.client.get(STREAM).status_code == 503
    assert bench.client.head(STREAM).status_code == 503
    for stream in streams:
        assert stream is not None
        stream.close()
    assert bench.client.head(STREAM).status_code == 406
    assert bench.client.post(STREAM).status_code == 405


def test_a_stream_falls_silent_with_the_power(bench: RedfishBench) -> None:
    with bench.client.stream("GET", STREAM, timeout=30.0) as answer:
        bench.sled.load.feed(bench.clock.now(), OFF)
        with pytest.raises(httpx.ReadTimeout, match="no event within 30 s"):
            list(answer.iter_bytes())


def test_a_cut_link_ends_a_stream(bench: RedfishBench) -> None:
    faulty: Any = put_behind("http", bench.bmc, bench.clock, 1)
    cut = FaultFacts(instrument="bmc1", fault="link-drop", at_s=bench.clock.now() + 15.0, for_s=60.0)
    add_fault(faulty, cut)
    with httpx.Client(
        base_url="http://bmc.lab", transport=InProcessTransport({"bmc.lab": faulty}, bench.clock)
    ) as client:
        with client.stream("GET", STREAM, timeout=30.0) as answer, pytest.raises(httpx.ReadError, match="link is cut"):
            list(answer.iter_bytes())
        with pytest.raises(httpx.ConnectError):
            client.get(STREAM)
    assert bench.get(SUBSCRIPTIONS)["Members"] == []


def test_a_sensor_that_redfish_cannot_show_is_told() -> None:
    odd = tuple(replace(one, unit="K") if one.name == "board" else one for one in sled_parameters(PRODUCT).sensors)
    sled = SledPhysics("SN-1", replace(sled_parameters(PRODUCT), sensors=odd), CoolantLoop())
    with pytest.raises(UsageError, match="sensor board is read at the bmc in K"):
        Bmc(VirtualClock(), sled, PRODUCT)


def test_a_night_is_the_same_again() -> None:
    def night() -> list[Any]:
        bench = RedfishBench()
        bench.bmc._unit.calendar._begin = bench.bmc._unit.calendar._begin.replace(year=2026, month=1, day=1, hour=0)
        bench.boot()
        bench.post(TARGET, ResetType="PowerCycle")
        bench.sled.defects.water["tray"] = Wetting(bench.clock.now(), 20.0)
        bench.clock.sleep(400.0)
        entries = bench.get(f"{LOG}/Entries")["Members"]
        bench.close()
        return [(entry["Id"], entry["MessageId"], entry["MessageArgs"]) for entry in entries]

    assert night() == night() != []
