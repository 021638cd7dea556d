"""The channels of a 34980A: multiplexer relays, what is configured on each, and channel lists.

Every slot holds a 34921A 40-channel armature multiplexer: channels s001 to s040 in two banks of twenty, and the
relays s911 to s914 (bank 1) and s921 to s924 (bank 2) that put a bank on the four analog buses. The internal meter
sits on bus 1. After the 34980A User's Guide (34980-90005), chapter 3, and the programmer's reference help of its CD.
Neighbours: `daq_34980a.py` is the mainframe, `truevolt_functions.py` has the settings of a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..physics.places import Place
from ..scpi import Boolean, ChannelList, Limits, Number, ScpiError, Setting, Text, reset_settings
from ..scpi.lexer import Token
from ..scpi.parameters import Choice
from ..world import Node
from .truevolt_functions import FunctionState, kind_of

MODEL = "34980A"
FUNCTIONS = ("VOLT", "VOLT:AC", "RES", "FRES", "FREQ", "PER", "TEMP", "CURR", "CURR:AC")
MULTIPLEXED = FUNCTIONS[:-2]  # current needs the four channels of its own, which the catalogue does not wire
SLOTS = range(1, 9)
CHANNELS_OF_SLOT, CHANNELS_OF_BANK = 40, 20
ANALOG_BUSES = (911, 912, 913, 914, 921, 922, 923, 924)
RELAY_S = 0.005  # to close or open an armature relay, with its settling (estimate)
AUTOMATIC_DELAY_S = 0.001  # channel delay while it is automatic: DC volts (estimate)
SLOT_OUT_OF_RANGE = (111, "Channel list: slot number out of range")
CHANNEL_OUT_OF_RANGE = (112, "Channel list: channel number out of range")
NOT_ABLE = (308, "Channel not able to perform requested operation")
DISABLED = (305, "Not able to perform requested operation")


@dataclass(frozen=True, slots=True)
class SlotChannels(ChannelList):
    """A channel list whose errors are this mainframe's own."""

    def accept(self, token: Token) -> tuple[tuple[int, int], ...]:
        """As every channel list."""
        return ChannelList.accept(self, token)

    def check(self, owner: Any, value: object) -> tuple[int, ...]:
        """The channels; which part of a number is wrong decides the error."""
        for ends in value:  # type: ignore[attr-defined]  # accept() made it
            for channel in ends:
                if channel // 1000 not in SLOTS:
                    raise ScpiError(*SLOT_OUT_OF_RANGE)
                if channel not in self.known:
                    raise ScpiError(*CHANNEL_OUT_OF_RANGE)
        return ChannelList.check(self, owner, value)


class Channel:
    """One channel, or the internal meter by itself (number 0).

    Args:
        number: as in channel lists.
        node: what its wires touch.
        changed: what the mainframe does when a setting moves.
    """

    def __init__(self, number: int, node: Node, changed: Callable[[], None]) -> None:
        self.number = number
        self.node = node
        self.function = "VOLT"
        self._changed = changed
        self._states: dict[str, FunctionState] = {}
        self.statistics: list[tuple[float, float]] = []  # readings of this scan, with their times

    def state(self, name: str) -> FunctionState:
        """The settings of a function on this channel."""
        if name not in self._states:
            state = FunctionState(kind_of(MODEL, name), self._changed, self._present)
            state.probe = "TC"  # what the multiplexers default to
            self._states[name] = state
        return self._states[name]

    @property
    def active(self) -> FunctionState:
        """The settings of the function that is measured here."""
        return self.state(self.function)

    @property
    def settle_s(self) -> float:
        """From the closing of the relay to the start of the integration."""
        return AUTOMATIC_DELAY_S if self.automatic_delay else self.delay_s

    def _present(self, state: FunctionState) -> float:
        return float(self._true(state.kind.facts.name))

    _true: Callable[[str], float]

    def know(self, true: Callable[[Channel, str], float]) -> None:
        """How to learn the true value now, for RANGe:AUTO ONCE."""
        self._true = lambda name: true(self, name)

    def reset(self) -> None:
        """The *RST table."""
        reset_settings(self)
        self.function = "VOLT"
        self._states.clear()
        self.statistics.clear()

    def _touch(self) -> None:
        self._changed()

    def _fix_delay(self) -> None:
        self.automatic_delay = False
        self._changed()

    delay_s = Setting("DELay", Number("S", Limits(0.0, 60.0, 0.0)), reset=0.0, then=_fix_delay)
    automatic_delay = Setting("DELay:AUTO", Boolean(), reset=True, then=_touch)
    label = Setting("LABel[:DEFine]", Text(longest=18), reset="")
    four_wire = Setting("FWIRe", Boolean(), reset=False)
    monitored = Setting("ENABle", Boolean(), reset=True)
    gain = Setting("GAIN", Number("", Limits(-1e15, 1e15, 1.0)), reset=1.0)
    offset = Setting("OFFSet", Number("", Limits(-1e15, 1e15, 0.0)), reset=0.0)
    scale_unit = Setting("UNIT", Text(longest=3), reset="")
    scaling_on = Setting("STATe", Boolean(), reset=False)
    upper_limit = Setting("UPPer", Number("", Limits(-1e15, 1e15, 0.0)), reset=0.0)
    upper_on = Setting("UPPer:STATe", Boolean(), reset=False)
    lower_limit = Setting("LOWer", Number("", Limits(-1e15, 1e15, 0.0)), reset=0.0)
    lower_on = Setting("LOWer:STATe", Boolean(), reset=False)
    temperature_unit = Setting("TEMPerature", Choice(("C", "F", "K")), reset="C", then=_touch)

    def scaled(self, value: float) -> float:
        """After CALCulate:SCALe."""
        return value * self.gain + self.offset if self.scaling_on else value

    def unit(self) -> str:
        """Behind a reading."""
        if self.scaling_on and self.scale_unit:
            return self.scale_unit
        return self.temperature_unit if self.function == "TEMP" else self.active.kind.facts.unit

    def alarm(self, value: float) -> int:
        """0, 1 below the lower limit, 2 above the upper one."""
        if self.lower_on and value < self.lower_limit:
            return 1
        return 2 if self.upper_on and value > self.upper_limit else 0


CHANNEL_HEADERS: Mapping[str, tuple[str, ...]] = {
    "ROUTe:CHANnel": ("delay_s", "automatic_delay", "label", "four_wire"),
    "ROUTe:MONitor[:CHANnel]": ("monitored",),
    "CALCulate:SCALe": ("gain", "offset", "scale_unit", "scaling_on"),
    "CALCulate:LIMit": ("upper_limit", "upper_on", "lower_limit", "lower_on"),
    "UNIT": ("temperature_unit",),
}
"""Where the settings of a channel stand in the tree."""


class Relays:
    """All relays of the mainframe."""

    def __init__(self) -> None:
        self.closed: set[int] = set()
        self.cycles: dict[int, int] = {}

    def close(self, numbers: Sequence[int]) -> None:
        """Close them; each closing counts as a cycle."""
        for number in numbers:
            if number not in self.closed:
                self.closed.add(number)
                self.cycles[number] = self.cycles.get(number, 0) + 1

    def open(self, numbers: Sequence[int]) -> None:
        """Open them."""
        self.closed.difference_update(numbers)

    def open_slot(self, slot: int | None, *, buses: bool | None = None) -> None:
        """Open what is in a slot (None: in all), channels and bus relays, or just one of the two kinds."""
        chosen = [
            number
            for number in self.closed
            if (slot is None or number // 1000 == slot) and (buses is None or (number % 1000 > 900) == buses)
        ]
        self.open(chosen)

    def on_meter(self) -> int | None:
        """The channel that reaches the internal meter over analog bus 1, if any does."""
        for number in sorted(self.closed):
            slot, channel = divmod(number, 1000)
            if channel <= CHANNELS_OF_SLOT:
                bank = 0 if channel <= CHANNELS_OF_BANK else 1
                if slot * 1000 + (911, 921)[bank] in self.closed:
                    return number
        return None


def channel_numbers() -> Iterator[int]:
    """Every measurement channel, ascending."""
    for slot in SLOTS:
        yield from range(slot * 1000 + 1, slot * 1000 + CHANNELS_OF_SLOT + 1)


def relay_numbers() -> Iterator[int]:
    """Every relay that can be closed, ascending."""
    for slot in SLOTS:
        yield from range(slot * 1000 + 1, slot * 1000 + CHANNELS_OF_SLOT + 1)
        yield from (slot * 1000 + bus for bus in ANALOG_BUSES)


OPEN_LEADS = Place()
