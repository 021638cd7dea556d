"""Reading buffers of the graphical Keithley meters: TRACe and the elements that a reading can be asked for.

After the Model DMM6500 Reference Manual, TRACe subsystem and "Reading buffers". Two buffers always exist,
`defbuffer1` and `defbuffer2`; *RST empties these and deletes the others. Neighbours: `keithley_graphical.py`
fills them, `keithley_traces.py` has their commands.
"""

from __future__ import annotations

import statistics
import struct
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ..scpi import Choice, Limits, Number, ScpiError, Text

DEFAULT_POINTS = 100_000
MOST_POINTS = 7_000_000  # of all buffers together, in standard style (reference manual)
FEWEST_POINTS = 10
DEFAULT_BUFFERS = ("defbuffer1", "defbuffer2")

COUNT_LIMITS = Limits(1, 1_000_000, 1)  # SENSe:COUNt (reference manual)
COUNT = Number(limits=COUNT_LIMITS, form="d", whole=True)

ELEMENTS = Choice(
    (
        "READing",
        "RELative",
        "DATE",
        "EXTRa",
        "FORMatted",
        "FRACtional",
        "SEConds",
        "STATus",
        "TIME",
        "TSTamp",
        "UNIT",
        "CHANnel",
    ),
    optional=True,
)
MOST_ELEMENTS = 14
ELEMENT_LIST = (ELEMENTS,) * MOST_ELEMENTS
NAME = Text(longest=31)
OPTIONAL_NAME = Text(longest=31, optional=True)
NUMERIC = frozenset({"READ", "REL", "EXTR"})
"""Elements that the binary formats can carry."""

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"))


@dataclass(frozen=True, slots=True)
class Reading:
    """One entry of a buffer.

    Attributes:
        value: in the unit.
        at_s: lab time.
        utc: the instrument's date and time.
        unit: as the UNIT element says it.
        symbol: as a formatted reading has it.
        status: the STATus element.
        channel: of a switching instrument, else 0.
        extra: the EXTRa element: a ratio's sense voltage, say.
    """

    value: float
    at_s: float
    utc: datetime
    unit: str
    symbol: str
    status: int = 0
    channel: int = 0
    extra: float = 0.0


class ReadingBuffer:
    """A named buffer.

    Args:
        points: how many readings it holds.
        style: as TRACe:MAKE has it.
    """

    def __init__(self, points: int = DEFAULT_POINTS, style: str = "STAN") -> None:
        self.style = style
        self.fill_once = False
        self.readings: deque[Reading] = deque(maxlen=points)
        self.first_at_s = 0.0

    @property
    def points(self) -> int:
        """Its size."""
        return self.readings.maxlen or 0

    def resize(self, points: int) -> None:
        """A new size empties it."""
        self.readings = deque(maxlen=points)

    def add(self, reading: Reading) -> None:
        """Keep a reading; a full buffer forgets its oldest one, or takes no more where it is filled once."""
        if not self.readings:
            self.first_at_s = reading.at_s
        elif self.fill_once and len(self.readings) == self.points:
            return
        self.readings.append(reading)

    def part(self, first: int, last: int) -> list[Reading]:
        """Readings by number, from 1.

        Raises:
            ScpiError: -222, there are no such readings.
        """
        if not 1 <= first <= last <= len(self.readings):
            raise ScpiError(-222)
        return list(islice(self.readings, first - 1, last))

    def statistic(self, compute: Callable[[list[float]], float]) -> float:
        """Of all values; 0 while it is empty."""
        values = [reading.value for reading in self.readings]
        return compute(values) if values else 0.0


def deviation(values: list[float]) -> float:
    """Sample standard deviation; 0 for one value."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Format:
    """How readings are written: FORMat[:DATA], :ASCii:PRECision and :BORDer.

    Attributes:
        data: ASC, REAL (64 bit) or SRE (32 bit).
        digits: significant ones; 0 for automatic.
        swapped: least significant byte first.
    """

    data: str
    digits: int
    swapped: bool

    def number(self, value: float) -> str:
        """A reading in ASCII."""
        return f"{value:.{max(self.digits or 7, 1) - 1}E}"

    def write(self, readings: Iterable[Reading], buffer: ReadingBuffer, elements: tuple[str, ...]) -> str:
        """The elements of all readings, one after the other.

        Raises:
            ScpiError: 1133, an element that a binary format cannot carry.
        """
        if self.data == "ASC":
            return ",".join(self._element(name, reading, buffer) for reading in readings for name in elements)
        if not NUMERIC.issuperset(elements):
            raise ScpiError(1133, "Parameter 4, Syntax error, expected valid name parameters")
        numbers = [_number_of(name, reading, buffer) for reading in readings for name in elements]
        form = ("<" if self.swapped else ">") + str(len(numbers)) + ("d" if self.data == "REAL" else "f")
        return "#0" + struct.pack(form, *numbers).decode("latin-1")

    def _element(self, name: str, reading: Reading, buffer: ReadingBuffer) -> str:
        if name in NUMERIC:
            number = _number_of(name, reading, buffer)
            return f"{number:.6f}" if name == "REL" else self.number(number)
        utc = reading.utc
        texts: dict[str, Callable[[], str]] = {
            "DATE": lambda: utc.strftime("%m/%d/%Y"),
            "TIME": lambda: utc.strftime("%H:%M:%S"),
            "TST": lambda: utc.strftime("%m/%d/%Y %H:%M:%S.%f") + "000",
            "SEC": lambda: str(int(utc.timestamp())),
            "FRAC": lambda: f"{utc.microsecond / 1e6:.9f}",
            "STAT": lambda: str(reading.status),
            "UNIT": lambda: reading.unit,
            "FORM": lambda: formatted(reading),
            "CHAN": lambda: str(reading.channel) if reading.channel else "",
        }
        return texts[name]()


def _number_of(name: str, reading: Reading, buffer: ReadingBuffer) -> float:
    if name == "REL":
        return reading.at_s - buffer.first_at_s
    return reading.extra if name == "EXTR" else reading.value


def formatted(reading: Reading) -> str:
    """As the front panel shows it, with a prefix to the unit."""
    if abs(reading.value) >= 9.9e37:
        return f"Overflow {reading.symbol}".strip()
    scale, prefix = next((pair for pair in _PREFIXES if abs(reading.value) >= pair[0]), (1.0, ""))
    return f"{reading.value / scale:+010.5f} {prefix}{reading.symbol}".strip()
