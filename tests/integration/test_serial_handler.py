"""pyserial itself on the simulated consoles, on the virtual clock."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.sled_bmc import SledBmc
from bringup_instruments.models.sled_host import SledHost
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.wires.serial_handler import parse_serial_url, register, serial_url
from bringup_instruments.world import Console, Source

STATION = Path("C:/labs/night bench/station ü.toml")


class Bench:
    """What the serial port needs of a lab, without a station file."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.sled = SledPhysics("SN-3", SledParameters(), CoolantLoop())
        self.sled.load.feed(0.0, Source(54.0, 100.0, on=True))
        self.consoles: dict[str, Console] = {"sled1.bmc": SledBmc(self.sled), "sled1.host": SledHost(self.sled)}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench()
    lab = types.ModuleType("bringup_instruments.lab")
    lab.open_lab = lambda path: {STATION: made}[path]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bringup_instruments.lab", lab)
    register()
    yield made
    made.clock.abort("test over")


def opened(address: str, **settings: object) -> serial.SerialBase:
    return serial.serial_for_url(serial_url(STATION, address), **settings)


def test_a_command_and_its_answer(bench: Bench) -> None:
    with opened("sled1.bmc", timeout=2.0) as port:
        assert port.write(b"id\n") == 3
        started = bench.clock.now()
        answer = port.read_until(b"bmc> ")
        assert answer == b"id\r\nserial=SN-3 product=liquid-sled revision=A\r\nbmc> "
        assert 0.0 < bench.clock.now() - started < 0.1


def test_a_timeout_lets_lab_time_pass_and_returns_what_there_is(bench: Bench) -> None:
    with opened("sled1.bmc", timeout=7.5) as port:
        port.write(b"i")
        assert port.read(10) == b"i"
        assert bench.clock.now() == pytest.approx(7.5)


def test_zero_timeout_polls(bench: Bench) -> None:
    with opened("sled1.bmc", timeout=0) as port:
        port.write(b"id\n")
        assert port.in_waiting == 4
        assert port.read(100) == b"id\r\n"
        assert port.read(100) == b""
        assert bench.clock.now() == 0.0


def test_reset_input_buffer_drops_what_came(bench: Bench) -> None:
    with opened("sled1.bmc", timeout=1.0) as port:
        port.write(b"id\n")
        bench.clock.sleep(1.0)
        port.reset_input_buffer()
        assert port.in_waiting == 0
        port.write(b"\n")
        assert port.read_until(b"bmc> ") == b"\r\nbmc> "


def test_no_timeout_waits_for_a_whole_boot(bench: Bench) -> None:
    with opened("sled1.bmc", timeout=1.0) as bmc, opened("sled1.host", timeout=None) as host:
        bmc.write(b"host on\n")
        bmc.read_until(b"bmc> ")
        told = host.read_until(b"root@sled:~# ")
        assert told.startswith(b"boot ROM")
        assert bench.clock.now() == pytest.approx(300.0, abs=1.0)


def test_output_that_another_task_causes_is_seen_soon(bench: Bench) -> None:
    def press() -> None:
        bench.clock.sleep(100.0)
        bench.sled.host_on(bench.clock.now())

    def watch() -> tuple[bytes, float]:
        with opened("sled1.host", timeout=1000.0) as port:
            return port.read_until(b"boot ROM"), bench.clock.now()

    bench.clock.spawn(press, "press")
    told, at = bench.clock.spawn(watch, "watch").result()
    assert told == b"boot ROM"
    assert 100.6 <= at <= 130.1


def test_a_closed_port_says_so(bench: Bench) -> None:
    port = opened("sled1.bmc")
    port.close()
    with pytest.raises(serial.PortNotOpenError):
        port.read()
    with pytest.raises(serial.PortNotOpenError):
        port.write(b"x")
    port.open()
    assert port.is_open
    assert port.cts
    with pytest.raises(serial.SerialException, match="already open"):
        port.open()


def test_an_unknown_console_offers_the_nearest(bench: Bench) -> None:
    with pytest.raises(serial.SerialException, match=r"did you mean 'sled1.bmc'"):
        opened("sled1.bcm")


@pytest.mark.parametrize(
    "url", ["bringup://", "bringup://a.toml", "bringup://a.toml?port=", "bringup://a.toml?baud=1&port=x"]
)
def test_a_malformed_url_says_what_one_looks_like(bench: Bench, url: str) -> None:
    with pytest.raises(serial.SerialException, match="should read bringup://"):
        serial.serial_for_url(url)


def test_urls_carry_any_path_and_address() -> None:
    assert parse_serial_url(serial_url(STATION, "a/b ?&=1")) == (STATION, "a/b ?&=1")
