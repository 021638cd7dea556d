"""What the simulated lab itself knows of its sleds, as plain data: a controller's claims can be held against it.

Neighbours: `control.py` gives it out, `physics/` has it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..lab import SimulatedLab
from ..physics.sled import SledPhysics

LIVE_VOLTS = 0.1
"""A rail above this is named; what is left of a rail after a while is below."""


def state(lab: SimulatedLab, speed: float) -> dict[str, Any]:
    """The lab as it is now."""
    now_s = lab.clock.now()
    return {
        "station": lab.station.name,
        "lab_time_s": now_s,
        "lab_utc": lab.clock.utc().isoformat(),
        "speed": speed,
        "slots": {slot: _sled(sled, now_s) for slot, sled in lab.sleds.items()},
    }


def _sled(sled: SledPhysics, now_s: float) -> dict[str, Any]:
    sled.advance(now_s)
    volts = {rail.name: sled.read_rail(now_s, rail.name).volts for rail in sled.bank}
    return {
        "sled": sled.serial_number,
        "input": _input(sled, now_s),
        "host": sled.host_status(now_s).value,
        "rails": {name: value for name, value in volts.items() if value > LIVE_VOLTS},
        "trips": [asdict(trip) for trip in sled.trips],
        "abs_max_exceedances": [asdict(exceedance) for exceedance in sled.abs_max_exceedances],
        "sequence_violations": [asdict(violation) for violation in sled.sequence_violations],
        "brownouts": list(sled.brownouts),
    }


def _input(sled: SledPhysics, now_s: float) -> dict[str, Any]:
    seen = sled.vin(now_s)
    return {
        "source": asdict(sled.input.source),
        "powered": sled.input.powered,
        "volts": seen.volts,
        "amps": seen.amps,
        "constant_current": seen.constant_current,
    }
