"""The memory stacks beside a chip: which channels train, how many errors are corrected, and which are not.

    P(stack trains) = 1 / (1 + exp((T - T50) / w)),  CE per hour = rate * 2**((T - 85 °C) / 10 °C)

Retention halves with about every 10 °C, so errors double; T50 is 102 °C for a good stack and 94 °C for a weak one.
All of it estimates but for the law of retention (JESD79 and its kin halve the refresh interval above 85 °C). Errors
come one at a time at moments that belong to the unit: a count never depends on how often anyone looked. Neighbours:
`passage` carries it through time, `defects.ChipDefects` makes it worse, host tools and the BMC show the counters.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

from .defects import ChipDefects
from .draw import uniform
from .hardware import MemoryParameters

_HOUR_S = 3600.0


@dataclass(slots=True)
class Counters:
    """What hardware counts since the chip had power.

    Attributes:
        correctable: errors that ECC put right.
        uncorrectable: errors that it could not.
        remapped: rows that were replaced by spare ones.
    """

    correctable: int = 0
    uncorrectable: int = 0
    remapped: int = 0


class Memory:
    """The stacks of one chip.

    Args:
        serial_number: of the sled.
        chip: its number.
        parameters: the product's.
        defects: of this chip, looked at each time.

    Attributes:
        trained: whether each channel has trained; empty before the first training.
        refresh_scale: how often rows are refreshed against nominal; 2 halves the time in which they may leak.
    """

    def __init__(self, serial_number: str, chip: int, parameters: MemoryParameters, defects: ChipDefects) -> None:
        self.counters = Counters()
        self.trained: tuple[bool, ...] = ()
        self.refresh_scale = 1.0
        self._key = (serial_number, chip, "memory")
        self.parameters = parameters
        self._defects = defects
        self._trainings = 0
        self._powered = 0
        self._stacks_weak = tuple(
            uniform(*self._key, stack, "weak") < parameters.weak_share for stack in range(parameters.stacks)
        )
        self._corrected = _Arrivals((*self._key, 0, "ce"))
        self._uncorrected = _Arrivals((*self._key, 0, "ue"))

    @property
    def is_up(self) -> bool:
        """Whether every channel has trained."""
        return bool(self.trained) and all(self.trained)

    @property
    def failed_channels(self) -> tuple[int, ...]:
        """Numbers of the channels that did not train the last time."""
        return tuple(channel for channel, trained in enumerate(self.trained) if not trained)

    def train(self, celsius: float) -> bool:
        """Train every channel at this stack temperature; whether all came up."""
        self._trainings += 1
        parameters = self.parameters
        found: list[bool] = []
        for stack in range(parameters.stacks):
            odds = exp(min((celsius - self.train_celsius(stack)) / parameters.train_width_celsius, 60.0))
            luck = uniform(*self._key, stack, self._trainings, "train")
            fails = luck < odds / (1.0 + odds)
            worst = int(uniform(*self._key, stack, "worst") * parameters.channels)  # its eye closes first
            found += [not (fails and channel == worst) for channel in range(parameters.channels)]
        self.trained = tuple(found)
        return self.is_up

    def train_celsius(self, stack: int) -> float:
        """The temperature at which half of a stack's trainings fail."""
        parameters = self.parameters
        t50 = parameters.weak_t50_celsius if self._stacks_weak[stack] else parameters.t50_celsius
        return t50 - self._defects.memory_weak_celsius

    def correctable_per_hour(self, celsius: float, activity: float) -> float:
        """The rate of corrected errors at a stack temperature, under a share of full traffic."""
        parameters = self.parameters
        hot = 2.0 ** ((celsius - parameters.anchor_celsius) / parameters.doubling_celsius)
        busy = 0.2 + 0.8 * activity  # patrol scrubbing finds errors in idle rows too
        retained = self.refresh_scale**-parameters.refresh_power
        return float(parameters.correctable_per_hour * self._defects.correctable_scale * hot * busy * retained)

    def live(self, seconds: float, celsius: float, activity: float) -> None:
        """Time passes at one temperature: errors arrive."""
        if not self.trained:
            return
        hours = seconds / _HOUR_S
        rate = self.correctable_per_hour(celsius, activity)
        if rate > 0.0:
            self.counters.correctable += self._corrected.within(rate * hours)
        if self._defects.uncorrectable_per_hour > 0.0:
            new = self._uncorrected.within(self._defects.uncorrectable_per_hour * hours)
            self.counters.uncorrectable += new
            self.counters.remapped = min(self.counters.remapped + new, self.parameters.spare_rows)

    @property
    def is_exhausted(self) -> bool:
        """Whether no spare row is left, so that the next uncorrectable error stays."""
        return self.counters.remapped >= self.parameters.spare_rows

    def forget(self) -> None:
        """Power is gone: nothing is trained, and counters begin anew."""
        if not self.trained and self.counters == Counters():
            return
        self.trained = ()
        self.refresh_scale = 1.0
        self._powered += 1
        self.counters = Counters(remapped=self.counters.remapped)  # the row map is fused
        self._corrected = _Arrivals((*self._key, self._powered, "ce"))
        self._uncorrected = _Arrivals((*self._key, self._powered, "ue"))


class _Arrivals:
    """A Poisson process in its own time: unit hazards between arrivals, drawn from the unit's key."""

    __slots__ = ("_done", "_key", "_next", "_number")

    def __init__(self, key: tuple[object, ...]) -> None:
        self._key = key
        self._done = 0.0
        self._number = 0
        self._next = self._draw()

    def within(self, hazard: float) -> int:
        """How many arrive while the hazard grows by so much."""
        self._done += hazard
        arrived = 0
        while self._done >= self._next:
            arrived += 1
            self._number += 1
            self._next += self._draw()
        return arrived

    def _draw(self) -> float:
        return -log(uniform(*self._key, self._number))
