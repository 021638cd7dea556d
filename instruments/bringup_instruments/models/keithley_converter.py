"""The analogue side of the graphical Keithley meters: what a function sees at a node, and with what error and noise.

Every range of every function has the gain and offset that the last calibration left it with, drawn once inside the
one-year accuracy. Neighbours: `keithley_functions.py` has the facts, `keithley_setups.py` the settings.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable

from ..world import Node
from .keithley_functions import (
    AC_READING_S,
    AUTOZERO_FACTOR,
    CAPACITANCE_READING_S,
    OVERFLOW,
    READING_OVERHEAD_S,
    TEST_AMPS,
    Function,
    Quantity,
)
from .keithley_setups import LINE_HZ, Banded, Counting, Diode, FunctionSetup, Integrating, Ranged

LEAD_OHMS = 0.08
"""Both leads of a 2-wire measurement together (estimate); the zero of a short is what REL is for."""

NOISE_AT_ONE_CYCLE = 0.3e-6
"""Rms noise over the range at 1 NPLC (estimate, from the data sheet's typical noise)."""

DIGITIZER_NOISE = 30e-6  # of the range, rms (estimate)
DIODE_OVERLOAD_VOLTS = 10.0
AC_SAMPLES = 64


class KeithleyConverter:
    """One meter's converter.

    Args:
        seed: of error and noise; any text.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._errors: dict[tuple[str, float], tuple[float, float]] = {}

    def reading_s(self, setup: FunctionSetup) -> float:
        """Lab seconds that one conversion takes."""
        if isinstance(setup, Integrating):
            return setup.nplc / LINE_HZ * (AUTOZERO_FACTOR if setup.auto_zero else 1.0) + READING_OVERHEAD_S
        if isinstance(setup, Banded):
            return AC_READING_S[setup.detector_hz]
        if isinstance(setup, Counting):
            return setup.aperture_s
        return CAPACITANCE_READING_S

    def read(self, setup: FunctionSetup, node: Node, at_s: float) -> float:
        """One reading of what the node has, or plus or minus `OVERFLOW`; moves an automatic range."""
        true = _LOOKS[setup.function.quantity](setup, node, at_s)
        if isinstance(setup, Ranged):
            setup.follow(true)
        full = setup.measured_range
        if abs(true) > setup.function.readable(full):
            return math.copysign(OVERFLOW, true)
        gain, offset = self._error_of(setup.function, full)
        noise = self._random.gauss(0.0, self._noise_ratio(setup)) * _noise_scale(setup, true, full)
        value = true * (1.0 + gain) + offset + noise
        return abs(value) if isinstance(setup, Banded) else value

    def sampled(self, function: Function, full: float, true: float) -> float:
        """One sample of the digitizer, whose noise is that of the shortest integration."""
        gain, offset = self._error_of(function, full)
        return true * (1.0 + gain) + offset + self._random.gauss(0.0, DIGITIZER_NOISE) * full

    def _error_of(self, function: Function, full: float) -> tuple[float, float]:
        """Gain and offset of a range, drawn when it is first used but from a key of its own."""
        key = (function.name, full)
        if key not in self._errors:
            draw = random.Random(f"{self._seed} {key}")  # noqa: S311 - a calibration, not secrets
            of_reading, of_range = function.accuracy[full]
            gain = of_reading / 100.0 * _within_one(draw)
            self._errors[key] = (gain, of_range / 100.0 * full * _within_one(draw))
        return self._errors[key]

    def _noise_ratio(self, setup: FunctionSetup) -> float:
        filtered = math.sqrt(setup.average_count) if setup.averaging else 1.0
        if isinstance(setup, Integrating):
            return NOISE_AT_ONE_CYCLE / math.sqrt(setup.nplc) / filtered
        return 30 * NOISE_AT_ONE_CYCLE / filtered


def _noise_scale(setup: FunctionSetup, true: float, full: float) -> float:
    """What the noise is relative to: a counter's is of the reading, a thermocouple's some millikelvins."""
    if isinstance(setup, Counting):
        return true
    return 1e4 if setup.function.quantity is Quantity.CELSIUS else full


def _forced_ohms(setup: FunctionSetup, node: Node, at_s: float, lead_ohms: float = 0.0) -> float:
    """What a test current finds. A voltage that something else holds there passes for resistance."""
    volts = node.volts(at_s)
    if volts:
        return volts / TEST_AMPS[setup.measured_range]
    return node.ohms(at_s) + lead_ohms


def _two_wire_ohms(setup: FunctionSetup, node: Node, at_s: float) -> float:
    return _forced_ohms(setup, node, at_s, LEAD_OHMS)


def _diode_volts(setup: FunctionSetup, node: Node, at_s: float) -> float:
    assert isinstance(setup, Diode)  # noqa: S101 - by its quantity
    volts = node.volts(at_s) or setup.bias_amps * node.ohms(at_s)
    return volts if abs(volts) <= DIODE_OVERLOAD_VOLTS else math.inf


def _alternating(setup: FunctionSetup, node: Node, at_s: float) -> float:
    """Rms of what is left of the voltage without its mean, over the detector's slowest cycle."""
    assert isinstance(setup, Banded)  # noqa: S101 - by its quantity
    window_s = min(1.0 / setup.detector_hz, at_s)
    if window_s <= 0.0:
        return 0.0
    return statistics.pstdev(node.trace(at_s - window_s, at_s, AC_SAMPLES))


def _period_s(_setup: FunctionSetup, node: Node, at_s: float) -> float:
    hertz = node.hertz(at_s)
    return 1.0 / hertz if hertz else math.inf


def _nothing(_setup: FunctionSetup, _node: Node, _at_s: float) -> float:
    """No capacitor, no reference voltage and no alternating current reaches these nodes."""
    return 0.0


_LOOKS: dict[Quantity, Callable[[FunctionSetup, Node, float], float]] = {
    Quantity.DC_VOLTS: lambda _setup, node, at_s: node.volts(at_s),
    Quantity.DC_AMPS: lambda _setup, node, at_s: node.amps(at_s),
    Quantity.AC_VOLTS: _alternating,
    Quantity.AC_AMPS: _nothing,
    Quantity.OHMS: _two_wire_ohms,
    Quantity.OHMS_4W: _forced_ohms,
    Quantity.CONTINUITY: _two_wire_ohms,
    Quantity.CELSIUS: lambda _setup, node, at_s: node.celsius(at_s),
    Quantity.DIODE: _diode_volts,
    Quantity.FARADS: _nothing,
    Quantity.HERTZ: lambda _setup, node, at_s: node.hertz(at_s),
    Quantity.SECONDS: _period_s,
    Quantity.RATIO: _nothing,
}
"""The true value of each quantity; infinite where there is none."""


def _within_one(draw: random.Random) -> float:
    """Normal with two sigma at the specified limit, and never beyond it."""
    return min(max(draw.gauss(0.0, 0.5), -1.0), 1.0)
