"""Readings of the 2400, the trace buffer, and its statistics.

After the Series 2400 User's Manual, sections 9 and 18 (TRACe, FORMat and CALCulate3 subsystems). A reading has five
elements: volts, amperes, ohms, seconds and the status word; FORMat:ELEMents says which of them are sent.
Neighbours: `smu_2400.py` makes readings.
"""

from __future__ import annotations

import statistics
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..scpi import Choice, ScpiError, Setting, command, integer, query
from .smu_2400_facts import NOT_A_NUMBER, OVERFLOW, Measurement, SmuError

if TYPE_CHECKING:
    from .smu_2400 import Smu2400

MOST_POINTS = 2500
BYTES_A_READING = 24  # of the buffer's memory (estimate)
ELEMENTS = ("VOLT", "CURR", "RES", "TIME", "STAT")
_ELEMENT = Choice(("VOLTage", "CURRent", "RESistance", "TIME", "STATus"))
_MORE = (Choice(("VOLTage", "CURRent", "RESistance", "TIME", "STATus"), optional=True),) * 4


@dataclass(frozen=True, slots=True)
class SmuReading:
    """One reading.

    Attributes:
        volts, amps, ohms: measured, sourced, or 9.91E37 for none.
        seconds: since the timestamp was reset.
        word: status bits.
    """

    volts: float
    amps: float
    ohms: float
    seconds: float
    word: int

    def element(self, name: str) -> float:
        """By FORMat:ELEMents' names."""
        return {"VOLT": self.volts, "CURR": self.amps, "RES": self.ohms, "TIME": self.seconds, "STAT": self.word}[name]


class BufferCommands:
    """FORMat, TRACe and CALCulate3; the instrument inherits this."""

    if TYPE_CHECKING:

        def _smu(self) -> Smu2400:
            """The whole instrument."""

    data_format = "ASC"
    elements: tuple[str, ...] = ELEMENTS
    latest: tuple[SmuReading, ...] = ()
    trace: tuple[SmuReading, ...] = ()

    def _refuse_while_storing(self) -> None:
        if self.feed_control == "NEXT" and self._smu().overlapped.busy:
            raise SmuError(800)

    def _adopt_points(self, points: float) -> float:
        self._refuse_while_storing()
        self.trace = ()
        return points

    def _start_storing(self) -> None:
        if self.feed_control == "NEXT":
            self.trace = ()

    byte_order = Setting("FORMat:BORDer", Choice(("NORMal", "SWAPped")), reset="NORM")
    register_format = Setting("FORMat:SREGister", Choice(("ASCii", "HEXadecimal", "OCTal", "BINary")), reset="ASC")
    source2_format = Setting("FORMat:SOURce2", Choice(("ASCii", "HEXadecimal", "OCTal", "BINary")), reset="ASC")
    points = Setting("TRACe:POINts", integer(1, MOST_POINTS, 100), reset=100.0, adopt=_adopt_points, kept=True)
    feed_from = Setting("TRACe:FEED", Choice(("SENSe", "CALCulate1", "CALCulate2")), reset="SENS", kept=True)
    feed_control = Setting("TRACe:FEED:CONTrol", Choice(("NEXT", "NEVer")), reset="NEV", kept=True, then=_start_storing)
    stamp = Setting("TRACe:TSTamp:FORMat", Choice(("ABSolute", "DELTa")), reset="ABS", kept=True)
    statistic = Setting("CALCulate3:FORMat", Choice(("MEAN", "SDEViation", "MAXimum", "MINimum", "PKPK")), reset="MEAN")

    @command("FORMat[:DATA]", Choice(("ASCii", "REAL", "SREal")), integer(32, 32, 32, optional=True))
    def set_format(self, form: str, _bits: float | None = None) -> None:
        """REAL,32: the length is the only one there is."""
        self.data_format = form

    @query("FORMat[:DATA]?")
    def tell_format(self) -> str:
        """As set; REAL with its length."""
        return "ASC" if self.data_format == "ASC" else "REAL,32"

    @command("FORMat:ELEMents[:SENSe<1:1>]", _ELEMENT, *_MORE)
    def set_elements(self, *names: str) -> None:
        """Which elements a reading is sent with; their order is always the same."""
        self.elements = tuple(name for name in ELEMENTS if name in names)

    @query("FORMat:ELEMents[:SENSe<1:1>]?")
    def tell_elements(self) -> str:
        """Short names."""
        return ",".join(self.elements)

    @query("TRACe:ACTual?")
    @query("TRACe:POINts:ACTual?")
    def actual(self) -> str:
        """How many readings are in the buffer."""
        return str(len(self.trace))

    @query("TRACe:FREE?")
    def free(self) -> str:
        """Bytes free and bytes reserved."""
        reserved = int(self.points) * BYTES_A_READING
        return f"{MOST_POINTS * BYTES_A_READING - reserved},{reserved}"

    @command("TRACe:CLEar")
    def clear_trace(self) -> None:
        """Empty the buffer; +800 while it is being filled."""
        self._refuse_while_storing()
        self.trace = ()

    @query("TRACe:DATA?")
    def trace_data(self) -> str:
        """All readings; -230 from an empty buffer."""
        if not self.trace:
            raise ScpiError(-230)
        return self.written(self._stamped())

    @query("CALCulate3:DATA?")
    def statistics(self) -> str:
        """The statistic of each element of the buffer that is a measurement."""
        if not self.trace:
            raise ScpiError(-230)
        compute = _STATISTICS[self.statistic]
        values = [compute([reading.element(name) for reading in self.trace]) for name in self._measured_elements()]
        return ",".join(f"{value:+.6E}" for value in values)

    def keep(self, reading: SmuReading) -> None:
        """Where a new reading goes: to FETCh?, and into the buffer while it is being filled."""
        measurement = self._smu().status.measurement
        self.latest = (*self.latest, reading)
        measurement.latch(Measurement.READING_AVAILABLE)
        if OVERFLOW in (reading.volts, reading.amps, reading.ohms):
            measurement.latch(Measurement.READING_OVERFLOW)
        if self.feed_control != "NEXT":
            return
        self.trace = (*self.trace, reading)
        if len(self.trace) >= 2:
            measurement.latch(Measurement.BUFFER_AVAILABLE)
        if len(self.trace) >= self.points:
            self.feed_control = "NEV"
            measurement.latch(Measurement.BUFFER_FULL)

    def written(self, readings: Iterable[SmuReading]) -> str:
        """Readings as FORMat wants them."""
        numbers = [reading.element(name) for reading in readings for name in self.elements]
        if self.data_format == "ASC":
            return ",".join(f"{number:+.6E}" for number in numbers)
        form = (">" if self.byte_order == "NORM" else "<") + f"{len(numbers)}f"
        return "#0" + struct.pack(form, *numbers).decode("latin-1")

    def _stamped(self) -> list[SmuReading]:
        """Times from the first reading on, or from one to the next."""
        first = self.trace[0].seconds
        before = (first, *(reading.seconds for reading in self.trace))
        zeros = before if self.stamp == "DELT" else (first,) * len(self.trace)
        return [
            replace(reading, seconds=reading.seconds - zero) for reading, zero in zip(self.trace, zeros, strict=False)
        ]

    def _measured_elements(self) -> tuple[str, ...]:
        measured = ("VOLT", "CURR", "RES")
        return tuple(name for name in measured if any(r.element(name) != NOT_A_NUMBER for r in self.trace)) or measured


_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "MEAN": statistics.fmean,
    "SDEV": lambda values: statistics.stdev(values) if len(values) > 1 else 0.0,
    "MAX": max,
    "MIN": min,
    "PKPK": lambda values: max(values) - min(values),
}
