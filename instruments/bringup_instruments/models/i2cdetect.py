"""`i2cdetect`: the grid of addresses that answer on a bus, and the list of buses.

Neighbours: `i2c_tools.py` calls it, `i2c_arguments.py` reads what the tools have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .i2c_arguments import FIRST_ADDRESS, LAST_ADDRESS, ToolStoppedError, adapter_name, bus_of, options, whole_number
from .i2c_bus import I2cSegment

USAGE = "Usage: i2cdetect [-y] [-a] [-q|-r] I2CBUS [FIRST LAST]"
HEADER = "     0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f"
READ_PROBED = (range(0x30, 0x38), range(0x50, 0x60))
"""Where a write of nothing might do harm (write-once memories), so that a byte is read instead."""

_CAN = {
    "I2C": True,
    "SMBus Quick Command": True,
    "SMBus Send Byte": True,
    "SMBus Receive Byte": True,
    "SMBus Write Byte": True,
    "SMBus Read Byte": True,
    "SMBus Write Word": True,
    "SMBus Read Word": True,
    "SMBus Process Call": True,
    "SMBus Block Write": True,
    "SMBus Block Read": True,
    "SMBus Block Process Call": False,
    "SMBus PEC": True,
    "I2C Block Write": True,
    "I2C Block Read": True,
}


def i2cdetect(buses: Mapping[int, I2cSegment], at_s: float, words: Sequence[str]) -> list[str]:
    """What the tool prints for these arguments."""
    given, rest = options("i2cdetect", "FVahlqry", words, USAGE)
    if len(given & {"F", "q", "r"}) > 1:
        raise ToolStoppedError("Error: Different modes specified!")
    if "V" in given:
        return ["i2cdetect version 4.4"]
    if "l" in given:
        return [f"i2c-{bus}\t{'i2c':<10}\t{adapter_name(bus):<32}\tI2C adapter" for bus in sorted(buses)]
    if not rest:
        raise ToolStoppedError("Error: No i2c-bus specified!", USAGE)
    first, last = (0x00, 0x7F) if "a" in given else (FIRST_ADDRESS, LAST_ADDRESS)
    if len(rest) == 3:
        first = _end("FIRST", rest[1], first, last)
        last = _end("LAST", rest[2], first, last)
    elif len(rest) != 1:
        raise ToolStoppedError(USAGE)
    number, bus = bus_of(buses, rest[0])
    if "F" in given:
        says = [f"{name:<32} {'yes' if can else 'no'}" for name, can in _CAN.items()]
        return [f"Functionalities implemented by /dev/i2c-{number}:", *says]
    if "y" not in given:
        return _asking(number, given, first, last)
    return _grid(bus, at_s, given, range(first, last + 1))


def _end(name: str, text: str, first: int, last: int) -> int:
    value = whole_number(text)
    if value is None:
        raise ToolStoppedError(f"Error: {name} argument not a number!", USAGE)
    if not first <= value <= last:
        raise ToolStoppedError(f"Error: {name} argument out of range (0x{first:02x}-0x{last:02x})!", USAGE)
    return value


def _grid(bus: I2cSegment, at_s: float, given: set[str], wanted: range) -> list[str]:
    lines = [HEADER]
    for row in range(0, 128, 16):
        cells = (_cell(bus, at_s, given, address) if address in wanted else "   " for address in range(row, row + 16))
        lines.append(f"{row:02x}: " + "".join(cells))
    return lines


def _cell(bus: I2cSegment, at_s: float, given: set[str], address: int) -> str:
    by_reading = "r" in given or ("q" not in given and any(address in some for some in READ_PROBED))
    return f"{address:02x} " if bus.probe(at_s, address, by_reading=by_reading) else "-- "


def _asking(bus: int, given: set[str], first: int, last: int) -> list[str]:
    how = " using quick write commands" if "q" in given else " using receive byte commands" if "r" in given else ""
    return [
        "WARNING! This program can confuse your I2C bus, cause data loss and worse!",
        f"I will probe file /dev/i2c-{bus}{how}.",
        f"I will probe address range 0x{first:02x}-0x{last:02x}.",
        "Continue? [Y/n] Aborting on user request.",
    ]
