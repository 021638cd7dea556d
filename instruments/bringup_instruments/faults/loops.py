"""Faults of a coolant loop and of the room that it stands in: T3, W4, W5. Every sled on the loop feels them."""

from __future__ import annotations

from ..physics.coolant import PUMPS
from ..physics.defects import Wetting
from .scene import Scene, Undo, alter, both, put

_ONE_PUMP = 0.5  # severity up to which the other one still runs
_DEW_CELSIUS = 34.0
_DAMP_TAU_S, _DAMP_FLOOR_OHMS = 1800.0, 5.0e4
_AIR_SHARE = 0.15


def pump_fails(scene: Scene) -> Undo:
    """T3: one of two pumps, or both."""
    loop = scene.sled.coolant
    numbers = [number for number in range(1, PUMPS + 1) if number not in loop.failed_pumps]
    stopped = numbers[:1] if scene.severity <= _ONE_PUMP else numbers
    for number in stopped:
        loop.set_pump(scene.at_s, number, runs=False)

    def mend() -> None:
        for number in stopped:
            loop.set_pump(scene.sled.now_s, number, runs=True)

    return mend


def condensation(scene: Scene) -> Undo:
    """W4: the room's dew point rises above the coolant; what is cold gets damp, the ropes too."""
    loop = scene.sled.coolant
    celsius = loop.dew_celsius + (_DEW_CELSIUS - loop.dew_celsius) * scene.severity
    room = alter(loop, dew_celsius=celsius)
    if loop.supply_celsius(scene.at_s) >= celsius:
        return room
    film = Wetting(scene.at_s, _DAMP_TAU_S, _DAMP_FLOOR_OHMS)
    return both(room, *(put(scene.defects.water, name, film) for name in scene.sled.peripherals.leak_detectors))


def air_in_loop(scene: Scene) -> Undo:
    """W5: bubbles."""
    return alter(scene.sled.coolant, air_share=_AIR_SHARE * scene.severity)
