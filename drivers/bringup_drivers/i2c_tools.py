"""I2C through Linux's i2c-tools, typed at a management controller's console: one command line is one transaction.

Neighbours: `sled_bmc.py` lends its console, `console_session.py` types. What the tools print is that of i2c-tools 3.1
and later; whatever begins with "Error:" or is of another form becomes an error and never a byte.
"""

from __future__ import annotations

import re

from bringup.capabilities import I2cMessage, I2cRead, I2cWrite, NotAcknowledged
from bringup.errors import InstrumentError

from .console_session import LONGEST_LINE, ConsoleSession
from .replies import ReplyMistake

MOST_MESSAGES = 42
"""Of one transaction (Linux's i2c-dev interface)."""

HIGHEST_ADDRESS = 0x77
LOWEST_ADDRESS = 0x08
"""Outside of them addresses are reserved (UM10204, section 3.1.12)."""

_NOT_ACKNOWLEDGED = re.compile(
    r"Error: Sending messages failed: (Remote I/O error|No such device or address|Input/output error)"
)
_BYTES = re.compile(r"0x[0-9a-f]{2}(?: 0x[0-9a-f]{2})*")
_HEADER = re.compile(r"\s+0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f")
_ROW = re.compile(r"([0-7])0:((?: (?:  |--|UU|[0-9a-f]{2})){0,16})")


class I2cTools:
    """`I2cBus` over a console that has i2c-tools."""

    def __init__(self, console: ConsoleSession) -> None:
        self._console = console

    def transfer(self, bus: int, *messages: I2cMessage) -> tuple[bytes, ...]:
        """Carry out messages as one `i2ctransfer`; see `I2cBus.transfer`."""
        line = f"i2ctransfer -y {self._bus(bus)} " + " ".join(self._typed(message) for message in messages)
        if not messages or len(messages) > MOST_MESSAGES or len(line) >= LONGEST_LINE:
            what = f"{len(messages)} messages in {len(line)} characters"
            raise InstrumentError(
                f"{self._console.where}: {what} are no transaction that can be typed (1 … {MOST_MESSAGES} messages, "
                f"below {LONGEST_LINE} characters); nothing was sent"
            )
        lengths = [message.length for message in messages if isinstance(message, I2cRead)]
        lines = self._ask(line)
        try:
            return _read(lines, lengths)
        except ReplyMistake as mistake:
            raise self._console.bad_reply(line, lines, mistake) from None

    def scan(self, bus: int) -> tuple[int, ...]:
        """The addresses that answer, by `i2cdetect`."""
        line = f"i2cdetect -y {self._bus(bus)}"
        lines = self._ask(line)
        try:
            return _found(lines)
        except ReplyMistake as mistake:
            raise self._console.bad_reply(line, lines, mistake) from None

    def _ask(self, line: str) -> list[str]:
        lines = self._console.ask(line)
        wrong = next((text for text in lines if text.startswith(("Error:", "Usage:", "Warning:"))), None)
        if wrong is None:
            return lines
        kind = NotAcknowledged if _NOT_ACKNOWLEDGED.fullmatch(wrong) else InstrumentError
        raise kind(f"{self._console.where}: {line!r}: {wrong}")

    def _bus(self, bus: int) -> int:
        if not 0 <= bus <= 0xFFFFF:
            raise InstrumentError(f"{self._console.where}: {bus} is no I2C bus; nothing was sent")
        return bus

    def _typed(self, message: I2cMessage) -> str:
        if not LOWEST_ADDRESS <= message.address <= HIGHEST_ADDRESS:
            what = f"0x{message.address:02x} is no I2C address (0x{LOWEST_ADDRESS:02x} … 0x{HIGHEST_ADDRESS:02x})"
            raise InstrumentError(f"{self._console.where}: {what}; nothing was sent")
        if isinstance(message, I2cWrite):
            data = "".join(f" 0x{byte:02x}" for byte in message.data)
            return f"w{len(message.data)}@0x{message.address:02x}{data}"
        if message.length < 1:
            raise InstrumentError(f"{self._console.where}: a read brings one byte at least; nothing was sent")
        return f"r{message.length}@0x{message.address:02x}"


def _read(lines: list[str], lengths: list[int]) -> tuple[bytes, ...]:
    """What each reading message brought: a line for each."""
    if len(lines) != len(lengths) or not all(map(_BYTES.fullmatch, lines)):
        raise ReplyMistake(f"not {len(lengths)} lines of bytes")
    read = tuple(bytes(int(word, 16) for word in line.split()) for line in lines)
    if [len(data) for data in read] != lengths:
        raise ReplyMistake(f"not the {lengths} bytes that were asked for")
    return read


def _found(lines: list[str]) -> tuple[int, ...]:
    """The addresses in `i2cdetect`'s grid; one that a kernel driver holds ("UU") is there too."""
    rows = [_ROW.fullmatch(_padded(line)) for line in lines[1:]]
    if len(rows) != 8 or not _HEADER.fullmatch(lines[0]):
        raise ReplyMistake("not the grid of i2cdetect")
    found = []
    for number, row in enumerate(rows):
        if row is None or int(row[1], 16) != number:
            raise ReplyMistake(f"not row {number:x}0 of the grid")
        for column, cell in enumerate(re.findall(r" (..)", row[2])):
            address = number * 16 + column
            if cell not in {"  ", "--", "UU", f"{address:02x}"}:
                raise ReplyMistake(f"{cell!r} stands at 0x{address:02x}")
            if cell.strip("- "):
                found.append(address)
    return tuple(found)


def _padded(line: str) -> str:
    """A row of the grid with the blanks that a console strips from its end."""
    return line if len(line) % 3 == 0 else line + " " * (3 - len(line) % 3)
