"""What feeds and loads: supplies, source meters, electronic loads, the mains."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from .instrument import Instrument


@runtime_checkable
class PowerSupply(Instrument, Protocol):
    """A bulk supply with one output. Every set is verified by reading back before the call returns."""

    def configure(self, *, volts: float, amps: float, over_volts: float) -> None:
        """Set the voltage, the current limit and the over-voltage protection; the output keeps its state."""

    def output_on(self) -> None:
        """Switch the output on."""

    def output_off(self) -> None:
        """Switch the output off; works whatever state the instrument is in."""

    def is_on(self) -> bool:
        """Whether the output is on."""

    def volts(self) -> float:
        """Measured voltage at the terminals."""

    def amps(self) -> float:
        """Measured current."""


@runtime_checkable
class MultiOutputSupply(Instrument, Protocol):
    """A supply with several outputs, each a `PowerSupply` of its own on the one wire."""

    @property
    def channels(self) -> tuple[int, ...]:
        """The numbers of its outputs."""

    def output(self, channel: int) -> PowerSupply:
        """One output; closing it leaves the wire open.

        Raises:
            UsageError: no such output.
        """


@runtime_checkable
class OutputWatchdog(Instrument, Protocol):
    """An instrument that switches its outputs off by itself when nobody talks to it."""

    def arm_watchdog(self, seconds: float) -> None:
        """Off after this long without any traffic; verified by reading back."""

    def disarm_watchdog(self) -> None:
        """Stay on whatever happens; verified."""

    def watchdog_s(self) -> float | None:
        """The delay while it is armed, else None; a power blip disarms it."""


@runtime_checkable
class SourceMeter(Instrument, Protocol):
    """Forces one of volts and amps and measures both (an SMU). Every set is verified by reading back."""

    def force_volts(self, volts: float, *, amps_limit: float) -> None:
        """Source a voltage with a compliance current; the output keeps its state."""

    def force_amps(self, amps: float, *, volts_limit: float) -> None:
        """Source a current with a compliance voltage; the output keeps its state."""

    def output_on(self) -> None:
        """Switch the output on."""

    def output_off(self) -> None:
        """Switch the output off; works whatever state the instrument is in."""

    def is_on(self) -> bool:
        """Whether the output is on."""

    def volts(self) -> float:
        """Measured voltage."""

    def amps(self) -> float:
        """Measured current."""

    def in_compliance(self) -> bool:
        """Whether the limit is what holds the output, so that the forced value is not reached."""


@runtime_checkable
class ElectronicLoad(Instrument, Protocol):
    """A load that is set; it sinks nothing while its input is off. Every set is verified by reading back."""

    def draw_amps(self, amps: float) -> None:
        """Constant current."""

    def draw_watts(self, watts: float) -> None:
        """Constant power."""

    def draw_ohms(self, ohms: float) -> None:
        """Constant resistance."""

    def step_amps(self, low: float, high: float, *, hertz: float, amps_per_s: float) -> None:
        """Alternate between two currents, half of the time each, with the given slew."""

    def input_on(self) -> None:
        """Start to draw."""

    def input_off(self) -> None:
        """Stop to draw; works whatever state the instrument is in."""

    def is_on(self) -> bool:
        """Whether it draws."""

    def volts(self) -> float:
        """Measured voltage at its terminals."""

    def amps(self) -> float:
        """Measured current."""


@runtime_checkable
class PowerDistribution(Instrument, Protocol):
    """A rack's power distribution unit: outlets that are switched and metered."""

    @property
    def outlets(self) -> tuple[int, ...]:
        """The numbers of its outlets."""

    def outlet_on(self, outlet: int) -> None:
        """Switch an outlet on; verified."""

    def outlet_off(self, outlet: int) -> None:
        """Switch an outlet off; verified."""

    def outlet_is_on(self, outlet: int) -> bool:
        """Whether an outlet is on."""

    def watts(self, outlet: int) -> float:
        """Power that an outlet delivers."""
