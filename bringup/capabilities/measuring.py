"""What measures: meters, scanners, counters, oscilloscopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .instrument import Instrument


@runtime_checkable
class Multimeter(Instrument, Protocol):
    """A meter whose leads touch one place, said in the station file."""

    def dc_volts(self) -> float:
        """One reading of DC voltage."""


@runtime_checkable
class Ohmmeter(Instrument, Protocol):
    """Measures resistance: a dead rail to ground before first power-on, say."""

    def ohms(self, *, four_wire: bool = False) -> float:
        """One reading in ohms; infinite where nothing conducts."""


@runtime_checkable
class Scanner(Instrument, Protocol):
    """A meter behind a multiplexer."""

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels that it has."""

    def scan_dc_volts(self, *channels: int) -> Mapping[int, float]:
        """One DC reading of each channel, in the order given, in volts."""

    def scan_celsius(self, *channels: int) -> Mapping[int, float]:
        """One reading of the thermocouple on each channel, in degrees Celsius."""


@runtime_checkable
class FrequencyCounter(Instrument, Protocol):
    """Counts what it is wired to."""

    def hertz(self, *, gate_s: float = 0.1) -> float:
        """One frequency measurement over a gate time.

        Raises:
            BadReply: there is no signal.
        """


@dataclass(frozen=True, slots=True)
class Waveform:
    """A captured trace.

    Attributes:
        start_s: time of the first sample after the trigger (negative before it).
        step_s: between samples.
        volts: the samples.
    """

    start_s: float
    step_s: float
    volts: tuple[float, ...]


@runtime_checkable
class Oscilloscope(Instrument, Protocol):
    """Captures one edge."""

    def arm(
        self, *, channel: int, full_scale_volts: float, level_volts: float, seconds: float, rising: bool = True
    ) -> None:
        """Wait for an edge through `level_volts`; `seconds` is the width of the capture, a tenth of it before."""

    def triggered(self) -> bool:
        """Whether the edge has come and the capture is complete."""

    def waveform(self, channel: int) -> Waveform:
        """The capture.

        Raises:
            InstrumentError: nothing has been captured since it was armed.
        """
