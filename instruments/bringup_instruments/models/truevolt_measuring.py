"""One reading of one function, and what CONFigure and MEASure make of their parameters.

The same for the Truevolt meters and for the meter inside the 34980A. Neighbours: `truevolt_functions.py` has the
settings, `truevolt_converter.py` the analogue side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..scpi import Limits, Number, ScpiError, Special
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import refuse, special_of
from ..world import Node
from .truevolt_converter import OVERLOAD, Analogue
from .truevolt_functions import FunctionState
from .truevolt_models import FunctionFacts, Pace
from .truevolt_probes import COUPLES


@dataclass(frozen=True, slots=True)
class RangeOrAuto:
    """The <range> of CONFigure and MEASure: a number, MIN, MAX, or AUTO and DEF, which stand for infinity."""

    facts: FunctionFacts
    optional: bool = True

    def accept(self, token: Token) -> float | Special:
        """A number or one of the words."""
        if token.kind is Kind.WORD and token.text in ("AUTO", "DEF", "DEFAULT"):
            return math.inf
        return Number(self.facts.suffix).accept(token)

    def check(self, owner: Any, value: object) -> float:
        """Within the meter's ranges; frequency and period are told what is expected, which decides nothing."""
        if value == math.inf:
            return math.inf
        ranges = self.facts.ranges
        limits = {"FREQ": Limits(3.0, 300e3), "PER": Limits(3.33e-6, 1 / 3.0)}
        kind = Number(self.facts.suffix, limits.get(self.facts.name, Limits(ranges[0], ranges[-1])))
        return kind.check(owner, abs(value) if isinstance(value, float) else value)

    def show(self, value: float) -> str:
        """As a number; nothing queries it."""
        return f"{value:+.8E}"

    def limits_of(self, _owner: Any) -> None:
        """Nothing queries it."""
        return


@dataclass(frozen=True, slots=True)
class Resolution:
    """The <resolution> of CONFigure and MEASure, judged once the range is known."""

    suffix: str
    optional: bool = True

    def accept(self, token: Token) -> float | Special:
        """A number or MIN, MAX, DEF."""
        return Number(self.suffix).accept(token)

    def check(self, _owner: Any, value: object) -> float | Special:
        """Positive."""
        if isinstance(value, Special):
            return value
        if not isinstance(value, float) or value <= 0:
            raise ScpiError(-222)
        return value

    def show(self, value: float | Special) -> str:
        """Nothing queries it."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """Nothing queries it."""
        return


@dataclass(frozen=True, slots=True)
class ProbeType:
    """What follows a probe: a number, a thermocouple's letter, or DEF, which gives None."""

    optional: bool = True

    def accept(self, token: Token) -> float | str | None:
        """A number or a word."""
        if token.kind is Kind.WORD:
            if len(token.text) == 1:
                return token.text
            special_of(token)
            return None
        if token.kind is not Kind.NUMBER:
            raise refuse(token)
        return token.number

    def check(self, _owner: Any, value: object) -> float | str | None:
        """A thermocouple must be one that there is."""
        if isinstance(value, str):
            return COUPLES.check(None, value)
        return value if isinstance(value, float) else None

    def show(self, value: float | str | None) -> str:
        """Nothing queries it."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """Nothing queries it."""
        return


def configure_probe(state: FunctionState, probe: str | None, kind: float | str | None) -> None:
    """The temperature function at its defaults, then the probe.

    Raises:
        ScpiError: -224, the probe has no such type.
    """
    chosen = str(FunctionState.probe if probe in (None, "DEF") else probe)
    name = "couple" if chosen == "TC" else f"{chosen.lower()}_type"
    if kind is not None and isinstance(kind, str) != (chosen == "TC"):
        raise ScpiError(-224)
    kept = state.unit
    state.reset()
    state.probe, state.unit = chosen, kept
    if kind is not None:
        setattr(state, name, kind)


def configure(state: FunctionState, full: float | None, resolution: float | Special | None) -> None:
    """Everything at its default, then range and resolution as asked for.

    Raises:
        ScpiError: -221, a resolution was asked for on an automatic range; -222, it is too fine.
    """
    kind, facts = state.kind, state.kind.facts
    automatic = full is None or math.isinf(full)
    if resolution is Special.DEF:
        resolution = None
    if automatic and isinstance(resolution, float) and facts.pace is Pace.INTEGRATION and len(facts.ranges) > 1:
        raise ScpiError(-221)
    wanted = facts.default_range if automatic or full is None else facts.range_that_holds(full)
    nplc = state.nplc
    if resolution is not None and facts.pace is Pace.INTEGRATION:
        limits = kind.resolution_limits(wanted)
        finest = limits.of(resolution) if isinstance(resolution, Special) else resolution
        nplc = kind.fastest(finest, wanted)
    kept = state.unit
    state.reset()
    state.unit = kept
    if resolution is not None and facts.pace is Pace.INTEGRATION:
        state.nplc = nplc
    if resolution is not None and facts.pace is Pace.GATE:
        state.aperture_s = _gate(state, facts.default_range if automatic or full is None else full, resolution)
    if not automatic and len(facts.ranges) > 1:
        state.range, state.auto_range = wanted, "OFF"
        if state.kind.has_terminals:
            state.terminals_amps = 10.0 if wanted == 10.0 else 3.0


def _gate(state: FunctionState, expected: float, resolution: float | Special) -> float:
    """100 ppm of what is expected take 10 ms, 10 ppm 100 ms, 1 ppm a second."""
    gates = state.kind.model.apertures_s
    if isinstance(resolution, Special):
        return gates[-1] if resolution is Special.MIN else 0.01
    return next((gate for gate in gates if gate >= 0.01 and expected * 1e-6 / gate <= resolution * 1.001), gates[-1])


def take(analogue: Analogue, state: FunctionState, node: Node, from_s: float, to_s: float) -> float:
    """One reading that was integrated between two times: null and unit are in it; plus or minus `OVERLOAD`."""
    name = state.kind.facts.name
    converter = analogue.converter(name)
    true = analogue.true_value(name, node, from_s, to_s)
    if state.auto_range == "ON" and len(state.kind.facts.ranges) > 1:
        state.range = converter.auto_range(true, state.range, state.highest_range)
    value = converter.convert(true, state.range, state.kind.noise(true, state.range, state))
    if abs(value) == OVERLOAD:
        return value
    if name == "TEMP":
        value = in_unit(value, state.unit)
    return _nulled(state, value)


def _nulled(state: FunctionState, value: float) -> float:
    if not state.null_on:
        return value
    if state.null_auto:
        state.null_value, state.null_auto = value, False
    return value - state.null_value


def in_unit(celsius: float, unit: str) -> float:
    """A temperature as UNIT:TEMPerature wants it."""
    if unit == "F":
        return celsius * 1.8 + 32.0
    return celsius + 273.15 if unit == "K" else celsius
