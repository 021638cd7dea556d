"""Temperature transducers of Keysight's meters: which there are and what is set for each.

The places of the lab know their temperature, so the kind of probe decides about settings and replies alone.
Neighbours: `truevolt_functions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..scpi import Boolean, Choice, Limits, Number, Setting

PROBES = Choice(("FRTD", "RTD", "FTHermistor", "THERmistor", "TCouple", "DIODe"))
COUPLES = Choice(("B", "E", "J", "K", "N", "R", "S", "T"))
JUNCTIONS = Choice(("INTernal", "EXTernal", "FIXed"))


def probe_settings(then: Callable[[Any], None]) -> Iterator[tuple[str, Setting[Any]]]:
    """The TRANsducer subtree of TEMPerature."""
    yield "probe", Setting("TRANsducer:TYPE", PROBES, reset="FRTD", then=then)
    for name in ("FRTD", "RTD"):
        path = f"TRANsducer:{name}"
        yield f"{name.lower()}_type", Setting(f"{path}:TYPE", Number("", Limits(85, 91, 85)), reset=85.0, then=then)
        ohms = Number("OHM", Limits(49.0, 2100.0, 100.0))
        yield f"{name.lower()}_ohms", Setting(f"{path}:RESistance[:REFerence]", ohms, reset=100.0, then=then)
        yield f"{name.lower()}_ocom", Setting(f"{path}:OCOMpensated", Boolean(), reset=False, then=then)
    for name in ("FTHermistor", "THERmistor"):
        kind = Number("", Limits(2252.0, 10e3, 5e3))
        yield f"{name.lower()}_type", Setting(f"TRANsducer:{name}:TYPE", kind, reset=5e3, then=then)
    yield "couple", Setting("TRANsducer:TCouple:TYPE", COUPLES, reset="J", then=then)
    yield "couple_check", Setting("TRANsducer:TCouple:CHECk", Boolean(), reset=False, then=then)
    yield "junction", Setting("TRANsducer:TCouple:RJUNction:TYPE", JUNCTIONS, reset="INT", then=then)
    fixed = Number("", Limits(-20.0, 80.0, 0.0))
    yield "junction_celsius", Setting("TRANsducer:TCouple:RJUNction", fixed, reset=0.0, then=then)
