"""How far a sled may step at once, and where its heat goes meanwhile.

A sub-step ends before a die has moved so far that its leakage is no longer straight, or well past a threshold.
Neighbours: `passage` takes the steps, `chip.Motion` and `air.Path` are what moves and by which way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .air import Path
from .board import Conductances
from .chip import Chip, Motion
from .parameters import ChipParameters

if TYPE_CHECKING:
    from .passage import SledInTime

_MOVE_KELVIN = 2.0  # a die's largest move in one sub-step: leakage is linear to 0.1 % over it
_EDGE_KELVIN = 0.05  # how near to a thermal threshold a sub-step must end


def ways(sled: SledInTime, inlet: Path, paths: Conductances, from_s: float, to_s: float) -> tuple[list[Motion], Path]:
    """Which chips are about to move, and the board's way for heat: coolant alone, or with air beside it."""
    celsius, rate = inlet.celsius, inlet.rate
    chips = zip(sled.chips, paths.plates, strict=True)
    if not sled.surroundings.present:
        found = [c.motion(celsius, rate, g) for c, g in chips]
        return [m for m in found if m is not None], Path(paths.board, celsius, rate)
    mixed = sled.surroundings.mixed
    motions = []
    for chip, conductance in chips:
        path = mixed(f"chip.{chip.index}", Path(conductance, celsius, rate), from_s, to_s)
        motion = chip.motion(path.celsius, path.rate, path.conductance)
        if motion is not None:
            motions.append(motion)
    return motions, mixed("board", Path(paths.board, celsius, rate), from_s, to_s)


def longest_moves(
    core: ChipParameters, motions: list[Motion], seconds: float
) -> tuple[float, list[tuple[float, float]]]:
    """The longest step up to `seconds` in which no die moves too far or well past a threshold, and its moves."""
    seconds = min([seconds, *(m.net.longest_s() for m in motions)])
    while True:
        moves = [m.move(seconds) for m in motions]
        rooms = [_room(core, m.chip, die) for m, (die, _) in zip(motions, moves, strict=True)]
        worst = max((abs(die) / room for room, (die, _) in zip(rooms, moves, strict=True)), default=0.0)
        if worst <= 1.0:
            return seconds, moves
        seconds *= max(0.05, 0.95 / worst)


def _room(core: ChipParameters, chip: Chip, kelvin: float) -> float:
    room = _MOVE_KELVIN
    for edge in (core.throttle_celsius, core.trip_celsius):
        if edge is not None and chip.die_celsius < edge < chip.die_celsius + kelvin:
            room = min(room, edge - chip.die_celsius + _EDGE_KELVIN)
    return room
