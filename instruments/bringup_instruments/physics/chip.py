"""One accelerator at work: its part's traits, its temperatures, and whether it still answers."""

from __future__ import annotations

from dataclasses import dataclass

from .draw import normal
from .outcome import Outcome, margin_volts
from .parameters import SledParameters, WorkloadParameters
from .parts import PartTraits
from .power import CorePower, core_power, regulator_loss_watts
from .thermal import TwoNode

_STILL_DIE = 1e-6  # K/s below which a chip is at rest
_STILL_PLATE = 1e-8


@dataclass(slots=True)
class Feeds:
    """Which of the chip's rails are there, summed up once per change.

    Args:
        core_volts: target at the sense point, zero when off.
        hbm: share of the HBM power that its rails carry.
        uncore: share of the uncore power.
        complete: every rail of the chip is on.
    """

    core_volts: float = 0.0
    hbm: float = 0.0
    uncore: float = 0.0
    complete: bool = False


class Chip:
    """State of one chip; `SledPhysics` moves it through time."""

    def __init__(self, index: int, traits: PartTraits, parameters: SledParameters, serial_number: str) -> None:
        self.index = index
        self.traits = traits
        self.feeds = Feeds()
        self.workload: WorkloadParameters = parameters.chip.workloads["idle"]
        self.latched: Outcome | None = None  # hang or link loss; only losing its rails clears it
        self.throttled = False
        self._all = parameters
        self._core = parameters.chip
        self._load_line = next(r.load_line_ohms for r in parameters.rails if r.role.value == "core")
        self._junction = parameters.thermal.junction_kelvin_per_watt * traits.interface_scale
        ppm = parameters.variation.clock_sigma_ppm * normal(serial_number, index, "clock")
        self._clock_scale = 1.0 + 1e-6 * ppm
        self.clock_hertz = parameters.chip.clock_hertz
        self.die_celsius = 0.0
        self.plate_celsius = 0.0
        self._key: tuple[float, ...] = ()
        self._power = core_power(self._core, 1.0, 0.0, hertz=0.0, activity=0.0, celsius=25.0)
        self._margin_key: tuple[float, ...] = ()
        self._margin = 0.0

    @property
    def hertz(self) -> float:
        """The clock that the core really runs at; zero while any of its rails is missing."""
        if not self.feeds.complete:
            return 0.0
        factor = self._core.throttle_factor if self.throttled else 1.0
        return self.clock_hertz * self._clock_scale * factor

    @property
    def activity(self) -> float:
        """Of the running workload."""
        return self.workload.activity

    def power(self) -> CorePower:
        """The core's power now; remembered until something changes."""
        key = (self.die_celsius, self.feeds.core_volts, self.hertz, self.workload.activity)
        if key != self._key:
            celsius, volts, hertz, activity = key
            scale = self.traits.leakage_scale
            self._power = core_power(
                self._core,
                scale,
                volts,
                hertz=hertz,
                activity=activity,
                celsius=celsius,
                load_line_ohms=self._load_line,
            )
            self._key = key
        return self._power

    def margin(self, workload: WorkloadParameters) -> float:
        """Volts above the Vmin of a one-second run of `workload`."""
        power = self.power()
        key = (*self._key, workload.step_share)
        if key != self._margin_key:
            self._margin = margin_volts(
                self._core, self.traits, workload, power, hertz=self.hertz, celsius=self.die_celsius
            )
            self._margin_key = key
        return self._margin

    @property
    def hbm_watts(self) -> float:
        """Heat in the HBM stacks."""
        return self._core.hbm_watts * self.workload.activity * self.feeds.hbm

    @property
    def uncore_watts(self) -> float:
        """Heat in SRAM, links and PLL."""
        return self._core.uncore_watts * self.feeds.uncore

    def heat_watts(self) -> float:
        """Everything that the chip gives to its plate."""
        return self.power().watts + self.hbm_watts + self.uncore_watts

    def bus_watts(self) -> float:
        """What the chip and its regulators take from the intermediate bus."""
        power, vr = self.power(), self._all.vr
        core = (self.feeds.core_volts - self._load_line * power.amps) * power.amps
        core += regulator_loss_watts(vr, power.amps)
        return core + (self.hbm_watts + self.uncore_watts) / vr.other_efficiency

    def motion(self, inlet_celsius: float, inlet_rate: float, conductance: float) -> Motion | None:
        """How the chip's temperatures are about to move; None when they are at rest.

        Args:
            inlet_celsius: of the coolant now.
            inlet_rate: how it moves, in K/s.
            conductance: W/K from plate to inlet.
        """
        thermal = self._all.thermal
        across = (self.die_celsius - self.plate_celsius) / self._junction
        away = conductance * (self.plate_celsius - inlet_celsius)
        die_rate = (self.heat_watts() - across) / thermal.die_joules_per_kelvin
        plate_rate = (across - away) / thermal.plate_joules_per_kelvin
        if inlet_rate == 0.0 and abs(die_rate) < _STILL_DIE and abs(plate_rate) < _STILL_PLATE:
            return None
        net = TwoNode(thermal, self._junction, conductance, self.power().watts_per_kelvin)
        push = conductance * inlet_rate / thermal.plate_joules_per_kelvin
        return Motion(self, net, die_rate, plate_rate, push)


@dataclass(frozen=True, slots=True)
class Motion:
    """A chip about to move: its network and its slopes now."""

    chip: Chip
    net: TwoNode
    die_rate: float
    plate_rate: float
    plate_push: float

    def move(self, seconds: float) -> tuple[float, float]:
        """Kelvin by which die and plate move in `seconds`."""
        return self.net.move(self.die_rate, self.plate_rate, seconds, self.plate_push)
