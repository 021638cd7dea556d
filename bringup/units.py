"""The units in which the lab speaks, and what may be compared with what.

Symbols follow the SI brochure (9th edition, 2019), written in ASCII: `degC`, `Ohm`, `L/min`, `Hz`. A dimension
is what two quantities must share to be compared; a prefix or a multiple within one dimension is converted.
"""

from __future__ import annotations

from decimal import Decimal

from .nearest import unknown

# symbol -> (dimension, factor to the dimension's first unit)
_UNITS: dict[str, tuple[str, float]] = {
    "": ("count", 1.0),
    "%": ("ratio", 1.0),
    "V": ("voltage", 1.0),
    "mV": ("voltage", 1e-3),
    "A": ("current", 1.0),
    "mA": ("current", 1e-3),
    "W": ("power", 1.0),
    "mW": ("power", 1e-3),
    "kW": ("power", 1e3),
    "Ohm": ("resistance", 1.0),
    "mOhm": ("resistance", 1e-3),
    "Hz": ("frequency", 1.0),
    "kHz": ("frequency", 1e3),
    "MHz": ("frequency", 1e6),
    "GHz": ("frequency", 1e9),
    "s": ("time", 1.0),
    "ms": ("time", 1e-3),
    "us": ("time", 1e-6),
    "min": ("time", 60.0),
    "degC": ("temperature", 1.0),
    "L/min": ("flow", 1.0),
    "K/W": ("thermal resistance", 1.0),
    "mK/W": ("thermal resistance", 1e-3),
}


# How people write a unit before they have seen ours; only for the hint in a message, never accepted.
_MEANT = {
    "V": ("volt", "volts"),
    "A": ("amp", "amps", "ampere"),
    "W": ("watt", "watts"),
    "Ohm": ("ohms", "\u03c9"),  # Ω, in lower case
    "Hz": ("hertz",),
    "s": ("sec", "second", "seconds"),
    "us": ("µs", "\u03bcs"),  # the micro sign, and the Greek letter
    "min": ("minute", "minutes"),
    "degC": ("c", "°c", "celsius"),
    "%": ("percent", "pct"),
    "L/min": ("lpm",),
}


class UnitMistake(ValueError):
    """A unit that is not known, or two that cannot be compared."""


def dimension(unit: str) -> str:
    """What `unit` measures, in a word such as "voltage", "power" or "count".

    Raises:
        UnitMistake: nothing is measured in `unit`; the message names the nearest unit.
    """
    try:
        return _UNITS[unit][0]
    except KeyError:
        meant = [name for name, spellings in _MEANT.items() if unit.lower() in spellings]
        if meant:
            raise UnitMistake(f"unknown unit {unit!r}; did you mean {meant[0]!r}?") from None
        raise UnitMistake(unknown("unit", unit, (name for name in _UNITS if name))) from None


def convert(value: float, unit: str, to: str) -> float:
    """`value`, given in `unit`, expressed in the unit `to`.

    Raises:
        UnitMistake: one of them is unknown, or they measure different things.
    """
    if unit == to:
        dimension(unit)
        return value
    ours, theirs = dimension(unit), dimension(to)
    if ours != theirs:
        raise UnitMistake(f"{unit or 'a bare number'} measures {ours}, {to or 'a bare number'} measures {theirs}")
    # In decimal, as people count: 700 mV are 0.7 V and not 0.7000000000000001, which a limit of 0.7 would refuse.
    ours_to_base, theirs_to_base = (Decimal(repr(_UNITS[name][1])) for name in (unit, to))
    return float(Decimal(repr(float(value))) * ours_to_base / theirs_to_base)
