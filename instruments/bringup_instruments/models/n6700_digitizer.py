"""The measuring side of one N6700 output: the digitizer, and what FETCh makes of its last acquisition.

After the Operating and Service Guides, "Sense Commands", "Measure Commands" and "Trigger Commands". An acquisition is
a window of time: points times interval, begun by a trigger and shifted by an offset. Its values are what the terminals
did over that window, with a little noise that is the same at every FETCh. Neighbours: `output_history.py` remembers,
`n6700_measure.py` has the queries that take all outputs at once.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from bringup.clock import Clock

from ..physics.draw import uniform
from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Text, command, integer, query, quoted
from ..scpi.channels import reset_settings
from .n6700_lists import NUMBER
from .n6700_output import Output
from .n6700_status import Operation
from .transient_system import Phase

TICK_S = 20.48e-6
MOST_POINTS = 524_288
NOISE_PPM = 10.0  # rms of one sample over the highest range (estimate)
LEVEL_SOURCES = tuple(f"{what}{number}" for what in ("VOLTage", "CURRent") for number in range(1, 5))
SOURCES = (
    "BUS",
    "EXTernal",
    "IMMediate",
    *(f"PIN{pin}" for pin in range(1, 8)),
    *(f"TRANsient{number}" for number in range(1, 5)),
    *LEVEL_SOURCES,
)


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One window of samples."""

    number: int
    start_s: float
    step_s: float
    points: int

    @property
    def end_s(self) -> float:
        """When it is complete."""
        return self.start_s + self.points * self.step_s


Reading = Callable[[tuple[float, float]], float]


def volts_of(terminals: tuple[float, float]) -> float:
    """The first of the two."""
    return terminals[0]


def amps_of(terminals: tuple[float, float]) -> float:
    """The second of the two."""
    return terminals[1]


def watts_of(terminals: tuple[float, float]) -> float:
    """Their product."""
    return terminals[0] * terminals[1]


class Digitizer:
    """Sense settings and acquisitions of one output.

    Args:
        output: whose.
        clock: the lab's time.
        seed: of the noise.
    """

    def __init__(self, output: Output, clock: Clock, seed: str) -> None:
        self.output = output
        self.phase = Phase.IDLE
        self.last: Acquisition | None = None
        self._clock = clock
        self._seed = seed
        self._taken = 0
        self.to_reset_table()

    def _interval_limits(self) -> Limits:
        return Limits(TICK_S / 4, 40_000.0, TICK_S)

    def _adopt_interval(self, seconds: float) -> float:
        """A whole number of ticks; the fast modules' quarter tick is not on these."""
        return max(round(seconds / TICK_S), 1) * TICK_S

    def _volts_range_limits(self) -> Limits:
        return Limits(0.0, self.output.module.highest_volts)

    def _amps_range_limits(self) -> Limits:
        return Limits(0.0, self.output.module.highest_amps)

    def _adopt_volts_range(self, volts: float) -> float:
        return self.output.module.volts_range_for(volts)

    def _adopt_amps_range(self, amps: float) -> float:
        return self.output.module.amps_range_for(amps)

    points = Setting("SENSe:SWEep:POINts", integer(1, MOST_POINTS), reset=1024.0)
    interval_s = Setting(
        "SENSe:SWEep:TINTerval", Number("S", _interval_limits, form=NUMBER), reset=TICK_S, adopt=_adopt_interval
    )
    offset_points = Setting("SENSe:SWEep:OFFSet:POINts", integer(-MOST_POINTS, 2_000_000_000), reset=0.0)
    window = Setting("SENSe:WINDow[:TYPE]", Choice(("HANNing", "RECTangular")), reset="RECT")
    volts_range = Setting(
        "SENSe:VOLTage[:DC]:RANGe[:UPPer]",
        Number("V", _volts_range_limits, form=NUMBER),
        reset=0.0,
        adopt=_adopt_volts_range,
    )
    amps_range = Setting(
        "SENSe:CURRent[:DC]:RANGe[:UPPer]",
        Number("A", _amps_range_limits, form=NUMBER),
        reset=0.0,
        adopt=_adopt_amps_range,
    )
    volts_enabled = Setting("SENSe:FUNCtion:VOLTage", Boolean(), reset=True)
    amps_enabled = Setting("SENSe:FUNCtion:CURRent", Boolean(), reset=False)
    current_compensated = Setting("SENSe:CURRent:CCOMpensate", Boolean(), reset=True)
    source = Setting("TRIGger:ACQuire:SOURce", Choice(SOURCES), reset="BUS")
    trigger_volts = Setting("TRIGger:ACQuire:VOLTage[:LEVel]", Number("V", _volts_range_limits, form=NUMBER), reset=0.0)
    trigger_amps = Setting("TRIGger:ACQuire:CURRent[:LEVel]", Number("A", _amps_range_limits, form=NUMBER), reset=0.0)
    volts_slope = Setting("TRIGger:ACQuire:VOLTage:SLOPe", Choice(("POSitive", "NEGative")), reset="POS")
    amps_slope = Setting("TRIGger:ACQuire:CURRent:SLOPe", Choice(("POSitive", "NEGative")), reset="POS")

    @command("SENSe:FUNCtion", Text(longest=20))
    def set_function(self, name: str) -> None:
        """The older way to choose what is measured; -224 for what cannot be."""
        if name.upper() not in ("VOLT", "VOLTAGE", "CURR", "CURRENT"):
            raise ScpiError(-224)
        self.volts_enabled = name.upper().startswith("VOLT")
        self.amps_enabled = not self.volts_enabled

    @query("SENSe:FUNCtion?")
    def function(self) -> str:
        """What is measured."""
        return quoted("VOLT" if self.volts_enabled else "CURR")

    # Acquisitions.

    @command("INITiate[:IMMediate]:ACQuire")
    def initiate(self) -> None:
        """Wait for a trigger; -213 if it waits or measures already."""
        if self.phase is not Phase.IDLE:
            raise ScpiError(-213)
        if not (self.volts_enabled or self.amps_enabled):
            raise ScpiError(325, "Initiated with no sense function enabled")
        self._enter(Phase.WAITING)
        if self.source == "IMM":
            self.trigger(self._clock.now())

    @command("TRIGger:ACQuire[:IMMediate]")
    def trigger_now(self) -> None:
        """A trigger whatever the source; -211 if nothing waits for one."""
        if self.phase is not Phase.WAITING:
            raise ScpiError(-211)
        self.trigger(self._clock.now())

    @command("ABORt:ACQuire")
    def abort(self) -> None:
        """Idle; what was acquired before stays."""
        self.output.agenda.drop((self, "acquire"))
        self._enter(Phase.IDLE)

    def trigger(self, at_s: float) -> None:
        """Begin the window."""
        if self.phase is Phase.WAITING:
            self._enter(Phase.RUNNING)
            acquisition = self.begin(at_s + self.offset_points * self.interval_s)
            self.output.agenda.put((self, "acquire"), max(acquisition.end_s, at_s), lambda _: self._done(acquisition))

    def begin(self, at_s: float) -> Acquisition:
        """A window from `at_s` on, as the sweep is set."""
        self._taken += 1
        return Acquisition(self._taken, at_s, self.interval_s, round(self.points))

    def _done(self, acquisition: Acquisition) -> None:
        self.last = acquisition
        self._enter(Phase.IDLE)

    @property
    def due_s(self) -> float | None:
        """When it will be done: None while idle, infinite while it waits."""
        return None if self.phase is Phase.IDLE else self.output.agenda.due_s((self, "acquire"))

    def fetched(self) -> Acquisition:
        """The last one; 303 if there is none."""
        if self.last is None:
            raise ScpiError(303, "There is not a valid acquisition to fetch from")
        return self.last

    # What it saw.

    def scalar(self, acquisition: Acquisition, statistic: str, read: Reading) -> float:
        """One number over the window: DC, ACDC, MAX, MIN, HIGH or LOW."""
        span = self.output.history.span(acquisition.start_s, acquisition.end_s, read)
        value = {
            "DC": span.average,
            "ACDC": math.sqrt(span.mean_square),
            "MAX": span.highest,
            "HIGH": span.highest,
            "MIN": span.lowest,
            "LOW": span.lowest,
        }[statistic]
        noise = self._noise(acquisition, read, statistic)
        return value + noise.gauss(0.0, self._sigma(read) / math.sqrt(acquisition.points))

    def samples(self, acquisition: Acquisition, read: Reading, first: int = 0, count: int | None = None) -> list[float]:
        """The points of the window, from `first` on."""
        noise, sigma = self._noise(acquisition, read, "samples"), self._sigma(read)
        history, step_s = self.output.history, acquisition.step_s
        last = acquisition.points if count is None else min(first + count, acquisition.points)
        made = [
            read(history.at(acquisition.start_s + n * step_s)) + noise.gauss(0.0, sigma) for n in range(max(last, 0))
        ]
        return made[first:]

    def _sigma(self, read: Reading) -> float:
        module = self.output.module
        volts, amps = module.volts_ranges[-1], module.amps_ranges[-1]
        full = module.watts if read is watts_of else volts if read is volts_of else amps
        return full * NOISE_PPM * 1e-6

    def _noise(self, acquisition: Acquisition, read: Reading, statistic: str) -> random.Random:
        key = (self._seed, self.output.number, acquisition.number, read.__name__, statistic)
        return random.Random(int(uniform(*key) * 2**53))  # noqa: S311 - noise, not secrets

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.output.activity &= ~(Operation.MEASURING | Operation.WAITING_TO_MEASURE)
        if phase is Phase.WAITING:
            self.output.activity |= Operation.MEASURING | Operation.WAITING_TO_MEASURE
        elif phase is Phase.RUNNING:
            self.output.activity |= Operation.MEASURING
        self.output.update_status()

    def to_reset_table(self) -> None:
        """Settings to their *RST values; idle, with nothing to fetch."""
        reset_settings(self)
        module = self.output.module
        self.volts_range, self.amps_range = module.volts_ranges[-1], module.amps_ranges[-1]
        self.trigger_volts, self.trigger_amps = module.highest_volts, module.highest_amps
        self.last = None
        self.output.agenda.drop((self, "acquire"))
        self.phase = Phase.IDLE
