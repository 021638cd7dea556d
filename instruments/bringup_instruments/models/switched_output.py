"""An output with a switch, delays on it, and an over-current protection that waits before it trips.

What N6700 and E36300 outputs have alike beyond feeding a load. Neighbours: `regulated_output.py` below;
`n6700_output.py` and `e36300_output.py` declare the commands and latch.
"""

from __future__ import annotations

import math

from bringup.clock import Clock

from ..world import Load
from .agenda import Agenda
from .regulated_output import RegulatedOutput


class SwitchedOutput(RegulatedOutput):
    """Base of such an output; the settings named here are the model's.

    Args:
        load: what hangs on the terminals.
        agenda: the instrument's.
        clock: the lab's time.

    Attributes:
        state: on or off, as programmed; a protection does not change it.
        enabled: the same, after its delay.
        changed_s: when a setting was last changed; the delay of the over-current protection counts from there.
        stepped_volts: a level that a list or a waveform holds now, in place of the programmed one.
        stepped_amps: the same for the current.
    """

    rise_delay_s: float
    fall_delay_s: float
    over_current_protected: bool
    protection_delay_s: float
    delay_start: str

    def __init__(self, load: Load, agenda: Agenda, clock: Clock) -> None:
        super().__init__(load, agenda)
        self.clock = clock
        self.state = False
        self.enabled = False
        self.changed_s = -math.inf
        self.stepped_volts: float | None = None
        self.stepped_amps: float | None = None

    def over_current(self, at_s: float) -> None:
        """The delay is over, and the output still in current limit: trip."""
        raise NotImplementedError

    def in_current_limit(self) -> bool:
        """Whether the programmed current is what holds the output."""
        return self.delivered.constant_current

    def follow(self) -> None:
        """A setting was changed: offer it, and let the over-current delay begin anew."""
        self.changed_s = self.clock.now()
        self.agenda.drop((self, "over-current"))
        self.feed(self.changed_s)

    def switch(self, *, on: bool, offset_s: float = 0.0) -> None:
        """Program the state; the output follows after its delay."""
        now_s = self.clock.now()
        self.state = on
        at_s = now_s + offset_s + (self.rise_delay_s if on else self.fall_delay_s)
        if at_s > now_s:
            self.agenda.put((self, "state"), at_s, self._take_state)
            self.look(now_s)
        else:
            self.agenda.drop((self, "state"))
            self._take_state(now_s)

    def watch_current(self, at_s: float) -> bool:
        """Whether the over-current protection has tripped just now; else its delay runs where it must."""
        if not (self.is_on and self.over_current_protected and self.in_current_limit()):
            self.agenda.drop((self, "over-current"))
        elif self.agenda.due_s((self, "over-current")) == math.inf:
            due_s = (at_s if self.delay_start == "CCTR" else self.changed_s) + self.protection_delay_s
            if due_s <= at_s:
                self.over_current(at_s)
                return True
            self.agenda.put((self, "over-current"), due_s, self.over_current)
        return False

    def switch_to_reset(self) -> None:
        """Off, with nothing planned."""
        self.state = self.enabled = False
        self.stepped_volts = self.stepped_amps = None
        for key in ("ramp", "state", "over-current"):
            self.agenda.drop((self, key))

    def _take_state(self, at_s: float) -> None:
        self.enabled = self.state
        self.changed_s = at_s
        self.feed(at_s)
