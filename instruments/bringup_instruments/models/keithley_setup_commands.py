"""The commands of all measurement functions' settings, with or without a channel list behind their data.

Neighbours: `keithley_setups.py` declares the settings, `keithley_graphical.py` yields these commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..scpi import ChannelList, Setting
from ..scpi.command import Command, Result, declared_methods, settings_of
from ..scpi.lexer import Token
from ..scpi.parameters import Parameter, Special, SpecialOnly
from .keithley_functions import FUNCTIONS
from .keithley_setups import CLASSES, FunctionSetup, MeasureSetup


@dataclass(frozen=True, slots=True)
class Later:
    """A parameter that is judged once for every setup that a command is for."""

    kind: Parameter[Any]

    @property
    def optional(self) -> bool:
        """As the kind says."""
        return self.kind.optional

    def accept(self, token: Token) -> object:
        """How it is written is judged at once."""
        return self.kind.accept(token)

    def check(self, _owner: Any, value: object) -> object:
        """Not yet."""
        return value

    def show(self, value: object) -> str:
        """As the kind does."""
        return self.kind.show(value)

    def limits_of(self, _owner: Any) -> None:
        """Nothing asks."""
        return


def setup_commands(front: MeasureSetup, channels: Mapping[int, MeasureSetup]) -> Iterator[Command]:
    """The commands of all functions' settings: for the terminals, or with a channel list for those channels.

    Args:
        front: the terminals' setup.
        channels: a switching instrument's, by channel number.
    """
    where = ChannelList(tuple(sorted(channels)), optional=True)
    for function in FUNCTIONS:
        for header, kinds, call in _declared(CLASSES[function.quantity]):
            run = partial(_run, function.name, front, channels, kinds, call)
            full = header.format(f=function.header)
            numbered = "<" in full
            yield Command(full, run if numbered else partial(run, 1), (*(Later(kind) for kind in kinds), where), front)


def _declared(
    cls: type[FunctionSetup],
) -> Iterator[tuple[str, tuple[Parameter[Any], ...], Callable[..., Result]]]:
    for _, setting in settings_of(cls):
        yield setting.header, (setting.kind,), setting.put
        yield setting.header + "?", (SpecialOnly(),), partial(_answer, setting)
    for name, declared in declared_methods(cls):
        yield declared.header, declared.parameters, partial(_method, name)


def _answer(setting: Setting[Any], setup: FunctionSetup, special: Special | None = None) -> str:
    return setting.answer(setup, special)


def _method(name: str, setup: FunctionSetup, *values: Any) -> Result:
    result: Result = getattr(setup, name)(*values)
    return result


def _run(
    name: str,
    front: MeasureSetup,
    channels: Mapping[int, MeasureSetup],
    kinds: tuple[Parameter[Any], ...],
    call: Callable[..., Result],
    _one: int,
    *values: Any,
) -> Result:
    """Judge a command for each of its setups, then carry it out for each of them."""
    chosen = [front]
    if len(values) > len(kinds):
        *given, sent = values
        values = tuple(given)
        chosen = [channels[number] for number in sent] if sent is not None else chosen
    setups = [setup.functions[name] for setup in chosen]
    judged = [
        tuple(kind.check(setup, value) for kind, value in zip(kinds, values, strict=False) if value is not None)
        for setup in setups
    ]
    answers = [call(setup, *value) for setup, value in zip(setups, judged, strict=True)]
    texts = [answer for answer in answers if isinstance(answer, str)]
    return ";".join(texts) if texts else None
