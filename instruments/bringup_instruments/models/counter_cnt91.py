"""Pendulum CNT-91 timer, counter and analyser.

After the "CNT-90/91/91R/90XL Programmer's Handbook" (4031 600 90201). A measurement takes its gate time on the lab's
clock; its result has the error of the counter's own oscillator and noise that falls with the gate. Where nothing
triggers, the counter gives up as :SYSTem:SDETect and :SYSTem:TOUT say, and its result is 9.91E37. Departure from the
data sheet: inputs A and B count beyond 400 MHz, as if the prescaler of input C sat in front of them. Neighbours:
`counter_cnt91_inputs.py` and `counter_cnt91_calculate.py` are its parts, `world.Node` is what its inputs touch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import (
    Boolean,
    Choice,
    Limits,
    Number,
    ScpiError,
    Setting,
    Special,
    Text,
    command,
    query,
    quoted,
    reset_settings,
    suffixed,
)
from ..scpi.command import Command, commands_of
from ..world import Node
from .counter_cnt91_acquisition import LONGEST_GATE_S, SHORTEST_GATE_S, GatedMeasurement
from .counter_cnt91_calculate import Calculate
from .counter_cnt91_inputs import FUNCTIONS, INPUT_A, INPUT_B, TWO_INPUTS, Front, Input, Loose

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "V1.28 12 May 2015 10:44"  # shaped like the real ones
ARRAY = (4, 10_000)  # smallest and largest size of an array


class CounterCnt91(GatedMeasurement):
    """A counter with inputs A and B.

    Args:
        clock: the lab's time.
        node_of: what an input is connected to.
        serial_number: third field of *IDN?.
        seed: of the oscillator's error and of the noise.
    """

    scpi_version = "1991.0"
    no_error = '0,"No error"'
    error_capacity = 32

    def __init__(self, clock: Clock, node_of: Callable[[int], Node], serial_number: str, seed: int) -> None:
        self.inputs = {number: Input(node_of(number)) for number in (INPUT_A, INPUT_B)}
        self.front = Front(self.inputs, f"CNT-91 {serial_number} {seed}")
        self.results = []
        self.function_name, self.channels = "FREQ", (INPUT_A,)
        self.calculate = Calculate(lambda: self.results, self._limit_passed)
        super().__init__(clock, f"PENDULUM, CNT-91, {serial_number}, {FIRMWARE}")

    def more_commands(self) -> Iterator[Command]:
        """Those of its parts and functions."""
        yield from suffixed(self.inputs)
        yield from commands_of(self.calculate)
        for header, name in FUNCTIONS.items():
            yield from self._measuring(header, name)

    # What changes no result.

    lowest_hz = Setting("[SENSe]:FREQuency:RANGe:LOWer", Number("HZ", Limits(1.0, 50e3, 100.0)), reset=100.0)
    regression = Setting("[SENSe]:FREQuency:REGRession", Boolean(), reset=True)
    oscillator = Setting("[SENSe]:ROSCillator:SOURce", Choice(("INTernal", "EXTernal", "AUTO")), reset="AUTO")
    display_on = Setting("DISPlay:ENABle", Boolean(), reset=True)
    interpolators_calibrated = Setting("CALibration:INTerpolator:AUTO", Boolean(), reset=True)
    talks_only = Setting("SYSTem:TALKonly", Boolean(), reset=False)
    protected_data = Setting("*PUD", Text(longest=64), reset="FACTORY CALIBRATED ON: 2026-01-15", kept=True)
    hold_off_s = Setting("[SENSe]:ACQuisition:HOFF:TIME", Number("S", Limits(20e-9, 2.0)), reset=200e-6)
    hold_off = Setting("[SENSe]:ACQuisition:HOFF[:STATe]", Boolean(), reset=False)

    @query("*OPT?")
    def options(self) -> str:
        """Time base, prescaler, other."""
        return "Option 19/90: Medium Stability Oven,0,0"

    @query("SYSTem:TEMPerature?")
    def own_celsius(self) -> str:
        """At the fan (estimate)."""
        return "38"

    @command("SYSTem:UNPRotect")
    def unprotect(self) -> None:
        """Until the next *RST the protected memory may be written."""

    @command("SYSTem:PRESet")
    def preset(self) -> None:
        """As *RST."""
        self.reset()

    # The function.

    @command("[SENSe]:FUNCtion[:ON]", Text(longest=40))
    def set_function(self, text: str) -> None:
        """Its name, and the inputs behind a space: `FREQ 1`, `FREQ:RAT 1,2`."""
        name, _, inputs = text.strip().partition(" ")
        found = _function_named(name)
        numbers = inputs.replace("@", "").replace("(", "").replace(")", "").replace(" ", "")
        if not all(part.isdigit() for part in numbers.split(",") if part):
            raise ScpiError(-224)
        self._choose(found, [int(part) for part in numbers.split(",") if part])

    @query("[SENSe]:FUNCtion[:ON]?")
    def function(self) -> str:
        """Name and inputs."""
        return quoted(f"{self.function_name} {','.join(map(str, self.channels))}")

    @query("CONFigure?")
    def configuration(self) -> str:
        """As the function."""
        return self.function()

    def _choose(self, name: str, channels: list[int]) -> None:
        chosen = tuple(channels) or ((INPUT_A, INPUT_B) if name in TWO_INPUTS else (INPUT_A,))
        if any(channel not in (1, 2, 3, 4, 6) for channel in chosen):
            raise ScpiError(-224)
        self.function_name, self.channels = name, chosen if name in TWO_INPUTS else chosen[:1]
        self._start_over()

    def _measuring(self, header: str, name: str) -> Iterator[Command]:
        loose = (Loose(),) * 4

        def configure(*values: Any) -> None:
            self._configure(name, values, samples=1.0)

        def configure_array(*values: Any) -> None:
            size, rest = _size_of(values)
            self._configure(name, rest, samples=size)

        def measure(*values: Any) -> Generator[float, None, str]:
            configure(*values)
            return self.read_new()

        def measure_array(*values: Any) -> Generator[float, None, str]:
            configure_array(*values)
            return self._read(self.sample_count)

        yield Command(f"CONFigure[:SCALar]:{header}", configure, loose)
        yield Command(f"CONFigure:ARRay:{header}", configure_array, (*loose, Loose()))
        yield Command(f"MEASure[:SCALar]:{header}?", measure, loose)
        yield Command(f"MEASure:ARRay:{header}?", measure_array, (*loose, Loose()))

    def _configure(self, name: str, values: tuple[Any, ...], samples: float) -> None:
        """The handbook's presets for a measurement, then what was asked for."""
        channels = [number for value in values if isinstance(value, list) for number in value]
        numbers = [value for value in values if value is not None and not isinstance(value, list)]
        self.continuous = False
        self.overlapped.abort()
        self.gate_s = 0.01
        self.arm_source, self.arm_layer, self.pacing = "IMM", "IMM", "IMM"
        self.block_count, self.sample_count = 1.0, samples
        self.calculate.on = self.calculate.statistics_on = False
        if len(numbers) > 1 and not isinstance(numbers[0], Special) and not isinstance(numbers[1], Special):
            self.gate_s = _gate_for(numbers[0], numbers[1])
        for number in channels:
            if number in self.inputs:
                self.inputs[number].automatic_level = "ON"
        self._choose(name, channels)

    def _limit_passed(self) -> None:
        self.status.operation.latch(512)

    def on_reset(self) -> None:
        """The *RST table: frequency on A, 10 ms, automatic levels, nothing measured."""
        for part in (*self.inputs.values(), self.calculate):
            reset_settings(part)
        self.function_name, self.channels = "FREQ", (INPUT_A,)
        self._start_over()


def _function_named(name: str) -> str:
    """The short name of a function in long or short form."""
    nodes = name.upper().split(":")
    for header, short in FUNCTIONS.items():
        long = header.upper().split(":")
        shorts = short.split(":")
        if len(nodes) == len(long) and all(n in (a, b) for n, a, b in zip(nodes, long, shorts, strict=True)):
            return short
    raise ScpiError(-224)


def _size_of(values: tuple[Any, ...]) -> tuple[float, tuple[Any, ...]]:
    """The size of an array, and what follows it; MAX where nothing is said."""
    if not values or values[0] is None or isinstance(values[0], list | Special):
        return float(ARRAY[1]), values[1:] if values and not isinstance(values[0], list) else values
    if not ARRAY[0] <= values[0] <= ARRAY[1]:
        raise ScpiError(-222)
    return float(values[0]), values[1:]


def _gate_for(expected: float, resolution: float) -> float:
    """Twelve digits a second: a relative resolution of 1E-12 takes one second."""
    if expected <= 0 or resolution <= 0:
        raise ScpiError(-222)
    return min(max(1e-12 * expected / resolution, SHORTEST_GATE_S), LONGEST_GATE_S)


def place(placement: Placement) -> CounterCnt91:
    """The counter that stands at a placement."""
    return CounterCnt91(placement.clock, placement.node, placement.serial_number, placement.seed)
