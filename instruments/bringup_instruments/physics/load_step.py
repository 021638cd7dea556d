"""What a workload's first step does to a core's supply: how many amps at once, and how deep that droops.

Neighbours: `protections.guard_step` holds the step against a regulator's fast limit; the catalogue's faults set limits
and impedances by it. `power` and `outcome` have the laws.
"""

from __future__ import annotations

from .chip import Chip
from .outcome import margin_volts
from .parameters import SledParameters, WorkloadParameters
from .power import CorePower, core_power


def step_amps(sled: SledParameters, chip: Chip, workload: WorkloadParameters, volts: float) -> float:
    """By how much a workload steps a core's current up at once, at its clock and a warm die."""
    return workload.step_share * _warm(sled, chip, workload, volts).dynamic_amps


def droop_scale_for(
    sled: SledParameters, chip: Chip, workload: WorkloadParameters, volts: float, depth_volts: float
) -> float:
    """The impedance, against its own, with which a chip at a set-point fails a one-second run by a depth."""
    core = sled.chip
    power = _warm(sled, chip, workload, volts)
    margin = margin_volts(core, chip.traits, workload, power, hertz=chip.clock_hertz, celsius=core.anchor_celsius)
    droop = core.droop_ohms * workload.step_share * power.dynamic_amps
    return 1.0 + max(0.0, margin + depth_volts) / droop


def _warm(sled: SledParameters, chip: Chip, workload: WorkloadParameters, volts: float) -> CorePower:
    return core_power(
        sled.chip,
        chip.traits.leakage_scale,
        volts,
        hertz=chip.clock_hertz,
        activity=workload.activity,
        celsius=sled.chip.anchor_celsius,
    )
