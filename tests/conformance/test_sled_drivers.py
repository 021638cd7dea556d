"""Every method of the sled's two consoles, controller and host, on driver and simulated sled."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import ChipResult, HostState, RailReading
from bringup.errors import BadReply, InstrumentError, NoReply, SledFault, SledHang

BMC, HOST = "bringup sled BMC console", "bringup sled host console"

Open = Callable[..., Any]


@pytest.fixture
def open_driver(bench: Any) -> Open:
    return lambda model, **envelope: hooks.drivers()[model].open(bench.connection(model, **envelope))


# The sled's controller.


def test_controller_moves_rails(bench: Any, open_driver: Open) -> None:
    bench.power()
    bmc = open_driver(BMC)
    for rail in bench.sled.parameters.rails:
        bmc.rail_on(rail.name)
    bench.clock.sleep(0.1)
    bmc.set_rail("vdd_core", 0.76)
    bmc.set_rail("vdd_core.2", 0.80)
    readings = bmc.read_rail("vdd_core")
    assert [reading.name for reading in readings] == [f"vdd_core.{n}" for n in range(4)]
    assert all(isinstance(reading, RailReading) and reading.on and reading.power_good for reading in readings)
    assert [reading.set_volts for reading in readings] == pytest.approx([0.76, 0.76, 0.80, 0.76], abs=2e-4)
    assert [reading.name for reading in bmc.read_rail("vdd_core.2")] == ["vdd_core.2"]
    bmc.rail_off("vdd_core.1")
    assert [reading.on for reading in bmc.read_rail("vdd_core")] == [True, False, True, True]


def test_controller_reads_input_sensors_and_clock(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    bmc = open_driver(BMC)
    entry = bmc.input()
    assert entry.volts == pytest.approx(54.0, abs=1.0)
    assert entry.watts == pytest.approx(entry.volts * entry.amps, rel=1e-3)
    sensors = bmc.sensors()
    assert {f"tj.{n}" for n in range(4)} <= set(sensors)
    bmc.set_clock(1.5e9)
    assert bmc.measured_clock() == pytest.approx(1.5e9, rel=1e-3)


def test_controller_switches_the_host(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    bmc = open_driver(BMC)
    assert bmc.host_state() is HostState.READY
    bmc.host_off()
    assert bmc.host_state() is HostState.OFF
    bmc.host_on()
    assert bmc.host_state() is HostState.BOOTING


def test_controller_without_power_is_silent(bench: Any, open_driver: Open) -> None:
    with pytest.raises(NoReply, match=r"no answer to an empty line within 2 s"):
        open_driver(BMC).input()
    assert bench.clock.now() == pytest.approx(2.0, abs=0.01)


def test_controller_that_lost_power_answers_again_when_it_is_back(bench: Any, open_driver: Open) -> None:
    bench.power()
    bmc = open_driver(BMC)
    bmc.input()
    bench.supply.write(b"OUTP OFF\n", end=True)
    bench.clock.sleep(5.0)
    with pytest.raises(NoReply):
        bmc.input()
    bench.power()
    assert bmc.input().volts > 50


@pytest.mark.parametrize("name", ["", "vdd core", "vdd_core\nhost off", "a" * 3 + ";", "..", "vdd_core.x"])
def test_controller_is_not_sent_what_cannot_be_a_name(name: str, bench: Any, open_driver: Open) -> None:
    bench.power()
    bmc = open_driver(BMC)
    for act in (bmc.rail_on, bmc.rail_off, bmc.read_rail, lambda rail: bmc.set_rail(rail, 0.5)):
        with pytest.raises(InstrumentError, match="cannot be a rail's name; nothing was sent"):
            act(name)
    assert not bench.wires[BMC].heard


NOISE: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda data: bytes(0x80 | byte for byte in data),
    "half a line": lambda data: data[: len(data) // 2],
    "digits lost": lambda data: re.sub(rb"(?<=volts=)[0-9.]+", b"", data),
    "NaN": lambda data: re.sub(rb"(?<=volts=)[0-9.]+", b"nan", data),
    "9.91E37": lambda data: re.sub(rb"(?<=volts=)[0-9.]+", b"9.91E37", data),
    "another's answer": lambda data: data.replace(b"vin", b"clock"),
    "no prompt": lambda data: data.replace(b"bmc> ", b""),
}


@pytest.mark.parametrize("spoil", list(NOISE.values()), ids=list(NOISE))
def test_controller_never_makes_a_number_of_noise(
    spoil: Callable[[bytes], bytes], bench: Any, open_driver: Open
) -> None:
    bench.power()
    bmc = open_driver(BMC)
    good = bmc.input()
    for _ in range(2):
        bench.wires[BMC].spoil = spoil
        with pytest.raises((BadReply, NoReply), match=r"it \(bringup sled BMC console at serial:bmc\)"):
            bmc.input()
        bench.wires[BMC].spoil = lambda data: data
        assert bmc.input().volts == pytest.approx(good.volts, abs=0.1)


def test_controller_answer_that_comes_one_question_late_is_refused(bench: Any, open_driver: Open) -> None:
    bench.power()
    bmc = open_driver(BMC)
    bmc.input()
    wire, late = bench.wires[BMC], [b""]

    def one_late(data: bytes) -> bytes:
        if not data.endswith(b"bmc> "):
            return b""
        late[:] = [*late, b"vin\r\n" + data]
        return late.pop(0)

    wire.spoil = one_late
    for _ in range(3):
        with pytest.raises((BadReply, NoReply)):
            bmc.input()


# The sled's host.


def test_host_runs_workloads(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    host = open_driver(HOST)
    assert "gemm" in host.workloads()
    before = bench.clock.now()
    result = host.run("gemm", 60.0)
    assert bench.clock.now() - before == pytest.approx(60.0, abs=1.0)
    assert (result.workload, result.seconds) == ("gemm", 60.0)
    assert [chip.chip for chip in result.chips] == [0, 1, 2, 3]
    assert all(isinstance(chip, ChipResult) for chip in result.chips)
    assert host.run("memory", 5.0).workload == "memory"


@pytest.mark.parametrize(("workload", "seconds"), [("gemm", 0.0), ("gemm", -1.0), ("gemm", float("nan")), ("a b", 1.0)])
def test_host_is_not_asked_for_nonsense(workload: str, seconds: float, bench: Any, open_driver: Open) -> None:
    with pytest.raises(InstrumentError, match="nothing was sent"):
        open_driver(HOST).run(workload, seconds)
    assert not bench.wires[HOST].heard


def test_host_that_hangs_in_the_midst_of_a_job_is_found_by_its_silence(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    host = open_driver(HOST)
    began, clock = bench.clock.now(), bench.clock

    def hang() -> None:
        clock.sleep(20.0)
        bench.sled.host.hung_at_s = clock.now()

    with clock.enrolled("test"):
        task = clock.spawn(hang, "hang")
        with pytest.raises(SledHang, match=r"fell silent, gemm \(job 1\) did not end within 150 s"):
            host.run("gemm", 60.0)
    task.result()
    assert clock.now() - began == pytest.approx(150.0, abs=5.0)


def test_host_that_hangs_before_is_found_too(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    host = open_driver(HOST)
    host.workloads()
    bench.sled.host.hung_at_s = bench.clock.now()
    with pytest.raises(SledHang, match="is silent"):
        host.run("gemm", 60.0)


def test_host_that_echoes_and_then_hangs_is_found_too(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    host = open_driver(HOST)
    host.workloads()
    bench.wires[HOST].spoil = lambda data: b"" if b"root@" in data else data
    before = bench.clock.now()
    with pytest.raises(SledHang, match="is silent"):
        host.run("gemm", 60.0)
    with pytest.raises(SledHang, match="is silent"):
        host.run("gemm", 60.0)
    assert bench.clock.now() - before == pytest.approx(180.0, abs=1.0)


def test_host_that_was_cycled_answers_again(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    host = open_driver(HOST)
    host.workloads()
    bench.sled.host.hung_at_s = bench.clock.now()
    with pytest.raises(SledHang):
        host.run("gemm", 10.0)
    bench.sled.host_off(bench.clock.now())
    bench.clock.sleep(5.0)
    bench.sled.host_on(bench.clock.now())
    bench.clock.sleep(310.0)
    assert host.run("gemm", 10.0).seconds == 10.0


def test_host_may_speak_unasked_in_the_midst_of_an_answer(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    host = open_driver(HOST)
    names = host.workloads()
    kernel = b"\r\n[ kernel ] pcieport: correctable error\r\nroot@sled:~# "
    spoken: list[bytes] = []

    def chatty(data: bytes) -> bytes:
        if not data or spoken:
            return data
        spoken.append(data)
        return data + kernel

    bench.wires[HOST].spoil = chatty
    assert host.workloads() == names
    assert host.workloads() == names


def test_host_whose_chip_drops_off_is_a_finding_about_the_sled(bench: Any, open_driver: Open) -> None:
    bench.power(host=True)
    bench.wires[HOST].spoil = lambda data: data.replace(b'"throttled": false}', b'"throttled": false, "lost": true}', 1)
    with pytest.raises(SledFault, match="link lost: chip 0 dropped off its link while gemm ran"):
        open_driver(HOST).run("gemm", 5.0)


RESULTS: dict[str, Callable[[bytes], bytes]] = {
    "no JSON": lambda data: data.replace(b'{"job"', b'{job"'),
    "another job": lambda data: re.sub(rb'"job": \d+', b'"job": 99', data),
    "another workload": lambda data: data.replace(b'"workload": "gemm"', b'"workload": "virus"'),
    "no chips": lambda data: re.sub(rb'"chips": \[.*\]', b'"chips": []', data),
    "a chip twice": lambda data: data.replace(b'"chip": 1', b'"chip": 0'),
    "errors in words": lambda data: re.sub(rb'"errors": \d+', b'"errors": "none"', data),
    "negative errors": lambda data: re.sub(rb'"errors": \d+', b'"errors": -1', data),
    "NaN hertz": lambda data: re.sub(rb'"hertz": [\d.e+]+', b'"hertz": NaN', data),
    "throttled 0": lambda data: data.replace(b"false", b"0"),
    "shorter": lambda data: re.sub(rb'"seconds": [\d.]+', b'"seconds": 1', data),
}


@pytest.mark.parametrize("spoil", list(RESULTS.values()), ids=list(RESULTS))
def test_host_never_makes_a_result_of_a_bad_answer(
    spoil: Callable[[bytes], bytes], bench: Any, open_driver: Open
) -> None:
    bench.power(host=True)
    host = open_driver(HOST)
    bench.wires[HOST].spoil = spoil
    with pytest.raises(BadReply, match="answered 'workload result 1' with"):
        host.run("gemm", 5.0)
