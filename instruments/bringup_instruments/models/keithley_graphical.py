"""What Keithley's graphical multimeters have in common: DMM6500 and DAQ6510.

After the Model DMM6500 Reference Manual (DMM6500-901-01), "SCPI command reference". A model subclasses
`KeithleyGraphical`; a switching instrument hands in a `MeasureSetup` for each channel and overrides `probe`, which
says what is measured now: with which settings, at which node, as which channel. Neighbours: `keithley_setups.py`
(settings of the functions), `keithley_converter.py` (physics), `keithley_traces.py` (buffers), `keithley_panel.py`
(display, system, status), `keithley_triggers.py` (trigger model), `keithley_digitizer.py`, `keithley_memory.py`
(*SAV, *RCL), `keithley_language.py` (*LANG and TSP).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

from bringup.clock import Clock

from ..scpi import ChannelList, ScpiDevice, ScpiError, Special, SpecialOnly, Text, command, query, suffixed
from ..scpi.command import Command
from ..world import Node
from .keithley_buffers import COUNT, COUNT_LIMITS, ELEMENT_LIST, OPTIONAL_NAME, Reading, ReadingBuffer
from .keithley_converter import KeithleyConverter
from .keithley_digitizer import Digitizer
from .keithley_functions import BY_NAME, FUNCTIONS, OVERFLOW
from .keithley_language import Bilingual
from .keithley_memory import StoredSetups
from .keithley_panel import Panel, StampedErrors
from .keithley_setup_commands import setup_commands
from .keithley_setups import FunctionSetup, Integrating, MeasureSetup, named_function
from .keithley_traces import Traces
from .keithley_triggers import Triggers

ERRORS_KEPT = 1000  # the event log
READING_OVERFLOW = 1 << 12  # STATus:QUEStionable has no fixed bits; from memory of the default map


@dataclass(frozen=True, slots=True)
class Probe:
    """What is measured now.

    Attributes:
        setup: settings, and the chosen function among them.
        node: what the leads or the closed channel touch.
        channel: of a switching instrument, else 0.
    """

    setup: MeasureSetup
    node: Node
    channel: int = 0


class KeithleyGraphical(Bilingual, Traces, Triggers, Digitizer, StoredSetups, Panel, ScpiDevice):
    """A meter of the family.

    Args:
        clock: the lab's time.
        node: what the leads at its own terminals touch.
        model: as *IDN? says it.
        serial_number: third field of *IDN?.
        firmware: fourth field of *IDN?.
        seed: of the meter's own errors and of its noise.
        channels: setups of a switching instrument's channels.
    """

    scpi_version = "1996.0"
    has_transition_filters = False
    error_capacity = ERRORS_KEPT
    no_error = '0,"No error;0;0 0"'

    def __init__(
        self,
        clock: Clock,
        node: Node,
        model: str,
        serial_number: str,
        firmware: str,
        seed: int,
        channels: Mapping[int, MeasureSetup] | None = None,
    ) -> None:
        self.count = 1.0
        self.model = model
        self.serial_number = serial_number
        self.firmware = firmware
        self.node = node
        self.front = MeasureSetup()
        self.channel_setups: Mapping[int, MeasureSetup] = channels or {}
        self.converter = KeithleyConverter(f"{model} {serial_number} {seed}")
        for setup in (self.front, *self.channel_setups.values()):
            for function in setup.functions.values():
                function.to_measure = self._relative_of
        Traces.__init__(self)
        Triggers.__init__(self)
        Digitizer.__init__(self)
        StoredSetups.__init__(self)
        Bilingual.__init__(self)
        ScpiDevice.__init__(self, clock, f"KEITHLEY INSTRUMENTS,MODEL {model},{serial_number},{firmware}")
        self.status.errors = StampedErrors(self.error_capacity, clock)

    def more_commands(self) -> Iterator[Command]:
        """The functions' settings, MEASure of every function, and FUNCtion with a channel list."""
        yield from setup_commands(self.front, self.channel_setups)
        yield from suffixed(self.timers)
        yield from self.digitize_commands()
        where = ChannelList(tuple(sorted(self.channel_setups)), optional=True)
        yield Command("[SENSe<1:1>]:FUNCtion[:ON]", self._set_function, (Text(20), where), self)
        yield Command("[SENSe<1:1>]:FUNCtion[:ON]?", self._function, (where,), self)
        for function in FUNCTIONS:
            header = f"MEASure:{function.header}?"
            yield Command(header, self._measuring(function.name), (OPTIONAL_NAME, *ELEMENT_LIST), self)

    # What is measured.

    def probe(self) -> Probe:
        """What the meter is connected to now; a switching instrument's closed channel instead."""
        return Probe(self.front, self.node)

    def reading_s(self, setup: FunctionSetup) -> float:
        """Lab seconds of one reading with these settings; a repeating filter takes them all anew."""
        repeats = setup.average_count if setup.averaging and setup.average_kind == "REP" else 1.0
        return self.converter.reading_s(setup) * repeats

    def measured(self, probe: Probe) -> Generator[float, None, Reading]:
        """Make one reading, on lab time."""
        setup = probe.setup.active
        yield self.reading_s(setup)
        return self.taken(probe)

    def taken(self, probe: Probe) -> Reading:
        """One reading of this moment."""
        setup, function = probe.setup.active, probe.setup.active.function
        value = self.converter.read(setup, probe.node, self.clock.now())
        if abs(value) < OVERFLOW:
            value = setup.shown(value)
        else:
            self.status.questionable.latch(READING_OVERFLOW)
        return Reading(value, self.clock.now(), self.clock.utc(), function.unit, function.symbol, 0, probe.channel)

    def into(self, buffer: ReadingBuffer, readings: int, probe: Probe | None = None) -> Generator[float, None, None]:
        """Measure into a buffer so many times."""
        for _ in range(readings):
            reading = yield from self.measured(probe or self.probe())
            buffer.add(reading)

    def _relative_of(self, setup: FunctionSetup) -> float:
        """A reading with the settings of one function, for REL:ACQuire; the relative offset itself is left out."""
        for candidate in (self.front, *self.channel_setups.values()):
            if setup in candidate.functions.values():
                probe = self.probe()
                node = probe.node if probe.setup is candidate else self.node
                return self.converter.read(setup, node, self.clock.now())
        return 0.0

    # SENSe.

    @command("[SENSe<1:1>]:COUNt", COUNT)
    def set_count(self, _one: int, readings: float) -> None:
        """How many readings a READ? makes."""
        self.count = readings

    @query("[SENSe<1:1>]:COUNt?", SpecialOnly())
    def tell_count(self, _one: int, special: Special | None = None) -> str:
        """As set, or an end of its range."""
        return COUNT.show(self.count if special is None else COUNT_LIMITS.of(special))

    def _set_function(self, _one: int, name: str, channels: tuple[int, ...] | None = None) -> None:
        wanted = named_function(name)
        for setup in self._setups(channels):
            setup.chosen = wanted
        if channels is None:
            self.digitizing = ""
        self.on_function()

    def _function(self, _one: int, channels: tuple[int, ...] | None = None) -> str:
        """Without quotes, as foreign drivers of this model expect it."""
        if channels is None and self.digitizing:
            return "NONE"
        return ";".join(self.function_name(setup) for setup in self._setups(channels))

    def function_name(self, setup: MeasureSetup) -> str:
        """As SENSe:FUNCtion? answers it."""
        return setup.chosen

    def on_function(self) -> None:
        """The function was changed."""

    def _setups(self, channels: tuple[int, ...] | None) -> list[MeasureSetup]:
        return [self.front] if channels is None else [self.channel_setups[number] for number in channels]

    @command("[SENSe<1:1>]:AZERo:ONCE")
    def zero_once(self, _one: int) -> None:
        """Refresh reference and zero, and leave autozero off (as foreign hardware tests expect it)."""
        setup = self.probe().setup.active
        if not isinstance(setup, Integrating):
            raise ScpiError(-221)
        setup.auto_zero = False

    # Measuring.

    @query("READ?", OPTIONAL_NAME, *ELEMENT_LIST)
    def read_new(self, name: str | None = None, *elements: str) -> Generator[float, None, str]:
        """Measure COUNt times into a buffer, and answer the last reading."""
        return self._read(name, elements)

    @query("MEASure?", OPTIONAL_NAME, *ELEMENT_LIST)
    def measure(self, name: str | None = None, *elements: str) -> Generator[float, None, str]:
        """As READ? with the present function."""
        return self._read(name, elements)

    @query("FETCh?", OPTIONAL_NAME, *ELEMENT_LIST)
    def fetch(self, name: str | None = None, *elements: str) -> str:
        """The last reading that is there; -230 if there is none."""
        return self.last_of(self.buffer(name), elements)

    @command("TRACe:TRIGger", OPTIONAL_NAME)
    def fill(self, name: str | None = None) -> Generator[float, None, None]:
        """Measure COUNt times into a buffer, and answer nothing."""
        self._not_busy()
        return self.into(self.buffer(name), int(self.count))

    def _measuring(self, function: str) -> _Measuring:
        return _Measuring(self, function)

    def measure_function(
        self, function: str, name: str | None, elements: tuple[str, ...]
    ) -> Generator[float, None, str]:
        """MEASure:<function>?: choose the function, then read."""
        self.probe().setup.chosen = BY_NAME[function].name
        self.digitizing = ""
        self.on_function()
        return self._read(name, elements)

    def _read(self, name: str | None, elements: tuple[str, ...]) -> Generator[float, None, str]:
        self._not_busy()
        return self._read_into(self.buffer(name), elements)

    def _read_into(self, buffer: ReadingBuffer, elements: tuple[str, ...]) -> Generator[float, None, str]:
        yield from self.into(buffer, int(self.count))
        return self.last_of(buffer, elements)

    def last_of(self, buffer: ReadingBuffer, elements: tuple[str, ...]) -> str:
        """The last reading of a buffer; -230 if there is none."""
        if not buffer.readings:
            raise ScpiError(-230)
        return self.format.write([buffer.readings[-1]], buffer, elements or ("READ",))

    def _not_busy(self) -> None:
        if self.overlapped.busy:
            raise ScpiError(-213)

    def on_reset(self) -> None:
        """*RST: functions, buffers and the trigger model as new."""
        self.count = 1.0
        self.front.reset()
        for setup in self.channel_setups.values():
            setup.reset()
        self.reset_buffers()
        self.reset_triggers()
        self.reset_digitizer()


class _Measuring:
    """The call behind one MEASure:<function>?."""

    def __init__(self, meter: KeithleyGraphical, function: str) -> None:
        self._meter = meter
        self._function = function

    def __call__(self, name: str | None = None, *elements: str) -> Generator[float, None, str]:
        return self._meter.measure_function(self._function, name, elements)
