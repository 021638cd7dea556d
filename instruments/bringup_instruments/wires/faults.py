"""Puts an instrument of the lab behind a wire that can go bad.

Neighbours: `lab.py` asks for it; `faulty_device.py`, `faulty_console.py` and `faulty_http.py` are the wires.
"""

from __future__ import annotations

from typing import Any

from bringup.clock import Clock
from bringup.errors import UsageError
from bringup.files.wire_fault import FAULTS, FaultFacts, FaultKind

from ..catalogue import Wire
from .fault_schedule import FaultSchedule
from .faulty_console import FaultyConsole
from .faulty_device import FaultyDevice
from .faulty_http import FaultyHttp

Faulty = FaultyDevice | FaultyConsole | FaultyHttp


def put_behind(wire: Wire, device: Any, clock: Clock, seed: int) -> Faulty:
    """The instrument behind a wire that has no trouble yet."""
    schedule = FaultSchedule()
    if wire == "visa":
        return FaultyDevice(device, seed=seed, schedule=schedule)
    if wire == "serial":
        return FaultyConsole(device, clock, seed, schedule)
    return FaultyHttp(device, clock, seed, schedule)


def add_fault(device: Faulty, fault: FaultFacts) -> None:
    """Let one more trouble come.

    Raises:
        UsageError: this instrument cannot have it.
    """
    if fault.kind is FaultKind.EXPIRED_CALIBRATION:
        return  # on paper: the station knows
    if not device.can_have(fault.kind):
        possible = ", ".join(kind for kind in FAULTS if device.can_have(kind) or kind is FaultKind.EXPIRED_CALIBRATION)
        raise UsageError(f"{fault.instrument} cannot have {fault.fault!r} on its wire; it can have {possible}")
    device.schedule.add(fault)
