"""What an instrument will do by itself at later lab times: delays, ramps, list steps, watchdogs.

An instrument has no thread, so its agenda is carried out by whoever comes by first: a command, or somebody who looks
at one of its loads (`world.Waking`). Each deed happens at its own time in either case. Neighbours:
`regulated_output.py` and the supplies put deeds on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from ..world import Waking

Deed = Callable[[float], None]


class Agenda:
    """Deeds by lab time; one for each key.

    Args:
        loads: what the instrument acts on; those that can wake it will.
    """

    def __init__(self, loads: Iterable[object]) -> None:
        self._loads = [load for load in loads if isinstance(load, Waking)]
        self._deeds: dict[object, tuple[float, Deed]] = {}
        self._told_s = inf
        self._running = False

    def put(self, key: object, at_s: float, deed: Deed) -> None:
        """Do `deed(at_s)` at that time, instead of what was planned under this key."""
        self._deeds.pop(key, None)
        self._deeds[key] = (at_s, deed)
        self._tell()

    def drop(self, key: object) -> None:
        """Plan nothing under this key."""
        if self._deeds.pop(key, None) is not None:
            self._tell()

    def due_s(self, key: object) -> float:
        """When the deed under this key is due; infinite where there is none."""
        return self._deeds[key][0] if key in self._deeds else inf

    def run(self, until_s: float) -> None:
        """Do what is due, in the order of time; deeds of one moment in the order in which they were planned."""
        if self._running:  # a deed moved a load past another one: the outer call goes on with it
            return
        self._running = True
        try:
            while self._deeds:
                key = min(self._deeds, key=lambda one: self._deeds[one][0])
                at_s, deed = self._deeds[key]
                if at_s > until_s:
                    break
                del self._deeds[key]
                deed(at_s)
        finally:
            self._running = False
            self._told_s = -inf  # a load that rang has forgotten its alarm
            self._tell()

    def _tell(self) -> None:
        next_s = min((at_s for at_s, _ in self._deeds.values()), default=inf)
        if next_s != self._told_s and not self._running:
            self._told_s = next_s
            for load in self._loads:
                load.alarm(self, next_s, self.run)
