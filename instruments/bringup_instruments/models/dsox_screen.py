"""The picture on the screen of an InfiniiVision 1000 X-Series oscilloscope, as PNG or BMP.

Graticule, traces and trigger level, no letters: enough for a person to see what was captured. Formats after the PNG
specification (ISO/IEC 15948) and the BITMAPINFOHEADER of Windows. Neighbours: `scope_dsox1102g.py` sends it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 800, 480  # of the 7-inch screen (data sheet)
_LEFT, _TOP, _WIDE, _HIGH = 40, 40, 720, 400  # the graticule: 10 by 8 divisions
PALETTE = (
    (0, 0, 0),
    (60, 60, 60),
    (255, 224, 0),  # channel 1
    (64, 224, 64),  # channel 2
    (224, 96, 255),  # mathematics
    (255, 144, 0),  # trigger level
)
GRID, TRIGGER = 1, 5


class Screen:
    """A raster of palette entries."""

    def __init__(self) -> None:
        self.rows = [bytearray(WIDTH) for _ in range(HEIGHT)]
        for column in range(11):
            self._vertical(_LEFT + column * _WIDE // 10, GRID)
        for row in range(9):
            self._horizontal(_TOP + row * _HIGH // 8, GRID)

    def trace(self, heights: Sequence[float], colour: int) -> None:
        """Draw samples from left to right; 0 is the bottom of the graticule, 1 its top."""
        count = len(heights)
        before: int | None = None
        for column in range(_WIDE):
            row = _row(heights[column * count // _WIDE])
            for between in range(min(row, before or row), max(row, before or row) + 1):
                self.rows[between][_LEFT + column] = colour
            before = row

    def level(self, height: float) -> None:
        """Mark the trigger level at the left edge."""
        row = _row(height)
        self.rows[row][_LEFT - 12 : _LEFT] = bytes([TRIGGER]) * 12

    def png(self, *, gray: bool) -> bytes:
        """As a Portable Network Graphic with a palette."""
        header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
        colours = b"".join(bytes(colour) for colour in _palette(gray=gray))
        pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in self.rows), 6)
        chunks = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)

    def bmp(self, *, gray: bool, palette: bool) -> bytes:
        """As a Windows bitmap: 24 bits a pixel, or 8 with a palette."""
        colours = [bytes((blue, green, red)) for red, green, blue in _palette(gray=gray)]
        if palette:
            table = b"".join(colour + b"\0" for colour in colours)
            pixels = b"".join(bytes(row) for row in reversed(self.rows))
        else:
            table = b""
            pixels = b"".join(b"".join(colours[entry] for entry in row) for row in reversed(self.rows))
        start = 14 + 40 + len(table)
        head = struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start)
        used = len(colours) if palette else 0
        bits = 8 if palette else 24
        info = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, bits, 0, len(pixels), 2835, 2835, used, used)
        return head + info + table + pixels

    def _vertical(self, column: int, colour: int) -> None:
        for row in range(_TOP, _TOP + _HIGH + 1):
            self.rows[row][column] = colour

    def _horizontal(self, row: int, colour: int) -> None:
        self.rows[row][_LEFT : _LEFT + _WIDE + 1] = bytes([colour]) * (_WIDE + 1)


def _row(height: float) -> int:
    return _TOP + round((1.0 - min(max(height, 0.0), 1.0)) * _HIGH)


def _palette(*, gray: bool) -> list[tuple[int, int, int]]:
    if not gray:
        return list(PALETTE)
    shades = (round(0.299 * red + 0.587 * green + 0.114 * blue) for red, green, blue in PALETTE)
    return [(shade, shade, shade) for shade in shades]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
