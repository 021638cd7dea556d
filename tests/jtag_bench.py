"""One sled and a JTAG probe on its scan chain, for tests: in process, on virtual time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import TapLayout
from bringup.files.product import Product, load_product
from bringup.hooks import Connection
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.openocd import OpenOcd
from bringup_instruments.physics import CoolantLoop, SledPhysics
from bringup_instruments.product_parameters import sled_parameters
from bringup_instruments.wires.serial_handler import register, serial_url
from bringup_instruments.world import Console, Source

PRODUCT: Product = load_product(Path(__file__).parents[1] / "test_plans" / "products" / "liquid-sled.toml")
MODEL, ADDRESS = "OpenOCD TCL server", "serial:probe"


def new_sled(serial_number: str = "SL-0041") -> SledPhysics:
    return SledPhysics(serial_number, sled_parameters(PRODUCT), CoolantLoop())


def power_up(sled: SledPhysics, at_s: float = 1.0) -> float:
    """54 V and every rail; the lab time at which they are there."""
    sled.feed(at_s, Source(54.0, 80.0, True))
    for place, rail in enumerate(sled.parameters.rails):
        sled.rail_on(at_s + 0.1 * (place + 1), rail.name)
    return at_s + 0.1 * (len(sled.parameters.rails) + 1)


class SpoiltConsole:
    """A console that can be made to say other things, and is listened to."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.heard = bytearray()
        self.spoil: Callable[[bytes], bytes] = lambda data: data

    def receive(self, at_s: float, data: bytes) -> None:
        self.heard += data
        self.console.receive(at_s, data)

    def transmit(self, at_s: float) -> bytes:
        return self.spoil(self.console.transmit(at_s))

    def next_at(self, at_s: float) -> float | None:
        return self.console.next_at(at_s)


class ProbeBench:
    """The bench; the lab that the driver sees, too."""

    visa_library = ""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.sled = new_sled()
        self.wire = SpoiltConsole(OpenOcd(self.sled))
        self.consoles: Mapping[str, Console] = {ADDRESS: self.wire}

    def serial_url(self, address: str) -> str:
        return serial_url(Path("probe.toml"), address)

    def http_transport(self) -> None:
        return None

    def close(self) -> None:
        """Nothing is held."""

    def power(self) -> None:
        self.clock.sleep(max(0.0, power_up(self.sled, self.clock.now()) - self.clock.now()))

    def driver(self, chain: tuple[TapLayout, ...] = PRODUCT.scan_chain) -> Any:
        return hooks.drivers()[MODEL].open(Connection("probe", MODEL, ADDRESS, self, scan_chain=chain))


@contextmanager
def probe_bench() -> Iterator[ProbeBench]:
    """A bench whose console pyserial finds under `bringup://`."""
    bench = ProbeBench()
    register()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "bringup_instruments.lab", SimpleNamespace(open_lab=lambda station: bench))
        yield bench
