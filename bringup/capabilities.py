"""What an instrument can do, as protocols: plans and the runner know these and never a model.

A driver implements one or more of them; the station file says which instrument plays which role. All calls
block until the instrument has answered and raise `InstrumentError` where its answer cannot be believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers on the wire."""

    maker: str
    model: str
    serial_number: str
    firmware: str

    def __str__(self) -> str:
        return f"{self.maker} {self.model} SN {self.serial_number} fw {self.firmware}"


@runtime_checkable
class Instrument(Protocol):
    """Anything on the bench that answers."""

    def identify(self) -> Identity:
        """Ask the instrument who it is (`*IDN?` or its dialect's equivalent)."""

    def close(self) -> None:
        """Give the wire back; the instrument's state is left as it is. A second call does nothing."""


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
class Multimeter(Instrument, Protocol):
    """A meter whose leads touch one place, said in the station file."""

    def dc_volts(self) -> float:
        """One reading of DC voltage."""


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


class HostState(StrEnum):
    """What the sled's host is doing, as its management controller sees it."""

    OFF = "off"
    BOOTING = "booting"
    READY = "ready"
    HUNG = "hung"


@dataclass(frozen=True, slots=True)
class RailReading:
    """One rail instance as the management controller reads it.

    Attributes:
        name: with the chip's number where every chip has its own, as in "vdd_core.2".
        on: whether the regulator is enabled.
        power_good: whether the regulator says that it is in regulation.
        set_volts: what it was told, quantised to the regulator's step.
        volts: what it measures.
        amps: what it delivers.
    """

    name: str
    on: bool
    power_good: bool
    set_volts: float
    volts: float
    amps: float


@dataclass(frozen=True, slots=True)
class InputReading:
    """A sled's 54 V input as its management controller reads it."""

    volts: float
    amps: float
    watts: float


@runtime_checkable
class SledController(Instrument, Protocol):
    """A sled's management controller: rails, clock, sensors, and the host's power button."""

    def rail_on(self, rail: str) -> None:
        """Enable a rail (every instance of it)."""

    def rail_off(self, rail: str) -> None:
        """Disable a rail (every instance of it)."""

    def set_rail(self, rail: str, volts: float) -> None:
        """Move a rail's set-point; a name with a chip's number moves that instance alone."""

    def read_rail(self, rail: str) -> tuple[RailReading, ...]:
        """Read every instance that the name means."""

    def input(self) -> InputReading:
        """Read the 54 V input."""

    def sensors(self) -> Mapping[str, float]:
        """Every temperature sensor by name, in degrees Celsius."""

    def set_clock(self, hertz: float) -> None:
        """Command the core clock."""

    def measured_clock(self) -> float:
        """What the clock counter says, in hertz; never what was commanded."""

    def host_on(self) -> None:
        """Start the host's boot; returns at once."""

    def host_off(self) -> None:
        """Hold the host in reset; works on a hung host too."""

    def host_state(self) -> HostState:
        """What the host is doing."""


@dataclass(frozen=True, slots=True)
class ChipResult:
    """What one chip answered to a workload: wrong results, and the proof that it ran as asked."""

    chip: int
    errors: int
    hertz: float
    throttled: bool


@dataclass(frozen=True, slots=True)
class WorkloadResult:
    """What a workload answered.

    Attributes:
        workload: its name.
        seconds: how long it ran.
        chips: one result per chip.
    """

    workload: str
    seconds: float
    chips: tuple[ChipResult, ...]

    @property
    def errors(self) -> int:
        """Wrong results over all chips."""
        return sum(chip.errors for chip in self.chips)

    @property
    def throttled(self) -> bool:
        """Whether any chip ran below its clock."""
        return any(chip.throttled for chip in self.chips)


@runtime_checkable
class WorkloadHost(Instrument, Protocol):
    """The sled's host, at the far end of its console."""

    def workloads(self) -> tuple[str, ...]:
        """The workloads that it can run."""

    def start(self, workload: str, seconds: float) -> int:
        """Start a workload on every chip; returns its job's number at once.

        Raises:
            SledHang: the console is silent.
        """

    def finish(self, job: int) -> WorkloadResult:
        """Wait until a job that was started here is through; its answer.

        Raises:
            SledHang: the console fell silent before the answer came.
        """


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
