"""One analog input of an InfiniiVision 1000 X-Series oscilloscope: its settings, its converter, its noise.

After the Programmer's Guide (version 1.20), chapter ":CHANnel<n> Commands", and the data sheet 5992-1965EN. The
converter has 8 bits, of which 199 steps are the screen's eight divisions. Neighbours: `dsox_acquisition.py`
captures what the probe touches, `dsox_waveform.py` sends it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from ..scpi import Boolean, Choice, Limits, Number, Setting, Text, command, query, quoted
from ..world import Node

DIVISIONS = 8
STEPS_ON_SCREEN = 199  # of the converter's 256 (observed: 40 V full scale has steps of 40 V / 199)
FINE = 256  # steps of a 16-bit word in one of the converter's
CENTRE = 128 * FINE  # the word at the centre of the screen
LOWEST, HIGHEST = 0x01 * FINE, 0xFF * FINE  # what clipped samples read; 0 is a hole in the record
NARROWEST_VOLTS, WIDEST_VOLTS = 8e-3, 40.0  # full scale at 1:1 (guide, :CHANnel<n>:RANGe)
LABEL_LENGTH = 10
_TABLE = 4093  # prime: a step through it that is not a multiple visits every entry
_NOISE_STEPS = 0.35  # rms, of the converter's steps (estimate; about 0.2 % of full scale)
_NOISE_VOLTS = 0.25e-3  # rms at the input, at the full bandwidth (estimate)
_GAIN_SIGMA, _OFFSET_SIGMA = 0.004, 0.01  # of gain, and of a division (estimates, well inside ±3 % and ±0.1 div)


@dataclass(frozen=True, slots=True)
class Vertical:
    """The vertical scale that a record was taken on, in volts at the probe's tip."""

    range_volts: float
    offset_volts: float

    @property
    def step_volts(self) -> float:
        """Of the converter."""
        return self.range_volts / STEPS_ON_SCREEN

    def volts(self, word: int) -> float:
        """What a word stands for."""
        return (word - CENTRE) * self.step_volts / FINE + self.offset_volts

    def word(self, volts: float) -> int:
        """The word nearest to a voltage, clipped where the converter ends."""
        word = round((volts - self.offset_volts) / self.step_volts * FINE) + CENTRE
        return min(max(word, LOWEST), HIGHEST)


@dataclass(frozen=True, slots=True)
class Record:
    """What one input saw during one acquisition.

    Args:
        true_volts: at the probe's tip, without the scope's own errors.
        vertical: the scale.
        rms_volts: noise of one sample.
        gain: of the input, with its error and the inversion.
        shift_volts: its offset error, and what AC coupling takes away.
        coarse: whether samples have 8 bits only.
        noise: normal numbers, drawn once.
        start: where in them this record begins.
    """

    true_volts: Sequence[float]
    vertical: Vertical
    rms_volts: float
    gain: float
    shift_volts: float
    coarse: bool
    noise: Sequence[float]
    start: int

    def words(self, places: Sequence[int]) -> list[int]:
        """The samples at these places as 16-bit words."""
        vertical, true, noise, length = self.vertical, self.true_volts, self.noise, len(self.noise)
        found = []
        for place in places:
            volts = true[place] * self.gain + self.shift_volts
            word = vertical.word(volts + self.rms_volts * noise[(self.start + 7 * place) % length])
            if self.coarse:
                word = min(max((word + FINE // 2) // FINE, 1), 255) * FINE
            found.append(word)
        return found


class Channel:
    """An input.

    Args:
        number: 1 or 2.
        node: what its probe touches.
        seed: of its errors and noise; any text.
        changed: called after any setting has changed.
    """

    def __init__(self, number: int, node: Node, seed: str, changed: Callable[[], None]) -> None:
        self.number = number
        self.node = node
        self._changed_by_user = changed
        draw = random.Random(f"{seed} channel {number}")  # noqa: S311 - noise, not secrets
        self._gain = 1.0 + _GAIN_SIGMA * max(-2.0, min(2.0, draw.gauss(0.0, 1.0)))
        self._offset_divisions = _OFFSET_SIGMA * max(-2.0, min(2.0, draw.gauss(0.0, 1.0)))
        self._noise = tuple(draw.gauss(0.0, 1.0) for _ in range(_TABLE))
        self.after_reset()

    def after_reset(self) -> None:
        """*RST shows channel 1 alone, and every channel's label is its number."""
        self.probe = 10.0
        self.displayed = self.number == 1
        self.label = str(self.number)

    def _then(self) -> None:
        self._changed_by_user()

    def _adopt_probe(self, ratio: float) -> float:
        """A new ratio scales range and offset with it: the same volts at the connector fill the screen."""
        factor = ratio / self.probe
        self.range_volts *= factor
        self.offset_volts *= factor
        return ratio

    def _adopt_label(self, text: str) -> str:
        return text[:LABEL_LENGTH].upper()

    def _adopt_offset(self, volts: float) -> float:
        """Outside of the legal range it goes to the nearest legal value (guide, :CHANnel<n>:OFFSet)."""
        most = self._most_offset_volts()
        return min(max(volts, -most), most)

    def _most_offset_volts(self) -> float:
        narrow = self.range_volts / self.probe <= 1.6  # up to 200 mV/div: ±2 V at the connector; beyond, ±100 V
        return (2.0 if narrow else 100.0) * self.probe

    def _range_limits(self) -> Limits:
        return Limits(NARROWEST_VOLTS * self.probe, WIDEST_VOLTS * self.probe)

    def _scale_limits(self) -> Limits:
        return Limits(NARROWEST_VOLTS * self.probe / DIVISIONS, WIDEST_VOLTS * self.probe / DIVISIONS)

    band_limited = Setting("CHANnel<1:2>:BWLimit", Boolean(), reset=False, then=_then)
    coupling = Setting("CHANnel<1:2>:COUPling", Choice(("AC", "DC")), reset="DC", then=_then)
    displayed = Setting("CHANnel<1:2>:DISPlay", Boolean(), reset=False, then=_then)
    impedance = Setting("CHANnel<1:2>:IMPedance", Choice(("ONEMeg",)), reset="ONEM")
    inverted = Setting("CHANnel<1:2>:INVert", Boolean(), reset=False, then=_then)
    label = Setting("CHANnel<1:2>:LABel", Text(longest=128), reset="", adopt=_adopt_label)
    offset_volts = Setting("CHANnel<1:2>:OFFSet", Number("V", form="+.5E"), reset=0.0, adopt=_adopt_offset, then=_then)
    skew_s = Setting("CHANnel<1:2>:PROBe:SKEW", Number("S", Limits(-100e-9, 100e-9), form="+.2E"), reset=0.0)
    signal_type = Setting("CHANnel<1:2>:PROBe:STYPe", Choice(("DIFFerential", "SINGle")), reset="SING")
    range_volts = Setting("CHANnel<1:2>:RANGe", Number("V", _range_limits, form="+.5E"), reset=40.0, then=_then)
    units = Setting("CHANnel<1:2>:UNITs", Choice(("VOLT", "AMPere")), reset="VOLT")
    vernier = Setting("CHANnel<1:2>:VERNier", Boolean(), reset=False)

    @command(
        "CHANnel<1:2>:PROBe",
        Number("", Limits(0.1, 10000.0)),
        Choice(("X", "DB", "RAT"), optional=True),
    )
    def set_probe(self, ratio: float, unit: str = "X") -> None:
        """The probe's attenuation, as a ratio or in decibels."""
        self.probe = self._adopt_probe(10.0 ** (ratio / 20.0) if unit == "DB" else ratio)
        self._then()

    @query("CHANnel<1:2>:PROBe?")
    def show_probe(self) -> str:
        """As a ratio."""
        return f"{self.probe:+.2E}"

    @query("CHANnel<1:2>:PROBe:ID?")
    def probe_identity(self) -> str:
        """Passive probes say nothing of themselves."""
        return "NONE"

    @command("CHANnel<1:2>:SCALe", Number("V", _scale_limits))
    def set_scale(self, volts: float) -> None:
        """Volts per division."""
        self.range_volts = volts * DIVISIONS
        self._then()

    @query("CHANnel<1:2>:SCALe?")
    def show_scale(self) -> str:
        """Volts per division."""
        return f"{self.range_volts / DIVISIONS:+.5E}"

    @query("CHANnel<1:2>?")
    def setup(self) -> str:
        """All of it in one answer. The label is left out, as instruments do whatever the guide's example shows."""
        return (
            f":CHAN{self.number}:RANG {self.range_volts:+.4E};OFFS {self.offset_volts:+.5E};COUP {self.coupling};"
            f"IMP {self.impedance};DISP {self.displayed:d};BWL {self.band_limited:d};INV {self.inverted:d};"
            f"UNIT {self.units};PROB {self.probe:+.2E};PROB:SKEW {self.skew_s:+.2E};STYP {self.signal_type}"
        )

    def show_label(self) -> str:
        """In quotes."""
        return quoted(self.label)

    @property
    def vertical(self) -> Vertical:
        """The scale now."""
        return Vertical(self.range_volts, self.offset_volts)

    def record(self, true_volts: Sequence[float], number: int, *, averages: int, coarse: bool) -> Record:
        """What the input makes of an acquisition.

        Args:
            true_volts: at the tip.
            number: of the acquisition; seeds the noise.
            averages: samples, or acquisitions, that each point is the mean of.
            coarse: only 8 bits, as the converter gives them.
        """
        bandwidth = 0.5 if self.band_limited else 1.0  # 25 MHz of 100 MHz
        step = self.vertical.step_volts
        rms = sqrt((_NOISE_STEPS * step) ** 2 + bandwidth**2 * (_NOISE_VOLTS * self.probe) ** 2)
        gain = -self._gain if self.inverted else self._gain
        shift = self._offset_divisions * self.range_volts / DIVISIONS
        if self.coupling == "AC" and true_volts:
            shift -= gain * sum(true_volts) / len(true_volts)
        return Record(
            true_volts,
            self.vertical,
            rms / sqrt(averages),
            gain,
            shift,
            coarse,
            self._noise,
            (number * 2503) % _TABLE,
        )
