"""I2C buses behind an instrument, such as a management controller's: what is said on them is one transaction.

Neighbours: `bringup.regulators` speaks PMBus over it, a driver carries the messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..errors import InstrumentError
from .instrument import Instrument


class NotAcknowledged(InstrumentError):
    """Nobody acknowledged an address or a byte: the device is not there, without power, or refuses what was sent."""


@dataclass(frozen=True, slots=True)
class I2cWrite:
    """Bytes written to a device.

    Attributes:
        address: of seven bits.
        data: behind the address.
    """

    address: int
    data: bytes


@dataclass(frozen=True, slots=True)
class I2cRead:
    """Bytes read from a device.

    Attributes:
        address: of seven bits.
        length: how many bytes.
    """

    address: int
    length: int


I2cMessage = I2cWrite | I2cRead


@runtime_checkable
class I2cBus(Instrument, Protocol):
    """I2C buses, by number.

    Bytes are carried as they are: no limit of station or product is looked at here. Whoever sets volts does it by
    `bringup.regulators.Regulator`, which does look.
    """

    def transfer(self, bus: int, *messages: I2cMessage) -> tuple[bytes, ...]:
        """Carry out messages as one transaction, with repeated starts between them and nobody else in between.

        Returns:
            What each reading message brought, in their order.

        Raises:
            NotAcknowledged: an address or a byte was not acknowledged; what came before it may have been done.
            InstrumentError: the bus does not exist, or the messages cannot be sent.
        """

    def scan(self, bus: int) -> tuple[int, ...]:
        """The addresses that answer on a bus, ascending.

        Probes every address: a write of no byte, or a read of one where that is safer. It may confuse a device
        that is not made for it, so it is for boards whose devices are known.
        """
