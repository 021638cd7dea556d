"""An I2C bus of a simulated controller: who is on it, and a transaction from START to STOP.

Neighbours: `i2c_tools.py` and its like make transactions of command lines, `pmbus_device.py` is what answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bringup.capabilities import I2cMessage, I2cRead, I2cWrite

from ..physics import SledPhysics
from .pmbus_device import PmbusDevice

CONTROLLERS = 16
"""I2C controllers of a management controller (of the ASPEED AST2600; public datasheet)."""


class NotAcknowledgedError(Exception):
    """Nobody answers to an address, or a byte was refused."""


class BusHeldError(Exception):
    """Another device holds the clock line low; the controller gives up."""


@dataclass(frozen=True, slots=True)
class BlockRead:
    """A read whose first byte says how many follow (SMBus 3.1, 6.5.7)."""

    address: int


class Slave(Protocol):
    """A device at an address."""

    @property
    def holds_until_s(self) -> float:
        """Until when it lets nobody else on the bus."""

    def answers(self, at_s: float) -> bool:
        """Whether it acknowledges its address."""

    def write(self, at_s: float, data: bytes) -> int:
        """Take bytes; how many of them it acknowledges."""

    def read(self, at_s: float, length: int | None) -> bytes:
        """Give `length` bytes, or as many more as the first one says."""

    def stop(self, at_s: float) -> None:
        """The transaction is over."""


class I2cSegment:
    """One bus.

    Args:
        slaves: by address.
    """

    def __init__(self, slaves: Mapping[int, Slave]) -> None:
        self._slaves = slaves

    def transfer(self, at_s: float, messages: Iterable[I2cMessage | BlockRead]) -> list[bytes]:
        """Carry out messages with repeated starts between them; what each reading one brought.

        Raises:
            NotAcknowledgedError: the transaction ended there; what came before it has been done.
            BusHeldError: likewise.
        """
        touched: list[Slave] = []
        read: list[bytes] = []
        try:
            for message in messages:
                if any(one.holds_until_s > at_s for address, one in self._slaves.items() if address != message.address):
                    raise BusHeldError
                slave = self._slaves.get(message.address)
                if slave is None or not slave.answers(at_s):
                    raise NotAcknowledgedError
                if slave not in touched:
                    touched.append(slave)
                if isinstance(message, I2cRead | BlockRead):
                    length = message.length if isinstance(message, I2cRead) else None
                    read.append(slave.read(at_s, length))
                elif slave.write(at_s, message.data) < len(message.data):
                    raise NotAcknowledgedError
        finally:
            for slave in touched:
                slave.stop(at_s)
        return read

    def probe(self, at_s: float, address: int, *, by_reading: bool) -> bool:
        """Whether somebody acknowledges an address, found by a write of nothing or by the read of a byte."""
        message = I2cRead(address, 1) if by_reading else I2cWrite(address, b"")
        try:
            self.transfer(at_s, [message])
        except (NotAcknowledgedError, BusHeldError):
            return False
        return True


def buses_of(sled: SledPhysics) -> Mapping[int, I2cSegment]:
    """The buses of a sled's management controller, by number, with all its regulators.

    A call makes the devices anew, so one controller calls it once.
    """
    devices = [(regulator.bus, PmbusDevice(sled, regulator)) for regulator in sled.regulators]
    numbers = sorted({*range(CONTROLLERS), *(bus for bus, _ in devices)})
    return {number: _segment([device for bus, device in devices if bus == number]) for number in numbers}


def _segment(devices: Sequence[PmbusDevice]) -> I2cSegment:
    return I2cSegment({device.address: device for device in devices})
