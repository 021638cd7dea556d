"""What is wrong with one sled: nothing, until somebody puts a fault on it. The physics and the instruments look here.

Every field is a physical cause, never a symptom: a reading is not written here, but the short that makes it is.
Neighbours: `faults/` sets the fields at their time; `rails`, `passage`, `supply`, `host`, `chip`, `memory`, `links` and
`telemetry` beside it, and the instruments in `models/`, are what they act on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, inf

from .telemetry import Lie


@dataclass(slots=True)
class RailDefects:
    """Of the rails and their regulators, by instance such as "vdd_core.2"; "vin" is the input.

    Attributes:
        shorts: ohms to ground of a hard short.
        leaks: amps that a soft short takes whenever the rail is up.
        power_good: what its power-good pin says whatever the rail does.
        dead: regulators that never start.
        scale: of the voltage that a wrong configuration image regulates to.
        trip_amps: where the over-current protection really is.
        stays_on: rails that do not hear the command to switch off.
        back_volts: what is fed back into a rail that is off.
        step_trip_amps: a load step beyond it trips the regulator.
    """

    shorts: dict[str, float] = field(default_factory=dict)
    leaks: dict[str, float] = field(default_factory=dict)
    power_good: dict[str, bool] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    scale: dict[str, float] = field(default_factory=dict)
    trip_amps: dict[str, float] = field(default_factory=dict)
    stays_on: set[str] = field(default_factory=set)
    back_volts: dict[str, float] = field(default_factory=dict)
    step_trip_amps: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class RegulatorDefects:
    """Of one regulator on the I2C bus, by instance such as "vr_core.2".

    Attributes:
        dead_phases: that carry nothing.
        config_crc: of the image that is really in it; None is the approved one.
        config_version: likewise.
    """

    dead_phases: set[int] = field(default_factory=set)
    config_crc: int | None = None
    config_version: str | None = None


@dataclass(slots=True)
class ChipDefects:
    """Of one chip.

    Attributes:
        droop_scale: of the supply impedance at its resonance.
        ageing_volts_per_hour: by which its Vmin rises under load.
        clock_short: part of the runs in which its clock stops short of its target.
        clock_short_scale: how far it then comes.
        pll_unlocks_below_celsius: die temperature below which its PLL loses lock now and then.
        corrupts: wrong results of a run, without a word, at any voltage.
        interface_scale: of the thermal resistance from die to plate.
        leakage_scale: of its leakage.
        memory_weak_celsius: lowers the temperature at which its memory trains no more, by this much.
        correctable_scale: of its rate of corrected errors.
        uncorrectable_per_hour: of its memory.
        fuse_sku: what its fuses say, where they were blown wrong.
        fuse_cores: likewise.
        throttle_celsius: where it throttles instead of its proper temperature.
        mbist_repairs: rows beyond repair that its memory self-test finds.
    """

    droop_scale: float = 1.0
    ageing_volts_per_hour: float = 0.0
    clock_short: float = 0.0
    clock_short_scale: float = 0.6
    pll_unlocks_below_celsius: float = -inf
    corrupts: int = 0
    interface_scale: float = 1.0
    leakage_scale: float = 1.0
    memory_weak_celsius: float = 0.0
    correctable_scale: float = 1.0
    uncorrectable_per_hour: float = 0.0
    fuse_sku: str | None = None
    fuse_cores: int | None = None
    throttle_celsius: float | None = None
    mbist_repairs: int = 0


@dataclass(slots=True)
class LinkDefects:
    """Of one link, by instance such as "host.2.0".

    Attributes:
        trains_to_generation: what a warm start brings it to; only AC power cures it.
        weak_lane: whose margin falls in the cold.
        weak_per_kelvin: by so much, in % of a unit interval for each kelvin below 20 °C.
        flaps_per_hour: how often it goes down and comes back.
    """

    trains_to_generation: int | None = None
    weak_lane: int | None = None
    weak_per_kelvin: float = 0.5
    flaps_per_hour: float = 0.0


@dataclass(frozen=True, slots=True)
class Wetting:
    """Water that comes to a rope, or a wire of it that breaks.

    Attributes:
        since_s: from when on.
        tau_s: time constant with which its resistance falls: minutes for a film, less than a second for a jet.
        floor_ohms: what it falls to; infinite is a broken wire.
    """

    since_s: float
    tau_s: float = 60.0
    floor_ohms: float = 2.0e4

    def ohms(self, at_s: float, dry_ohms: float) -> float:
        """Resistance of the rope at a time."""
        if self.floor_ohms == inf:
            return inf
        return self.floor_ohms + (dry_ohms - self.floor_ohms) * exp(-max(0.0, at_s - self.since_s) / self.tau_s)


@dataclass(slots=True)
class SledDefects:
    """Of a whole sled.

    Attributes:
        rails: of rails.
        regulators: by instance.
        chips: by number.
        links: by instance.
        lies: by sensor instance and by who shows it.
        hiccups: the hot-swap controller trips once a second when the input comes.
        sense_volts: by which a supply with an open sense lead puts the input too high.
        rom_silent: the boot ROM never says a character.
        post_stops_at: the POST code at which the firmware hangs.
        reset_lies: a reset is answered with success and does nothing.
        scan_break: number, from TDI, of the first test access port that the chain does not reach: the line in front
            of it is open. The number of ports is the line from the last one back to the adapter.
        flow_share: of its coolant branch against a clean one.
        water: on a leak detector, by name.
        door_opened_s: when somebody touched the board.
        bus_locks_for_s: how long a regulator's phase check holds the I2C bus.
        firmware: version that is really in a component, by its name, where it is not the approved one.
    """

    rails: RailDefects = field(default_factory=RailDefects)
    regulators: dict[str, RegulatorDefects] = field(default_factory=dict)
    chips: dict[int, ChipDefects] = field(default_factory=dict)
    links: dict[str, LinkDefects] = field(default_factory=dict)
    lies: dict[tuple[str, str], Lie] = field(default_factory=dict)
    hiccups: bool = False
    sense_volts: float = 0.0
    rom_silent: bool = False
    post_stops_at: str | None = None
    reset_lies: bool = False
    scan_break: int | None = None
    flow_share: float = 1.0
    water: dict[str, Wetting] = field(default_factory=dict)
    door_opened_s: list[float] = field(default_factory=list)
    bus_locks_for_s: float = 0.0
    firmware: dict[str, str] = field(default_factory=dict)

    def chip(self, number: int) -> ChipDefects:
        """Of one chip, to be changed."""
        return self.chips.setdefault(number, ChipDefects())

    def regulator(self, instance: str) -> RegulatorDefects:
        """Of one regulator, to be changed."""
        return self.regulators.setdefault(instance, RegulatorDefects())

    def link(self, instance: str) -> LinkDefects:
        """Of one link, to be changed."""
        return self.links.setdefault(instance, LinkDefects())
