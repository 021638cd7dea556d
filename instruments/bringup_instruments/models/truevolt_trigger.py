"""The trigger model and the reading memory of the Truevolt meters.

After the Truevolt Series Operating and Service Guide, "TRIGger", "SAMPle", "DATA" and "FORMat Subsystem": triggers,
each after a delay followed by samples, each taking its time and going into memory. Neighbours:
`multimeter_34460.py` takes the readings themselves.
"""

from __future__ import annotations

import math
import struct
from abc import abstractmethod
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from bringup.clock import Clock

from ..scpi import (
    Boolean,
    Choice,
    Limits,
    Number,
    ScpiDevice,
    ScpiError,
    Setting,
    block,
    command,
    integer,
    query,
)
from ..scpi.lexer import Kind, Token
from .truevolt_models import MeterModel

MEMORY_OVERFLOW = 16384  # STATus:QUEStionable bit 14
MEASURING, WAITING, THRESHOLD = 16, 32, 512  # STATus:OPERation bits 4, 5 and 9
LEVEL_POLL_S = 0.02  # how often a level trigger looks (estimate; the true one is as quick as its samples)
NO_READING = 9.91e37
INFINITE = 9.9e37


@dataclass(frozen=True, slots=True)
class CountOrInfinity:
    """TRIGger:COUNt: a whole number, MIN, MAX, DEF or INFinity."""

    highest: float
    optional: bool = False

    def accept(self, token: Token) -> object:
        """A number or a word."""
        if token.kind is Kind.WORD and token.text in ("INF", "INFINITY"):
            return INFINITE
        return Number().accept(token)

    def check(self, owner: Any, value: object) -> float:
        """Within its range; infinity is always good."""
        if value == INFINITE:
            return INFINITE
        return Number("", Limits(1, self.highest, 1), whole=True).check(owner, value)

    def show(self, value: float) -> str:
        """As NR3."""
        return f"{value:+.8E}"

    def limits_of(self, _owner: Any) -> Limits:
        """From one on."""
        return Limits(1, self.highest, 1)


class TriggeredReadings(ScpiDevice):
    """A meter that takes readings by trigger into memory.

    Args:
        clock: the lab's time.
        identity: answer to *IDN?.
        model: the meter's figures.
    """

    def __init__(self, clock: Clock, identity: str, model: MeterModel) -> None:
        self.model = model
        self._readings: deque[float] = deque(maxlen=model.memory_readings)
        self._waits_for_trigger = False
        self._last = NO_READING
        super().__init__(clock, identity)

    # What the meter itself knows.

    @property
    @abstractmethod
    def reading_s(self) -> float:
        """Lab seconds that one reading takes now."""

    @abstractmethod
    def _take(self) -> float:
        """One reading as of now."""

    @abstractmethod
    def _level_seen(self) -> float:
        """What a level trigger looks at."""

    @abstractmethod
    def _reading_unit(self) -> str:
        """Behind the latest reading."""

    def _starting(self) -> None:
        """An acquisition begins."""

    # Settings. Any change of how it measures stops a measurement and empties the memory.

    def _start_over(self) -> None:
        self.overlapped.abort()
        self._readings.clear()
        self.status.operation.update(0)

    def _fix_delay(self) -> None:
        self.automatic_delay = False
        self._start_over()

    def _follow_automatic_delay(self) -> None:
        if self.automatic_delay:
            self.trigger_delay_s = 0.0
        self._start_over()

    def _sample_limits(self) -> Limits:
        return Limits(1, self.model.most_samples, 1)

    def _timer_limits(self) -> Limits:
        return Limits(self.reading_s, 3600.0, max(self.reading_s, 1.0))

    def _pretrigger_limits(self) -> Limits:
        return Limits(0, max(self.sample_count - 1, 0), 0)

    def _adopt_source(self, source: str) -> str:
        if source == "INT" and not self.model.has_digitizing:
            raise ScpiError(-224)
        return source

    sample_count = Setting(
        "SAMPle:COUNt", Number("", _sample_limits, form="d", whole=True), reset=1.0, then=_start_over
    )
    pretrigger_count = Setting(
        "SAMPle:COUNt:PRETrigger", Number("", _pretrigger_limits, form="d", whole=True), reset=0.0, then=_start_over
    )
    sample_source = Setting("SAMPle:SOURce", Choice(("IMMediate", "TIMer")), reset="IMM", then=_start_over)
    sample_timer_s = Setting("SAMPle:TIMer", Number("S", _timer_limits), reset=1.0, then=_start_over)
    trigger_count = Setting("TRIGger:COUNt", CountOrInfinity(1e6), reset=1.0, then=_start_over)
    trigger_delay_s = Setting("TRIGger:DELay", Number("S", Limits(0.0, 3600.0, 0.0)), reset=0.0, then=_fix_delay)
    automatic_delay = Setting("TRIGger:DELay:AUTO", Boolean(), reset=True, then=_follow_automatic_delay)
    trigger_source = Setting(
        "TRIGger:SOURce",
        Choice(("IMMediate", "BUS", "EXTernal", "INTernal")),
        reset="IMM",
        adopt=_adopt_source,
        then=_start_over,
    )
    trigger_slope = Setting("TRIGger:SLOPe", Choice(("POSitive", "NEGative")), reset="NEG", then=_start_over)
    trigger_level = Setting("TRIGger:LEVel", Number("V", Limits(-1000.0, 1000.0, 0.0)), reset=0.0, then=_start_over)
    memory_threshold = Setting("DATA:POINts:EVENt:THReshold", integer(1, 2_000_000, 1), reset=1.0)
    border = Setting("FORMat:BORDer", Choice(("NORMal", "SWAPped")), reset="NORM")
    number_format = "ASC"

    @command("FORMat[:DATA]", Choice(("ASCii", "REAL")), Number("", Limits(0, 64), whole=True, optional=True))
    def set_format(self, form: str, length: float = 0.0) -> None:
        """Readings as text, or as blocks of 64-bit floats."""
        if (form == "REAL" and length not in (0.0, 64.0)) or (form == "ASC" and length > 15):
            raise ScpiError(-224)
        self.number_format = form

    @query("FORMat[:DATA]?")
    def format(self) -> str:
        """Name and length."""
        return "REAL,64" if self.number_format == "REAL" else "ASC,9"

    def _reset_trigger(self) -> None:
        """What CONFigure and MEASure put at their defaults."""
        self.trigger_source, self.trigger_delay_s, self.automatic_delay = "IMM", 0.0, True
        self.sample_count = self.trigger_count = 1.0
        self.sample_source, self.pretrigger_count = "IMM", 0.0

    def on_reset(self) -> None:
        """*RST leaves the meter idle, with empty memory."""
        self._readings.clear()
        self._last = NO_READING
        self.number_format = "ASC"

    # Measuring.

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

    @query("R?", Number("", Limits(1, 1e9, 1e9), whole=True, optional=True))
    def remove_block(self, most: float = 1e9) -> str:
        """Take readings out of memory, as a definite-length block; whatever is there by now."""
        return block(self._removed(int(most)).encode("latin-1"))

    @query("DATA:REMove?", Number("", Limits(1, 1e9, 1), whole=True), Choice(("WAIT",), optional=True))
    def remove(self, count: float, wait: str | None = None) -> str | Generator[float, None, str]:
        """Take just so many readings out of memory; -222 if there are fewer, or wait for them."""
        if len(self._readings) >= count:
            return self._removed(int(count))
        if wait is None or not self.overlapped.busy:
            raise ScpiError(-222)
        return self._removed_later(int(count))

    @query("DATA:POINts?")
    def points(self) -> str:
        """How many readings are in memory."""
        return f"{len(self._readings):+d}"

    @query("DATA:LAST?")
    def last(self) -> str:
        """The latest reading with its unit."""
        return f"{self._last:+.8E} {self._reading_unit()}"

    @command("ABORt")
    def abort(self) -> None:
        """Back to idle; what was read so far stays."""
        self.overlapped.abort()
        self.status.operation.update(0)

    def on_trigger(self) -> None:
        """*TRG: -211 unless the meter waits for it."""
        if not self._waits_for_trigger or self.trigger_source != "BUS":
            raise ScpiError(-211)
        self.overlapped.wake()

    def _acquire_and_answer(self) -> Generator[float, None, str]:
        self._readings.clear()
        yield from self._acquire()
        return self._answer_readings()

    def _acquire(self) -> Generator[float, None, None]:
        """Triggers, each after a delay followed by samples."""
        self._starting()
        self.status.operation.update(MEASURING)
        triggers = 0
        while triggers < self.trigger_count:  # INFinity goes on until ABORt
            triggers += 1
            yield from self._triggered()
            for _ in range(int(self.sample_count)):
                yield max(self.reading_s, self.sample_timer_s) if self.sample_source == "TIM" else self.reading_s
                self._store(self._take())
        self.status.operation.update(0)

    def _triggered(self) -> Generator[float, None, None]:
        if self.trigger_source == "INT":
            yield from self._level_crossed()
        elif self.trigger_source != "IMM":
            self._waits_for_trigger = True
            self.status.operation.update(MEASURING | WAITING)
            try:
                yield math.inf
            finally:
                self._waits_for_trigger = False
            self.status.operation.update(MEASURING)
        if self.trigger_delay_s > 0:
            yield self.trigger_delay_s

    def _level_crossed(self) -> Generator[float, None, None]:
        rising = self.trigger_slope == "POS"
        was_beyond = True
        while True:
            is_beyond = (self._level_seen() >= self.trigger_level) == rising
            if is_beyond and not was_beyond:
                return
            was_beyond = is_beyond
            yield LEVEL_POLL_S

    def _store(self, reading: float) -> None:
        if len(self._readings) == self._readings.maxlen:
            self.status.questionable.latch(MEMORY_OVERFLOW)
        self._readings.append(reading)
        self._last = reading
        if len(self._readings) >= self.memory_threshold:
            self.status.operation.latch(THRESHOLD)

    # Answers.

    def _removed(self, most: int) -> str:
        count = min(most, len(self._readings))
        return self._written([self._readings.popleft() for _ in range(count)])

    def _removed_later(self, count: int) -> Generator[float, None, str]:
        while len(self._readings) < count:
            if not self.overlapped.busy:
                raise ScpiError(-222)
            yield max(self.overlapped.due_s - self.clock.now(), 0.0)
        return self._removed(count)

    def _answer_readings(self) -> str:
        if not self._readings:
            raise ScpiError(-230)
        return self._written(list(self._readings))

    def _written(self, readings: list[float]) -> str:
        if self.number_format == "REAL":
            order = ">" if self.border == "NORM" else "<"
            return block(struct.pack(f"{order}{len(readings)}d", *readings))
        return ",".join(f"{reading:+.8E}" for reading in readings)
