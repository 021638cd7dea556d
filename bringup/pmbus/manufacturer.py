"""What our regulators have beyond the standard: the checksum of their configuration, and a black box.

MFR_CONFIG_CRC reads a block of four bytes, lowest first. MFR_BLACK_BOX reads a block of `BLACK_BOX_BYTES`, the
regulator's own record of its last trip, kept without power until MFR_BLACK_BOX_CLEAR. Real regulators have both
under codes of their own; these are the codes of the estimate that `test_plans/products` describes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .formats import FormatMistake, Quantised, from_linear11, from_ulinear16, to_linear11, to_ulinear16, vout_exponent
from .status import Status, StatusCml, StatusInput, StatusIout, StatusTemperature, StatusVout, StatusWord

_LAYOUT = struct.Struct("<BBHBBBBBBHHHI")
BLACK_BOX_BYTES = _LAYOUT.size
EMPTY_BLACK_BOX = bytes(BLACK_BOX_BYTES)
MOST_TRIPS = 0xFF
_LONGEST_UPTIME_S = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class BlackBox:
    """A regulator at the moment of its last trip.

    Attributes:
        trips: how many it has recorded since it was cleared, 255 at most.
        page: of the output that tripped.
        status: its status registers.
        volts: at its output.
        amps: that it delivered.
        celsius: its own.
        uptime_s: since it had its input power.
    """

    trips: int
    page: int
    status: Status
    volts: Quantised
    amps: Quantised
    celsius: Quantised
    uptime_s: int

    @classmethod
    def parse(cls, data: bytes) -> BlackBox | None:
        """Read the block; None where nothing has tripped.

        Raises:
            FormatMistake: it is not such a block.
        """
        if len(data) != BLACK_BOX_BYTES:
            raise FormatMistake(f"a black box has {BLACK_BOX_BYTES} bytes, not {len(data)}")
        if not any(data):
            return None
        trips, page, word, vout, iout, entry, hot, cml, mode, volts, amps, celsius, uptime = _LAYOUT.unpack(data)
        if not trips:
            raise FormatMistake("a black box with a record of no trip")
        status = Status(
            StatusWord(word),
            StatusVout(vout),
            StatusIout(iout),
            StatusInput(entry),
            StatusTemperature(hot),
            StatusCml(cml),
        )
        seen = from_ulinear16(volts, vout_exponent(mode))
        return cls(trips, page, status, seen, from_linear11(amps), from_linear11(celsius), uptime)


def pack_black_box(
    trips: int, page: int, status: Status, exponent: int, *, volts: float, amps: float, celsius: float, uptime_s: float
) -> bytes:
    """The block of one record; what it cannot hold stays at the largest that it can.

    Args:
        trips: with this one.
        page: that tripped.
        status: its registers.
        exponent: of its VOUT_MODE.
        volts: at its output.
        amps: that it delivered.
        celsius: its own.
        uptime_s: since it had its input power.
    """
    return _LAYOUT.pack(
        min(trips, MOST_TRIPS),
        page,
        status.word,
        status.vout,
        status.iout,
        status.input,
        status.temperature,
        status.cml,
        exponent & 0x1F,
        to_ulinear16(min(max(0.0, volts), 0xFFFF * 2.0**exponent), exponent),
        to_linear11(amps),
        to_linear11(celsius),
        min(int(uptime_s), _LONGEST_UPTIME_S),
    )
