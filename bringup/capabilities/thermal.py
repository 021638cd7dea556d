"""What heats and cools: coolant units, chambers, thermal streams."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from .instrument import Instrument


@runtime_checkable
class CoolantLoop(Instrument, Protocol):
    """A coolant distribution unit."""

    def set_supply_celsius(self, celsius: float) -> None:
        """Move the supply temperature set-point."""

    def set_flow_lpm(self, lpm: float) -> None:
        """Move the flow set-point, in litres per minute for each sled."""

    def supply_celsius(self) -> float:
        """Temperature of the liquid towards the sleds."""

    def return_celsius(self) -> float:
        """Temperature of the liquid coming back."""

    def flow_lpm(self) -> float:
        """Flow for each sled, in litres per minute."""


@runtime_checkable
class ThermalForcer(Instrument, Protocol):
    """A chamber or a thermal stream. Its safe state is stopped: nothing is heated or cooled."""

    def set_celsius(self, celsius: float, *, kelvin_per_min: float | None = None) -> None:
        """Move the set-point, as fast as the unit can or along a ramp; verified by reading back."""

    def start(self) -> None:
        """Blow."""

    def stop(self) -> None:
        """Stop; works whatever state the unit is in."""

    def is_running(self) -> bool:
        """Whether it blows."""

    def celsius(self) -> float:
        """What its control sensor measures: the air, or the part where the unit controls the part."""

    def at_temperature(self) -> bool:
        """Whether it says that the set-point is reached and has held for its soak time."""
