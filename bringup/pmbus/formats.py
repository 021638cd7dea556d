"""LINEAR11 and ULINEAR16: how PMBus puts volts, amps, watts and degrees into sixteen bits.

A value that went through a register is a multiple of a step, and that is what is recorded: `Quantised` carries both.
Neighbour: `commands.py` says which command has which format.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_LARGEST_MANTISSA, _SMALLEST_MANTISSA = 1023, -1024
_EXPONENTS = range(-16, 16)
_WORD = 0xFFFF
_VOUT_MODES = {1: "VID", 2: "DIRECT", 3: "IEEE half precision"}


class FormatMistake(ValueError):
    """A value that a format cannot hold, or a word that is none of it."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """What a register holds.

    Attributes:
        value: in volts, amperes, watts or degrees Celsius.
        step: to the next value that it could hold: the least significant bit, in the same unit.
    """

    value: float
    step: float


def from_linear11(word: int) -> Quantised:
    """A LINEAR11 word's value: an exponent of five bits above a mantissa of eleven, both signed (section 7.1)."""
    _check_word(word)
    step = 2.0 ** _signed(word >> 11, 5)
    return Quantised(_signed(word & 0x7FF, 11) * step, step)


def to_linear11(value: float) -> int:
    """The LINEAR11 word nearest to a value, with the smallest step that reaches it.

    Raises:
        FormatMistake: it is no number, or beyond ±33 520 000 (1023 times 2**15).
    """
    if not math.isfinite(value):
        raise FormatMistake(f"{value} is no number that LINEAR11 has")
    for exponent in _EXPONENTS:
        mantissa = round(value / 2.0**exponent)
        if _SMALLEST_MANTISSA <= mantissa <= _LARGEST_MANTISSA:
            return (exponent & 0x1F) << 11 | mantissa & 0x7FF
    raise FormatMistake(f"{value:g} is beyond what LINEAR11 can hold")


def vout_exponent(vout_mode: int) -> int:
    """The exponent of ULINEAR16 that a VOUT_MODE byte tells (section 8.3): a step is 2**exponent volts.

    Raises:
        FormatMistake: the device counts volts otherwise: by VID codes, DIRECT coefficients, half precision, or
            relative to something.
    """
    if not 0 <= vout_mode <= 0xFF:
        raise FormatMistake(f"VOUT_MODE is a byte, not {vout_mode}")
    if vout_mode & 0x80:
        raise FormatMistake(
            f"VOUT_MODE 0x{vout_mode:02x}: limits and margins relative to VOUT_COMMAND are not supported"
        )
    kind = vout_mode >> 5
    if kind:
        raise FormatMistake(
            f"VOUT_MODE 0x{vout_mode:02x} is {_VOUT_MODES[kind]}; only ULINEAR16 (0x00 to 0x1f) is read"
        )
    return _signed(vout_mode & 0x1F, 5)


def from_ulinear16(word: int, exponent: int) -> Quantised:
    """A ULINEAR16 word's value, with the exponent that VOUT_MODE told."""
    _check_word(word)
    step = 2.0 ** _checked(exponent)
    return Quantised(word * step, step)


def to_ulinear16(volts: float, exponent: int) -> int:
    """The ULINEAR16 word nearest to `volts`.

    Raises:
        FormatMistake: it is no number, negative, or beyond 65535 steps.
    """
    steps = volts / 2.0 ** _checked(exponent)
    if not (math.isfinite(steps) and 0 <= round(steps) <= _WORD) or volts < 0:
        raise FormatMistake(f"{volts:g} V is beyond what ULINEAR16 holds with an exponent of {exponent}")
    return round(steps)


def _checked(exponent: int) -> int:
    if exponent not in _EXPONENTS:
        raise FormatMistake(f"an exponent of PMBus lies in -16 … 15, not {exponent}")
    return exponent


def _check_word(word: int) -> None:
    if not 0 <= word <= _WORD:
        raise FormatMistake(f"a word has sixteen bits; {word} has not")


def _signed(bits: int, width: int) -> int:
    return bits - (1 << width) if bits >> (width - 1) else bits
