"""`i2ctransfer`: messages of one combined transaction, as `w2@0x60 0x00 0x01 w1 0x8b r3`.

Not simulated: `-b`, and the message flags for which an adapter needs protocol mangling, which it does not have.
Neighbours: `i2c_tools.py` calls it, `i2c_arguments.py` reads what the tools have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bringup.capabilities import I2cMessage, I2cRead, I2cWrite

from .i2c_arguments import ToolStoppedError, address_of, bus_of, bytes_in_words, leading_number, options
from .i2c_bus import BlockRead, BusHeldError, I2cSegment, NotAcknowledgedError

USAGE = "Usage: i2ctransfer [OPTIONS] I2CBUS DESC [DATA] [DESC [DATA]]..."
MOST_MESSAGES = 42
"""Of one I2C_RDWR call (Linux's i2c-dev interface)."""

_LONGEST = 0xFFFF
_NEEDS = {"i": "protocol mangling", "n": "protocol mangling", "p": "protocol mangling", "t": "protocol mangling"}
_LACKING = {**_NEEDS, "s": "repeated start skipping"}
_SUFFIXES = {"+": 1, "-": -1, "=": 0}

_Message = I2cMessage | BlockRead


@dataclass(frozen=True, slots=True)
class _Description:
    """`r3@0x60`: direction, length (None where the device says it), address."""

    reads: bool
    length: int | None
    address: int


def i2ctransfer(buses: Mapping[int, I2cSegment], at_s: float, words: Sequence[str]) -> list[str]:
    """What the tool prints for these arguments."""
    given, rest = options("i2ctransfer", "afhvVy", words, USAGE)
    if "V" in given:
        return ["i2ctransfer version 4.4"]
    if not rest:
        raise ToolStoppedError(USAGE)
    number, bus = bus_of(buses, rest[0])
    messages = _messages(rest[1:], every="a" in given)
    if "y" not in given:
        return _asking(number, messages)
    try:
        read = bus.transfer(at_s, messages)
    except NotAcknowledgedError:
        raise ToolStoppedError("Error: Sending messages failed: Remote I/O error") from None
    except BusHeldError:
        raise ToolStoppedError("Error: Sending messages failed: Connection timed out") from None
    return _printed(messages, read, verbose="v" in given)


def _messages(words: Sequence[str], *, every: bool) -> list[_Message]:
    """The messages that arguments describe; each description is followed by its data."""
    left = list(words)
    messages: list[_Message] = []
    address: int | None = None
    while left:
        if len(messages) == MOST_MESSAGES:
            raise ToolStoppedError(f"Error: Too many messages (max: {MOST_MESSAGES})")
        word = left.pop(0)
        try:
            described = _describe(word, address, every=every)
        except ToolStoppedError as stopped:
            raise ToolStoppedError(*stopped.lines, f"Error: faulty argument is '{word}'") from None
        address = described.address
        if described.length is None:
            messages.append(BlockRead(address))
        elif described.reads:
            messages.append(I2cRead(address, described.length))
        else:
            messages.append(I2cWrite(address, _data(left, described.length)))
    if not messages:
        raise ToolStoppedError("Error: Incomplete message")
    return messages


def _describe(word: str, address: int | None, *, every: bool) -> _Description:
    reads, rest = _direction(word)
    length: int | None = None
    if rest.startswith("?"):
        if not reads:
            raise ToolStoppedError("Error: variable length not allowed with write")
        rest = rest[1:]
    else:
        length, rest = leading_number(rest)
        if length is None or not 0 <= length <= _LONGEST:
            raise ToolStoppedError("Error: Length invalid")
    if rest and not rest.startswith("@"):
        raise ToolStoppedError("Error: Unknown separator after length")
    if rest:
        address = address_of(rest[1:], every=every)
    if address is None:
        raise ToolStoppedError("Error: No address given")
    return _Description(reads, length, address)


def _direction(word: str) -> tuple[bool, str]:
    """Whether a description reads, and what stands behind its letter."""
    letter, rest = word[:1], word[1:]
    if letter in _LACKING:
        raise ToolStoppedError(f"Error: Adapter does not have {_LACKING[letter]} capability")
    if letter in {"r", "w"}:
        return letter == "r", rest
    if letter and letter not in "0123456789?@":
        raise ToolStoppedError(f"Error: Unknown flag '{letter}'")
    raise ToolStoppedError("Error: Missing direction flag 'r' or 'w'")


def _data(left: list[str], length: int) -> bytes:
    """Take the bytes of a written message from the arguments that are left."""
    data = bytearray()
    while len(data) < length:
        if not left:
            raise ToolStoppedError("Error: Incomplete message")
        word = left.pop(0)
        value, suffix = leading_number(word)
        faulty = f"Error: faulty argument is '{word}'"
        if value is None or not 0 <= value <= 0xFF:
            raise ToolStoppedError("Error: Invalid data byte", faulty)
        data.append(value)
        if suffix and len(data) <= length and suffix[0] not in {*_SUFFIXES, "p"}:
            raise ToolStoppedError("Error: Invalid data byte suffix", faulty)
        while suffix and len(data) < length:
            value = _next(value, suffix[0])
            data.append(value)
    return bytes(data)


def _next(value: int, suffix: str) -> int:
    """The byte that a suffix lets follow: the same, one more, one less, or a pseudo-random one."""
    if suffix == "p":
        mixed = ((value ^ 27) + 13) & 0xFF
        return (mixed << 1 | mixed >> 7) & 0xFF
    return (value + _SUFFIXES[suffix]) & 0xFF


def _printed(messages: Sequence[_Message], read: Sequence[bytes], *, verbose: bool) -> list[str]:
    brought = iter(read)
    lines = []
    for number, message in enumerate(messages):
        reads = not isinstance(message, I2cWrite)
        data = message.data if isinstance(message, I2cWrite) else next(brought)
        if isinstance(message, BlockRead) and (not data[0] or len(data) != 1 + data[0]):
            raise ToolStoppedError("Error: Sending messages failed: Protocol error")
        if verbose:
            lines.append(_header(number, message, len(data)) + (f", buf {bytes_in_words(data)}" if data else ""))
        elif reads and data:
            lines.append(bytes_in_words(data))
    return lines


def _header(number: int, message: _Message, length: int) -> str:
    direction = "write" if isinstance(message, I2cWrite) else "read"
    return f"msg {number}: addr 0x{message.address:02x}, {direction}, len {length}"


def _asking(bus: int, messages: Sequence[_Message]) -> list[str]:
    """What it says before it would send, to nobody."""
    lines = [
        "WARNING! This program can confuse your I2C bus, cause data loss and worse!",
        f"I will send the following messages to device file /dev/i2c-{bus}:",
    ]
    for number, message in enumerate(messages):
        if isinstance(message, I2cWrite):
            data = message.data
            lines.append(_header(number, message, len(data)) + (f", buf {bytes_in_words(data)}" if data else ""))
        elif isinstance(message, I2cRead):
            lines.append(_header(number, message, message.length))
        else:
            lines.append(f"msg {number}: addr 0x{message.address:02x}, read, len TBD")
    return [*lines, "Continue? [y/N] Aborting on user request."]
