"""PMBus transactions with one device: page, command, packet error codes, all in one go on the bus.

Neighbours: `regulators.py` says what to ask, `pmbus/` has the words, an `I2cBus` carries the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from .capabilities import I2cBus, I2cMessage, I2cRead, I2cWrite
from .errors import BadReply
from .pmbus import SHAPES, Command, Shape, pec
from .pmbus.commands import ALL_PHASES

T = TypeVar("T")

LONGEST_BLOCK = 255
"""Bytes of a block (SMBus 3.1, 6.5.7)."""


class _DamagedError(Exception):
    """An answer whose code is wrong, or of another page."""


class PmbusLink:
    """One device at its address.

    Args:
        bus: that carries messages.
        where: the device as messages name it.
        number: of the I2C bus.
        address: of seven bits.
    """

    def __init__(self, bus: I2cBus, where: str, number: int, address: int) -> None:
        self.where = where
        self._bus = bus
        self._number = number
        self._address = address

    def read(self, page: int, *commands: Command) -> tuple[int, ...]:
        """Bytes and words of one page, read in one transaction and so at one moment.

        Raises:
            BadReply: the answer was damaged, or came from another page, twice.
        """

        def once() -> tuple[int, ...]:
            reading = [message for command in commands for message in self._reading(command)]
            answers = self._on_page(page, reading)
            return tuple(self._value(command, data) for command, data in zip(commands, answers, strict=True))

        return self._twice(once, ", ".join(command.name for command in commands))

    def read_phase(self, page: int, phase: int, command: Command) -> int:
        """A word of one phase; PHASE is back at all of them when the transaction ends.

        Raises:
            BadReply: as `read`.
        """

        def once() -> int:
            before, after = self._writing(Command.PHASE, phase), self._writing(Command.PHASE, ALL_PHASES)
            (data,) = self._on_page(page, [before, *self._reading(command), after])
            return self._value(command, data)

        return self._twice(once, f"{command.name} of phase {phase}")

    def write(self, page: int, command: Command, value: int | None = None) -> int | None:
        """Write a byte or word to one page, or send a command without data; what it reads back in the same transaction.

        Raises:
            NotAcknowledged: the device refused it.
            BadReply: what was read back was damaged, or came from another page; the value may have been taken.
        """

        def once() -> int | None:
            if value is None:
                self._on_page(page, [self._writing(command)])
                return None
            (data,) = self._on_page(page, [self._writing(command, value), *self._reading(command)])
            return self._value(command, data)

        return self._twice(once, command.name)

    def block(self, command: Command, length: int | None = None) -> bytes:
        """A block: its count first, then the whole of it.

        Args:
            command: of a block that all pages share.
            length: that it must have, if that is known.

        Raises:
            BadReply: it was damaged twice, or has another length.
        """

        def once() -> bytes:
            asking = I2cWrite(self._address, bytes([command]))
            ((count,),) = self._bus.transfer(self._number, asking, I2cRead(self._address, 1))
            reading = I2cRead(self._address, count + 2)
            (data,) = self._bus.transfer(self._number, asking, reading)
            body = self._checked(command, data)
            if body[0] != count or (length is not None and count != length):
                raise _DamagedError(f"{command.name} says {body[0]} bytes after {count}, wanted {length or 'as many'}")
            return body[1:]

        return self._twice(once, command.name)

    def bad_reply(self, what: str, data: bytes, mistake: object) -> BadReply:
        """The error for an answer that arrived whole and yet cannot be."""
        return BadReply(f"{self.where}: {what} reads {data.hex(' ')}: {mistake}")

    def _twice(self, once: Callable[[], T], what: str) -> T:
        """Try again what was damaged on the bus, once: everything that is done so may be done twice."""
        try:
            return once()
        except _DamagedError:
            pass
        try:
            return once()
        except _DamagedError as damaged:
            raise BadReply(f"{self.where}: {what}: {damaged}, and so the first time") from None

    def _on_page(self, page: int, messages: Sequence[I2cMessage]) -> tuple[bytes, ...]:
        """Messages on a page, which is read back behind them: a device that is protected keeps the one that it has."""
        choosing = self._writing(Command.PAGE, page)
        read = self._bus.transfer(self._number, choosing, *messages, *self._reading(Command.PAGE))
        *answers, chosen = read
        there = self._value(Command.PAGE, chosen)
        if there != page:
            raise _DamagedError(f"page {there} answers where page {page} was chosen")
        return tuple(answers)

    def _reading(self, command: Command) -> tuple[I2cMessage, I2cMessage]:
        length = 2 if SHAPES[command] is Shape.BYTE else 3
        return I2cWrite(self._address, bytes([command])), I2cRead(self._address, length)

    def _writing(self, command: Command, value: int | None = None) -> I2cWrite:
        data = b"" if value is None else value.to_bytes(SHAPES[command].value or 0, "little")
        sent = bytes([command]) + data
        return I2cWrite(self._address, sent + bytes([pec(bytes([self._address << 1]), sent)]))

    def _value(self, command: Command, data: bytes) -> int:
        return int.from_bytes(self._checked(command, data), "little")

    def _checked(self, command: Command, data: bytes) -> bytes:
        """An answer without its packet error code, which has to be right."""
        address = self._address << 1
        wanted = pec(bytes([address, command, address | 1]), data[:-1])
        if data[-1] != wanted:
            raise _DamagedError(f"{command.name} came as {data.hex(' ')}, whose error code would be {wanted:02x}")
        return data[:-1]
