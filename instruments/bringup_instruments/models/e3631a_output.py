"""One output of the E3631A: its ratings, its levels and the levels that wait for a trigger.

Neighbours: `supply_e3631a.py` selects, couples and tracks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..scpi import Limits, Number, ScpiError, Setting, Special
from ..scpi.lexer import Token
from ..scpi.parameters import Parameter
from ..world import Load
from .bench_output import BenchOutput

HEADROOM = 1.03
"""Programming range over the rating (guide: 6.18 V, 5.15 A, 25.75 V, 1.03 A)."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One output's row in the guide, signed as it is programmed, with the read-back's steps (specifications)."""

    name: str
    volts: float
    amps: float
    volts_step: float
    amps_step: float


RATINGS = (
    Rating("P6V", 6.0, 5.0, 0.0005, 0.0005),
    Rating("P25V", 25.0, 1.0, 0.0015, 0.0001),
    Rating("N25V", -25.0, 1.0, 0.0015, 0.0001),
)


@dataclass(frozen=True, slots=True)
class Level(Number):
    """A level whose maximum may be below its minimum: that of the negative output is."""

    def check(self, owner: Any, value: object) -> float:
        """Between the two ends, whichever is the higher one."""
        limits = self.limits_of(owner)
        if limits is None or isinstance(value, Special):
            return Number.check(self, owner, value)
        number = float(value)  # type: ignore[arg-type]  # accept() made it
        low, high = sorted((limits.minimum, limits.maximum))
        if not low <= number <= high:
            raise ScpiError(-222)
        return number + 0.0  # no negative zero


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A parameter of an output that another parameter names: the command judges it when it knows which."""

    kind: Parameter[Any]
    optional: bool = True

    def accept(self, token: Token) -> object:
        """How it is written is judged at once."""
        return self.kind.accept(token)

    def check(self, _owner: Any, value: object) -> object:
        """Later."""
        return value

    def show(self, value: Any) -> str:
        """As the kind does."""
        return self.kind.show(value)

    def limits_of(self, _owner: Any) -> None:
        """Not known yet."""
        return


class E3631Output(BenchOutput):
    """An output.

    Args:
        rating: which one.
        load: what hangs on it.
        now: lab time.
        moved: told of every new level.
    """

    def __init__(
        self, rating: Rating, load: Load, now: Callable[[], float], moved: Callable[[E3631Output], None]
    ) -> None:
        super().__init__(load, now, negative=rating.volts < 0)
        self.rating = rating
        self._moved = moved
        self.triggered_volts: float | None = None  # None: follows the level in force
        self.triggered_amps: float | None = None
        self.amps = rating.amps

    def volts_limits(self) -> Limits:
        """Zero to the end of the programming range, in the output's own sign."""
        return Limits(0.0, self.rating.volts * HEADROOM, 0.0)

    def amps_limits(self) -> Limits:
        """Never signed."""
        return Limits(0.0, self.rating.amps * HEADROOM, self.rating.amps)

    def _follow(self) -> None:
        self._moved(self)

    volts = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", Level("V", volts_limits), reset=0.0, then=_follow
    )
    amps = Setting("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", Level("A", amps_limits), reset=0.0, then=_follow)

    def reset(self) -> None:
        """No volts, the rated current (guide, *RST table), nothing pending."""
        self.volts, self.amps = 0.0, self.rating.amps
        self.triggered_volts = self.triggered_amps = None

    def take_triggered(self) -> None:
        """What was programmed for the trigger becomes the level in force."""
        if self.triggered_volts is not None:
            self.volts = self.triggered_volts
        if self.triggered_amps is not None:
            self.amps = self.triggered_amps
        self._follow()

    def measured_volts(self) -> str:
        """Signed, in the read-back's steps."""
        step, sign = self.rating.volts_step, -1 if self.rating.volts < 0 else 1
        return format(round(sign * self.look().volts / step) * step, "+.8E")

    def measured_amps(self) -> str:
        """The guide's current is positive on every output."""
        step = self.rating.amps_step
        return format(round(self.look().amps / step) * step, "+.8E")
