"""Places that leads, probes and sensors touch: what each has of volts, amps, ohms, degrees and hertz.

`Place` has nothing of anything; a real one overrides what it has. Neighbours: `world.Node` is the contract,
`circuit.py` and `sled.py` make them, `wiring.py` finds them by the names of a station file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Protocol

ROOM_CELSIUS = 23.0
"""Temperature of the lab (domain: calibrated instruments are specified at 23 °C ± 5 °C)."""


class Place:
    """A place with nothing: open leads in a room."""

    def volts(self, at_s: float) -> float:  # noqa: ARG002 - nothing changes with time
        """Zero volts: a multimeter's input resistance pulls open leads down."""
        return 0.0

    def amps(self, at_s: float) -> float:  # noqa: ARG002
        """None."""
        return 0.0

    def ohms(self, at_s: float) -> float:  # noqa: ARG002
        """Open."""
        return inf

    def celsius(self, at_s: float) -> float:  # noqa: ARG002
        """The room's."""
        return ROOM_CELSIUS

    def hertz(self, at_s: float) -> float:  # noqa: ARG002
        """None."""
        return 0.0

    def trace(self, from_s: float, to_s: float, samples: int) -> Sequence[float]:  # noqa: ARG002
        """A flat line at the present voltage; a place that remembers overrides it."""
        return (self.volts(to_s),) * samples

    def edges(self, from_s: float, to_s: float) -> Sequence[float]:  # noqa: ARG002
        """No changes; a place that remembers overrides it."""
        return ()


class Past(Protocol):
    """What a place remembers of its voltage."""

    def samples(self, from_s: float, to_s: float, count: int) -> Sequence[float]:
        """As `world.Node.trace`."""

    def edges(self, from_s: float, to_s: float) -> Sequence[float]:
        """As `world.Changing.edges`."""


class Seen(Place):
    """A place whose readings are given as functions of lab time.

    `past` brings the place up to a time and gives what it remembers.
    """

    def __init__(
        self,
        volts: Callable[[float], float] | None = None,
        celsius: Callable[[float], float] | None = None,
        hertz: Callable[[float], float] | None = None,
        past: Callable[[float], Past] | None = None,
        ohms: Callable[[float], float] | None = None,
    ) -> None:
        self._volts, self._celsius, self._hertz, self._ohms = volts, celsius, hertz, ohms
        self._past = past

    def volts(self, at_s: float) -> float:
        """As given, else none."""
        return self._volts(at_s) if self._volts else super().volts(at_s)

    def ohms(self, at_s: float) -> float:
        """As given, else open."""
        return self._ohms(at_s) if self._ohms else super().ohms(at_s)

    def celsius(self, at_s: float) -> float:
        """As given, else the room's."""
        return self._celsius(at_s) if self._celsius else super().celsius(at_s)

    def hertz(self, at_s: float) -> float:
        """As given, else none."""
        return self._hertz(at_s) if self._hertz else super().hertz(at_s)

    def trace(self, from_s: float, to_s: float, samples: int) -> Sequence[float]:
        """As remembered, else flat."""
        return self._past(to_s).samples(from_s, to_s, samples) if self._past else super().trace(from_s, to_s, samples)

    def edges(self, from_s: float, to_s: float) -> Sequence[float]:
        """As remembered, else none."""
        return self._past(to_s).edges(from_s, to_s) if self._past else super().edges(from_s, to_s)
