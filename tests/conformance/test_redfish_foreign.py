"""Others' Redfish tools on the served lab, and our driver on others' service: all unmodified, over real HTTP.

DMTF's validator holds every resource against DMTF's schemas; sushy (OpenStack) and redfish (DMTF) read the service and
reset the sled; sushy-tools' emulator is a service that was not made for our driver.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bringup.capabilities import PowerState
from bringup.errors import InstrumentError, UsageError
from bringup.hooks import Connection
from bringup.wall_clock import WallClock
from bringup_instruments.physics.defects import Wetting
from bringup_instruments.physics.sled import SledPhysics
from bringup_instruments.world import Source
from tests.integration.served import LabThread, eventually, lab_thread

from .foreign import CHECKOUT, ForeignPython, environment, foreign_python
from .full_bench import DRIVERS, SPEED, STATION

SCHEMAS = CHECKOUT.parent / "shared" / "schemas" / "redfish-csdl"
PACKAGES = ("redfish_service_validator>=3.1.8,<3.2", "redfish>=3.4,<4", "sushy>=5.14,<6", "sushy-tools>=2.2,<3")
LEAST_PASSED = {"bmc1": 2000, "cdu": 500, "pdu": 2000}
"""Far below what passes, and far above what passes without schemas: 0."""

VALIDATE = """
import sys
from redfish_service_validator import console_scripts, report
report.html_report = report.xlsx_report = lambda *rest: "none"  # a minute of writing; the counts are on the terminal
sys.exit(console_scripts.main())
"""

SUSHY = """
import json, sys, time
import sushy

url, user = sys.argv[1:]
service = sushy.Sushy(url, username=user, password=user)
(system,) = service.get_system_collection().get_members()
(chassis,) = service.get_chassis_collection().get_members()
(manager,) = service.get_manager_collection().get_members()
processors = system.processors.get_members()
inventory = service.get_update_service().firmware_inventory.get_members()

def reset(kind, wanted):
    system.reset_system(kind)
    for _ in range(400):
        system.refresh(force=True)
        if system.power_state == wanted:
            return True
        time.sleep(0.02)

print(json.dumps({
    "serial": chassis.serial_number,
    "chassis": chassis.chassis_type.value,
    "manager": manager.firmware_version,
    "processors": sorted(one.processor_type.value for one in processors),
    "firmware": {one.identity: one.version for one in inventory},
    "allowed": sorted(one.value for one in system.get_allowed_reset_system_values()),
    "before": system.power_state.value,
    "on": reset(sushy.ResetType.ON, sushy.PowerState.ON),
    "off": reset(sushy.ResetType.FORCE_OFF, sushy.PowerState.OFF),
}))
"""

DMTF = """
import json, sys, time
import redfish

url, user = sys.argv[1:]
client = redfish.redfish_client(base_url=url, username=user, password=user)
client.login(auth="session")

def get(uri):
    answer = client.get(uri)
    assert answer.status == 200, (uri, answer.status)
    return answer.dict

def members(uri):
    return [get(one["@odata.id"]) for one in get(uri)["Members"]]

def reset(kind, wanted):
    action = get(system["@odata.id"])["Actions"]["#ComputerSystem.Reset"]
    assert kind in action["ResetType@Redfish.AllowableValues"]
    answer = client.post(action["target"], body={"ResetType": kind})
    status = answer.status
    while answer.is_processing:
        time.sleep(0.02)
        answer = answer.monitor(client)
    for _ in range(400):
        if get(system["@odata.id"])["PowerState"] == wanted:
            return status
        time.sleep(0.02)

(system,) = members(client.root.Systems["@odata.id"])
(chassis,) = members(client.root.Chassis["@odata.id"])
sensors = {one["Id"]: (one["Reading"], one["ReadingUnits"]) for one in members(chassis["Sensors"]["@odata.id"])}
told = {
    "sensors": sensors,
    "on": reset("On", "On"),
    "cycle": reset("PowerCycle", "On"),
    "off": reset("ForceOff", "Off"),
}
client.logout()
print(json.dumps(told))
"""

SYSTEM = "/redfish/v1/Systems/Sled"
RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"

together = pytest.mark.xdist_group("redfish foreign")
may_install = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def tools() -> ForeignPython:
    return foreign_python("redfish-tools-1", lambda home: home.pip("install", *PACKAGES))


@pytest.fixture(scope="module")
def there() -> Iterator[LabThread]:
    if not hasattr(os, "openpty"):
        pytest.skip("this system has no ptys")
    with lab_thread(STATION, speed=SPEED) as lab:
        on_sled(lab, lambda sled, now_s: sled.load.feed(now_s, Source(54.0, 80.0, on=True)))
        url = url_of(lab, "bmc1")
        assert eventually(lambda: answers(url)), "the management controller has power, and is silent"
        yield lab


def on_sled(lab: LabThread, act: Callable[[SledPhysics, float], object]) -> None:
    """Do something to the sled itself, in the lab's loop."""
    inside = lab.served.lab
    lab.call(lambda: act(inside.sleds["S1"], inside.clock.now()))


@pytest.fixture
def lived_in(there: LabThread) -> Iterator[None]:
    """The sled as it is after some work: booted, with tasks, a log, a wet rope, a broken one, and a listener."""

    def soak(sled: SledPhysics, now_s: float) -> None:
        for rail in sled.parameters.rails:
            sled.rail_on(now_s, rail.name)
        sled.defects.water["tray"] = Wetting(now_s, tau_s=1.0)
        sled.defects.water["manifold"] = Wetting(now_s, floor_ohms=inf)
        sled.defects.door_opened_s.append(now_s)

    on_sled(there, soak)
    with httpx.Client(base_url=url_of(there, "bmc1"), timeout=10.0, trust_env=False) as client:
        for kind, state in (("On", "On"), ("PowerCycle", "Off"), ("ForceOff", "Off"), ("On", "On")):
            assert client.post(RESET, json={"ResetType": kind}).is_success
            assert eventually(lambda state=state: client.get(SYSTEM).json()["PowerState"] == state)  # type: ignore[misc]
        assert client.post(RESET, json={"ResetType": "GracefulShutdown"}).status_code == 202
        with client.stream("GET", "/redfish/v1/EventService/SSE"):
            yield
        client.post(RESET, json={"ResetType": "ForceOff"})
        on_sled(there, lambda sled, now_s: sled.defects.water.clear())
        assert eventually(lambda: client.get(SYSTEM).json()["PowerState"] == "Off")


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/redfish/v1", timeout=1.0, trust_env=False).is_success
    except httpx.TransportError:
        return False


def url_of(lab: LabThread, role: str) -> str:
    return lab.wire(role, "http")


def run(tools: ForeignPython, folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tools.python), "-c", script, *arguments],
        env=environment("") | {"HOME": str(folder), "NO_PROXY": "127.0.0.1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def counts(said: str) -> tuple[int, ...]:
    """PASS, WARN, FAIL from the validator's own table."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    found = re.findall(
        r"\|\s+PASS\s+\|\s+WARN\s+\|\s+FAIL\s+\|.*\n.*\n\|\s+(\d+)\s+\|\s+(\d+)\s+\|\s+(\d+)\s+\|", plain
    )
    assert len(found) == 1, plain[-2000:]
    return tuple(map(int, found[0]))


@together
@may_install
@pytest.mark.parametrize("role", sorted(LEAST_PASSED))
def test_dmtfs_validator_finds_nothing(
    role: str, tools: ForeignPython, there: LabThread, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if len(list(SCHEMAS.glob("*_v1.xml"))) < 200:
        pytest.skip(f"DMTF's schemas are not beside the checkout: {SCHEMAS}")
    if role == "bmc1":
        request.getfixturevalue("lived_in")
    place = ["--rhost", url_of(there, role), "--user", "bringup", "--password", "bringup"]
    offline = ["--schema_directory", str(SCHEMAS), "--skipschema", "--logdir", str(tmp_path)]
    done = run(tools, tmp_path, VALIDATE, *place, *offline)
    passed, warned, failed = counts(done.stdout)
    (log,) = tmp_path.glob("*/*Debug*.log")
    complaints = [line for line in log.read_text().splitlines() if "- WARN -" in line or "- FAIL -" in line]
    assert (warned, failed, done.returncode) == (0, 0, 0), complaints[:20]
    assert passed > LEAST_PASSED[role]


@together
@may_install
def test_sushy_reads_and_resets(tools: ForeignPython, there: LabThread, tmp_path: Path) -> None:
    done = run(tools, tmp_path, SUSHY, url_of(there, "bmc1"), "bringup")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["serial"], told["chassis"], told["manager"]) == ("LS-A-0041", "Sled", "2.4.1")
    assert told["processors"] == ["Accelerator"] * 4 + ["CPU"]
    assert told["firmware"]["cpld"] == "0.17"
    assert {"On", "ForceOff", "PowerCycle"} <= set(told["allowed"])
    assert (told["before"], told["on"], told["off"]) == ("Off", True, True)


@together
@may_install
def test_dmtfs_client_reads_and_resets(tools: ForeignPython, there: LabThread, tmp_path: Path) -> None:
    done = run(tools, tmp_path, DMTF, url_of(there, "bmc1"), "bringup")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["sensors"]["vin.volts"] == [pytest.approx(54.0, abs=2.0), "V"]
    assert told["sensors"]["tj.3"][1] == "Cel"
    assert (told["on"], told["cycle"], told["off"]) == (204, 202, 204)


@together
def test_events_come_over_http(there: LabThread) -> None:
    """A browser's own format, on a connection that stays open while another one acts."""
    url = url_of(there, "bmc1")
    with httpx.Client(base_url=url, timeout=10.0, trust_env=False) as client:
        stream = client.get("/redfish/v1/EventService").json()["ServerSentEventUri"]
        with client.stream("GET", stream) as answer:
            assert answer.headers["content-type"] == "text/event-stream"
            assert client.post(RESET, json={"ResetType": "On"}).status_code == 204
            lines = (line for line in answer.iter_lines() if line.startswith("data: "))
            told = [json.loads(next(lines)[6:])["Events"][0]["MessageArgs"] for _ in range(3)]
        assert told == [["PoweringOn"], [], ["On"]]
        members = "/redfish/v1/EventService/Subscriptions"
        assert eventually(lambda: client.get(members).json()["Members"] == []), "the lab does not see that we are gone"
        client.post(RESET, json={"ResetType": "ForceOff"})


# Our driver on a service that was not made for it.


@contextmanager
def emulator(tools: ForeignPython, folder: Path) -> Iterator[str]:
    """sushy-tools' emulator of a machine, in its own process; its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "emulator.conf"
    config.write_text(f"SUSHY_EMULATOR_STATE_DIR = {str(folder)!r}\n", encoding="utf-8")
    command = [str(tools.python), "-m", "sushy_tools.emulator.main", "--fake", "--config", str(config)]
    with (
        (folder / "emulator.log").open("wb") as log,
        subprocess.Popen(
            [*command, "--interface", "127.0.0.1", "--port", str(port)],
            env=environment("") | {"HOME": str(folder)},
            cwd=folder,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            assert eventually(lambda: answers(url), 30.0), (folder / "emulator.log").read_text(encoding="utf-8")
            yield url
        finally:
            process.kill()


@together
@may_install
def test_our_driver_on_sushys_emulator(tools: ForeignPython, tmp_path: Path) -> None:
    """It resets after 1 s to 11 s, tells no boot, no sensors but Thermal's, no leaks and no events."""
    lab: Any = SimpleNamespace(clock=WallClock(), http_transport=lambda: None)
    with emulator(tools, tmp_path) as url:
        bmc: Any = DRIVERS["Redfish sled BMC"].open(Connection("bmc1", "Redfish sled BMC", url, lab, timeout_s=5.0))
        assert bmc.identify().maker == "Sushy Emulator"
        assert bmc.power_state() is PowerState.OFF
        assert bmc.boot_progress() == ""
        assert bmc.reset("On") is PowerState.ON
        assert bmc.reset("ForceRestart") is PowerState.ON, "seen by its power state alone"
        with pytest.raises(UsageError, match="unknown kind of reset 'PowerCycle'"):
            bmc.reset("PowerCycle")
        with pytest.raises(UsageError, match="Nmi"):
            bmc.reset("Nmi")
        assert bmc.leaks() == {}
        assert all(one.unit in {"degC", "rpm", "RPM", "V", "W"} for one in bmc.sensors().values())
        with pytest.raises(InstrumentError):
            list(bmc.events(1.0))
        bmc.close()
