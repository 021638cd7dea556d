"""The digitizer of the graphical Keithley meters: fast samples of voltage into a buffer.

After the Model DMM6500 Reference Manual, SENSe1 subsystem, DIGitize commands. While a digitize function is chosen the
measure functions are not (`FUNC?` says NONE), and the other way round. Direct current is digitized as it is at the
moment: places remember no currents. Neighbours: `keithley_graphical.py` mixes this in.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from ..scpi import Limits, Number, ScpiError, Setting, Text, command, integer, query, reset_settings
from ..scpi.command import Command, commands_of
from .keithley_buffers import ELEMENT_LIST, OPTIONAL_NAME, Reading, ReadingBuffer
from .keithley_functions import BY_NAME, OVERFLOW
from .keithley_setups import RangeNumber

if TYPE_CHECKING:
    from .keithley_graphical import KeithleyGraphical

DIGITIZE = "[SENSe<1:1>]:DIGitize:"
MOST_SAMPLES = 7_000_000
FUNCTIONS = {"VOLT": "VOLT:DC", "CURR": "CURR:DC"}


class DigitizeFunction:
    """Settings of one digitize function.

    Args:
        name: VOLT or CURR; ranges and accuracy are the DC function's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.facts = BY_NAME[FUNCTIONS[name]]
        self.node = {"VOLT": "VOLTage", "CURR": "CURRent"}[name]
        self.reset()

    def reset(self) -> None:
        """*RST: 10 V or 1 A, a thousand samples a second."""
        reset_settings(self)
        self.full = {"VOLT": 10.0, "CURR": 1.0}[self.name]

    def _range_limits(self) -> Limits:
        return Limits(self.facts.ranges[0], self.facts.ranges[-1], {"VOLT": 10.0, "CURR": 1.0}[self.name])

    def _adopt_range(self, value: float) -> float:
        return self.facts.holding(value)

    full = Setting(
        DIGITIZE + "{f}:RANGe[:UPPer]", RangeNumber("", _range_limits, form="g"), reset=0.0, adopt=_adopt_range
    )
    rate_hz = Setting(DIGITIZE + "{f}:SRATe", integer(1000, 1_000_000, 1000), reset=1000.0)
    aperture_s = Setting(DIGITIZE + "{f}:APERture", Number("S", Limits(1e-6, 1e-3, 1e-3), form="g"), reset=1e-3)


class Digitizer:
    """Digitize functions; a meter inherits this."""

    if TYPE_CHECKING:

        def _meter(self) -> KeithleyGraphical:
            """The whole instrument."""

    def __init__(self) -> None:
        self.digitizing = ""
        self.samples = 1.0
        self.digitize_functions = {name: DigitizeFunction(name) for name in FUNCTIONS}

    def reset_digitizer(self) -> None:
        """*RST: nothing is digitized."""
        self.digitizing, self.samples = "", 1.0
        for function in self.digitize_functions.values():
            function.reset()

    def digitize_commands(self) -> Iterator[Command]:
        """The settings of both functions."""
        for function in self.digitize_functions.values():
            for declared in commands_of(function):
                run = partial(_without_suffix, declared.run)
                yield replace(declared, header=declared.header.format(f=function.node), run=run)

    @command(DIGITIZE + "FUNCtion[:ON]", Text(20))
    def choose_digitizing(self, _one: int, name: str) -> None:
        """Digitize instead of measuring."""
        wanted = name.upper()[:4]
        if wanted not in FUNCTIONS:
            raise ScpiError(-224)
        self.digitizing = wanted

    @query(DIGITIZE + "FUNCtion[:ON]?")
    def tell_digitizing(self, _one: int) -> str:
        """The function, or NONE while the meter measures."""
        return self.digitizing or "NONE"

    @command(DIGITIZE + "COUNt", integer(1, MOST_SAMPLES, 1))
    def set_samples(self, _one: int, samples: float) -> None:
        """How many samples a READ:DIGitize? takes."""
        self.samples = samples

    @query(DIGITIZE + "COUNt?")
    def tell_samples(self, _one: int) -> str:
        """As set."""
        return str(int(self.samples))

    @query("READ:DIGitize?", OPTIONAL_NAME, *ELEMENT_LIST)
    @query("MEASure:DIGitize?", OPTIONAL_NAME, *ELEMENT_LIST)
    def read_digitized(self, name: str | None = None, *elements: str) -> Generator[float, None, str]:
        """Digitize into a buffer, and answer the last sample."""
        return self._digitize_and_answer(name, elements)

    @query("MEASure:DIGitize:VOLTage?", OPTIONAL_NAME, *ELEMENT_LIST)
    def digitize_volts(self, name: str | None = None, *elements: str) -> Generator[float, None, str]:
        """Choose volts and digitize."""
        self.digitizing = "VOLT"
        return self._digitize_and_answer(name, elements)

    @query("MEASure:DIGitize:CURRent?", OPTIONAL_NAME, *ELEMENT_LIST)
    def digitize_amps(self, name: str | None = None, *elements: str) -> Generator[float, None, str]:
        """Choose amperes and digitize."""
        self.digitizing = "CURR"
        return self._digitize_and_answer(name, elements)

    @command("TRACe:TRIGger:DIGitize", OPTIONAL_NAME)
    def fill_digitized(self, name: str | None = None) -> Generator[float, None, None]:
        """Digitize into a buffer, and answer nothing."""
        return self._digitize(self._meter().buffer(name))

    def _digitize_and_answer(self, name: str | None, elements: tuple[str, ...]) -> Generator[float, None, str]:
        meter = self._meter()
        buffer = meter.buffer(name)
        yield from self._digitize(buffer)
        return meter.last_of(buffer, elements)

    def _digitize(self, buffer: ReadingBuffer) -> Generator[float, None, None]:
        """Let the samples' time pass, then look back on what was there."""
        meter = self._meter()
        if not self.digitizing or meter.overlapped.busy:
            raise ScpiError(-221 if not self.digitizing else -213)
        function, count, started_at_s = self.digitize_functions[self.digitizing], int(self.samples), meter.clock.now()
        step_s = 1.0 / function.rate_hz
        yield count * step_s
        node, end_at_s, end_utc = meter.probe().node, meter.clock.now(), meter.clock.utc()
        if self.digitizing == "VOLT":
            seen = node.trace(started_at_s, end_at_s, count) if count > 1 else (node.volts(end_at_s),)
        else:
            seen = (node.amps(end_at_s),) * count
        for index, true in enumerate(seen, 1):
            value = OVERFLOW if abs(true) > function.facts.readable(function.full) else true
            if abs(value) < OVERFLOW:
                value = meter.converter.sampled(function.facts, function.full, true)
            before_s = (count - index) * step_s
            utc = end_utc - timedelta(seconds=before_s)
            buffer.add(Reading(value, end_at_s - before_s, utc, function.facts.unit, function.facts.symbol))


def _without_suffix(run: Any, _one: int, *values: Any) -> Any:
    return run(*values)
