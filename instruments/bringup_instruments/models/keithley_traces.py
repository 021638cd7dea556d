"""The TRACe and FORMat subsystems of the graphical Keithley meters.

After the Model DMM6500 Reference Manual, "TRACe subsystem" and "FORMat subsystem".
Neighbours: `keithley_buffers.py` has the buffers, `keithley_graphical.py` mixes this in.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, command, integer, query
from .keithley_buffers import (
    DEFAULT_BUFFERS,
    DEFAULT_POINTS,
    ELEMENT_LIST,
    FEWEST_POINTS,
    MOST_POINTS,
    NAME,
    OPTIONAL_NAME,
    Format,
    ReadingBuffer,
    deviation,
)

STYLES = ("COMPact", "STANdard", "FULL", "WRITable", "WFULl")
_INDEX = integer(1, MOST_POINTS)


class Traces:
    """Buffers by name; a meter inherits this."""

    data_format = Setting("FORMat[:DATA]", Choice(("ASCii", "REAL", "SREal")), reset="ASC")
    byte_order = Setting("FORMat:BORDer", Choice(("NORMal", "SWAPped")), reset="SWAP")
    precision = Setting("FORMat:ASCii:PRECision", Number(limits=Limits(0, 16, 0), form="d", whole=True), reset=0.0)

    def __init__(self) -> None:
        self.buffers = {name: ReadingBuffer() for name in DEFAULT_BUFFERS}

    @property
    def format(self) -> Format:
        """How readings are written now."""
        return Format(self.data_format, int(self.precision), self.byte_order == "SWAP")

    def buffer(self, name: str | None = None) -> ReadingBuffer:
        """A buffer by name; `defbuffer1` where none is given.

        Raises:
            ScpiError: -224, there is no such buffer.
        """
        found = self.buffers.get((name or DEFAULT_BUFFERS[0]).lower())
        if found is None:
            raise ScpiError(-224)
        return found

    def reset_buffers(self) -> None:
        """*RST: the default buffers as new, the others gone."""
        self.buffers = {name: ReadingBuffer() for name in DEFAULT_BUFFERS}

    @command("TRACe:MAKE", NAME, integer(FEWEST_POINTS, MOST_POINTS), Choice(STYLES, optional=True))
    def make_buffer(self, name: str, points: float, style: str = "STAN") -> None:
        """A new buffer; -224 for a name that is taken."""
        if name.lower() in self.buffers or not name:
            raise ScpiError(-224)
        self.buffers[name.lower()] = ReadingBuffer(int(points), style)

    @command("TRACe:DELete", NAME)
    def delete_buffer(self, name: str) -> None:
        """Delete a buffer that was made; the default ones stay."""
        self.buffer(name)
        if name.lower() in DEFAULT_BUFFERS:
            raise ScpiError(-224)
        del self.buffers[name.lower()]

    @command("TRACe:CLEar", OPTIONAL_NAME)
    def clear_buffer(self, name: str | None = None) -> None:
        """Forget the readings."""
        self.buffer(name).readings.clear()

    @command("TRACe:POINts", integer(0, MOST_POINTS, DEFAULT_POINTS), OPTIONAL_NAME)
    def set_points(self, points: float, name: str | None = None) -> None:
        """Change the size, which empties the buffer; 0 asks for all memory."""
        if 0 < points < FEWEST_POINTS:
            raise ScpiError(-222)
        self.buffer(name).resize(int(points) or MOST_POINTS)

    @query("TRACe:POINts?", OPTIONAL_NAME)
    def points(self, name: str | None = None) -> str:
        """The size."""
        return str(self.buffer(name).points)

    @query("TRACe:ACTual?", OPTIONAL_NAME)
    def actual(self, name: str | None = None) -> str:
        """How many readings there are."""
        return str(len(self.buffer(name).readings))

    @query("TRACe:ACTual:STARt?", OPTIONAL_NAME)
    def first_index(self, name: str | None = None) -> str:
        """Number of the first reading, 0 in an empty buffer."""
        return "1" if self.buffer(name).readings else "0"

    @query("TRACe:ACTual:END?", OPTIONAL_NAME)
    def last_index(self, name: str | None = None) -> str:
        """Number of the last reading."""
        return str(len(self.buffer(name).readings))

    @query("TRACe:DATA?", _INDEX, _INDEX, OPTIONAL_NAME, *ELEMENT_LIST)
    def data(self, first: float, last: float, name: str | None = None, *elements: str) -> str:
        """Elements of readings by their numbers."""
        buffer = self.buffer(name)
        return self.format.write(buffer.part(int(first), int(last)), buffer, elements or ("READ",))

    @command("TRACe:FILL:MODE", Choice(("CONTinuous", "ONCE")), OPTIONAL_NAME)
    def set_fill_mode(self, mode: str, name: str | None = None) -> None:
        """Whether a full buffer goes on."""
        self.buffer(name).fill_once = mode == "ONCE"

    @query("TRACe:FILL:MODE?", OPTIONAL_NAME)
    def fill_mode(self, name: str | None = None) -> str:
        """The mode's short form."""
        return "ONCE" if self.buffer(name).fill_once else "CONT"

    @command("TRACe:LOG:STATe", Boolean(), OPTIONAL_NAME)
    def log_state(self, _log: bool, name: str | None = None) -> None:
        """Log when it is filled: nothing to see in a lab without a front panel."""
        self.buffer(name)

    @query("TRACe:STATistics:AVERage?", OPTIONAL_NAME)
    def average(self, name: str | None = None) -> str:
        """Mean of all readings."""
        return self._statistic(statistics.fmean, name)

    @query("TRACe:STATistics:MAXimum?", OPTIONAL_NAME)
    def maximum(self, name: str | None = None) -> str:
        """Highest reading."""
        return self._statistic(max, name)

    @query("TRACe:STATistics:MINimum?", OPTIONAL_NAME)
    def minimum(self, name: str | None = None) -> str:
        """Lowest reading."""
        return self._statistic(min, name)

    @query("TRACe:STATistics:PK2Pk?", OPTIONAL_NAME)
    def span(self, name: str | None = None) -> str:
        """Highest less lowest."""
        return self._statistic(lambda values: max(values) - min(values), name)

    @query("TRACe:STATistics:STDDev?", OPTIONAL_NAME)
    def deviation(self, name: str | None = None) -> str:
        """Sample standard deviation."""
        return self._statistic(deviation, name)

    @command("TRACe:STATistics:CLEar", OPTIONAL_NAME)
    def clear_statistics(self, name: str | None = None) -> None:
        """Statistics are of what is in the buffer: nothing else is kept."""
        self.buffer(name)

    def _statistic(self, compute: Callable[[list[float]], float], name: str | None) -> str:
        return self.format.number(self.buffer(name).statistic(compute))
