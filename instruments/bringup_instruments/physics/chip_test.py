"""What a chip's test logic says through JTAG: fuses, memory self-test, ring oscillator, IDDQ.

Everything follows from the part's own traits, so that the registers agree with what the chip then does: a fast part
leaks more, has the faster ring oscillator and was given the lower Vmin. What is wrong is in the chip's `defects`.
Neighbours: `parts.py` draws the traits, `sled_chain.py` puts the registers on a chain, `speed.py` and `power.py` have
the laws. Sizes of errors and spares are estimates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import exp, log2

from bringup.capabilities import ScanRegister

from .chip import Chip
from .draw import normal, uniform
from .parameters import ChipParameters
from .speed import die_vmin_volts, fmax_hertz

MBIST_S = 0.050  # of lab time, for all memories in parallel
SPARES = 64  # rows and columns of a chip's memories together
USUAL_REPAIRS = 12  # at most, of a good part
RING_DIVISOR = 16.0  # the oscillator's stages are so much slower than the critical path is fast
RING_GATE_S = 100e-6
TEST_CELSIUS = 25  # at which the wafer test measured IDDQ
VMIN_CELSIUS = 85.0  # and for which it predicted Vmin
VMIN_SIGMA_VOLTS = 0.005
VMIN_STEP_VOLTS = 0.005
IDDQ_SIGMA = 0.02
IDDQ_STEP_MILLIAMPS = 10
CLASSES_PER_OCTAVE = 4  # of leakage
NOMINAL_CLASS, HIGHEST_CLASS = 8, 15
SKU_BYTES = 8


Fields = Mapping[str, int]


class ChipTest:
    """A chip's test logic.

    Args:
        chip: whose.
        parameters: the product's chip.
        serial_number: of the sled; seeds what the wafer test added of its own.
        sku: of a good part.
        cores: of a good part.
    """

    def __init__(self, chip: Chip, parameters: ChipParameters, serial_number: str, sku: str, cores: int) -> None:
        self._chip = chip
        self._parameters = parameters
        self._serial_number = serial_number
        self._sku = sku
        self._cores = cores
        self._mbist_ends_s: float | None = None
        self.registers: Mapping[str, Callable[[float], Fields]] = {
            "fuses": self._fuses,
            "mbist": self._mbist,
            "ring": self._ring,
            "iddq": self._iddq,
        }

    def reset(self) -> None:
        """Power came: no self-test has run."""
        self._mbist_ends_s = None

    def written(self, at_s: float, register: str, fields: Fields) -> None:
        """Update-DR; only the self-test's start does anything, and needs the chip's rails."""
        if register == "mbist" and fields.get("start") and self._chip.feeds.complete:
            self._mbist_ends_s = at_s + MBIST_S

    def _fuses(self, at_s: float) -> Fields:
        del at_s
        defects = self._chip.defects
        sku = self._sku if defects.fuse_sku is None else defects.fuse_sku
        cores = self._cores if defects.fuse_cores is None else defects.fuse_cores
        return {
            "sku": int.from_bytes(sku.encode("ascii", "replace")[:SKU_BYTES], "little"),
            "cores": (1 << cores) - 1,
            "leakage_class": leakage_class(self._chip.traits.leakage_scale),
            "vmin_millivolts": round(1000 * self._vmin_prior_volts()),
            "blown": 1,
        }

    def _mbist(self, at_s: float) -> Fields:
        done = self._mbist_ends_s is not None and at_s >= self._mbist_ends_s
        if not done:
            return {"spares": SPARES}
        if self._chip.defects.mbist_repairs > 0:
            return {"done": 1, "failed": 1, "overflow": 1, "repairs": SPARES, "spares": SPARES}
        repairs = int(uniform(self._serial_number, self._chip.index, "mbist") * (USUAL_REPAIRS + 1))
        return {"done": 1, "repairs": repairs, "spares": SPARES}

    def _ring(self, at_s: float) -> Fields:
        del at_s
        core = self._chip.operating().core
        hertz = ring_hertz(
            self._parameters, self._chip.traits.threshold_shift_volts, core.die_volts, self._chip.die_celsius
        )
        return {"counts": int(hertz * RING_GATE_S), "gate_microseconds": round(RING_GATE_S * 1e6)}

    def _iddq(self, at_s: float) -> Fields:
        del at_s
        amps = iddq_amps(self._parameters, self._chip.traits.leakage_scale)
        error = 1.0 + IDDQ_SIGMA * normal(self._serial_number, self._chip.index, "iddq")
        steps = round(1000 * amps * error / IDDQ_STEP_MILLIAMPS)
        return {"milliamps": steps * IDDQ_STEP_MILLIAMPS, "celsius": TEST_CELSIUS}

    def _vmin_prior_volts(self) -> float:
        """What the wafer test predicted: the die's Vmin at the nominal clock, and the prediction's own error."""
        parameters, shift = self._parameters, self._chip.traits.threshold_shift_volts
        volts = die_vmin_volts(parameters, shift, parameters.clock_hertz, VMIN_CELSIUS)
        error = VMIN_SIGMA_VOLTS * normal(self._serial_number, self._chip.index, "vmin prior")
        return round((volts + error) / VMIN_STEP_VOLTS) * VMIN_STEP_VOLTS


def leakage_class(scale: float) -> int:
    """A part's leakage against the nominal one's, in quarters of an octave."""
    return min(max(NOMINAL_CLASS + round(CLASSES_PER_OCTAVE * log2(scale)), 0), HIGHEST_CLASS)


def iddq_amps(parameters: ChipParameters, scale: float) -> float:
    """Core current at rest at the reference voltage and the wafer test's temperature."""
    cold = exp(parameters.leakage_per_celsius * (TEST_CELSIUS - parameters.leakage_celsius))
    return parameters.leakage_amps * scale * cold


def ring_hertz(parameters: ChipParameters, shift_volts: float, die_volts: float, celsius: float) -> float:
    """The ring oscillator: the same alpha-power law as the critical path; 0 below threshold."""
    return fmax_hertz(parameters, shift_volts, die_volts, celsius) / RING_DIVISOR


@dataclass(slots=True)
class ChipRegister:
    """One of a chip's data registers, on its TAP (`scan_chain.DataRegister`)."""

    layout: ScanRegister
    test: ChipTest
    before: Callable[[float], None] = field(repr=False)  # brings the sled to the time of the capture

    @property
    def bits(self) -> int:
        """Its length."""
        return self.layout.bits

    def capture(self, at_s: float) -> int:
        """What it says now; a field that the product has and the test logic does not is 0."""
        self.before(at_s)
        said = self.test.registers[self.layout.name](at_s)
        return self.layout.pack({name: value for name, value in said.items() if name in self.layout.fields})

    def update(self, at_s: float, value: int) -> None:
        """What was shifted in."""
        self.before(at_s)
        self.test.written(at_s, self.layout.name, self.layout.split(value))
