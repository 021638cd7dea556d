"""A sled of the shipped product whose regulators are talked to as a client of the bus would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bringup.capabilities import I2cRead, I2cWrite, Identity
from bringup.files.product import load_product
from bringup.pmbus import SHAPES, Command, pec
from bringup_instruments.models.sled_bmc import SledBmc
from bringup_instruments.physics import CoolantLoop, SledPhysics
from bringup_instruments.product_parameters import sled_parameters
from bringup_instruments.world import Source

PRODUCT = load_product(Path(__file__).parents[2] / "test_plans" / "products" / "liquid-sled.toml")
ON, OFF = Source(54.0, 100.0, on=True), Source(54.0, 100.0, on=False)
CORE_BUS, CORE, STANDBY_BUS, STANDBY = 4, 0x60, 1, 0x40


class RegulatorBench:
    """The product's sled with its controller; `Regulator` takes it as an `I2cBus`."""

    def __init__(self) -> None:
        self.sled = SledPhysics("SN-9", sled_parameters(PRODUCT), CoolantLoop())
        self.now = 0.0
        self.bmc = SledBmc(self.sled)
        self.sled.load.feed(0.0, ON)
        self.now = 1.0

    def transfer(self, bus: int, *messages: Any) -> tuple[bytes, ...]:
        """One transaction, straight on the wires."""
        return tuple(self.bmc.buses[bus].transfer(self.now, messages))

    def scan(self, bus: int) -> tuple[int, ...]:
        return tuple(a for a in range(8, 0x78) if self.bmc.buses[bus].probe(self.now, a, by_reading=False))

    def identify(self) -> Identity:
        return Identity("bench", "bus", "1", "1")

    def close(self) -> None:
        """Nothing is held."""

    def power_up(self) -> None:
        """Every rail on, in order."""
        for rail in self.sled.parameters.rails:
            self.sled.rail_on(self.now, rail.name)
            self.now += 0.1

    def power_cycle(self) -> None:
        self.sled.load.feed(self.now, OFF)
        self.now += 5.0
        self.sled.load.feed(self.now, ON)
        self.now += 5.0

    # One command each, of the core regulator of chip 0 unless told otherwise.

    def write(self, command: Command, value: int | None = None, *, spoil: int = 0, address: int = CORE) -> None:
        data = b"" if value is None else value.to_bytes(SHAPES[command].value or 0, "little")
        sent = bytes([command]) + data
        code = pec(bytes([address << 1]), sent) ^ spoil
        self.transfer(CORE_BUS if address == CORE else STANDBY_BUS, I2cWrite(address, sent + bytes([code])))

    def read(self, command: Command, address: int = CORE) -> int:
        length = SHAPES[command].value or 0
        bus = CORE_BUS if address == CORE else STANDBY_BUS
        (data,) = self.transfer(bus, I2cWrite(address, bytes([command])), I2cRead(address, length + 1))
        assert data[-1] == pec(bytes([address << 1, command, address << 1 | 1]), data[:-1]), command
        return int.from_bytes(data[:-1], "little")

    def ask(self, line: str) -> list[str]:
        """Type a line at the controller's console."""
        self.bmc.receive(self.now, line.encode() + b"\n")
        text = ""
        while (due := self.bmc.next_at(self.now)) is not None:
            self.now = max(self.now, due)
            text += self.bmc.transmit(self.now).decode()
        assert text.startswith(line + "\r\n")
        return text[len(line) : -len("bmc> ")].split("\r\n")[1:-1]
