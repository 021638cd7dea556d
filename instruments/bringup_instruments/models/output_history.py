"""What one output did over time: steps of volts and amps, for digitizers and logs.

Neighbours: `regulated_output.py` writes it whenever the terminals have changed; `n6700_digitizer.py` and
`n6700_elog.py` read it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 65_536  # changes that are remembered; older ones are forgotten by halves


@dataclass(frozen=True, slots=True)
class Span:
    """One quantity over an interval."""

    average: float
    mean_square: float
    lowest: float
    highest: float


class OutputHistory:
    """Steps of volts and amps, each lasting until the next."""

    def __init__(self) -> None:
        self._times = [0.0]
        self._values = [(0.0, 0.0)]

    def note(self, at_s: float, volts: float, amps: float) -> None:
        """From `at_s` on the terminals do this."""
        if self._values[-1] == (volts, amps):
            return
        if self._times[-1] >= at_s:
            self._values[-1] = (volts, amps)
            return
        if len(self._times) >= LONGEST:
            del self._times[: LONGEST // 2], self._values[: LONGEST // 2]
        self._times.append(at_s)
        self._values.append((volts, amps))

    def at(self, at_s: float) -> tuple[float, float]:
        """Volts and amps at a time that has passed."""
        return self._values[max(bisect_right(self._times, at_s) - 1, 0)]

    def span(self, from_s: float, to_s: float, read: Callable[[tuple[float, float]], float]) -> Span:
        """Averages and extremes over an interval of what `read` makes of volts and amps."""
        first = max(bisect_right(self._times, from_s) - 1, 0)
        last = max(bisect_right(self._times, to_s) - 1, 0)
        if first == last or to_s <= from_s:
            value = read(self._values[last])
            return Span(value, value * value, value, value)
        values = [read(value) for value in self._values[first : last + 1]]
        edges = [from_s, *self._times[first + 1 : last + 1], to_s]
        shares = [(edges[n + 1] - edges[n]) / (to_s - from_s) for n in range(len(values))]
        average = sum(value * share for value, share in zip(values, shares, strict=True))
        square = sum(value * value * share for value, share in zip(values, shares, strict=True))
        return Span(average, square, min(values), max(values))
