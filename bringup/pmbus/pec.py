"""The packet error code of SMBus: CRC-8 with x^8 + x^2 + x + 1, from 0, over every byte and both addresses.

System Management Bus specification 3.1, section 5.4 (packet error checking).
"""

from __future__ import annotations

_POLYNOMIAL = 0x07


def _row(byte: int) -> int:
    for _ in range(8):
        byte = (byte << 1 ^ (_POLYNOMIAL if byte & 0x80 else 0)) & 0xFF
    return byte


_TABLE = tuple(_row(byte) for byte in range(256))


def pec(*parts: bytes) -> int:
    """The code of a message; the bytes that carry an address are the address shifted left, plus 1 for reading."""
    code = 0
    for part in parts:
        for byte in part:
            code = _TABLE[code ^ byte]
    return code
