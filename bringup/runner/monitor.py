"""What a slot is doing right now: written by its task, read by the night's main loop for screen and journal.

What is written at one moment is one assignment, so neither side locks. The record for the screens is made by who
looks, twice a second: replacing a frozen one at every change was measured to cost a point 20 µs.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..events import SlotState
from ..records import Live

_WITHOUT_POWER = (SlotState.POWER_DOWN, SlotState.SAFE, SlotState.QUARANTINED)


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
        self.points_done = 0
        self.points_in_all = points
        self._slot = slot
        self._serial_number = serial_number
        self._doing = (SlotState.IDLE, "")
        self._plan = ("", 0)
        self._point = 0
        self._sampled: tuple[Sample, float | None] = (Sample(), None)

    @property
    def live(self) -> Live:
        """What the screens show now."""
        state, detail = self._doing
        plan, points = self._plan
        sample, sampled_s = self._sampled
        return Live(
            slot=self._slot,
            serial_number=self._serial_number,
            state=state,
            plan=plan,
            point=self._point,
            points=points,
            volts=sample.volts,
            hertz=sample.hertz,
            celsius=sample.celsius,
            watts=sample.watts,
            sampled_s=sampled_s,
            detail=detail,
        )

    def state(self, state: SlotState, detail: str = "") -> None:
        """The slot is doing something else now; of a sled that is going down no old number is shown as if it held."""
        self._doing = (state, detail)
        if state in _WITHOUT_POWER:
            self._sampled = (Sample(), None)

    def run_begins(self, plan: str, points: int) -> None:
        """A plan starts on this slot."""
        self._point = 0
        self._plan = (plan, points)

    def point_ends(self, point: int, sample: Sample | None, at_s: float) -> None:
        """A point is through; `point` counts from 0. A sample of None keeps the older one, with its age."""
        self._point = point + 1
        if sample is not None:
            self._sampled = (sample, at_s)
