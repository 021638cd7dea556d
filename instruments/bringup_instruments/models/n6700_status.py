"""Status of an N6700: every output has its own operation and questionable registers.

Their enabled events of all outputs together make bits 7 and 3 of the status byte (Operating and Service Guide,
"Status Tutorial"). Neighbours: `scpi/status.py` has the registers, `n6700_output.py` moves the conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntFlag
from functools import partial
from operator import attrgetter

from ..scpi import integer
from ..scpi.channels import ChannelList
from ..scpi.command import Command
from ..scpi.status import ALL_FIFTEEN_BITS, RegisterGroup


class Operation(IntFlag):
    """Bits of an output's operation registers."""

    CONSTANT_VOLTAGE = 1
    CONSTANT_CURRENT = 2
    OFF = 4
    WAITING_TO_MEASURE = 8
    WAITING_FOR_TRANSIENT = 16
    MEASURING = 32
    TRANSIENT = 64


class Questionable(IntFlag):
    """Bits of an output's questionable registers."""

    OVER_VOLTAGE = 1
    OVER_CURRENT = 2
    POWER_FAIL = 4
    POWER_LIMIT = 8
    OVER_TEMPERATURE = 16
    INHIBITED = 512
    UNREGULATED = 1024
    PROTECTED = 2048  # by another output's protection, or by the watchdog
    OSCILLATION = 4096


class SummaryGroup(RegisterGroup):
    """A register group of the whole instrument that stands for those of its outputs.

    Args:
        groups: the outputs'.
    """

    __slots__ = ("_groups",)

    def __init__(self, groups: Sequence[RegisterGroup]) -> None:
        self._groups = groups
        super().__init__()

    def preset(self) -> None:
        """All outputs'."""
        super().preset()
        for group in self._groups:
            group.preset()

    @property
    def event(self) -> int:
        """Latched by any output."""
        latched = 0
        for group in self._groups:
            latched |= group.event
        return latched

    @event.setter
    def event(self, bits: int) -> None:
        if not bits:  # *CLS
            for group in self._groups:
                group.event = 0

    @property
    def summary(self) -> bool:
        """Whether an enabled event is latched anywhere."""
        return any(group.summary for group in self._groups)


def listed_registers(path: str, groups: Mapping[int, RegisterGroup]) -> Iterator[Command]:
    """The commands of one group of registers, each with a channel list.

    Args:
        path: `STATus:OPERation`, say.
        groups: by output.
    """
    where = ChannelList(tuple(groups))
    mask = integer(0, 0xFFFF)

    def ask(read: Callable[[RegisterGroup], int]) -> Callable[[tuple[int, ...]], str]:
        return lambda channels: ",".join(str(read(groups[channel])) for channel in channels)

    def store(name: str, bits: float, channels: tuple[int, ...]) -> None:
        for channel in channels:
            setattr(groups[channel], name, int(bits) & ALL_FIFTEEN_BITS)

    yield Command(path + "[:EVENt]?", ask(RegisterGroup.take_event), (where,))
    yield Command(path + ":CONDition?", ask(attrgetter("condition")), (where,))
    for header, name in (("ENABle", "enable"), ("PTRansition", "rising"), ("NTRansition", "falling")):
        yield Command(f"{path}:{header}", partial(store, name), (mask, where))
        yield Command(f"{path}:{header}?", ask(attrgetter(name)), (where,))
