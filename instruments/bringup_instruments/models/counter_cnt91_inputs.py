"""Inputs and functions of a Pendulum CNT-91: what is connected, and what is computed from it.

After the "CNT-90/91/91R/90XL Programmer's Handbook" (4031 600 90201), chapter 8, INPut and [:SENSe]:FUNCtion.
Neighbours: `counter_cnt91.py` measures, `world.Node` is what the inputs touch.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from ..scpi import Automatic, Boolean, ChannelList, Limits, Number, ScpiError, Setting
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import Choice, refuse, special_of
from ..world import Node

INPUT_A, INPUT_B, INPUT_C, REAR, REFERENCE = 1, 2, 3, 4, 6
CHANNELS = ChannelList((INPUT_A, INPUT_B, INPUT_C, REAR, REFERENCE), unknown=-224)
REFERENCE_HZ = 10e6  # the counter's own oscillator, which it can count as channel 6
TIMEBASE_SIGMA = 2e-8  # relative error of the oscillator since its calibration (estimate: an oven's ageing)
RESOLUTION_S = 5e-12  # rms noise of a frequency over a gate of one second: 12 digits a second (estimate)

FUNCTIONS: Mapping[str, str] = {
    "FREQuency": "FREQ",
    "FREQuency:BTBack": "FREQ:BTB",
    "FREQuency:RATio": "FREQ:RAT",
    "PERiod": "PER",
    "PERiod:AVERage": "PER:AVER",
    "PERiod:BTBack": "PER:BTB",
    "PWIDth": "PWID",
    "NWIDth": "NWID",
    "PDUTycycle": "PDUT",
    "NDUTycycle": "NDUT",
    "PHASe": "PHAS",
    "TINTerval": "TINT",
    "MINimum": "MIN",
    "MAXimum": "MAX",
    "PTPeak": "PTP",
}
"""Header under CONFigure and MEASure, and the name in FUNCtion."""

TWO_INPUTS = ("FREQ:RAT", "PHAS", "TINT")
VOLTAGES = ("MIN", "MAX", "PTP")
SAMPLES = 64  # of a trace that a peak is taken from


class Input:
    """Input A or B.

    Args:
        node: what is connected.
    """

    def __init__(self, node: Node) -> None:
        self.node = node

    def _fix_level(self) -> None:
        self.automatic_level = "OFF"

    def _follow_automatic(self) -> None:
        if self.automatic_level == "ONCE":
            self.automatic_level = "OFF"

    def _level_limits(self) -> Limits:
        return Limits(-5.0 * self.attenuation, 5.0 * self.attenuation, 0.0)

    def _adopt_attenuation(self, factor: float) -> float:
        return 10.0 if factor > 5 else 1.0

    def _adopt_impedance(self, ohms: float) -> float:
        return 1e6 if ohms > 1e3 else 50.0

    attenuation = Setting(
        "INPut<1:2>:ATTenuation",
        Number("", Limits(1, 10, 1), form="d", whole=True),
        reset=1.0,
        adopt=_adopt_attenuation,
    )
    coupling = Setting("INPut<1:2>:COUPling", Choice(("AC", "DC")), reset="AC")
    filter_on = Setting("INPut<1:2>:FILTer", Boolean(), reset=False)
    digital_filter_on = Setting("INPut<1:2>:FILTer:DIGital", Boolean(), reset=False)
    digital_filter_hz = Setting("INPut<1:2>:FILTer:DIGital:FREQuency", Number("HZ", Limits(1, 50e6)), reset=100e3)
    impedance = Setting("INPut<1:2>:IMPedance", Number("OHM", Limits(50, 1e6, 1e6)), reset=1e6, adopt=_adopt_impedance)
    level = Setting("INPut<1:2>:LEVel", Number("V", _level_limits), reset=0.0, then=_fix_level)
    automatic_level = Setting("INPut<1:2>:LEVel:AUTO", Automatic(), reset="ON", then=_follow_automatic)
    relative_level = Setting("INPut<1:2>:LEVel:RELative", Number("PCT", Limits(0, 100, 50)), reset=50.0)
    slope = Setting("INPut<1:2>:SLOPe", Choice(("POSitive", "NEGative")), reset="POS")


@dataclass(frozen=True, slots=True)
class Loose:
    """A number, MIN|MAX|DEF, or a channel list: what CONFigure and MEASure take, any of which may be left out."""

    optional: bool = True

    def accept(self, token: Token) -> object:
        """Judged by its kind."""
        if token.kind is Kind.EXPRESSION:
            return CHANNELS.accept(token)
        if token.kind is Kind.WORD:
            return special_of(token)
        return Number("HZ").accept(token)

    def check(self, owner: Any, value: object) -> object:
        """A channel list must name inputs that there are."""
        return list(CHANNELS.check(owner, value)) if isinstance(value, tuple) else value

    def show(self, value: object) -> str:
        """Nothing queries it."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """Nothing queries it."""
        return


@dataclass(frozen=True, slots=True)
class HowMany:
    """How many results a FETCh or READ of an array gives: a number, MAX, or a negative one for the latest."""

    optional: bool = False

    def accept(self, token: Token) -> float:
        """Infinity stands for as many as there are."""
        if token.kind is Kind.WORD:
            special_of(token)
            return inf if token.text.startswith("MAX") else 1.0
        if token.kind is not Kind.NUMBER:
            raise refuse(token)
        return token.number

    def check(self, _owner: Any, value: object) -> float:
        """Not zero."""
        number = float(value)  # type: ignore[arg-type]  # accept() made it
        if number == 0:
            raise ScpiError(-222)
        return number

    def show(self, value: float) -> str:
        """Nothing queries it."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """Nothing queries it."""
        return


class Front:
    """What the counter's inputs tell about a signal, with the error of its own oscillator.

    Args:
        inputs: A and B.
        seed: of error and noise; any text.
    """

    def __init__(self, inputs: Mapping[int, Input], seed: str) -> None:
        self._inputs = inputs
        self._random = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._timebase = self._random.gauss(0.0, TIMEBASE_SIGMA)

    def has_signal(self, function: str, channels: tuple[int, ...], at_s: float) -> bool:
        """Whether there is anything that triggers; voltages are always there."""
        return function in VOLTAGES or all(self._true_hertz(channel, at_s) > 0 for channel in channels)

    def result(self, function: str, channels: tuple[int, ...], from_s: float, to_s: float) -> float:
        """One result over a gate that has ended now."""
        first = channels[0]
        if function in VOLTAGES:
            return self._volts(function, first, from_s, to_s)
        hertz = self._hertz(first, to_s, to_s - from_s)
        if function == "FREQ:RAT":
            return hertz / self._hertz(channels[-1], to_s, to_s - from_s)
        if function.startswith("PER"):
            return 1.0 / hertz
        if function in ("PWID", "NWID"):
            return 0.5 / hertz
        if function in ("PDUT", "NDUT"):
            return 0.5
        return 0.0 if function in ("PHAS", "TINT") else hertz

    def _hertz(self, channel: int, at_s: float, gate_s: float) -> float:
        """As counted: a fast oscillator of the counter's own makes everything else look slow."""
        error = 0.0 if channel == REFERENCE else self._timebase
        return self._true_hertz(channel, at_s) * (1.0 + error + self._random.gauss(0.0, RESOLUTION_S / gate_s))

    def _true_hertz(self, channel: int, at_s: float) -> float:
        if channel == REFERENCE:
            return REFERENCE_HZ
        return self._inputs[channel].node.hertz(at_s) if channel in self._inputs else 0.0

    def _volts(self, function: str, channel: int, from_s: float, to_s: float) -> float:
        if channel not in self._inputs:
            raise ScpiError(-221)
        trace = self._inputs[channel].node.trace(from_s, to_s, SAMPLES)
        if function == "MIN":
            return min(trace)
        return max(trace) if function == "MAX" else max(trace) - min(trace)
