"""What a sled is made of, as numbers: a product file is translated into these, nothing here is hard-wired.

Every default is a public figure where its comment names one; all others are engineering estimates for a
kW-class accelerator in a four-chip, liquid-cooled 54 V sled, chosen so that the parts agree with each other.
Fields carry SI units in their names where the unit is not plain; temperatures are °C.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from bringup.capabilities import TapLayout

from .hardware import (
    AcceleratorParameters,
    LeakParameters,
    LinkParameters,
    MachineParameters,
    MemoryParameters,
    RegulatorParameters,
    SensorParameters,
    standard_sensors,
)


class Role(Enum):
    """Which physical part a rail plays."""

    CORE = "core"
    SRAM = "sram"
    HBM = "hbm"
    UNCORE = "uncore"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True)
class RailParameters:
    """One supply net: its place in the sequence is its place in `SledParameters.rails`.

    Args:
        name: as the product gives it, such as "vdd_core".
        role: the physical part that it feeds.
        volts: nominal set-point.
        abs_max_volts: absolute maximum at the sense point; every excess is recorded.
        per_chip: one instance per chip ("vdd_core.0" …) instead of one per sled.
        ramp_s: linear soft-start time.
        power_good_s: from the end of the ramp to power-good.
        lsb_volts: set-point step (PMBus VOUT_MODE 0x14 is 2**-12 V).
        decay_s: time constant of the discharge once off.
        power_share: part of its role's power, relative to the other rails of that role.
        load_line_ohms: programmed droop at the sense point per ampere.
        trip_amps: over-current trip, or None for a rail without one.
        ground_ohms: from the unpowered rail to ground.
    """

    name: str
    role: Role
    volts: float
    abs_max_volts: float
    per_chip: bool = False
    ramp_s: float = 0.002
    power_good_s: float = 0.003
    lsb_volts: float = 2.0**-12
    decay_s: float = 0.020
    power_share: float = 1.0
    load_line_ohms: float = 0.0
    trip_amps: float | None = None
    ground_ohms: float = 10.0


@dataclass(frozen=True, slots=True)
class WorkloadParameters:
    """What a workload asks of the core.

    Args:
        activity: share of the switched capacitance that toggles per cycle (1.0 is a power virus).
        step_share: part of the dynamic current that a program phase switches on at once; it sets the droop.
    """

    activity: float
    step_share: float


def standard_workloads() -> dict[str, WorkloadParameters]:
    """What a host can run. The GEMM step is 300 A at 0.665 V and 1.6 GHz; all of it estimates."""
    return {
        "idle": WorkloadParameters(0.05, 0.0),
        "memory": WorkloadParameters(0.60, 0.30),
        "gemm": WorkloadParameters(0.85, 0.435),
        "virus": WorkloadParameters(1.00, 0.50),
        "prbs": WorkloadParameters(0.10, 0.05),
        "memtest": WorkloadParameters(0.55, 0.25),
        "collective": WorkloadParameters(0.40, 0.20),
    }


@dataclass(frozen=True, slots=True)
class ChipParameters:
    """One accelerator: power, speed and how it fails. Estimates unless a field says otherwise."""

    capacitance_farads: float = 780e-9
    leakage_amps: float = 70.0  # at leakage_volts and leakage_celsius
    leakage_volts: float = 0.75
    leakage_celsius: float = 85.0
    leakage_per_volt: float = 4.0
    leakage_per_celsius: float = 0.018
    hbm_watts: float = 100.0  # at activity 1
    uncore_watts: float = 120.0
    path_ohms: float = 20e-6  # from the sense point to the transistors
    droop_ohms: float = 0.15e-3  # first droop per ampere of load step, 50 to 100 ns
    speed_exponent: float = 1.3  # alpha-power law, Sakurai & Newton 1990, velocity-saturated
    threshold_volts: float = 0.300  # at 25 °C
    threshold_volts_per_celsius: float = -0.9e-3
    mobility_exponent: float = -0.9  # of absolute temperature over 298 K
    anchor_volts: float = 0.600  # the point that fixes the speed constant
    anchor_hertz: float = 1.6e9
    anchor_celsius: float = 85.0
    sram_floor_volts: float = 0.560
    sram_floor_volts_per_celsius: float = 0.25e-3  # below sram_floor_celsius
    sram_floor_celsius: float = 25.0
    edge_sigma_volts: float = 0.002  # width of the pass/fail edge
    volts_per_decade: float = 0.002  # a longer test sees rarer droops
    hang_from_volts: float = 0.005  # depth at which hangs begin
    hang_all_volts: float = 0.025  # depth at which everything hangs
    link_loss_volts: float = 0.060  # depth at which the chip drops off its link
    clock_hertz: float = 1.6e9  # after power-on
    clock_min_hertz: float = 0.2e9
    clock_max_hertz: float = 2.5e9
    clock_step_hertz: float = 1280.0  # resolution of the clock counter
    results_per_second: float = 1000.0  # that a workload compares with golden ones
    throttle_celsius: float | None = 115.0
    throttle_hysteresis_celsius: float = 4.0
    throttle_factor: float = 0.5
    trip_celsius: float | None = 125.0  # THERMTRIP: the chip's rails go off without software
    workloads: dict[str, WorkloadParameters] = field(default_factory=standard_workloads)


@dataclass(frozen=True, slots=True)
class VrParameters:
    """Voltage-regulator losses: watts = fixed + per_amp * I + ohms * I**2 for the core, a ratio elsewhere."""

    fixed_watts: float = 8.0
    watts_per_amp: float = 0.030
    ohms: float = 25e-6
    other_efficiency: float = 0.90
    bus_efficiency: float = 0.975  # 54 V to the intermediate 12 V bus
    bus_volts: float = 12.0  # of the intermediate bus that the rails' regulators live on
    response_s: float = 5e-6  # of the core's to a load step: a multi-phase converter at 100 kHz of loop bandwidth
    undershoot_ohms: float = 30e-6  # at the sense point, per ampere of load step, beyond the load line


@dataclass(frozen=True, slots=True)
class ThermalParameters:
    """Die, cold plate, board and HBM of one sled. Estimates; see `thermal.py` for the network."""

    die_joules_per_kelvin: float = 1.0
    junction_kelvin_per_watt: float = 0.020
    plate_joules_per_kelvin: float = 230.0
    film_kelvin_per_watt: float = 0.025  # at film_lpm
    film_lpm: float = 1.5
    film_exponent: float = 0.45
    coolant_joules_per_litre_kelvin: float = 3980.0  # about 25 % propylene glycol in water
    board_tau_s: float = 240.0
    board_kelvin_per_watt: float = 0.020
    hbm_kelvin_per_watt: float = 0.25
    hbm_die_coupling: float = 0.3  # of the die's rise over the coolant


@dataclass(frozen=True, slots=True)
class InputParameters:
    """The 54 V input: cable, under-voltage lock-out and what starts again after a collapse."""

    cable_ohms: float = 6e-3
    on_volts: float = 42.0
    off_volts: float = 38.0
    abs_max_volts: float = 60.0
    standby_watts: float = 14.0
    host_watts: float = 436.0  # with standby: about 450 W beside the accelerators
    collapse_s: float = 0.050  # how long the supply is seen in current limit
    retry_s: float = 1.0  # hot-swap retry after a collapse
    discharge_s: float = 0.100  # time constant of the input once the supply is off
    ground_ohms: float = 20e3  # from the input to ground, unpowered


@dataclass(frozen=True, slots=True)
class HostParameters:
    """Times of the sled's host processor."""

    boot_s: float = 300.0
    heartbeat_timeout_s: float = 10.0
    hang_after_s: float = 0.1  # from a chip's silence to the host's: a PCIe completion timeout


@dataclass(frozen=True, slots=True)
class VariationParameters:
    """How units differ; each draw is made once per unit from its serial number."""

    threshold_sigma_volts: float = 0.007
    lot_sigma_volts: float = 0.004
    leakage_volts_per_efold: float = 0.025
    leakage_sigma: float = 0.15
    interface_sigma: float = 0.04  # log-normal spread of the thermal interface
    regulation_sigma: float = 0.0005  # of a rail's true voltage
    sense_sigma_volts: float = 0.0003  # of a rail's voltage telemetry
    current_sigma: float = 0.01  # gain error of current telemetry
    celsius_sigma: float = 0.5  # of temperature sensors
    clock_sigma_ppm: float = 5.0  # of the reference oscillator

    @classmethod
    def none(cls) -> VariationParameters:
        """Every unit is the nominal one."""
        return cls(0.0, 0.0, 0.025, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CoolantParameters:
    """The coolant distribution unit. Flow is per sled: four chips at 1.5 L/min each are 6 L/min."""

    supply_celsius: float = 30.0
    supply_min_celsius: float = 15.0
    supply_max_celsius: float = 50.0
    slew_celsius_per_minute: float = 1.5
    lag_s: float = 60.0
    flow_lpm: float = 6.0
    flow_max_lpm: float = 12.0
    joules_per_litre_kelvin: float = 3980.0


def standard_rails() -> tuple[RailParameters, ...]:
    """Rails of a liquid-cooled four-chip sled in power-on order (estimates; VPP leads the DRAM core, JESD238)."""
    chip = True
    return (
        RailParameters("3v3_sb", Role.STANDBY, 3.3, 3.63),
        RailParameters("1v8_sb", Role.STANDBY, 1.8, 1.98),
        RailParameters("vdd_pll", Role.UNCORE, 1.2, 1.32, chip, power_share=0.05),
        RailParameters("vdd_sram", Role.SRAM, 0.80, 0.95, chip),
        RailParameters("vdd_core", Role.CORE, 0.75, 0.95, chip, trip_amps=1300.0),
        RailParameters("vpp", Role.HBM, 1.8, 2.0, chip, power_share=0.1),
        RailParameters("vddc_hbm", Role.HBM, 1.1, 1.3, chip, power_share=0.7),
        RailParameters("vddql", Role.HBM, 0.4, 0.5, chip, power_share=0.2),
        RailParameters("vdd_hbm_phy", Role.UNCORE, 0.75, 0.90, chip, power_share=0.35),
        RailParameters("avdd_serdes", Role.UNCORE, 0.9, 1.05, chip, power_share=0.45),
        RailParameters("avddh", Role.UNCORE, 1.2, 1.35, chip, power_share=0.15),
    )


@dataclass(frozen=True, slots=True)
class SledParameters:
    """Everything that makes one product's sled.

    Raises:
        ValueError: rails named twice, no core rail per chip, no "idle" workload, fewer than one chip, or a
            regulator whose registers cannot hold its rail's voltage.
    """

    product: str = "liquid-sled"
    board_revision: str = "A"
    chips: int = 4
    clock_name: str = "core_clock"
    rails: tuple[RailParameters, ...] = field(default_factory=standard_rails)
    chip: ChipParameters = field(default_factory=ChipParameters)
    vr: VrParameters = field(default_factory=VrParameters)
    thermal: ThermalParameters = field(default_factory=ThermalParameters)
    input: InputParameters = field(default_factory=InputParameters)
    host: HostParameters = field(default_factory=HostParameters)
    variation: VariationParameters = field(default_factory=VariationParameters)
    residual_volts: float = 0.200  # what a rail may still hold when it is enabled again
    accelerator: AcceleratorParameters = field(default_factory=AcceleratorParameters)
    machine: MachineParameters = field(default_factory=MachineParameters)
    memory: MemoryParameters = field(default_factory=MemoryParameters)
    links: tuple[LinkParameters, ...] = ()
    sensors: tuple[SensorParameters, ...] = field(default_factory=standard_sensors)
    leak_detectors: tuple[LeakParameters, ...] = ()
    regulators: tuple[RegulatorParameters, ...] = ()
    chip_flow_resistance: tuple[float, ...] = ()  # k of each cold plate; equal where not given
    scan_chain: tuple[TapLayout, ...] = ()  # from TDI to TDO
    sku: str = ""  # what a good chip's fuses say
    cores: int = 1  # that a good chip has

    def __post_init__(self) -> None:
        names = [rail.name for rail in self.rails]
        if len(set(names)) != len(names):
            raise ValueError(f"a rail is named twice: {sorted(names)}")
        if self.chips < 1:
            raise ValueError(f"a sled has at least one chip, not {self.chips}")
        cores = [rail for rail in self.rails if rail.role is Role.CORE]
        if len(cores) != 1 or not cores[0].per_chip:
            raise ValueError(f"a sled has one core rail, and it is per chip; found {[c.name for c in cores]}")
        if "idle" not in self.chip.workloads:
            raise ValueError("the workload 'idle' is missing: it is what a chip does between jobs")
        if self.chip_flow_resistance and len(self.chip_flow_resistance) != self.chips:
            raise ValueError(f"chip_flow_resistance needs {self.chips} values, one for each chip")
        self._check_regulators()

    def _check_regulators(self) -> None:
        volts = {rail.name: rail.abs_max_volts for rail in self.rails}
        for regulator in self.regulators:
            most = 0xFFFF * 2.0**regulator.vout_exponent
            for name in regulator.rails:
                if volts.get(name, 0.0) > most:
                    what = f"vout_exponent {regulator.vout_exponent} reaches {most:g} V, {name} up to {volts[name]:g} V"
                    raise ValueError(f"regulator {regulator.name}: {what}")
