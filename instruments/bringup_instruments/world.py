"""The seam between simulated instruments and the physics behind them.

An instrument never computes what a sled does, and the physics never parses a command: they meet here.
All times are lab seconds (`Clock.now()`), never decreasing from call to call; the physics advances itself to
the time that it is asked about. Neighbours: `models/` (instruments) above, `physics/` below, `lab.py` joins
them as the station file says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Source:
    """What a bulk supply offers at its terminals: a voltage with a current limit, or nothing."""

    volts: float
    amps_limit: float
    on: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a supply's terminals really do: volts, amps, and which of the two limits (CV or CC)."""

    volts: float
    amps: float
    constant_current: bool


class Load(Protocol):
    """Something that a supply feeds: a sled's VIN input, with its cable."""

    def feed(self, at_s: float, source: Source) -> None:
        """From `at_s` on, the supply offers `source`."""

    def delivered(self, at_s: float) -> Delivered:
        """What the terminals do at `at_s`, given what the load draws."""


class Node(Protocol):
    """A place that a multimeter's leads touch."""

    def volts(self, at_s: float) -> float:
        """The true DC voltage at `at_s`; the meter adds its own error and noise."""


class Coolant(Protocol):
    """A coolant loop as its distribution unit (CDU) moves it. Temperatures in °C, flow in L/min per loop."""

    def set_supply_celsius(self, at_s: float, celsius: float) -> None:
        """Move the supply set-point; the liquid follows with slew and lag."""

    def set_flow_lpm(self, at_s: float, lpm: float) -> None:
        """Move the pump's flow set-point, in litres per minute for each sled."""

    def supply_celsius(self, at_s: float) -> float:
        """Temperature of the liquid that leaves the unit towards the sleds."""

    def return_celsius(self, at_s: float) -> float:
        """Temperature of the liquid that comes back, mixed over the sleds by flow."""

    def flow_lpm(self, at_s: float) -> float:
        """Flow that really passes, in litres per minute for each sled."""


class Console(Protocol):
    """The far end of a serial line: takes bytes, gives bytes, at lab time."""

    def receive(self, at_s: float, data: bytes) -> None:
        """The line brings `data` to the device."""

    def transmit(self, at_s: float) -> bytes:
        """Take what the device has sent up to `at_s` (empty if nothing)."""

    def next_at(self, at_s: float) -> float | None:
        """When the device will next send something unasked, or None: lets a reader sleep just long enough."""
