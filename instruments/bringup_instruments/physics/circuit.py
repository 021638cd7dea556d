"""A terminal block of the bench: one source at most, a resistor, electronic loads, and meters across it.

Everything on it is in parallel, so one voltage says all: the source's, or, where the loads want more current than
the source gives, the voltage at which they want just that much. Neighbours: `world.Terminals` is the contract.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from math import inf

from ..world import Delivered, Sink, Source
from .alarms import Alarms
from .places import ROOM_CELSIUS, Place

OFF = Source(0.0, 0.0, on=False)
_HISTORY = 4096  # changes of voltage that a trace can look back on
_HALVINGS = 60  # of the voltage range: to the last bit of a double


class TerminalBlock(Place):
    """Terminals with a resistor across them.

    Args:
        ohms: of the resistor; infinite for none.
        ambient_celsius: temperature of the block.
    """

    def __init__(self, ohms: float = inf, ambient_celsius: float = ROOM_CELSIUS) -> None:
        self._ohms = ohms
        self._ambient_celsius = ambient_celsius
        self._source = OFF
        self._sinks: list[Sink] = []
        self._listeners: list[Callable[[float], None]] = []
        self._alarms = Alarms()
        self._state = Delivered(0.0, 0.0, constant_current=False)
        self._times: deque[float] = deque([0.0], _HISTORY)
        self._volts: deque[float] = deque([0.0], _HISTORY)

    def feed(self, at_s: float, source: Source) -> None:
        """The source offers something else from now on."""
        self._alarms.ring(at_s)
        self._source = source
        self._changed(at_s)

    def connect(self, sink: Sink) -> Callable[[float], None]:
        """Put an electronic load on; call what is returned whenever it has changed."""
        self._sinks.append(sink)
        return self._changed

    def watch(self, listener: Callable[[float], None]) -> None:
        """Be told of every change of what is drawn."""
        self._listeners.append(listener)

    def alarm(self, who: object, at_s: float, act: Callable[[float], None]) -> None:
        """Let an instrument act at a later time."""
        self._alarms.put(who, at_s, act)

    def delivered(self, at_s: float) -> Delivered:
        """What the source's terminals do."""
        self._alarms.ring(at_s)
        return self._state

    def volts(self, at_s: float) -> float:
        """Across the block."""
        self._alarms.ring(at_s)
        return self._state.volts

    def amps(self, at_s: float) -> float:
        """Out of the source."""
        self._alarms.ring(at_s)
        return self._state.amps

    def ohms(self, at_s: float) -> float:  # noqa: ARG002 - nothing changes it
        """The resistor's; electronic loads are open while nothing feeds them."""
        return self._ohms

    def celsius(self, at_s: float) -> float:  # noqa: ARG002 - as above
        """The block's."""
        return self._ambient_celsius

    def trace(self, from_s: float, to_s: float, samples: int) -> Sequence[float]:
        """Steps, as far back as they are remembered."""
        self._alarms.ring(to_s)
        times, volts = list(self._times), list(self._volts)
        step = (to_s - from_s) / (samples - 1) if samples > 1 else 0.0
        places = (bisect_right(times, from_s + index * step) - 1 for index in range(samples))
        return tuple(volts[max(place, 0)] for place in places)

    def edges(self, from_s: float, to_s: float) -> Sequence[float]:
        """Every step that is remembered."""
        self._alarms.ring(to_s)
        return tuple(time for time in self._times if from_s <= time <= to_s)

    def _changed(self, at_s: float) -> None:
        before, self._state = self._state, self._solve()
        if self._state.volts != before.volts:
            self._times.append(at_s)
            self._volts.append(self._state.volts)
        if self._state != before:
            for listener in self._listeners:
                listener(at_s)

    def _solve(self) -> Delivered:
        source = self._source
        if not source.on:
            return Delivered(0.0, 0.0, constant_current=False)
        wanted = self._wanted(source.volts)
        if wanted <= source.amps_limit:
            return Delivered(source.volts, wanted, constant_current=False)
        low, high = 0.0, source.volts
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            if self._wanted(middle) > source.amps_limit:
                high = middle
            else:
                low = middle
        return Delivered(low, source.amps_limit, constant_current=True)

    def _wanted(self, volts: float) -> float:
        return volts / self._ohms + sum(sink.amps_at(volts) for sink in self._sinks)
