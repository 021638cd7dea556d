"""Keysight Truevolt multimeters 34461A and 34465A: DC voltage.

After the Truevolt Series Operating and Service Guide (34460-90901), "SCPI Programming Reference". A reading is
what the leads touch, with the meter's own gain and offset error (drawn once, inside the one-year accuracy), noise
that falls with integration time, and the time that integration takes on the lab's clock. The value is taken at the
moment at which its integration ends. Neighbours: `scpi/` speaks for it, `world.Node` is what it touches.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from bringup.clock import Clock

from ..scpi import (
    Automatic,
    Boolean,
    Choice,
    Limits,
    Number,
    ScpiDevice,
    ScpiError,
    Setting,
    Special,
    SpecialOnly,
    Text,
    command,
    integer,
    query,
    quoted,
)
from ..scpi.lexer import Kind, Token
from ..world import Node
from .truevolt_converter import (
    MODELS,
    OVERLOAD,
    RANGES_VOLTS,
    Converter,
    range_that_holds,
    reading_s,
)

MEMORY_READINGS = {"34461A": 10_000, "34465A": 50_000}
FIRMWARE = "A.03.02-03.15-03.02-00.52-03-02"  # free text; shaped like the real ones
DEFAULT_NPLC = 10.0
VOLTAGE_OVERLOAD = 1  # STATus:QUEStionable bit 0, an event without a lasting condition
MEMORY_OVERFLOW = 16384  # bit 14


@dataclass(frozen=True, slots=True)
class RangeOrAuto:
    """The <range> of CONFigure and MEASure: volts, MIN, MAX, or AUTO and DEF, which stand for infinity."""

    optional: bool = True

    def accept(self, token: Token) -> float | Special:
        """A number or one of the words."""
        if token.kind is Kind.WORD and token.text in ("AUTO", "DEF", "DEFAULT"):
            return math.inf
        return Number("V").accept(token)

    def check(self, owner: Any, value: object) -> float:
        """Within the meter's ranges."""
        number = Number("V", Limits(RANGES_VOLTS[0], RANGES_VOLTS[-1]))
        return math.inf if value == math.inf else number.check(owner, abs(value) if isinstance(value, float) else value)

    def show(self, value: float) -> str:
        """As a number; nothing queries it."""
        return f"{value:+.8E}"

    def limits_of(self, _owner: Any) -> None:
        """Nothing queries it."""
        return


RANGE = RangeOrAuto()
RESOLUTION = Number("V", Limits(1e-9, 1.0), optional=True)


class Multimeter34465A(ScpiDevice):
    """A meter with its leads on one node.

    Args:
        clock: the lab's time.
        node: what the leads touch.
        serial_number: third field of *IDN?.
        seed: of the meter's own errors and of its noise.
        model: 34465A or 34461A.

    Raises:
        ValueError: another model.
    """

    scpi_version = "1994.0"
    has_transition_filters = False

    def __init__(self, clock: Clock, node: Node, serial_number: str, seed: int, model: str = "34465A") -> None:
        if model not in MODELS:
            raise ValueError(f"{model!r} is no model that this file knows; known are {', '.join(MODELS)}")
        self._converter = Converter(MODELS[model], f"{model} {serial_number} {seed}")
        self._node = node
        self._readings: deque[float] = deque(maxlen=MEMORY_READINGS[model])
        self._waits_for_trigger = False
        super().__init__(clock, f"Keysight Technologies,{model},{serial_number},{FIRMWARE}")

    # Settings. Any change of how it measures stops a measurement and empties the memory.

    def _start_over(self) -> None:
        self.overlapped.abort()
        self._readings.clear()

    def _fix_range(self) -> None:
        self.auto_range = "OFF"
        self._start_over()

    def _follow_auto_range(self) -> None:
        if self.auto_range == "ONCE":
            self.range_volts = self._converter.auto_range(self._node.volts(self.clock.now()), self.range_volts)
            self.auto_range = "OFF"
        self._start_over()

    def _follow_auto_zero(self) -> None:
        if self.auto_zero == "ONCE":
            self.auto_zero = "OFF"
        self._start_over()

    def _adopt_range(self, volts: float) -> float:
        return range_that_holds(volts)

    def _adopt_nplc(self, nplc: float) -> float:
        return min(step for step in self._converter.model.resolution_ppm if step >= nplc)

    def _nplc_limits(self) -> Limits:
        return Limits(
            min(self._converter.model.resolution_ppm), max(self._converter.model.resolution_ppm), DEFAULT_NPLC
        )

    def _resolution_limits(self) -> Limits:
        ppm = self._converter.model.resolution_ppm
        return Limits(*(self.range_volts * of / 1e6 for of in (min(ppm.values()), max(ppm.values()), ppm[10.0])))

    range_volts = Setting(
        "[SENSe]:VOLTage[:DC]:RANGe[:UPPer]",
        Number("V", Limits(RANGES_VOLTS[0], RANGES_VOLTS[-1], 10.0)),
        reset=10.0,
        adopt=_adopt_range,
        then=_fix_range,
    )
    auto_range = Setting("[SENSe]:VOLTage[:DC]:RANGe:AUTO", Automatic(), reset="ON", then=_follow_auto_range)
    auto_zero = Setting("[SENSe]:VOLTage[:DC]:ZERO:AUTO", Automatic(), reset="ON", then=_follow_auto_zero)
    auto_impedance = Setting("[SENSe]:VOLTage[:DC]:IMPedance:AUTO", Boolean(), reset=False, then=_start_over)
    nplc = Setting(
        "[SENSe]:VOLTage[:DC]:NPLC",
        Number("", _nplc_limits),
        reset=DEFAULT_NPLC,
        adopt=_adopt_nplc,
        then=_start_over,
    )
    sample_count = Setting("SAMPle:COUNt", integer(1, 1_000_000, 1), reset=1.0, then=_start_over)
    trigger_count = Setting("TRIGger:COUNt", integer(1, 1_000_000, 1), reset=1.0, then=_start_over)
    trigger_delay_s = Setting("TRIGger:DELay", Number("S", Limits(0.0, 3600.0, 0.0)), reset=0.0, then=_start_over)
    trigger_source = Setting("TRIGger:SOURce", Choice(("IMMediate", "BUS", "EXTernal")), reset="IMM", then=_start_over)
    display_on = Setting("DISPlay[:STATe]", Boolean(), reset=True)
    display_text = Setting("DISPlay:TEXT[:DATA]", Text(longest=40), reset="")

    @command("DISPlay:TEXT:CLEar")
    def clear_display_text(self) -> None:
        """Show readings again."""
        self.display_text = ""

    @command("SYSTem:BEEPer[:IMMediate]")
    def beep(self) -> None:
        """One beep, which nobody in a simulated lab hears."""

    @command("[SENSe]:VOLTage[:DC]:RESolution", Number("V", _resolution_limits))
    def set_resolution(self, volts: float) -> None:
        """Choose the shortest integration that resolves `volts` on the present range."""
        self.nplc = self._nplc_for(volts)
        self._start_over()

    @query("[SENSe]:VOLTage[:DC]:RESolution?", SpecialOnly())
    def resolution(self, special: Special | None = None) -> str:
        """What the present integration time resolves."""
        return f"{self._resolution_volts() if special is None else self._resolution_limits().of(special):+.8E}"

    @command("[SENSe]:FUNCtion[:ON]", Text(longest=20))
    def set_function(self, name: str) -> None:
        """DC voltage is the one function that is wired here; -241 for the others."""
        if name.upper() not in ("VOLT", "VOLT:DC", "VOLTAGE", "VOLTAGE:DC"):
            raise ScpiError(-241)
        self._start_over()

    @query("[SENSe]:FUNCtion[:ON]?")
    def function(self) -> str:
        """The function's short name."""
        return quoted("VOLT")

    # Measuring.

    @command("CONFigure[:VOLTage][:DC]", RANGE, RESOLUTION)
    def configure(self, range_volts: float = math.inf, resolution_volts: float | None = None) -> None:
        """DC voltage with everything else at its default; -221 for a resolution on an automatic range."""
        automatic = math.isinf(range_volts)
        if automatic and resolution_volts is not None:
            raise ScpiError(-221)
        self._start_over()
        self.auto_range, self.auto_zero, self.nplc = "ON" if automatic else "OFF", "ON", DEFAULT_NPLC
        self.trigger_source, self.trigger_delay_s = "IMM", 0.0
        self.sample_count = self.trigger_count = 1.0
        if not automatic:
            self.range_volts = range_that_holds(range_volts)
        if resolution_volts is not None:
            self.nplc = self._nplc_for(resolution_volts)

    @query("CONFigure?")
    def configuration(self) -> str:
        """Function, range and resolution."""
        return quoted(f"VOLT {self.range_volts:+.8E},{self._resolution_volts():+.8E}")

    @query("MEASure[:VOLTage][:DC]?", RANGE, RESOLUTION)
    def measure(
        self, range_volts: float = math.inf, resolution_volts: float | None = None
    ) -> Generator[float, None, str]:
        """CONFigure, then READ?."""
        self.configure(range_volts, resolution_volts)
        return self.read_new()

    @query("READ?")
    def read_new(self) -> Generator[float, None, str]:
        """Measure afresh and answer when done; -214 if only the bus could trigger it."""
        if self.trigger_source == "BUS":
            raise ScpiError(-214)
        if self.overlapped.busy:
            raise ScpiError(-213)
        return self._acquire_and_answer()

    @command("INITiate[:IMMediate]")
    def initiate(self) -> None:
        """Start measuring into memory, beside whatever else is asked; -213 if it does so already."""
        if self.overlapped.busy:
            raise ScpiError(-213)
        self._readings.clear()
        self.overlapped.start(self._acquire())

    @query("FETCh?")
    def fetch(self) -> Generator[float, None, str]:
        """What is in memory, once the measurement has ended; -230 if nothing is."""
        yield from self.until_idle()
        return self._answer_readings()

    @query("DATA:POINts?")
    def points(self) -> str:
        """How many readings are in memory."""
        return f"{len(self._readings):+d}"

    @query("DATA:LAST?")
    def last(self) -> str:
        """The latest reading with its unit."""
        return f"{self._readings[-1] if self._readings else 9.91e37:+.8E} VDC"

    @command("ABORt")
    def abort(self) -> None:
        """Back to idle; what was read so far stays."""
        self.overlapped.abort()

    def on_trigger(self) -> None:
        """*TRG: -211 unless the meter waits for it."""
        if not self._waits_for_trigger or self.trigger_source != "BUS":
            raise ScpiError(-211)
        self.overlapped.wake()

    def on_reset(self) -> None:
        """*RST leaves the meter idle, with empty memory."""
        self._readings.clear()

    def _acquire_and_answer(self) -> Generator[float, None, str]:
        self._readings.clear()
        yield from self._acquire()
        return self._answer_readings()

    def _acquire(self) -> Generator[float, None, None]:
        """The trigger model: triggers, each after a delay followed by samples, each taking its time."""
        for _ in range(int(self.trigger_count)):
            yield from self._triggered()
            for _ in range(int(self.sample_count)):
                yield self.reading_s
                if len(self._readings) == self._readings.maxlen:
                    self.status.questionable.latch(MEMORY_OVERFLOW)
                self._readings.append(self._convert())

    def _triggered(self) -> Generator[float, None, None]:
        if self.trigger_source != "IMM":
            self._waits_for_trigger = True
            try:
                yield math.inf
            finally:
                self._waits_for_trigger = False
        if self.trigger_delay_s > 0:
            yield self.trigger_delay_s

    @property
    def reading_s(self) -> float:
        """Lab seconds that one reading takes now."""
        return reading_s(self.nplc, auto_zero=self.auto_zero == "ON")

    def _convert(self) -> float:
        """One reading of the node as it is now."""
        volts = self._node.volts(self.clock.now())
        if self.auto_range == "ON":
            self.range_volts = self._converter.auto_range(volts, self.range_volts)
        reading = self._converter.convert(volts, self.range_volts, self.nplc)
        if abs(reading) == OVERLOAD:
            self.status.questionable.latch(VOLTAGE_OVERLOAD)
        return reading

    def _resolution_volts(self) -> float:
        return self._converter.resolution_volts(self.range_volts, self.nplc)

    def _nplc_for(self, volts: float) -> float:
        nplc = self._converter.nplc_for(volts, self.range_volts)
        if nplc is None:
            raise ScpiError(-222)
        return nplc

    def _answer_readings(self) -> str:
        if not self._readings:
            raise ScpiError(-230)
        return ",".join(f"{reading:+.8E}" for reading in self._readings)
