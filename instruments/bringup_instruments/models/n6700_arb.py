"""Arbitrary waveforms of one N6700 output: the shapes and their parameters, as steps of a transient.

After the Operating and Service Guide of the N6705C, "Using the Source Functions" and "ARB Commands". The *RST values
of the parameters are from memory. Neighbours: `n6700_transient.py` runs the steps when they are triggered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from ..scpi import Boolean, Choice, Limits, Number, Setting, command, query
from ..scpi.channels import reset_settings
from .n6700_lists import COUNT, ENDLESS, NUMBER, shown, values

if TYPE_CHECKING:
    from .n6700_output import Output

SHAPES = ("STEP", "RAMP", "STAircase", "SINusoid", "PULSe", "TRAPezoid", "EXPonential", "CDWell", "UDEFined", "NONE")
PIECES = 100  # of a ramp, a sine's period or an exponential: about what the instrument itself takes
TIME = Limits(0.0, 262.144)

Piece = tuple[float, float]  # seconds, level

# Parameter by attribute: header behind ARB:VOLTage, its default, and its limits (None for a level).
_PARAMETERS: dict[str, tuple[str, float, Limits | None]] = {
    "step_start": ("STEP:STARt[:LEVel]", 0.0, None),
    "step_end": ("STEP:END[:LEVel]", 0.0, None),
    "step_start_s": ("STEP:STARt:TIMe", 0.0, TIME),
    "ramp_start": ("RAMP:STARt[:LEVel]", 0.0, None),
    "ramp_end": ("RAMP:END[:LEVel]", 0.0, None),
    "ramp_start_s": ("RAMP:STARt:TIMe", 0.0, TIME),
    "ramp_rise_s": ("RAMP:RTIMe", 1.0, TIME),
    "ramp_end_s": ("RAMP:END:TIMe", 0.0, TIME),
    "stair_start": ("STAircase:STARt[:LEVel]", 0.0, None),
    "stair_end": ("STAircase:END[:LEVel]", 0.0, None),
    "stair_start_s": ("STAircase:STARt:TIMe", 0.0, TIME),
    "stair_s": ("STAircase:TIMe", 1.0, TIME),
    "stair_end_s": ("STAircase:END:TIMe", 0.0, TIME),
    "stair_steps": ("STAircase:NSTeps", 10.0, Limits(1.0, 500.0)),
    "sine_amplitude": ("SINusoid:AMPLitude", 0.0, None),
    "sine_offset": ("SINusoid:OFFSet", 0.0, None),
    "sine_hertz": ("SINusoid:FREQuency", 1.0, Limits(1e-3, 1e5)),
    "pulse_start": ("PULSe:STARt[:LEVel]", 0.0, None),
    "pulse_top": ("PULSe:TOP[:LEVel]", 0.0, None),
    "pulse_start_s": ("PULSe:STARt:TIMe", 0.0, TIME),
    "pulse_top_s": ("PULSe:TOP:TIMe", 1.0, TIME),
    "pulse_end_s": ("PULSe:END:TIMe", 0.0, TIME),
    "trapezoid_start": ("TRAPezoid:STARt[:LEVel]", 0.0, None),
    "trapezoid_top": ("TRAPezoid:TOP[:LEVel]", 0.0, None),
    "trapezoid_start_s": ("TRAPezoid:STARt:TIMe", 0.0, TIME),
    "trapezoid_rise_s": ("TRAPezoid:RTIMe", 1.0, TIME),
    "trapezoid_top_s": ("TRAPezoid:TOP:TIMe", 1.0, TIME),
    "trapezoid_fall_s": ("TRAPezoid:FTIMe", 1.0, TIME),
    "trapezoid_end_s": ("TRAPezoid:END:TIMe", 0.0, TIME),
    "exponential_start": ("EXPonential:STARt[:LEVel]", 0.0, None),
    "exponential_end": ("EXPonential:END[:LEVel]", 0.0, None),
    "exponential_start_s": ("EXPonential:STARt:TIMe", 0.0, TIME),
    "exponential_s": ("EXPonential:TIMe", 1.0, TIME),
    "exponential_tau_s": ("EXPonential:TCONstant", 1.0, Limits(1e-6, 262.144)),
    "dwell_s": ("CDWell:DWELl", 0.001, Limits(1e-5, 262.144)),
}


class Shape:
    """The parameters of all shapes for one quantity; `volts_shape` and `amps_shape` make the two kinds.

    Args:
        limits: of a level at this moment.
    """

    def __init__(self, limits: Callable[[], Limits]) -> None:
        self.limits = limits
        self.points: tuple[float, ...] = (0.0,)
        self.user_points: tuple[float, ...] = (0.0,)
        self.user_dwell_s: tuple[float, ...] = (0.001,)

    def pieces(self, shape: str) -> Iterator[Piece]:
        """One round of a shape, by its short name."""
        maker: Callable[[], Iterator[Piece]] = getattr(self, "_" + shape.lower(), lambda: iter(()))
        return maker()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def _step(self) -> Iterator[Piece]:
        yield self.step_start_s, self.step_start
        yield 0.0, self.step_end

    def _ramp(self) -> Iterator[Piece]:
        yield self.ramp_start_s, self.ramp_start
        yield from _line(self.ramp_start, self.ramp_end, self.ramp_rise_s)
        yield self.ramp_end_s, self.ramp_end

    def _sta(self) -> Iterator[Piece]:
        yield self.stair_start_s, self.stair_start
        steps = round(self.stair_steps)
        for n in range(1, steps + 1):
            level = self.stair_start + (self.stair_end - self.stair_start) * n / steps
            yield self.stair_s / steps, level
        yield self.stair_end_s, self.stair_end

    def _sin(self) -> Iterator[Piece]:
        for n in range(PIECES):
            angle = 2.0 * math.pi * (n + 0.5) / PIECES
            yield 1.0 / self.sine_hertz / PIECES, self.sine_offset + self.sine_amplitude * math.sin(angle)

    def _puls(self) -> Iterator[Piece]:
        yield self.pulse_start_s, self.pulse_start
        yield self.pulse_top_s, self.pulse_top
        yield self.pulse_end_s, self.pulse_start

    def _trap(self) -> Iterator[Piece]:
        yield self.trapezoid_start_s, self.trapezoid_start
        yield from _line(self.trapezoid_start, self.trapezoid_top, self.trapezoid_rise_s)
        yield self.trapezoid_top_s, self.trapezoid_top
        yield from _line(self.trapezoid_top, self.trapezoid_start, self.trapezoid_fall_s)
        yield self.trapezoid_end_s, self.trapezoid_start

    def _exp(self) -> Iterator[Piece]:
        yield self.exponential_start_s, self.exponential_start
        whole = self.exponential_end - self.exponential_start
        for n in range(PIECES):
            passed_s = self.exponential_s * (n + 0.5) / PIECES
            level = self.exponential_start + whole * (1.0 - math.exp(-passed_s / self.exponential_tau_s))
            yield self.exponential_s / PIECES, level

    def _cdw(self) -> Iterator[Piece]:
        return zip(repeat(self.dwell_s), self.points)

    def _udef(self) -> Iterator[Piece]:
        last = len(self.user_dwell_s) - 1
        return ((self.user_dwell_s[min(n, last)], level) for n, level in enumerate(self.user_points))

    def set_points(self, *levels: float) -> None:
        """CDWell: levels of equal length."""
        self.points = levels

    def show_points(self) -> str:
        """As sent."""
        return shown(self.points)

    def count_points(self) -> str:
        """How many."""
        return str(len(self.points))

    def set_user_points(self, *levels: float) -> None:
        """UDEFined: levels with a dwell time each."""
        self.user_points = levels

    def show_user_points(self) -> str:
        """As sent."""
        return shown(self.user_points)

    def set_user_dwell(self, *seconds: float) -> None:
        """UDEFined: the dwell times."""
        self.user_dwell_s = seconds

    def show_user_dwell(self) -> str:
        """As sent."""
        return shown(self.user_dwell_s)


def _line(start: float, end: float, seconds: float) -> Iterator[Piece]:
    for n in range(PIECES):
        yield seconds / PIECES, start + (end - start) * (n + 0.5) / PIECES


def _level_limits(shape: Shape) -> Limits:
    return shape.limits()


def _shape_class(quantity: str, unit: str) -> type[Shape]:
    """The shapes' commands for VOLTage or CURRent."""
    path = f"[SOURce]:ARB:{quantity}:"
    level = Number(unit, _level_limits, form=NUMBER)
    body: dict[str, Any] = {
        name: Setting(path + header, level if limits is None else Number("", limits, form=NUMBER), reset=default)
        for name, (header, default, limits) in _PARAMETERS.items()
    }
    methods: dict[str, tuple[Any, Any]] = {
        "set_points": (command(path + "CDWell[:LEVel]", *values(unit, _level_limits)), Shape.set_points),
        "show_points": (query(path + "CDWell[:LEVel]?"), Shape.show_points),
        "count_points": (query(path + "CDWell:POINts?"), Shape.count_points),
        "set_user_points": (command(path + "UDEFined[:LEVel]", *values(unit, _level_limits)), Shape.set_user_points),
        "show_user_points": (query(path + "UDEFined[:LEVel]?"), Shape.show_user_points),
        "set_user_dwell": (command(path + "UDEFined:DWELl", *values("S", TIME)), Shape.set_user_dwell),
        "show_user_dwell": (query(path + "UDEFined:DWELl?"), Shape.show_user_dwell),
    }
    for name, (declare, function) in methods.items():
        body[name] = declare(_renewed(function))
    return type(f"{quantity.capitalize()}Shape", (Shape,), body)


def _renewed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of its own, so that the two kinds of shape do not share their declarations."""

    def own(self: Shape, *values: Any) -> Any:
        return function(self, *values)

    return own


VOLTS_SHAPE = _shape_class("VOLTage", "V")
AMPS_SHAPE = _shape_class("CURRent", "A")


class Arb:
    """The waveform of one output."""

    def __init__(self, output: Output) -> None:
        self.volts = VOLTS_SHAPE(output.volts_limits)
        self.amps = AMPS_SHAPE(output.amps_limits)

    type_ = Setting("[SOURce]:ARB:FUNCtion:TYPE", Choice(("VOLTage", "CURRent")), reset="VOLT")
    shape = Setting("[SOURce]:ARB:FUNCtion[:SHAPe]", Choice(SHAPES), reset="NONE")
    count = Setting("[SOURce]:ARB:COUNt", COUNT, reset=1.0)
    keeps_last = Setting("[SOURce]:ARB:TERMinate:LAST", Boolean(), reset=False)

    def steps(self, *, volts: bool) -> Iterator[tuple[float, float | None, float | None]]:
        """Seconds, volts and amps of every piece, over all rounds."""
        source = self.volts if volts else self.amps
        one_round = list(source.pieces(self.shape))
        if self.count == ENDLESS and sum(seconds for seconds, _ in one_round) > 0:
            rounds = repeat(one_round)
        else:
            rounds = repeat(one_round, 1 if self.count == ENDLESS else round(self.count))
        for seconds, level in chain.from_iterable(rounds):
            yield seconds, level if volts else None, None if volts else level

    def to_reset_table(self) -> None:
        """All parameters to their *RST values."""
        for part in (self, self.volts, self.amps):
            reset_settings(part)
