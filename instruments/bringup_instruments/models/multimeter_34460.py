"""Keysight Truevolt multimeters 34461A and 34465A.

After the Truevolt Series Operating and Service Guide (34460-90901), "SCPI Programming Reference". A reading is
what the leads touch, with the meter's own gain and offset error (drawn once, inside the one-year accuracy), noise
that falls with integration time, and the time that integration takes on the lab's clock. The value is taken at the
moment at which its integration ends. Neighbours: `truevolt_*.py` are its parts, `truevolt_trigger.py` takes the
readings, `scpi/` speaks for it, `world.Node` is what it touches.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import ScpiError, Setting, SpecialOnly, Text, command, integer, query, quoted, reset_settings
from ..scpi.command import Command, commands_of, settings_of
from ..scpi.parameters import Choice, Special
from ..world import Node
from .calendar_clock import CalendarClock
from .meter_commands import single
from .truevolt_calculate import Calculate
from .truevolt_converter import OVERLOAD, Analogue
from .truevolt_front import Front
from .truevolt_functions import FunctionState, kind_of
from .truevolt_measuring import ProbeType, RangeOrAuto, Resolution, configure, configure_probe, take
from .truevolt_models import MODELS, Pace
from .truevolt_trigger import TriggeredReadings

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "A.03.02-03.15-03.02-00.52-03-02"  # free text; shaped like the real ones
STATES_KEPT = 5  # *SAV 0 to 4
FORMER_MAKERS = {  # SYSTem:IDENtify: whom it gives itself out for (guide, *IDN?)
    "AT34461A": "Agilent Technologies,34461A",
    "AT34410A": "Agilent Technologies,34410A",
    "AT34411A": "Agilent Technologies,34411A",
    "HP34401A": "HEWLETT-PACKARD,34401A",
}
PROBES = Choice(("FRTD", "RTD", "FTHermistor", "THERmistor", "TCouple", "DEFault"), optional=True)


class Multimeter34465A(TriggeredReadings):
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
        if model not in ("34461A", "34465A"):
            raise ValueError(f"{model!r} is no model that this file knows; known are 34461A, 34465A")
        self._node = node
        self._analogue = Analogue(MODELS[model], f"{model} {serial_number} {seed}")
        self.functions = {
            name: FunctionState(kind_of(model, name), self._start_over, self._present_value)
            for name in MODELS[model].functions
        }
        self._active = "VOLT"
        self.calculate = Calculate(self._latch)
        self.front = Front(clock, model)
        self._calendar = CalendarClock(clock)
        self._saved: dict[int, dict[str, Any]] = {}
        self._own_name = f"Keysight Technologies,{model}"
        self._identities = ("AT34461A", "HP34401A") if model == "34461A" else ("AT34410A", "AT34411A", "HP34401A")
        super().__init__(clock, f"{self._own_name},{serial_number},{FIRMWARE}", MODELS[model])

    def _adopt_identity(self, wanted: str) -> str:
        """An older meter's name, of those that this one can stand in for."""
        if wanted != "DEF" and wanted not in self._identities:
            raise ScpiError(-224)
        name = FORMER_MAKERS.get(wanted, self._own_name)
        self.identity = ",".join([name, *self.identity.split(",")[2:]])
        return wanted

    identify = Setting(
        "SYSTem:IDENtify", Choice(("DEFault", *FORMER_MAKERS)), reset="DEF", kept=True, adopt=_adopt_identity
    )

    def more_commands(self) -> Iterator[Command]:
        """Those of its parts, and what each function has under SENSe, CONFigure and MEASure."""
        yield from commands_of(self.calculate)
        yield from commands_of(self.front)
        yield from commands_of(self._calendar)
        for name, state in self.functions.items():
            facts = state.kind.facts
            yield from single(f"[SENSe]:{facts.header}", state.kind.settings, state)
            if name != "TEMP":
                header = facts.header.replace("VOLTage", "[VOLTage]") if name == "VOLT" else facts.header
                yield from self._measuring(name, header, (RangeOrAuto(facts), Resolution(facts.suffix)))
            if facts.pace is Pace.INTEGRATION and "RATio" not in facts.header:
                yield from self._resolution(f"[SENSe]:{facts.header}:RESolution", state)
        probe = (PROBES, ProbeType(), ProbeType(), ProbeType())
        yield from self._measuring("TEMP", "TEMPerature", probe)

    def _measuring(self, name: str, header: str, parameters: tuple[Any, ...]) -> Iterator[Command]:
        def configure_it(*values: Any) -> None:
            self._configure(name, *values)

        def measure(*values: Any) -> Generator[float, None, str]:
            self._configure(name, *values)
            return self.read_new()

        separator = "" if header.startswith("[") else ":"
        yield Command(f"CONFigure{separator}{header.replace('[V', '[:V')}", configure_it, parameters, self)
        yield Command(f"MEASure{separator}{header.replace('[V', '[:V')}?", measure, parameters, self)

    def _resolution(self, header: str, state: FunctionState) -> Iterator[Command]:
        def set_resolution(wanted: float | Special) -> None:
            limits = state.kind.resolution_limits(state.range)
            number = limits.of(wanted) if isinstance(wanted, Special) else wanted
            state.nplc = state.kind.fastest(number, state.range)
            state.aperture_on = False
            self._start_over()

        def answer(special: Special | None = None) -> str:
            limits = state.kind.resolution_limits(state.range)
            return f"{state.resolution if special is None else limits.of(special):+.8E}"

        must = replace(Resolution(state.kind.facts.suffix), optional=False)
        yield Command(header, set_resolution, (must,), self)
        yield Command(header + "?", answer, (SpecialOnly(),), self)

    # The function.

    @property
    def active(self) -> FunctionState:
        """What is set for the function that is measured."""
        return self.functions[self._active]

    @property
    def range_volts(self) -> float:
        """The range of DC volts, now."""
        return self.functions["VOLT"].range

    @command("[SENSe]:FUNCtion[:ON]", Text(longest=30))
    def set_function(self, name: str) -> None:
        """Measure something else; -224 for a name that no function has."""
        found = _short_name(name)
        if found not in self.functions:
            raise ScpiError(-224)
        self._active = found
        self._start_over()

    @query("[SENSe]:FUNCtion[:ON]?")
    def function(self) -> str:
        """The function's short name."""
        return quoted(self._active)

    @query("CONFigure?")
    def configuration(self) -> str:
        """Function, range and resolution; a probe instead of a range for temperatures."""
        state = self.active
        if self._active == "TEMP":
            number = getattr(state, f"{state.probe.lower()}_type", 5e3)
            kind = getattr(state, "couple", "J") if state.probe == "TC" else f"{number:+.8E}"
            return quoted(f"TEMP {state.probe},{kind},{1.0:+.8E},{state.resolution:+.8E}")
        full = state.kind.facts.default_range if state.kind.facts.pace is Pace.GATE else state.range
        return quoted(f"{self._active} {full:+.8E},{state.resolution:+.8E}")

    def _configure(self, name: str, *values: Any) -> None:
        state = self.functions[name]
        if name == "TEMP":
            probe, kind = (*values, None, None)[:2]
            configure_probe(state, probe, kind)
        else:
            full, resolution = (*values, None, None)[:2]
            configure(state, full, resolution)
        self._active = name
        self._reset_trigger()
        self._start_over()

    # Reading.

    def _present_value(self, state: FunctionState) -> float:
        now_s = self.clock.now()
        return self._analogue.true_value(state.kind.facts.name, self._node, now_s, now_s)

    @property
    def reading_s(self) -> float:
        """Lab seconds that one reading takes now."""
        return self.active.reading_s

    def _take(self) -> float:
        """One reading of the node as it is now."""
        state, now_s = self.active, self.clock.now()
        state.unit = self.front.temperature_unit
        reading = take(self._analogue, state, self._node, now_s - state.reading_s, now_s)
        if abs(reading) == OVERLOAD:
            self._latch(state.kind.facts.overload)
        return self.calculate.process(reading)

    def _level_seen(self) -> float:
        """What a level trigger looks at."""
        return self._present_value(self.active)

    def _latch(self, bits: int) -> None:
        self.status.questionable.latch(bits)

    def _starting(self) -> None:
        self.calculate.clear_statistics()

    def _reading_unit(self) -> str:
        if self._active == "TEMP":
            return self.front.temperature_unit
        return self.active.kind.facts.unit

    # Reset and stored states.

    def on_reset(self) -> None:
        """*RST leaves the meter idle at DC volts, with empty memory."""
        super().on_reset()
        reset_settings(self.calculate)
        reset_settings(self.front)
        for state in self.functions.values():
            state.reset()
        self.calculate.clear_statistics()
        self._active = "VOLT"

    @command("SYSTem:PRESet")
    def preset(self) -> None:
        """As *RST."""
        self.reset()

    @command("*SAV", integer(0, STATES_KEPT - 1))
    @command("MEMory:STATe:STORe", integer(0, STATES_KEPT - 1))
    def save(self, place: float) -> None:
        """Keep the settings in a place."""
        kept: dict[str, Any] = {"active": self._active}
        for part in (self, self.calculate, self.front):
            for name, setting in settings_of(type(part)):
                if not setting.kept:
                    kept[f"{type(part).__name__} {name}"] = getattr(part, name)
        for function, state in self.functions.items():
            for name in state.kind.settings:
                kept[f"{function} {name}"] = getattr(state, name)
        self._saved[int(place)] = kept

    @command("*RCL", integer(0, STATES_KEPT - 1))
    @command("MEMory:STATe:RECall", integer(0, STATES_KEPT - 1))
    def recall(self, place: float) -> None:
        """Take the settings of a place; an empty place holds the *RST table."""
        self.reset()
        owners: dict[str, Any] = {type(part).__name__: part for part in (self, self.calculate, self.front)}
        owners |= self.functions
        for key, value in self._saved.get(int(place), {}).items():
            owner, _, name = key.partition(" ")
            if name:
                setattr(owners[owner], name, value)
            else:
                self._active = value


def _short_name(name: str) -> str:
    """`voltage:ac` as `VOLT:AC`; DC is what is meant where nothing is said."""
    nodes = name.upper().split(":")
    long = {"VOLTAGE": "VOLT", "CURRENT": "CURR", "RESISTANCE": "RES", "FRESISTANCE": "FRES", "FREQUENCY": "FREQ",
            "PERIOD": "PER", "TEMPERATURE": "TEMP", "DIODE": "DIOD", "CONTINUITY": "CONT", "CAPACITANCE": "CAP",
            "RATIO": "RAT"}  # fmt: skip
    short = [long.get(node, node) for node in nodes]
    return ":".join(node for node in short if node != "DC")


def place(placement: Placement) -> Multimeter34465A:
    """The meter that stands at a placement."""
    model = placement.model.split()[-1]
    return Multimeter34465A(placement.clock, placement.node(), placement.serial_number, placement.seed, model)
