"""Instruments with several channels: one class for a channel, three ways in which manuals address it.

    class Output:                      # state and commands of one channel, declared as on any instrument
        volts = Setting("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", Number("V", _limits), reset=0.0, then=_feed)

    listed(outputs)                    # VOLT 5,(@1,3)     VOLT? MAX,(@1)
    selected(Output, lambda: ...)      # INST:NSEL 2;VOLT 5
    suffixed(outputs)                  # CHAN2:SCAL 0.5    (the header says <1:4> where the number stands)

A device yields one of them from `more_commands`. A list is judged for every channel before any channel moves.
Neighbours: `command.py` declares, `parameters.py` judges values against the channel as their owner.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .command import Command, Result, Setting, declared_methods, settings_of
from .errors import ScpiError
from .lexer import Kind, Token
from .parameters import Parameter, Special, SpecialOnly, refuse


@dataclass(frozen=True, slots=True)
class ChannelList:
    """`(@1,3:5)`: the channels in the order that was sent, ranges spread out over the channels that exist.

    Args:
        known: every channel that exists, ascending.
        optional: may be left out; the handler then gets None.
        may_be_empty: `(@)` is legal.
        unknown: the execution error for a channel that does not exist.
    """

    known: Sequence[int]
    optional: bool = False
    may_be_empty: bool = False
    unknown: int = -222

    def accept(self, token: Token) -> tuple[tuple[int, int], ...]:
        """First and last of every range; the expression must be a channel list (SCPI-99 volume 1, 8.3.2)."""
        if token.kind is not Kind.EXPRESSION:
            raise refuse(token)
        text = "".join(token.text.split())
        if not text.startswith("@"):
            raise ScpiError(-171)
        ranges = [entry for entry in text[1:].split(",") if text != "@"]
        if not ranges and not self.may_be_empty:
            raise ScpiError(-171)
        return tuple(_range(entry) for entry in ranges)

    def check(self, _owner: Any, value: object) -> tuple[int, ...]:
        """The channels; every end of a range must exist."""
        found: list[int] = []
        for first, last in value:  # type: ignore[attr-defined]  # accept() made it
            if first not in self.known or last not in self.known:
                raise ScpiError(self.unknown)
            low, high = min(first, last), max(first, last)
            between = [channel for channel in self.known if low <= channel <= high]
            found += between if first <= last else reversed(between)
        return tuple(found)

    def show(self, value: Sequence[int]) -> str:
        """As a query answers it."""
        return "(@" + ",".join(str(channel) for channel in value) + ")"

    def limits_of(self, _owner: Any) -> None:
        """A list has no range."""
        return


def _range(entry: str) -> tuple[int, int]:
    first, _, last = entry.partition(":")
    ends = (first, last if ":" in entry else first)
    if not all(end.isascii() and end.isdigit() and len(end) <= 9 for end in ends):
        raise ScpiError(-171)
    return int(ends[0]), int(ends[1])


@dataclass(frozen=True, slots=True)
class _Raw:
    """A parameter that is judged later, once for every channel."""

    kind: Parameter[Any]

    @property
    def optional(self) -> bool:
        return self.kind.optional

    def accept(self, token: Token) -> object:
        return self.kind.accept(token)

    def check(self, _owner: Any, value: object) -> object:
        return value

    def show(self, value: object) -> str:
        return self.kind.show(value)

    def limits_of(self, _owner: Any) -> None:
        return


def listed(channels: Mapping[int, object], *, optional: bool = False, unknown: int = -222) -> Iterator[Command]:
    """The commands of a channel's class, each with a channel list behind its data.

    Args:
        channels: by number; all of one class.
        optional: the list may be left out, and then means every channel.
        unknown: the error for a channel that does not exist.
    """
    numbers = tuple(sorted(channels))
    where = ChannelList(numbers, optional=optional, unknown=unknown)
    for header, kinds, call, indefinite in _declared(type(channels[numbers[0]])):
        run = partial(_for_each, channels, kinds, call)
        yield Command(header, run, (*(_Raw(kind) for kind in kinds), where), None, indefinite)


def selected(channel_class: type, chosen: Callable[[], object]) -> Iterator[Command]:
    """The commands of a channel's class, which work on whichever channel is chosen at that moment."""
    for header, kinds, call, indefinite in _declared(channel_class):
        run = partial(_for_chosen, chosen, kinds, call)
        yield Command(header, run, tuple(_Raw(kind) for kind in kinds), None, indefinite)


def suffixed(channels: Mapping[int, object]) -> Iterator[Command]:
    """The commands of a channel's class, whose headers carry one numeric suffix: the channel's number."""
    for header, kinds, call, indefinite in _declared(type(next(iter(channels.values())))):
        run = partial(_for_suffix, channels, kinds, call)
        yield Command(header, run, tuple(_Raw(kind) for kind in kinds), None, indefinite)


def reset_settings(part: object) -> None:
    """Put a channel's settings to their *RST values; what follows from them is the caller's to do."""
    for name, setting in settings_of(type(part)):
        if not setting.kept:
            setattr(part, name, setting.reset)


_Call = Callable[..., Result]
_Declared = tuple[str, tuple[Parameter[Any], ...], _Call, bool]


def _declared(channel_class: type) -> Iterator[_Declared]:
    """Header, parameters, function of channel and values, and whether its answer may hold anything."""
    for _, setting in settings_of(channel_class):
        yield setting.header, (setting.kind,), partial(_put, setting), False
        yield setting.header + "?", (SpecialOnly(),), partial(_show, setting), False
    for name, declared in declared_methods(channel_class):
        yield declared.header, declared.parameters, partial(_method, name), declared.indefinite


def _put(setting: Setting[Any], channel: object, value: Any) -> None:
    setting.put(channel, value)


def _show(setting: Setting[Any], channel: object, special: Special | None = None) -> str:
    return setting.answer(channel, special)


def _method(name: str, channel: object, *values: Any) -> Result:
    result: Result = getattr(channel, name)(*values)
    return result


def _judged(channel: object, kinds: tuple[Parameter[Any], ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values as this channel takes them; None stands for one that was left out, and ends them."""
    pairs = zip(kinds, values, strict=False)
    return tuple(kind.check(channel, value) for kind, value in pairs if value is not None)


def _for_each(channels: Mapping[int, object], kinds: tuple[Parameter[Any], ...], call: _Call, *values: Any) -> Result:
    numbers = tuple(channels)
    if len(values) > len(kinds):
        *given, sent = values
        numbers, values = numbers if sent is None else sent, tuple(given)
    chosen = [channels[number] for number in numbers]
    judged = [_judged(channel, kinds, values) for channel in chosen]
    results = [call(channel, *value) for channel, value in zip(chosen, judged, strict=True)]
    if all(isinstance(result, str) for result in results) and results:
        return ",".join(result for result in results if isinstance(result, str))
    if any(result is not None and not isinstance(result, str) for result in results):
        return _in_turn(results)
    return None


def _in_turn(results: list[Result]) -> Generator[float, None, str | None]:
    """One channel after the other, where each takes lab time."""
    answers: list[str] = []
    for result in results:
        answer = result if isinstance(result, str) or result is None else (yield from result)
        if answer is not None:
            answers.append(answer)
    return ",".join(answers) if answers else None


def _for_chosen(chosen: Callable[[], object], kinds: tuple[Parameter[Any], ...], call: _Call, *values: Any) -> Result:
    channel = chosen()
    return call(channel, *_judged(channel, kinds, values))


def _for_suffix(
    channels: Mapping[int, object], kinds: tuple[Parameter[Any], ...], call: _Call, number: int, *values: Any
) -> Result:
    if number not in channels:
        raise ScpiError(-114)
    return call(channels[number], *_judged(channels[number], kinds, values))
