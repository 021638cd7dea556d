"""The analogue side of Keysight's meters: ranging, own error, noise, and the quantity that a function looks at.

Neighbours: `truevolt_models.py` has the figures, `truevolt_functions.py` what is set, `multimeter_34460.py` and
`daq_34980a.py` are the instruments; the true values come from a `Node`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

from ..world import Node
from .truevolt_models import LINE_HZ, MODELS, FunctionFacts, MeterModel

__all__ = ["LINE_HZ", "MODELS", "OVERLOAD", "Analogue", "Converter", "MeterModel"]

OVERLOAD = 9.9e37  # what the meters answer beyond the range
OVERRANGE = 1.2  # readings go to 120 % of a range, but on the highest volts and amps
TEST_AMPS = 1e-3  # test current of the diode function; that of the ohms depends on the range, and is taken as this
LOWEST_HZ, HIGHEST_HZ = 3.0, 300e3  # what the frequency counter of the meter sees
AC_SAMPLES = 256  # of the trace that an AC reading is taken from


class Converter:
    """One function of one meter, with the gain and offset that it left its last calibration with.

    Args:
        facts: the data sheet's figures.
        seed: of error and noise; any text.
    """

    def __init__(self, facts: FunctionFacts, seed: str) -> None:
        self.facts = facts
        self._random = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._gain: dict[float, float] = {}
        self._offset: dict[float, float] = {}
        for full, (percent_of_reading, percent_of_range) in facts.accuracy.items():
            self._gain[full] = percent_of_reading / 100.0 * self._within_one()
            self._offset[full] = percent_of_range / 100.0 * full * self._within_one()

    def auto_range(self, value: float, present: float, highest: float = math.inf) -> float:
        """Up beyond 120 % of the present range, down below 10 % of it; never beyond `highest`."""
        ranges = [full for full in self.facts.ranges if full <= highest]
        place = ranges.index(present) if present in ranges else len(ranges) - 1
        while place + 1 < len(ranges) and abs(value) > self._readable(ranges[place]):
            place += 1
        while place > 0 and abs(value) < 0.1 * ranges[place]:
            place -= 1
        return ranges[place]

    def convert(self, value: float, full: float, noise: float) -> float:
        """A reading of the true value on a range, with `noise` rms, or plus or minus `OVERLOAD`."""
        if abs(value) > self._readable(full):
            return math.copysign(OVERLOAD, value)
        return value * (1.0 + self._gain[full]) + self._offset[full] + self._random.gauss(0.0, noise)

    def _readable(self, full: float) -> float:
        return full if self.facts.ends_at_top and full == self.facts.ranges[-1] else full * OVERRANGE

    def _within_one(self) -> float:
        """Normal with two sigma at the specified limit, and never beyond it."""
        return min(max(self._random.gauss(0.0, 0.5), -1.0), 1.0)


class Analogue:
    """All functions of one meter.

    Args:
        model: the data sheet's figures.
        seed: of error and noise; any text.
    """

    def __init__(self, model: MeterModel, seed: str) -> None:
        self.model = model
        self._seed = seed
        self._converters: dict[str, Converter] = {}

    def converter(self, name: str) -> Converter:
        """The converter of a function; each function has its own draws, so that none disturbs another's."""
        if name not in self._converters:
            seed = self._seed if name == "VOLT" else f"{self._seed} {name}"
            self._converters[name] = Converter(self.model.functions[name], seed)
        return self._converters[name]

    def true_value(self, name: str, node: Node, from_s: float, to_s: float) -> float:
        """What a perfect meter would read between two times, in the function's own unit (temperature in °C)."""
        return _QUANTITIES[name](node, from_s, to_s)


def _alternating_volts(node: Node, from_s: float, to_s: float) -> float:
    """The rms value around the mean; the input is AC coupled."""
    volts = node.trace(from_s, to_s, AC_SAMPLES)
    mean = sum(volts) / len(volts)
    return math.sqrt(sum((value - mean) ** 2 for value in volts) / len(volts))


def _forced_ohms(node: Node, at_s: float) -> float:
    """What the test current finds; a voltage that something else holds there passes for resistance."""
    volts = node.volts(at_s)
    return volts / TEST_AMPS if volts else node.ohms(at_s)


def _hertz(node: Node, at_s: float) -> float:
    """0 where there is nothing that the meter can count, as the guide has it."""
    hertz = node.hertz(at_s)
    return hertz if LOWEST_HZ <= hertz <= HIGHEST_HZ else 0.0


def _period(node: Node, at_s: float) -> float:
    hertz = _hertz(node, at_s)
    return 1.0 / hertz if hertz else 0.0


_QUANTITIES: Mapping[str, Callable[[Node, float, float], float]] = {
    "VOLT": lambda node, _from, to_s: node.volts(to_s),
    "VOLT:AC": _alternating_volts,
    "VOLT:RAT": lambda _node, _from, _to: math.inf,  # nothing is on the sense terminals: a ratio to zero
    "CURR": lambda node, _from, to_s: node.amps(to_s),
    "CURR:AC": lambda _node, _from, _to: 0.0,  # places have direct current alone
    "RES": lambda node, _from, to_s: _forced_ohms(node, to_s),
    "FRES": lambda node, _from, to_s: _forced_ohms(node, to_s),
    "FREQ": lambda node, _from, to_s: _hertz(node, to_s),
    "PER": lambda node, _from, to_s: _period(node, to_s),
    "TEMP": lambda node, _from, to_s: node.celsius(to_s),
    "DIOD": lambda node, _from, to_s: _forced_ohms(node, to_s) * TEST_AMPS,
    "CONT": lambda node, _from, to_s: _forced_ohms(node, to_s),
    "CAP": lambda _node, _from, _to: 0.0,  # places have no capacitance
}
