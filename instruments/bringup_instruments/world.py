"""The seam between simulated instruments and the physics behind them.

An instrument never computes what a sled does, and the physics never parses a command: they meet here.
All times are lab seconds (`Clock.now()`), never decreasing from call to call; the physics advances itself to
the time that it is asked about. Neighbours: `models/` (instruments) above, `physics/` below, `lab.py` joins
them as the station file says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


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

    def watch(self, listener: Callable[[float], None]) -> None:
        """Call `listener` with the lab time whenever what is drawn has changed: protections act by themselves."""


@runtime_checkable
class Waking(Protocol):
    """Something in the physics that lets an instrument act by itself: loads are, where they can be."""

    def alarm(self, who: object, at_s: float, act: Callable[[float], None]) -> None:
        """When lab time reaches `at_s`, call `act(at_s)` before anything later is looked at.

        `who` has one alarm at a time: a new one replaces the old, and an infinite time takes it back.
        """


class Node(Protocol):
    """A place that an instrument's leads, probe or sensor touch; the instrument adds its own error and noise.

    What a place does not have it says as physics would: no volts, no amps, an open circuit, the room's
    temperature, no frequency. `physics/places.py` has a base with just that.
    """

    def volts(self, at_s: float) -> float:
        """The true DC voltage."""

    def amps(self, at_s: float) -> float:
        """The direct current that passes, for an instrument wired in series there."""

    def ohms(self, at_s: float) -> float:
        """The resistance between the leads with all sources off; infinite where nothing conducts."""

    def celsius(self, at_s: float) -> float:
        """The temperature, for a sensor fixed there."""

    def hertz(self, at_s: float) -> float:
        """The frequency of the signal there; 0 where it is DC."""

    def trace(self, from_s: float, to_s: float, samples: int) -> Sequence[float]:
        """The voltage at `samples` equally spaced times, first and last included; none may lie ahead of now."""


@runtime_checkable
class Changing(Protocol):
    """A node that can say when it changed, so that a trigger misses no short edge. Optional."""

    def edges(self, from_s: float, to_s: float) -> Sequence[float]:
        """Ascending times in an interval of the past, between which the voltage only rises, only falls or rests."""


class Sink(Protocol):
    """What an electronic load does at its terminals."""

    def amps_at(self, volts: float) -> float:
        """The current that it takes at this voltage; not falling as the voltage rises, but in constant power."""


class Terminals(Load, Node, Protocol):
    """A terminal block: one source at most, any number of resistors, loads and meters."""

    def connect(self, sink: Sink) -> Callable[[float], None]:
        """Put an electronic load on it; the load calls what it gets with the lab time whenever it has changed."""


class Air(Protocol):
    """Air that a chamber or a thermal stream moves over something.

    In closed form: what it passes asks for its temperature at any time, as a sled asks the coolant.
    """

    def celsius(self, at_s: float) -> float:
        """Temperature of the air that arrives."""

    def watts_per_kelvin(self, at_s: float) -> float:
        """How well it couples to what it touches; 0 while nothing blows."""

    def longest_step_s(self, at_s: float) -> float:
        """For how long from `at_s` the temperature may be taken as straight."""


class Part(Protocol):
    """What a chamber or a thermal stream heats and cools: a sled's board, one of its chips, a fixture."""

    def surround(self, at_s: float, air: Air) -> None:
        """From `at_s` on, this air passes over it; called again whenever the air has changed its course."""

    def celsius(self, at_s: float) -> float:
        """Its own temperature, for a sensor fixed to it."""


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


class Fed(Protocol):
    """What an outlet of the mains feeds: a slot's bulk supply and the sled behind it."""

    def set_mains(self, at_s: float, on: bool) -> None:
        """Cut the mains, or give them back; the supply then offers what it offered before."""

    def mains_watts(self, at_s: float) -> float:
        """What the supply takes from the outlet."""

    @property
    def load(self) -> Load:
        """The sled's input."""


class Console(Protocol):
    """The far end of a serial line: takes bytes, gives bytes, at lab time."""

    def receive(self, at_s: float, data: bytes) -> None:
        """The line brings `data` to the device."""

    def transmit(self, at_s: float) -> bytes:
        """Take what the device has sent up to `at_s` (empty if nothing)."""

    def next_at(self, at_s: float) -> float | None:
        """When the device will next send something unasked, or None: lets a reader sleep just long enough."""
