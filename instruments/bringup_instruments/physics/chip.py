"""One accelerator at work: its part's traits, its temperatures, and whether it still answers."""

from __future__ import annotations

from dataclasses import dataclass

from .defects import ChipDefects
from .draw import normal, uniform
from .outcome import Outcome, margin_volts
from .parameters import Role, SledParameters, WorkloadParameters
from .parts import PartTraits
from .power import CorePower, core_power, regulator_loss_watts
from .thermal import TwoNode

# What a chip's operating point hangs on.
_CAUSES = frozenset({"feeds", "workload", "throttled", "clock_hertz", "clock_reach", "die_celsius"})
PLL_WANDER = (0.001, 0.010)  # how far below its target an unlocked clock runs (estimate)
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


@dataclass(frozen=True, slots=True)
class Operating:
    """What a chip does at one set of causes; all powers in watts.

    Args:
        hertz: the clock that the core really runs at; zero while any of its rails is missing.
        core: the core rail's side of it.
        hbm: heat in the HBM stacks.
        uncore: heat in SRAM, links and PLL.
        bus: what the chip and its regulators take from the intermediate bus.
    """

    hertz: float
    core: CorePower
    hbm: float
    uncore: float
    bus: float

    @property
    def heat(self) -> float:
        """Everything that the chip gives to its plate."""
        return self.core.watts + self.hbm + self.uncore


@dataclass(slots=True)
class _Solved:
    """What was worked out for the causes as they are."""

    operating: Operating | None = None
    margin: tuple[WorkloadParameters, float] | None = None


class Chip:
    """State of one chip; `SledPhysics` moves it through time."""

    def __init__(
        self, index: int, traits: PartTraits, parameters: SledParameters, serial_number: str, defects: ChipDefects
    ) -> None:
        self._solved = _Solved()  # apart, so that keeping a result is no change of a cause
        self.index = index
        self.traits = traits
        self.latched: Outcome | None = None  # hang or link loss; only losing its rails clears it
        self.plate_celsius = 0.0
        self._all = parameters
        self._core = parameters.chip
        self._load_line = next(r.load_line_ohms for r in parameters.rails if r.role is Role.CORE)
        self.defects = defects
        self.aged_volts = 0.0  # by which its Vmin has risen under load
        self.lock_losses = 0.0  # of its PLL; sticky
        self.clock_reach = 1.0  # how far its clock comes on this run
        ppm = parameters.variation.clock_sigma_ppm * normal(serial_number, index, "clock")
        self._clock_scale = 1.0 + 1e-6 * ppm
        low, high = PLL_WANDER
        self._wander = low + (high - low) * uniform(serial_number, index, "wander")
        self.feeds = Feeds()
        self.workload = parameters.chip.workloads["idle"]
        self.throttled = False
        self.clock_hertz = parameters.chip.clock_hertz
        self.die_celsius = 0.0

    @property
    def junction_kelvin_per_watt(self) -> float:
        """From die to plate, this part's."""
        nominal = self._all.thermal.junction_kelvin_per_watt
        return nominal * self.traits.interface_scale * self.defects.interface_scale

    def forget_solved(self) -> None:
        """Something that its operating point hangs on has changed under it."""
        self._solved.operating = self._solved.margin = None

    def __setattr__(self, name: str, value: object) -> None:
        """Set; a cause that changes makes the chip forget its operating point."""
        object.__setattr__(self, name, value)
        if name in _CAUSES:
            self._solved.operating = self._solved.margin = None

    def operating(self) -> Operating:
        """The operating point now; remembered until a cause changes."""
        known = self._solved.operating
        if known is None:
            known = self._solved.operating = self._solve()
        return known

    def margin(self, workload: WorkloadParameters) -> float:
        """Volts above the Vmin of a one-second run of `workload`."""
        known = self._solved.margin
        if known is None or known[0] is not workload:
            now = self.operating()
            margin = margin_volts(
                self._core,
                self.traits,
                workload,
                now.core,
                hertz=now.hertz,
                celsius=self.die_celsius,
                droop_scale=self.defects.droop_scale,
            )
            margin -= self.aged_volts
            known = self._solved.margin = (workload, margin)
        return known[1]

    @property
    def is_unlocked(self) -> bool:
        """Whether its die is so cold that its PLL does not hold lock."""
        return self.die_celsius < self.defects.pll_unlocks_below_celsius

    def _solve(self) -> Operating:
        feeds, workload, vr = self.feeds, self.workload, self._all.vr
        factor = self._core.throttle_factor if self.throttled else 1.0
        hertz = self.clock_hertz * self.clock_reach * self._clock_scale * factor if feeds.complete else 0.0
        if self.is_unlocked:
            hertz *= 1.0 - self._wander
        core = core_power(
            self._core,
            self.traits.leakage_scale * self.defects.leakage_scale,
            feeds.core_volts,
            hertz=hertz,
            activity=workload.activity,
            celsius=self.die_celsius,
            load_line_ohms=self._load_line,
        )
        hbm = self._core.hbm_watts * workload.activity * feeds.hbm
        uncore = self._core.uncore_watts * feeds.uncore
        delivered = (feeds.core_volts - self._load_line * core.amps) * core.amps
        bus = delivered + regulator_loss_watts(vr, core.amps) + (hbm + uncore) / vr.other_efficiency
        return Operating(hertz, core, hbm, uncore, bus)

    def motion(self, inlet_celsius: float, inlet_rate: float, conductance: float) -> Motion | None:
        """How the chip's temperatures are about to move; None when they are at rest.

        Args:
            inlet_celsius: of the coolant now.
            inlet_rate: how it moves, in K/s.
            conductance: W/K from plate to inlet.
        """
        thermal = self._all.thermal
        across = (self.die_celsius - self.plate_celsius) / self.junction_kelvin_per_watt
        away = conductance * (self.plate_celsius - inlet_celsius)
        now = self.operating()
        die_rate = (now.heat - across) / thermal.die_joules_per_kelvin
        plate_rate = (across - away) / thermal.plate_joules_per_kelvin
        if inlet_rate == 0.0 and abs(die_rate) < _STILL_DIE and abs(plate_rate) < _STILL_PLATE:
            return None
        net = TwoNode(thermal, self.junction_kelvin_per_watt, conductance, now.core.watts_per_kelvin)
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
