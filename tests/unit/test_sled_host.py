"""The host's console: boot, workloads, results, hangs."""

from __future__ import annotations

import json

import pytest

from bringup_instruments.models.sled_host import SledHost
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.parameters import Role
from bringup_instruments.world import Source

PROMPT = "root@sled:~# "


class Terminal:
    """A powered sled with its host console."""

    def __init__(self) -> None:
        self.sled = SledPhysics("SN-9", SledParameters(), CoolantLoop())
        self.host = SledHost(self.sled)
        self.sled.load.feed(0.0, Source(54.0, 100.0, on=True))
        self.now = self.cycle(1.0)

    def cycle(self, at_s: float) -> float:
        self.sled.host_off(at_s)
        for rail in reversed(self.sled.parameters.rails):
            if rail.role is not Role.STANDBY:
                self.sled.rail_off(at_s, rail.name)
        for rail in self.sled.parameters.rails:
            at_s += 0.5
            if rail.role is not Role.STANDBY:
                self.sled.rail_on(at_s, rail.name)
        self.sled.host_on(at_s)
        return at_s

    def until(self, at_s: float) -> str:
        self.now = at_s
        return self.host.transmit(at_s).decode()

    def ask(self, line: str) -> list[str]:
        self.host.receive(self.now, line.encode() + b"\n")
        text = self.until(self.now + 0.2)
        assert text.startswith(line)
        assert text.endswith(PROMPT)
        return text[: -len(PROMPT)].split("\r\n")[1:-1]


@pytest.fixture
def ready() -> Terminal:
    terminal = Terminal()
    assert terminal.until(terminal.now + 301.0).endswith(f"\r\n{PROMPT}")
    return terminal


def test_silent_until_switched_on() -> None:
    sled = SledPhysics("SN-9", SledParameters(), CoolantLoop())
    host = SledHost(sled)
    host.receive(1.0, b"workload list\n")
    assert host.transmit(2.0) == b""
    assert host.next_at(2.0) is None


def test_a_boot_tells_its_way_in_order() -> None:
    terminal = Terminal()
    start = terminal.now
    told, at = "", start
    while (due := terminal.host.next_at(at)) is not None:
        assert due > at
        at = due
        told += terminal.until(at)
    assert at == pytest.approx(start + 300.0, abs=0.1)
    order = [told.index(word) for word in ("boot ROM", "POST 01", "POST 31", "POST 92", "Linux", PROMPT)]
    assert order == sorted(order)


def test_typing_into_a_boot_is_lost() -> None:
    terminal = Terminal()
    terminal.host.receive(terminal.now + 10.0, b"workload list\n")
    assert "workload" not in terminal.until(terminal.now + 301.0)


def test_a_job_is_started_announced_and_read(ready: Terminal) -> None:
    assert ready.ask("workload list") == ["idle", "memory", "gemm", "virus", "prbs", "memtest", "collective"]
    assert ready.ask("workload start gemm --seconds 60") == ["job 1 started"]
    started = ready.sled.jobs[1].start_s
    assert ready.ask("workload result 1") == ["job 1 running"]
    assert ready.host.next_at(ready.now) == pytest.approx(started + 60.0)
    assert ready.until(started + 59.9) == ""
    assert ready.until(started + 60.1) == f"\r\njob 1 done\r\n{PROMPT}"
    (line,) = ready.ask("workload result 1")
    result = json.loads(line)
    assert (result["job"], result["workload"], result["seconds"]) == (1, "gemm", 60.0)
    assert [chip["chip"] for chip in result["chips"]] == [0, 1, 2, 3]
    for chip in result["chips"]:
        assert set(chip) == {"chip", "errors", "hertz", "lock_losses", "digest", "golden", "throttled"}
        assert chip["digest"] == chip["golden"]
        assert chip["errors"] == 0
        assert chip["hertz"] == pytest.approx(1.6e9, rel=100e-6)
        assert chip["throttled"] is False


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("workload start gem --seconds 60", "did you mean 'gemm'"),
        ("workload start gemm --seconds soon", "soon"),
        ("workload start gemm --seconds -1", "not -1"),
        ("workload start gemm", "the forms are"),
        ("workload result 99", "no job 99"),
        ("workload result x", "no job x"),
    ],
)
def test_errors_are_one_line_that_helps(ready: Terminal, line: str, answer: str) -> None:
    (told,) = ready.ask(line)
    assert told.startswith("error: ")
    assert answer in told


def test_an_unknown_command_is_told_as_bash_does(ready: Terminal) -> None:
    assert ready.ask("wrokload list; echo $?") == ["-bash: wrokload: command not found", "127"]


def test_a_hang_is_silence_until_a_power_cycle(ready: Terminal) -> None:
    ready.sled.set_rail(ready.now, "vdd_core", 0.625)
    ready.host.receive(ready.now, b"workload start gemm --seconds 60\n")
    assert "done" not in ready.until(ready.now + 100.0)
    ready.host.receive(ready.now, b"workload list\n")
    assert ready.until(ready.now + 10.0) == ""
    assert ready.host.next_at(ready.now) is None
    assert ready.sled.host_status(ready.now).value == "hung"
    ready.now = ready.cycle(ready.now)
    ready.sled.set_rail(ready.now, "vdd_core", 0.75)
    assert ready.until(ready.now + 301.0).endswith(PROMPT)
    assert ready.ask("workload start gemm --seconds 5") == ["job 2 started"]


def test_a_warm_restart_of_a_hang_freezes_at_pcie(ready: Terminal) -> None:
    ready.sled.set_rail(ready.now, "vdd_core", 0.50)
    ready.sled.host_off(ready.now + 1.0)
    ready.sled.host_on(ready.now + 2.0)
    told = ready.until(ready.now + 400.0)
    assert told.rstrip().endswith("POST 92 PCIe enumeration")


def test_a_lost_link_is_told_by_the_kernel_and_in_the_result(ready: Terminal) -> None:
    ready.sled.set_rail(ready.now, "vdd_core.1", 0.595)
    told = "\n".join(ready.ask("workload start gemm --seconds 60")) + ready.until(ready.now + 61.0)
    assert told.startswith("job 1 started")
    assert "chip 1: link down" in told
    assert "job 1 done" in told
    lost = json.loads(ready.ask("workload result 1")[0])["chips"][1]
    assert lost["lost"] is True
    assert lost["errors"] > 50_000


def test_a_chip_that_hangs_at_once_still_lets_the_host_answer_the_start(ready: Terminal) -> None:
    ready.sled.set_rail(ready.now, "vdd_core", 0.63)
    assert ready.ask("workload start gemm --seconds 60") == ["job 1 started"]
    assert ready.until(ready.now + 100.0) == ""
    assert ready.sled.host_status(ready.now).value == "hung"
