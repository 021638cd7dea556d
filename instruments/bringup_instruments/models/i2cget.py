"""`i2cget` and `i2cset`: one byte or word of a device, with a packet error code where the mode ends in `p`.

Modes b, w and c, as every release has them; not simulated are blocks, `-m` and `-r`. Without `-y` they ask nobody
and do nothing. Neighbours: `i2c_tools.py` calls them, `i2ctransfer.py` can do the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bringup.capabilities import I2cMessage, I2cRead, I2cWrite
from bringup.pmbus import pec

from .i2c_arguments import ToolStoppedError, address_of, bus_of, options, whole_number
from .i2c_bus import BusHeldError, I2cSegment, NotAcknowledgedError

GET_USAGE = "Usage: i2cget [-f] [-y] [-a] I2CBUS CHIP-ADDRESS [DATA-ADDRESS [MODE]]"
SET_USAGE = "Usage: i2cset [-f] [-y] [-a] I2CBUS CHIP-ADDRESS DATA-ADDRESS [VALUE [MODE]]"
_LENGTHS = {"b": 1, "w": 2, "c": 1}


def i2cget(buses: Mapping[int, I2cSegment], at_s: float, words: Sequence[str]) -> list[str]:
    """What the tool prints for these arguments."""
    given, rest = options("i2cget", "Vafhy", words, GET_USAGE)
    if "V" in given:
        return ["i2cget version 4.4"]
    if not 2 <= len(rest) <= 4:
        raise ToolStoppedError(GET_USAGE)
    _, bus = bus_of(buses, rest[0])
    address = address_of(rest[1], every="a" in given)
    command = _byte(rest[2], GET_USAGE) if len(rest) > 2 else None
    mode = rest[3] if len(rest) > 3 else "b" if command is not None else "c"
    length, checked = _mode(mode, GET_USAGE)
    _confirmed(given)
    try:
        data = _read(bus, at_s, address, command, length + checked, apart=mode.startswith("c"))
    except (NotAcknowledgedError, BusHeldError):
        raise ToolStoppedError("Error: Read failed") from None
    sent = b"" if command is None or mode.startswith("c") else bytes([address << 1, command])
    if checked and data[-1] != pec(sent, bytes([address << 1 | 1]), data[:-1]):
        raise ToolStoppedError("Error: Read failed")
    return [f"0x{int.from_bytes(data[:length], 'little'):0{2 * length}x}"]


def i2cset(buses: Mapping[int, I2cSegment], at_s: float, words: Sequence[str]) -> list[str]:
    """What the tool prints for these arguments: nothing when all is well."""
    given, rest = options("i2cset", "Vafhy", words, SET_USAGE)
    if "V" in given:
        return ["i2cset version 4.4"]
    if not 3 <= len(rest) <= 5:
        raise ToolStoppedError(SET_USAGE)
    _, bus = bus_of(buses, rest[0])
    address = address_of(rest[1], every="a" in given)
    data, checked = _written(rest)
    _confirmed(given)
    if checked:
        data += bytes([pec(bytes([address << 1]), data)])
    try:
        bus.transfer(at_s, [I2cWrite(address, data)])
    except (NotAcknowledgedError, BusHeldError):
        raise ToolStoppedError("Error: Write failed") from None
    return []


def _written(rest: Sequence[str]) -> tuple[bytes, bool]:
    """The bytes that the arguments of a write mean, and whether a packet error code follows them."""
    command = bytes([_byte(rest[2], SET_USAGE)])
    if len(rest) == 3 or (len(rest) == 4 and rest[3] in {"c", "cp"}):
        return command, len(rest) == 4 and rest[3] == "cp"
    mode = rest[4] if len(rest) == 5 else "b"
    if mode not in {"b", "bp", "w", "wp"}:
        raise ToolStoppedError(f"Error: Invalid mode '{mode}'!", SET_USAGE)
    length = _LENGTHS[mode[0]]
    value = whole_number(rest[3])
    if value is None or value < 0:
        raise ToolStoppedError("Error: Data value invalid!", SET_USAGE)
    if value >= 1 << 8 * length:
        raise ToolStoppedError("Error: Data value out of range!", SET_USAGE)
    return command + value.to_bytes(length, "little"), mode.endswith("p")


def _read(bus: I2cSegment, at_s: float, address: int, command: int | None, length: int, *, apart: bool) -> bytes:
    reading: list[I2cMessage] = [I2cRead(address, length)]
    if command is not None:
        writing = I2cWrite(address, bytes([command]))
        if apart:
            bus.transfer(at_s, [writing])
        else:
            reading.insert(0, writing)
    return bus.transfer(at_s, reading)[0]


def _byte(text: str, usage: str) -> int:
    value = whole_number(text)
    if value is None or not 0 <= value <= 0xFF:
        raise ToolStoppedError("Error: Data address invalid!", usage)
    return value


def _mode(mode: str, usage: str) -> tuple[int, bool]:
    if mode[:1] not in _LENGTHS:
        raise ToolStoppedError("Error: Invalid mode!", usage)
    return _LENGTHS[mode[0]], mode[1:2] == "p"


def _confirmed(given: set[str]) -> None:
    if "y" not in given:
        raise ToolStoppedError(
            "WARNING! This program can confuse your I2C bus, cause data loss and worse!",
            "Continue? [Y/n] Aborting on user request.",
        )
