"""The serial links of a sled's chips: what each trained to, how often it went down, and how wide its eyes are.

    margin = 38 % UI - slope * |T - Topt| + N(0, 1.5 %) of the lane, for each lane

A weak lane loses another share for each kelvin below 20 °C. Margins are what a receiver's own margining tells (PCI
Express Base 5.0 asks for at least 20 % UI of range); the numbers are estimates. Errors follow from the margin: a lane
at its nominal margin makes one error in 1e15 bits, a decade more for each 2 % UI that it loses below 30 %. Neighbours:
`passage` trains them when the host enumerates, `defects.LinkDefects` spoils them, host tools and the BMC show them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor

from .defects import LinkDefects
from .draw import normal
from .hardware import LinkParameters

_HOUR_S = 3600.0
_COLD_CELSIUS = 20.0
_BEST_BER_EXPONENT = -15.0
_BER_KNEE_PERCENT = 30.0
_PERCENT_PER_DECADE = 2.0


@dataclass(frozen=True, slots=True)
class LinkState:
    """One link as its status register has it.

    Attributes:
        name: such as "host.2.0": link, chip, number.
        generation: that it runs at; 0 while it is down.
        lanes: likewise.
        transitions: how often it went down and came back since it trained.
    """

    name: str
    generation: int
    lanes: int
    transitions: int


class Link:
    """One link.

    Args:
        serial_number: of the sled.
        name: its instance.
        parameters: the product's.
        defects: of this link by name, looked at each time.
    """

    def __init__(
        self, serial_number: str, name: str, parameters: LinkParameters, defects: Callable[[], LinkDefects | None]
    ) -> None:
        self.name = name
        self.parameters = parameters
        self._serial_number = serial_number
        self._defects = defects
        self._trained_s: float | None = None
        self._generation = 0
        self._lanes = 0
        self._is_cold = True  # it has had no power since it last trained
        self._transitions = 0.0
        self._last_s = 0.0
        self._flaps_per_hour = 0.0  # as it was when last looked at

    def train(self, at_s: float) -> None:
        """Come up: to what both ends can, unless a warm start leaves it where it was stuck."""
        parameters, defects = self.parameters, self._defects()
        stuck = defects.trains_to_generation if defects is not None else None
        self._generation = parameters.generation
        if stuck is not None and not self._is_cold:
            self._generation = min(stuck, parameters.generation)
        self._lanes = parameters.lanes
        self._trained_s = self._last_s = at_s
        self._transitions = 0.0
        self._flaps_per_hour = 0.0 if defects is None else defects.flaps_per_hour
        self._is_cold = False

    def drop(self, at_s: float) -> None:
        """It goes down: its chip or its host is gone."""
        self.follow(at_s)
        self._trained_s = None

    def lose_power(self) -> None:
        """AC power is gone: it forgets what it was stuck at."""
        self._trained_s = None
        self._is_cold = True

    def follow(self, at_s: float) -> None:
        """Let the time up to now pass: flaps add up."""
        defects = self._defects()
        if self._trained_s is not None and self._flaps_per_hour:
            self._transitions += self._flaps_per_hour * max(0.0, at_s - self._last_s) / _HOUR_S
        self._flaps_per_hour = 0.0 if defects is None else defects.flaps_per_hour
        self._last_s = max(self._last_s, at_s)

    def state(self, at_s: float) -> LinkState:
        """As its registers have it; a snapshot hardly ever meets a flap, the count shows it."""
        self.follow(at_s)
        up = self._trained_s is not None
        generation, lanes = (self._generation, self._lanes) if up else (0, 0)
        return LinkState(self.name, generation, lanes, floor(self._transitions) if up else 0)

    def margins(self, celsius: float) -> tuple[float, ...]:
        """Of each lane at a board temperature, in % of a unit interval; none is below 0."""
        return tuple(self.margin(lane, celsius) for lane in range(self.parameters.lanes))

    def margin(self, lane: int, celsius: float) -> float:
        """Of one lane, in % of a unit interval."""
        parameters, defects = self.parameters, self._defects()
        away = abs(celsius - parameters.best_celsius)
        own = parameters.margin_sigma_percent * normal(self._serial_number, self.name, lane, "margin")
        margin = parameters.margin_percent - parameters.margin_percent_per_kelvin * away + own
        if defects is not None and defects.weak_lane == lane:
            margin -= defects.weak_per_kelvin * max(0.0, _COLD_CELSIUS - celsius)
        return max(0.0, margin)

    def errors(self, seconds: float, celsius: float) -> float:
        """Bit errors that a pattern of so many seconds is expected to count over all lanes."""
        bits = seconds * self.parameters.gbit_per_lane * 1e9
        return sum(bits * bit_error_rate(margin) for margin in self.margins(celsius))


def bit_error_rate(margin_percent: float) -> float:
    """Of a lane with this margin; a lane without any is wrong every other bit at most."""
    lost = max(0.0, _BER_KNEE_PERCENT - margin_percent)
    return float(min(0.5, 10.0 ** (_BEST_BER_EXPONENT + lost / _PERCENT_PER_DECADE)))


def links_of(
    serial_number: str,
    chips: int,
    kinds: tuple[LinkParameters, ...],
    defects: Callable[[str], LinkDefects | None],
) -> Iterator[Link]:
    """Every link of a sled, chip by chip."""
    for chip in range(chips):
        for kind in kinds:
            for number in range(kind.of_each_chip):
                name = f"{kind.name}.{chip}.{number}"
                yield Link(serial_number, name, kind, lambda name=name: defects(name))  # type: ignore[misc]
