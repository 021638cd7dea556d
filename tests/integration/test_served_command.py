"""`bringup sim serve` as a process: what it prints and writes, its ports, its end, and who may use it afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bringup.files.station import load_station
from tests.conftest import SHIPPED, Run
from tests.integration.served import GUARD_S, connect, get, lab_process, port_of

STATION = "stations/simulated.toml"
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="signals as on UNIX")


def free_range(count: int) -> int:
    """The first of so many consecutive ports that are free now, and that no other worker is likely to look at."""
    places = list(range(21_000, 32_000, count + 7))
    random.shuffle(places)
    for first in places:
        with contextlib.ExitStack() as tried:
            try:
                for port in range(first, first + count):
                    tried.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no ports are free")


def text_of(folder: Path, *arguments: str) -> tuple[str, str, int]:
    """Run the command until it has told everything, and end it; what it said on both streams, and its exit code."""
    command = [sys.executable, "-m", "bringup", "sim", "serve", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=folder, text=True, **pipes) as process:  # type: ignore[call-overload]
        said = ""
        while (line := process.stdout.readline()) and "Ctrl-C" not in line:
            said += line
        process.terminate()
        rest, complaint = process.communicate(timeout=GUARD_S)
        return said + line + rest, complaint, process.returncode


# What it says.


@UNIX
def test_a_line_for_each_wire_in_80_columns(lab: Path) -> None:
    said, complaint, code = text_of(lab, "simulated", "--ports-from", "0", "--speed", "2.5")
    assert (complaint, code) == ("", 0)
    assert "2.5 times as fast" in said
    table = [line for line in said.splitlines() if re.match(r"(cdu|supply|meter|bmc|host)\d? ", line)]
    assert len(table) == 1 + 4 * (4 + 4 + 3 + 3)
    for address in (
        r"supply1  HiSLIP    TCPIP::127\.0\.0\.1::hislip0,\d+::INSTR",
        r"supply1  SOCKET    TCPIP::127\.0\.0\.1::\d+::SOCKET",
        r"supply1  VXI-11    TCPIP::127\.0\.0\.1,\d+::inst0::INSTR",
        r"supply1  pty       ASRL/dev/\S+::INSTR",
        r"bmc1     pty       /dev/\S+",
        r"bmc1     raw TCP   socket://127\.0\.0\.1:\d+",
        r"bmc1     RFC 2217  rfc2217://127\.0\.0\.1:\d+",
        r"cdu      HTTP      http://127\.0\.0\.1:\d+",
    ):
        assert sum(bool(re.fullmatch(address, line)) for line in table) == 1, address
    assert all(len(line) <= 80 for line in said.splitlines()), said
    assert "stations/simulated-served.toml" in said


def test_help_says_what_it_is(bringup: Run) -> None:
    assert "sim" in bringup("--help").stdout
    assert "until Ctrl-C" in " ".join(bringup("sim", "serve", "--help").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "unknown station 'nowhere'"),
        (("--speed", "0"), "lab time cannot pass 0.0 times"),
        (("--speed", "nan"), "lab time cannot pass nan times"),
        (("--ports-from", "65530"), r"port 65536 for \S+ \(\S+\) is beyond 65535"),
        (("--ports-from", "70000"), "Invalid value for '--ports-from'"),
        (("--bind", "no.such.host.invalid"), "--bind no.such.host.invalid: no IPv4 address"),
        (("--bind", "203.0.113.7"), "203.0.113.7: not an address of this machine"),
        (("--station-file", "smoke.py/it.toml"), "smoke.py/it.toml: the station file cannot be written"),
        (("--station-file", "some/where/it.toml"), "name a file in a folder 'stations'"),
        (("--station-file", STATION), "is the station that is served"),
    ],
)
def test_what_cannot_be_done_is_refused(bringup: Run, arguments: tuple[str, ...], said: str) -> None:
    finished = bringup("sim", "serve", *arguments)
    assert finished.returncode == 2, finished.stdout + finished.stderr
    assert re.search(said, finished.stderr), finished.stderr
    assert "Traceback" not in finished.stderr
    assert not finished.stdout


@UNIX
def test_strangers_are_let_in_only_with_a_loud_warning(lab: Path) -> None:
    said, complaint, code = text_of(lab, "--ports-from", "0", "--bind", "0.0.0.0")
    assert code == 0
    assert "WARNING: listening on 0.0.0.0" in complaint
    assert "no authentication" in complaint
    assert "127.0.0.1" in said
    assert "0.0.0.0" not in said


# Its ports.


def test_a_restart_at_once_has_the_same_addresses(lab: Path) -> None:
    first = str(free_range(60))
    told = []
    for end in (signal.SIGTERM, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM, signal.SIGTERM):
        with lab_process(lab, "--ports-from", first) as serving:
            told.append({role: it["wires"] | {"pty": ""} for role, it in serving.told["instruments"].items()})
            clients = [connect(port_of(serving.wire("supply1", kind))) for kind in ("hislip", "socket", "vxi11")]
            serving.end(end)
            for client in clients:
                client.close()
    assert told[0] == told[1] == told[2]
    assert serving.told["control"] == f"http://127.0.0.1:{first}"


def test_a_taken_port_is_named_and_nothing_is_left_open(lab: Path, bringup: Run) -> None:
    first = free_range(60)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first + 3))
        other.listen()
        finished = bringup("sim", "serve", "--ports-from", str(first))
        assert finished.returncode == 2
        assert f"port {first + 3} for supply1 (SOCKET) is in use by another process" in finished.stderr
        assert "--ports-from N" in finished.stderr
        assert not finished.stdout
    assert not (lab / "stations/simulated-served.toml").exists()


def test_the_second_of_two_labs_is_refused_and_the_first_goes_on(lab: Path, bringup: Run) -> None:
    first = str(free_range(60))
    with lab_process(lab, "--ports-from", first) as serving:
        before = serving.station_file.read_bytes()
        assert "is this lab served already?" in bringup("sim", "serve", "--ports-from", first).stderr
        assert serving.state()["speed"] == 1.0
        assert serving.station_file.read_bytes() == before


# Its end.


@UNIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_a_second_whoever_is_connected(lab: Path, number: signal.Signals) -> None:
    with lab_process(lab) as serving, contextlib.ExitStack() as clients:
        for role, wires in serving.told["instruments"].items():
            for kind in wires["wires"].keys() - {"pty"}:
                clients.enter_context(connect(port_of(serving.wire(role, kind))))
        waiting = clients.enter_context(connect(port_of(serving.wire("meter1", "socket"))))
        waiting.sendall(b"VOLT:NPLC 100;:SAMP:COUN 100;:READ?\n")
        line = os.open(serving.wire("bmc1", "pty"), os.O_RDWR | os.O_NOCTTY)
        time.sleep(0.2)
        took_s, code = serving.end(number)
        os.close(line)
        assert code == 0
        assert took_s < 1.0
        assert serving.process.stderr is not None
        assert serving.process.stderr.read() == ""


# The station file.


def test_the_station_file_is_the_same_bench_as_hardware(lab: Path) -> None:
    path = lab / STATION
    extra = """
[instruments.bench]
model = "Keysight 34461A"
address = "TCPIP::bench::5025::SOCKET"
calibration_due = 2027-01-02
wired_to = "dummy"

[instruments.old]
model = "Keysight 34461A"
address = "ASRL3::INSTR"
timeout_s = 5.0
serial_number = 'MY"5\\x'

[fixtures.dummy]
ohms = 10.5

[settle.coolant]
tolerance = 0.25
"""
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8")
    with lab_process(lab, "--speed", "0.5") as serving:
        file = serving.station_file
        assert file == lab.resolve() / "stations/simulated-served.toml"
        served, original = load_station(file), load_station(path)
        text = file.read_text(encoding="utf-8")
        addresses = {role: facts.address for role, facts in served.facts.instruments.items()}
        for role, kind in (("supply1", "hislip"), ("bench", "socket"), ("old", "pty"), ("cdu", "http")):
            assert addresses[role] == serving.wire(role, kind)
        assert addresses["bmc1"] == serving.wire("bmc1", "pty")
        assert re.match(rf"# Points at a simulated lab .*`bringup sim serve` .*\n# process {serving.process.pid}", text)
    assert served.name == "simulated-served"
    assert not served.is_simulated
    assert served.facts.slots == original.facts.slots
    assert served.facts.fixtures == original.facts.fixtures
    assert served.facts.simulation.speed == 0.5
    assert served.facts.settle == original.facts.settle
    for role, facts in original.facts.instruments.items():
        other = served.facts.instruments[role]
        assert other.model_copy(update={"address": ""}) == facts.model_copy(update={"address": ""})
    assert stat.S_IMODE(file.stat().st_mode) & 0o444 == 0o444 & ~_umask()
    assert not [left for left in file.parent.iterdir() if left.name.startswith(".")]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("hardware", "a speed is for a lab that `bringup sim serve` has up"), ("simulated", "virtual time has no speed")],
)
def test_a_speed_is_for_served_labs_alone(kind: str, said: str, lab: Path, bringup: Run) -> None:
    path = lab / STATION
    text = path.read_text(encoding="utf-8").replace('lab = "simulated"', f'lab = "{kind}"')
    path.write_text(text.replace("[simulation]", "[simulation]\nspeed = 10"), encoding="utf-8")
    finished = bringup("instruments")
    assert finished.returncode == 2
    assert re.search(rf"simulated\.toml:\d+: .*{re.escape(said)}", finished.stderr)


def test_a_calibration_that_is_over_is_over_for_whoever_drives_the_lab(lab: Path, bringup: Run) -> None:
    with lab_process(lab, "--fault", "meter1=expired-calibration") as serving:
        done = bringup("instruments", "--station", str(serving.station_file))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "meter1: calibration was due on" in done.stdout


def test_what_is_injected_happens(lab: Path, bringup: Run) -> None:
    with lab_process(lab, "--speed", "10") as serving:
        control, station = serving.told["control"], str(serving.station_file)
        assert bringup("instruments", "--station", station).returncode == 0
        done = bringup("sim", "inject", "meter1=no-answer+600", "--control", control)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("now: meter1 no-answer")
        done = bringup("instruments", "--station", station)
        assert done.returncode == 4
        assert "meter1 (Keysight 34465A" in done.stdout
        assert "the link is there" in done.stdout
        for fault, said in (("bmc1=power-blip", "cannot have"), ("mter1=garbage", "did you mean 'meter1'")):
            done = bringup("sim", "inject", fault, "--control", control)
            assert done.returncode == 2
            assert said in done.stderr
    done = bringup("sim", "inject", "meter1=garbage", "--control", control)
    assert done.returncode == 4
    assert "no served lab answers" in done.stderr
    assert bringup("sim", "inject", "meter1=garbage", "--control", "nowhere").returncode == 2


def test_it_can_be_written_elsewhere_and_brings_its_products(lab: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "other lab/stations/mine.toml"
    with lab_process(lab, "--station-file", str(wanted)) as serving:
        assert serving.station_file == wanted
        assert load_station(wanted).products
        product = wanted.parent.parent / "products/liquid-sled.toml"
        assert product.read_bytes() == (lab / "products/liquid-sled.toml").read_bytes()
        product.write_text(product.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    command = [sys.executable, "-m", "bringup", "sim", "serve", "--ports-from", "0", "--station-file", str(wanted)]
    refused = subprocess.run(command, cwd=lab, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "is not the product that the lab is made of" in refused.stderr


def test_nothing_is_written_into_the_shipped_lab(tmp_path: Path) -> None:
    before = sorted(path for path in SHIPPED.rglob("*") if "__pycache__" not in path.parts)
    with lab_process(tmp_path) as serving:
        assert serving.station_file.is_relative_to(tmp_path.resolve())
        assert load_station(serving.station_file).products
    assert sorted(path for path in SHIPPED.rglob("*") if "__pycache__" not in path.parts) == before


# Driven by the tool itself.

PLAN = '''\
from bringup import Measure, Multimeter, Sled, at_most, between, plan


@plan(points=(), limits={"core.volts": between(0.7, 0.9, "V"), "errors": at_most(0)}, point_s=60)
def quick(sled: Sled, measure: Measure, multimeter: Multimeter) -> None:
    """As hardware."""
    print("at the point", flush=True)
    measure("core.volts", multimeter.dc_volts())
    measure("errors", sum(chip.errors for chip in sled.run("gemm", seconds=2).chips))
'''


@pytest.mark.crash
def test_a_run_drives_it_as_hardware_and_again_after_a_controller_was_killed(lab: Path, bringup: Run) -> None:
    (lab / "quick.py").write_text(PLAN, encoding="utf-8")
    with (lab / STATION).open("a", encoding="utf-8") as file:
        file.write("\n[settle.coolant]\npoll_s = 0.25\n[settle.flow]\npoll_s = 0.25\n")
    with lab_process(lab, "--speed", "80") as serving:
        station = str(serving.station_file)
        arguments = ("run", "quick", "--station", station, "--sled", "S1", "--yes")
        command = [sys.executable, "-m", "bringup", *arguments]
        with subprocess.Popen(command, cwd=lab, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as first:
            assert first.stdout is not None
            said = ""
            while "run-started" not in said:
                line = first.stdout.readline()
                assert line, said
                said += line
            first.kill()
        state = serving.state()
        assert state["slots"]["S1"]["input"]["powered"], "the world does not end with its controller"
        assert state["slots"]["S1"]["rails"]
        finished = bringup(*arguments)
        assert finished.returncode == 4
        assert "output was on before this night" in finished.stdout, "found as it was left, and switched off"
        finished = bringup(*arguments)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        state = serving.state()
        slot = state["slots"]["S1"]
        assert not slot["input"]["source"]["on"]
        assert slot["rails"] == {}
        assert slot["abs_max_exceedances"] == []
        assert slot["trips"] == []
        assert get(serving.told["control"])["station_file"] == station


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
