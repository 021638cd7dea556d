"""The power sequence, as a plan sees it that wants to stand beside every step (first power-on).

A plan that takes a `PowerSequence` walks it itself, rail by rail; for every other plan the runner has walked it
before the body runs. Either way the runner owns the way down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from .capabilities import RailReading


@dataclass(frozen=True, slots=True)
class PowerStep:
    """One rail that came up.

    Attributes:
        rail: its name.
        nominal_volts: what it should be.
        readings: what every instance of it reads once its power-good came.
        input_watts: what the sled draws from its input with this rail up.
    """

    rail: str
    nominal_volts: float
    readings: tuple[RailReading, ...]
    input_watts: float


class PowerSequence(Protocol):
    """The product's rails, in the order in which they come up."""

    def steps(self) -> Iterator[PowerStep]:
        """Bring up one rail after the other; each is verified by read-back before it is yielded.

        Raises:
            BenchError: the supply or the controller is not as it should be; the runner makes the sled safe.
            RailFault: a rail did not come up, or not to its voltage; likewise.
        """

    def by_pmbus(self, rail: str) -> Mapping[str, float]:
        """Volts of every instance of a rail as its own regulator measures them; nothing where none can be asked."""

    def rails_down(self) -> None:
        """Take the rails that are switched down again, in reverse order, each verified; standby and input stay.

        Then `steps` may be walked anew.

        Raises:
            RailFault: one is still enabled, or still holds more than its residual limit.
        """

    def boot(self) -> None:
        """Start the host and wait until it is ready.

        Raises:
            SledHang: it did not become ready in the product's time.
        """
