"""What a slot is doing right now: written by its task, read by the night's main loop for screen and journal.

Assigning a frozen `Live` is atomic, so neither side locks; a point costs the runner no more than that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..events import SlotState
from ..records import Live


@dataclass(frozen=True, slots=True)
class Sample:
    """The numbers that the screens show of a sled, read at one moment."""

    volts: float | None = None
    hertz: float | None = None
    celsius: float | None = None
    watts: float | None = None


class SlotMonitor:
    """One slot's `live` record, and how far its night is."""

    def __init__(self, slot: str, serial_number: str, points: int) -> None:
        self.live = Live(
            slot, serial_number, SlotState.IDLE, "", 0, 0, None, None, None, None, sampled_s=None, detail=""
        )
        self.points_done = 0
        self.points_in_all = points

    def state(self, state: SlotState, detail: str = "") -> None:
        """The slot is doing something else now."""
        self.live = replace(self.live, state=state, detail=detail)

    def run_begins(self, plan: str, points: int) -> None:
        """A plan starts on this slot."""
        self.live = replace(self.live, plan=plan, point=0, points=points)

    def point_ends(self, point: int, sample: Sample | None, at_s: float) -> None:
        """A point is through; `point` counts from 0. A sample of None keeps the older one, with its age."""
        if sample is None:
            self.live = replace(self.live, point=point + 1)
            return
        self.live = replace(
            self.live,
            point=point + 1,
            volts=sample.volts,
            hertz=sample.hertz,
            celsius=sample.celsius,
            watts=sample.watts,
            sampled_s=at_s,
        )
