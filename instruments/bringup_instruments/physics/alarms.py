"""What an instrument wants to do by itself at a later lab time, kept by the physics that it acts on.

Instruments have no thread. One that will switch its output off at a known time (a watchdog, a ramp, a list) says so
here; whoever looks at the load past that time makes it happen first, at its own time. So the load is without power
from that moment on, whoever asks when. Neighbours: `world.Waking` is the contract, `circuit.py` and `passage.py` keep
one each, `models/agenda.py` sets it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf


class Alarms:
    """At most one alarm of each instrument.

    Attributes:
        next_s: when the first of them is due.
    """

    __slots__ = ("_set", "next_s")

    def __init__(self) -> None:
        self._set: dict[object, tuple[float, Callable[[float], None]]] = {}
        self.next_s = inf

    def put(self, who: object, at_s: float, act: Callable[[float], None]) -> None:
        """Call `act(at_s)` once that time is reached, instead of what `who` asked for before; infinity is never."""
        self._set.pop(who, None)
        if at_s < inf:
            self._set[who] = (at_s, act)
        self._find_next()

    def ring(self, now_s: float) -> None:
        """Let happen what is due by now, in the order of time."""
        while self.next_s <= now_s:
            who = min(self._set, key=lambda one: self._set[one][0])
            at_s, act = self._set.pop(who)
            self._find_next()
            act(at_s)

    def _find_next(self) -> None:
        self.next_s = min((at_s for at_s, _ in self._set.values()), default=inf)
