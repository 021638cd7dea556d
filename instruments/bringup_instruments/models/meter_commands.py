"""Settings of parts put under a header, on an instrument or on each of its channels.

`scpi/channels.py` does this for classes of channels with whole headers; the functions of a meter have their
headers from tables, and what is meant where no channel list is sent differs between instruments. Neighbours:
`truevolt_functions.py`, `daq_34980a.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..scpi import ChannelList, Setting, Special, SpecialOnly
from ..scpi.command import Command
from ..scpi.lexer import Token
from ..scpi.parameters import Parameter

Owners = Callable[[Sequence[int] | None], Sequence[Any]]
"""The parts that a channel list means; None stands for no list."""


@dataclass(frozen=True, slots=True)
class JudgedLater:
    """A parameter that is judged against each channel, not against the instrument."""

    kind: Parameter[Any]

    @property
    def optional(self) -> bool:
        """As the kind."""
        return self.kind.optional

    def accept(self, token: Token) -> object:
        """As the kind."""
        return self.kind.accept(token)

    def check(self, _owner: Any, value: object) -> object:
        """Not now."""
        return value

    def show(self, value: object) -> str:
        """As the kind."""
        return self.kind.show(value)

    def limits_of(self, _owner: Any) -> None:
        """They are the channels' own."""
        return


def single(path: str, settings: Mapping[str, Setting[Any]], owner: object) -> Iterator[Command]:
    """The settings of the only part, under a path."""
    for setting in settings.values():
        header = f"{path}:{setting.header}"
        yield Command(header, partial(setting.put, owner), (setting.kind,), owner)
        yield Command(header + "?", partial(setting.answer, owner), (SpecialOnly(),), owner)


def per_channel(
    path: str, settings: Mapping[str, Setting[Any]], where: ChannelList, owners: Owners
) -> Iterator[Command]:
    """The settings of many parts, under a path, each with a channel list behind its data."""
    for setting in settings.values():
        header = f"{path}:{setting.header}"
        yield Command(header, partial(_put, setting, owners), (JudgedLater(setting.kind), where))
        yield Command(header + "?", partial(_show, setting, owners), (SpecialOnly(), where))


def _put(setting: Setting[Any], owners: Owners, value: object, channels: Sequence[int] | None = None) -> None:
    """Judged for every channel before any moves."""
    chosen = owners(channels)
    judged = [setting.kind.check(owner, value) for owner in chosen]
    for owner, own_value in zip(chosen, judged, strict=True):
        setting.put(owner, own_value)


def _show(
    setting: Setting[Any], owners: Owners, special: Special | None = None, channels: Sequence[int] | None = None
) -> str:
    return ",".join(setting.answer(owner, special) for owner in owners(channels))
