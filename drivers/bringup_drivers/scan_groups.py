"""What the drivers of scanners share: channels that exist, in groups that a reply's time holds.

Neighbours: `keysight_34980a.py`, `keithley_daq6510.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bringup.errors import UsageError
from bringup.hooks import Connection

from .replies import ReplyMistake, as_integer, as_number

SHARE_OF_TIMEOUT = 0.5
"""Part of the timeout that the readings of one group may take; the rest is for the wire."""


def wanted(connection: Connection, channels: Sequence[int], known: Sequence[int]) -> tuple[int, ...]:
    """Each channel once, in the order given.

    Raises:
        UsageError: there is no such channel; nothing was sent.
    """
    unknown = [channel for channel in channels if channel not in known]
    if unknown:
        raise UsageError(f"{connection.where} has no channel {', '.join(map(str, unknown))}; nothing was sent")
    return tuple(dict.fromkeys(channels))


def groups(channels: Sequence[int], timeout_s: float, channel_s: float) -> Iterator[tuple[int, ...]]:
    """The channels in parts whose readings come well within the timeout."""
    size = max(1, int(timeout_s * SHARE_OF_TIMEOUT / channel_s))
    for start in range(0, len(channels), size):
        yield tuple(channels[start : start + size])


def listed(channels: Sequence[int]) -> str:
    """A channel list as instruments take it."""
    return "(@" + ",".join(map(str, channels)) + ")"


def readings_by_channel(
    pairs: Sequence[tuple[str, str]], channels: Sequence[int], low: float, high: float
) -> dict[int, float]:
    """Values by channel, in the order of `channels`, from as many pairs of value and channel.

    Raises:
        ReplyMistake: another number of readings, or readings of other channels.
    """
    found = {as_integer(number, 0, 99_999): as_number(value, low, high) for value, number in pairs}
    if len(pairs) != len(channels) or set(found) != set(channels):
        raise ReplyMistake("not one reading of each channel that was asked for")
    return {channel: found[channel] for channel in channels}
