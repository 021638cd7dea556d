"""How long a driver's libraries wait, who know the wall's time and not the lab's."""

from __future__ import annotations

from bringup.clock import Clock
from bringup.wall_clock import WallClock


def wall_seconds(clock: Clock, lab_seconds: float) -> float:
    """What to tell PyVISA, pyserial or httpx for a number of lab seconds; in process they wait on the lab's clock."""
    return clock.wall_seconds(lab_seconds) if isinstance(clock, WallClock) else lab_seconds
