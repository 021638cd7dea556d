"""CONFigure, MEASure and SENSe of a 34980A: for channels of a list, or for the internal meter where none is sent.

After the 34980A programmer's reference help, "CONFigure", "MEASure" and "SENSe Subsystem". Neighbours: `daq_34980a.py`
scans what is configured here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Any

from ..scpi import Choice, ScpiError, Special, Text, quoted
from ..scpi.command import Command, settings_of
from .daq_34980a_channels import (
    CHANNEL_HEADERS,
    CHANNELS_OF_BANK,
    FUNCTIONS,
    MODEL,
    MULTIPLEXED,
    NOT_ABLE,
    Channel,
    SlotChannels,
    channel_numbers,
)
from .meter_commands import per_channel
from .truevolt_functions import FunctionState, kind_of
from .truevolt_measuring import ProbeType, RangeOrAuto, Resolution, configure, configure_probe
from .truevolt_models import Pace

LISTED = SlotChannels(tuple(channel_numbers()), optional=True)
REQUIRED = SlotChannels(tuple(channel_numbers()))
PROBES = Choice(("TCouple", "RTD", "FRTD", "THERmistor", "DEFault"))
Chosen = Callable[[Sequence[int] | None], Sequence[Channel]]
Numbers = Sequence[int] | None


class Configuring:
    """The commands that decide what a channel measures.

    Args:
        chosen: the channels of a list, or the internal meter.
        changed: what the mainframe does when any of it moves.
        measure: scan a list (None: read the internal meter) and answer.
        prepare: what CONFigure does beside the channels.
    """

    def __init__(
        self,
        chosen: Chosen,
        changed: Callable[[], None],
        measure: Callable[[Numbers], Generator[float, None, str]],
        prepare: Callable[[Numbers], None],
    ) -> None:
        self._chosen = chosen
        self._changed = changed
        self._measure = measure
        self._prepare = prepare

    def commands(self) -> Iterator[Command]:
        """All of them."""
        for name in FUNCTIONS:
            facts = kind_of(MODEL, name).facts
            states = partial(self._states, name)
            settings = {key: s for key, s in kind_of(MODEL, name).settings.items() if not key.startswith("null")}
            yield from per_channel(f"[SENSe]:{facts.header}", settings, LISTED, states)
            if facts.pace is Pace.INTEGRATION and name != "TEMP":
                yield from self._resolution(f"[SENSe]:{facts.header}:RESolution", facts.suffix, states)
            if name != "TEMP":
                yield from self._measuring(name, facts.header, (RangeOrAuto(facts), Resolution(facts.suffix), LISTED))
        yield from self._measuring("TEMP", "TEMPerature", (PROBES, ProbeType(), ProbeType(), ProbeType(), LISTED))
        yield Command("[SENSe]:FUNCtion[:ON]", self.set_function, (Text(longest=30), LISTED))
        yield Command("[SENSe]:FUNCtion[:ON]?", self.function, (LISTED,))
        yield Command("CONFigure?", self.configuration, (LISTED,))
        yield Command("CALCulate:SCALe:OFFSet:NULL", self.null, (REQUIRED,))
        own = dict(settings_of(Channel))
        for path, names in CHANNEL_HEADERS.items():
            yield from per_channel(path, {name: own[name] for name in names}, LISTED, self._chosen)

    def set_function(self, name: str, numbers: Numbers = None) -> None:
        """Measure something else there, as it was set before."""
        found = ":".join(node[:4] for node in name.upper().split(":") if node != "DC")
        found = {"RESI": "RES", "FRES": "FRES", "PERI": "PER"}.get(found, found)
        if found not in FUNCTIONS:
            raise ScpiError(-224)
        for channel in self._able(found, numbers):
            channel.function = found
        self._changed()

    def function(self, numbers: Numbers = None) -> str:
        """Each channel's."""
        return ",".join(quoted(channel.function) for channel in self._chosen(numbers))

    def configuration(self, numbers: Numbers = None) -> str:
        """Function, range and resolution of each channel."""
        return ",".join(quoted(_configuration(channel)) for channel in self._chosen(numbers))

    def null(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """Read each channel and keep its value as the offset that is taken off from now on."""
        for channel in self._chosen(numbers):
            channel.scaling_on = False
            answer = yield from self._measure((channel.number,))
            channel.offset, channel.scaling_on = -float(answer.split(",")[0].split()[0]), True

    def _states(self, name: str, numbers: Numbers) -> Sequence[FunctionState]:
        return [channel.state(name) for channel in self._able(name, numbers)]

    def _able(self, name: str, numbers: Numbers) -> Sequence[Channel]:
        """The channels, if all of them can measure that: four wires start in bank 1, current needs its own inputs."""
        channels = self._chosen(numbers)
        for channel in channels:
            if channel.number and name not in MULTIPLEXED:
                raise ScpiError(*NOT_ABLE)
            if name == "FRES" and channel.number % 1000 > CHANNELS_OF_BANK:
                raise ScpiError(*NOT_ABLE)
        return channels

    def _measuring(self, name: str, header: str, parameters: tuple[Any, ...]) -> Iterator[Command]:
        def configure_them(*values: Any) -> Numbers:
            count = len(parameters) - 1
            given, numbers = values[:count], values[count] if len(values) > count else None
            for channel in self._able(name, numbers):
                _configure(channel, name, *given)
            self._prepare(numbers)
            return numbers

        def configure_only(*values: Any) -> None:
            configure_them(*values)

        def measure(*values: Any) -> Generator[float, None, str]:
            return self._measure(configure_them(*values))

        yield Command(f"CONFigure:{header}", configure_only, parameters)
        yield Command(f"MEASure:{header}?", measure, parameters)

    def _resolution(
        self, header: str, suffix: str, states: Callable[[Numbers], Sequence[FunctionState]]
    ) -> Iterator[Command]:
        def set_resolution(wanted: float | Special, numbers: Numbers = None) -> None:
            for state in states(numbers):
                limits = state.kind.resolution_limits(state.range)
                state.nplc = state.kind.fastest(
                    limits.of(wanted) if isinstance(wanted, Special) else wanted, state.range
                )
            self._changed()

        def answer(numbers: Numbers = None) -> str:
            return ",".join(f"{state.resolution:+.8E}" for state in states(numbers))

        yield Command(header, set_resolution, (Resolution(suffix, optional=False), LISTED))
        yield Command(header + "?", answer, (LISTED,))


def _configure(channel: Channel, name: str, *values: Any) -> None:
    first, second = (*values, None, None)[:2]
    if name == "TEMP":
        configure_probe(channel.state(name), "TC" if first in (None, "DEF") else first, second)
    else:
        configure(channel.state(name), first, second)
    channel.function = name
    channel.automatic_delay = True


def _configuration(channel: Channel) -> str:
    state = channel.active
    if channel.function == "TEMP":
        kind = (
            getattr(state, "couple", "J")
            if state.probe == "TC"
            else f"{getattr(state, f'{state.probe.lower()}_type'):+.8E}"
        )
        return f"TEMP {state.probe},{kind},1,{state.resolution:+.8E}"
    full = state.kind.facts.default_range if state.kind.facts.pace is Pace.GATE else state.range
    return f"{channel.function} {full:+.8E},{state.resolution:+.8E}"
