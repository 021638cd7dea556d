"""One output of a supply, as its terminals see it: what it offers, what becomes of it, and what switches it off.

Electrical truth is the `Load`'s. This file offers it a `Source`, looks whenever something has changed (a command, the
load, or a moment on the agenda) and trips. It knows no command; `n6700_output.py` and `e36300_output.py` put their
manuals' words on it. All times are lab seconds, and may lie before the present while a load catches up.
"""

from __future__ import annotations

from math import inf

from ..world import Delivered, Load, Source
from .agenda import Agenda
from .output_history import OutputHistory

RAMP_STEPS = 64  # of a slew: the load is told in steps


class RegulatedOutput:
    """Base of an output; a model says what it wants and when it trips.

    Args:
        load: what hangs on the terminals.
        agenda: the instrument's.

    Attributes:
        delivered: what the terminals did when they were last looked at.
        before: the same one look earlier.
        history: the same over time.
        is_on: whether it offers anything: not while a protection holds it off.
    """

    def __init__(self, load: Load, agenda: Agenda) -> None:
        self.load = load
        self.agenda = agenda
        self.delivered = self.before = Delivered(0.0, 0.0, constant_current=False)
        self.history = OutputHistory()
        self.is_on = False
        self._offered: Source | None = None
        self._feeding = False
        self._ramp = (0.0, 0.0, 0.0, 0.0)  # from volts, to volts, start, end
        load.watch(self._load_changed)

    # What a model says.

    def wants_on(self) -> bool:
        """Whether the output is switched on and nothing holds it off."""
        raise NotImplementedError

    def target_volts(self) -> float:
        """The voltage that is programmed at this moment."""
        raise NotImplementedError

    def limit_amps(self) -> float:
        """The current that it gives at most, at this moment."""
        raise NotImplementedError

    def slew_volts_per_s(self) -> float:
        """How fast the voltage may move; infinite for at once."""
        return inf

    def seen(self, at_s: float) -> None:
        """The terminals were looked at: trip what must trip, and move the status."""

    # Feeding.

    def feed(self, at_s: float) -> None:
        """Offer the load what is wanted from `at_s` on, if that is anything new, and look at what becomes of it."""
        on = self.wants_on()
        volts = self._moving_volts(at_s, on=on)
        offered = Source(volts, self.limit_amps(), on=on)
        if offered != self._offered:
            self._offered, self.is_on = offered, on
            self._feeding = True
            try:
                self.load.feed(at_s, offered)
            finally:
                self._feeding = False
        self.look(at_s)

    def look(self, at_s: float) -> None:
        """Read the terminals."""
        self.before = self.delivered
        delivered = self.delivered = self.load.delivered(at_s)
        self.history.note(at_s, delivered.volts, delivered.amps)
        self.seen(at_s)

    def _load_changed(self, at_s: float) -> None:
        if not self._feeding:
            self.look(at_s)

    # Slew.

    def _moving_volts(self, at_s: float, *, on: bool) -> float:
        """The voltage on its way to the target; plans the next step of the way."""
        target, slew = self.target_volts(), self.slew_volts_per_s()
        now_volts = self._ramp_volts(at_s) if on and self.is_on else 0.0
        start, end = self._ramp[2:]
        if not on or slew == inf or now_volts == target:
            self._ramp = (target, target, at_s, at_s) if on else (0.0, 0.0, at_s, at_s)
            self.agenda.drop((self, "ramp"))
            return target
        if self._ramp[1] != target or not self.is_on:
            start, end = at_s, at_s + abs(target - now_volts) / slew
            self._ramp = (now_volts, target, start, end)
        step_s = (end - start) / RAMP_STEPS
        self.agenda.put((self, "ramp"), end if at_s + 1.5 * step_s >= end else at_s + step_s, self.feed)
        return now_volts

    def _ramp_volts(self, at_s: float) -> float:
        from_volts, to_volts, start, end = self._ramp
        if at_s >= end:
            return to_volts
        return from_volts + (to_volts - from_volts) * (at_s - start) / (end - start)
