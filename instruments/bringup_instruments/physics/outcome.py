"""Whether a chip under a workload gives right answers, and how it fails when it does not.

One normal draw per (serial number, job, chip) makes P(pass) = Phi((V - Vmin(t)) / sigma) exactly, with
Vmin(t) = Vmin(1 s) + k * log10(t): a longer test sees rarer droops. The same draw gives the moment of failure,
so a result never depends on how often anyone looked. Widths and depths are estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import exp, log10

from .draw import normal, uniform
from .parameters import ChipParameters, WorkloadParameters
from .parts import PartTraits
from .power import CorePower, core_power
from .speed import die_vmin_volts

_SHORTEST_S = 1e-6  # of exposure; the logarithm needs a beginning


class Outcome(Enum):
    """How a job ended on one chip, from right to gone."""

    PASS = "pass"  # noqa: S105
    MISCOMPARE = "miscompare"
    HANG = "hang"
    LINK_LOSS = "link-loss"


@dataclass(frozen=True, slots=True)
class Luck:
    """The draws of one job on one chip."""

    noise: float
    hang: float
    burst: float

    @classmethod
    def of(cls, serial_number: str, job: int, chip: int) -> Luck:
        """The draws that belong to this job of this sled."""
        key = (serial_number, job, chip)
        return cls(normal(*key, "noise"), uniform(*key, "hang"), normal(*key, "burst"))


def droop_volts(chip: ChipParameters, workload: WorkloadParameters, power: CorePower) -> float:
    """First droop when a program phase switches its share of the dynamic current on."""
    return chip.droop_ohms * workload.step_share * power.dynamic_amps


def margin_volts(
    chip: ChipParameters,
    traits: PartTraits,
    workload: WorkloadParameters,
    power: CorePower,
    *,
    hertz: float,
    celsius: float,
    droop_scale: float = 1.0,
) -> float:
    """Voltage at the bottom of the droop less the Vmin of a one-second test."""
    lowest = power.die_volts - droop_scale * droop_volts(chip, workload, power)
    return lowest - die_vmin_volts(chip, traits.threshold_shift_volts, hertz, celsius)


def set_point_vmin_volts(
    chip: ChipParameters,
    traits: PartTraits,
    workload: WorkloadParameters,
    *,
    hertz: float,
    celsius: float,
    seconds: float = 1.0,
) -> float:
    """The set-point at which half of all tests of `seconds` pass, at a die temperature held at `celsius`."""
    longer = chip.volts_per_decade * log10(max(seconds, _SHORTEST_S))
    low, high = 0.2, 2.0
    while high - low > 1e-7:
        middle = 0.5 * (low + high)
        power = core_power(
            chip,
            traits.leakage_scale,
            middle,
            hertz=hertz,
            activity=workload.activity,
            celsius=celsius,
        )
        if margin_volts(chip, traits, workload, power, hertz=hertz, celsius=celsius) < longer:
            low = middle
        else:
            high = middle
    return high


def depth_volts(chip: ChipParameters, margin: float, luck: Luck, exposed_s: float) -> float:
    """How far below its edge a chip is after `exposed_s` of the workload; negative is a pass."""
    rarer = chip.volts_per_decade * log10(max(exposed_s, _SHORTEST_S))
    return chip.edge_sigma_volts * luck.noise + rarer - margin


def exposure_to_depth_s(chip: ChipParameters, margin: float, luck: Luck, depth: float) -> float:
    """Seconds of the workload until `depth_volts` reaches `depth` (infinite where it never does)."""
    decades = (depth + margin - chip.edge_sigma_volts * luck.noise) / chip.volts_per_decade
    return float(10.0**decades) if decades < 12.0 else float("inf")


def hang_depth_volts(chip: ChipParameters, luck: Luck) -> float:
    """The depth at which this job hangs: its probability ramps linearly between the two bounds."""
    return chip.hang_from_volts + luck.hang * (chip.hang_all_volts - chip.hang_from_volts)


def error_count(chip: ChipParameters, depth: float, luck: Luck) -> int:
    """Miscompares of a job that failed by `depth`; e-fold per edge width, so that deeper is plainly worse."""
    if depth <= 0.0:
        return 0
    return max(1, round(exp(depth / chip.edge_sigma_volts + 0.5 * luck.burst)))
