"""Regulators behind the controller's console, by the real driver: in process, on a bad line, and served on a pty."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import I2cRead, I2cWrite, NotAcknowledged
from bringup.errors import BadReply, InstrumentError, NoReply
from bringup.regulators import regulators_of
from bringup_instruments.models.sled_bmc import SledBmc
from bringup_instruments.physics import SledPhysics
from bringup_instruments.product_parameters import sled_parameters
from bringup_instruments.world import Source

from .full_bench import FACTS, InProcess, Served

BMC = "bringup sled BMC console"
PRODUCT = FACTS.products["S1"]


def work(bus: Any) -> None:
    """What the first hour of a sled asks of its regulators, with 54 V and the standby rails alone."""
    regulators = regulators_of(bus, PRODUCT)
    for number in range(4, 8):
        assert bus.scan(number) == (0x60, 0x61, 0x62)
    standby, core = regulators["vr_standby"], regulators["vr_core.2"]
    assert standby.read(0).volts.value == pytest.approx(3.3, rel=0.03)
    assert standby.read(1).volts.value == pytest.approx(1.8, rel=0.03)
    assert standby.status(0).power_good
    assert core.status(0).is_off
    assert core.config().crc == 0x5A3C91F7
    assert core.black_box() is None
    assert core.set_volts(0, 0.752).value == 0.751953125
    assert bus.read_rail("vdd_core.2")[0].set_volts == pytest.approx(0.7520, abs=1e-4)
    assert bus.read_rail("vdd_core.1")[0].set_volts == 0.75
    assert [phase.value for phase in core.phases(0, invasive=True)] == [0.0] * 12
    core.set_volts(0, 0.75)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if not hasattr(os, "openpty"):
        pytest.skip("this system has no ptys")
    bench = Served(tmp_path_factory.mktemp("regulators"))
    yield bench
    bench.close()


def standby(supply: Any) -> None:
    supply.configure(volts=54.0, amps=2.0, over_volts=60.0)
    supply.output_on()


def test_in_process() -> None:
    here = InProcess()
    standby(here.driver("supply"))
    here.sleep(5.0)
    try:
        work(here.driver("bmc"))
    finally:
        here.close()


@pytest.mark.xdist_group("full bench served")
def test_served_on_a_pty(there: Served) -> None:
    standby(there.driver("supply", "hislip"))
    there.sleep(20.0)
    bmc = there.driver("bmc", "pty")
    try:
        work(bmc)
    finally:
        bmc.close()


# On a line that damages what passes.


@pytest.fixture
def bmc(bench: Any) -> Any:
    bench.sled = SledPhysics("SL-0041", sled_parameters(PRODUCT), bench.loop)
    bench.sled.load.feed(0.0, Source(54.0, 80.0, on=True))
    bench.wires[BMC].console = SledBmc(bench.sled)
    bench.clock.sleep(2.0)
    driver = hooks.drivers()[BMC].open(bench.connection(BMC))
    yield driver
    driver.close()


NOISE: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda data: bytes(0x80 | byte for byte in data),
    "half a line": lambda data: data[: len(data) // 2],
    "a byte lost": lambda data: re.sub(rb"(?m)^0x[0-9a-f]{2} ", b"", data),
    "a digit lost": lambda data: re.sub(rb"(?m)^(0x[0-9a-f])[0-9a-f]", rb"\1", data),
    "a line lost": lambda data: re.sub(rb"(?m)^0x14\r\n", b"", data),
    "a kernel's word": lambda data: re.sub(rb"(?m)^0x", b"aspeed-i2c-bus: timeout\r\n0x", data),
    "no prompt": lambda data: data.replace(b"bmc> ", b""),
}


@pytest.mark.parametrize("spoil", list(NOISE.values()), ids=list(NOISE))
def test_noise_never_becomes_bytes(spoil: Callable[[bytes], bytes], bench: Any, bmc: Any) -> None:
    asking = (I2cWrite(0x60, b"\x20"), I2cRead(0x60, 1), I2cWrite(0x60, b"\x21"), I2cRead(0x60, 2))
    good = bmc.transfer(4, *asking)
    assert good == (b"\x14", b"\x00\x0c")
    bench.wires[BMC].spoil = spoil
    with pytest.raises((BadReply, NoReply), match=r"it \(bringup sled BMC console at serial:bmc\)"):
        bmc.transfer(4, *asking)
    bench.wires[BMC].spoil = lambda data: data
    assert bmc.transfer(4, *asking) == good


GRIDS: dict[str, Callable[[bytes], bytes]] = {
    "no header": lambda data: re.sub(rb"(?m)^ +0  1[^\n]*\n", b"", data),
    "a row lost": lambda data: re.sub(rb"(?m)^30:[^\n]*\n", b"", data),
    "a wrong number": lambda data: data.replace(b"61", b"69"),
    "a cell too many": lambda data: data.replace(b"60: 60", b"60: 60 60"),
    "another's answer": lambda data: re.sub(rb"(?s) +0  1.*70:[^\n]*\n", b"0x14\r\n", data),
}


@pytest.mark.parametrize("spoil", list(GRIDS.values()), ids=list(GRIDS))
def test_a_grid_that_is_none_never_becomes_addresses(spoil: Callable[[bytes], bytes], bench: Any, bmc: Any) -> None:
    assert bmc.scan(4) == (0x60, 0x61, 0x62)
    bench.wires[BMC].spoil = spoil
    with pytest.raises(BadReply):
        bmc.scan(4)


def test_a_device_that_a_kernel_driver_holds_is_there(bench: Any, bmc: Any) -> None:
    bench.wires[BMC].spoil = lambda data: data.replace(b" 61 ", b" UU ")
    assert bmc.scan(4) == (0x60, 0x61, 0x62)


@pytest.mark.parametrize("said", ["No such device or address", "Input/output error", "Remote I/O error"])
def test_every_way_to_say_that_nobody_acknowledged(said: str, bench: Any, bmc: Any) -> None:
    bench.wires[BMC].spoil = lambda data: data.replace(b"Remote I/O error", said.encode())
    with pytest.raises(NotAcknowledged, match=said):
        bmc.transfer(4, I2cRead(0x50, 1))


def test_another_error_of_the_tools_is_told(bench: Any, bmc: Any) -> None:
    with pytest.raises(InstrumentError, match="Could not open file"):
        bmc.scan(99)
    bench.wires[BMC].spoil = lambda data: data.replace(b"Remote I/O error", b"Connection timed out")
    with pytest.raises(InstrumentError, match="Connection timed out") as told:
        bmc.transfer(4, I2cRead(0x50, 1))
    assert not isinstance(told.value, NotAcknowledged)


@pytest.mark.parametrize(
    ("bus", "messages"),
    [
        (4, ()),
        (-1, (I2cRead(0x60, 1),)),
        (4, (I2cRead(0x78, 1),)),
        (4, (I2cRead(0x07, 1),)),
        (4, (I2cRead(0x60, 0),)),
        (4, (I2cRead(0x60, 1),) * 43),
        (4, (I2cWrite(0x60, bytes(64)),)),
    ],
)
def test_what_cannot_be_typed_is_not_sent(bench: Any, bmc: Any, bus: int, messages: tuple[Any, ...]) -> None:
    bench.wires[BMC].heard.clear()
    with pytest.raises(InstrumentError, match="nothing was sent"):
        bmc.transfer(bus, *messages)
    assert not bench.wires[BMC].heard
