"""Keysight 34980A multifunction switch/measure unit with 34921A multiplexers: scans of volts and thermocouples.

Source: the 34980A programmer's reference help (CONFigure, ROUTe:SCAN, FORMat:READing, READ?). Every reading is
asked for with its unit and its channel, so that another function's or another channel's cannot pass for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bringup.capabilities import Identity
from bringup.hooks import Connection

from .replies import ReplyMistake
from .scan_groups import groups, listed, readings_by_channel, wanted
from .scpi_session import ScpiSession

CHANNELS = tuple(slot * 1000 + channel for slot in range(1, 9) for channel in range(1, 41))
"""Slots 1 to 8 with 40 channels each (34921A)."""

CHANNEL_S = 0.06
"""A relay, its settling and one line cycle with autozero: 39 ms, with some room."""

HIGHEST_VOLTS = 330.0
"""The 300 V range, with the 10 % above it that the meter still shows."""

COLDEST, HOTTEST = -210.0, 1820.0
"""°C; what thermocouples of any type reach (data sheet, thermocouple table)."""


class Keysight34980A:
    """A `Scanner`.

    Args:
        connection: where it is.
        thermocouple: type of the thermocouples, a letter of B, E, J, K, N, R, S, T.
    """

    def __init__(self, connection: Connection, thermocouple: str = "K") -> None:
        self._connection = connection
        self._session = ScpiSession(connection)
        self._thermocouple = thermocouple

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the scan list stays."""
        self._session.close()

    @property
    def channels(self) -> tuple[int, ...]:
        """1001 to 8040."""
        return CHANNELS

    def scan_dc_volts(self, *channels: int) -> Mapping[int, float]:
        """One reading each, in volts, on an automatic range.

        Raises:
            UsageError: no such channel; nothing was sent.
            BadReply: an overload, or readings of anything else.
        """
        return self._scan("CONF:VOLT:DC AUTO,{0}", "VDC", channels, -HIGHEST_VOLTS, HIGHEST_VOLTS)

    def scan_celsius(self, *channels: int) -> Mapping[int, float]:
        """One thermocouple reading each, in °C, against the terminal block's own reference junction.

        Raises:
            UsageError: no such channel; nothing was sent.
            BadReply: an open thermocouple, or readings of anything else.
        """
        configure = f"CONF:TEMP TC,{self._thermocouple},{{0}};:UNIT:TEMP C,{{0}}"
        return self._scan(configure, "C", channels, COLDEST, HOTTEST)

    def _scan(
        self, configure: str, unit: str, channels: tuple[int, ...], low: float, high: float
    ) -> Mapping[int, float]:
        chosen = wanted(self._connection, channels, CHANNELS)
        found: dict[int, float] = {}
        with self._session.lock:
            for group in groups(chosen, self._connection.timeout_s, CHANNEL_S):
                self._prepare(configure.format(listed(group)), group)
                found |= self._session.read("READ?", partial(_readings, unit=unit, group=group, low=low, high=high))
        return found

    def _prepare(self, configure: str, group: tuple[int, ...]) -> None:
        """Configure the channels, make them the scan list, one sweep at once; CONFigure clears the format."""
        self._session.set_and_read(
            f"ABOR;:{configure};:ROUT:SCAN {listed(group)};:TRIG:SOUR IMM;COUN 1;:SWE:COUN 1;:SAMP:COUN 1;"
            ":FORM:READ:CHAN ON;UNIT ON;TIME OFF;ALAR OFF",
            "ROUT:SCAN?",
            lambda text: _scan_list(text, group),
        )


def _scan_list(text: str, group: tuple[int, ...]) -> None:
    """The scan list comes back in ascending order, in a definite-length block."""
    expected = listed(sorted(group))
    length = str(len(expected))
    if text != f"#{len(length)}{length}{expected}":
        raise ReplyMistake("not the scan list that was set")


def _readings(text: str, unit: str, group: tuple[int, ...], low: float, high: float) -> dict[int, float]:
    """`+1.0E+00 VDC,1001,…`: value with unit, then the channel."""
    fields = text.split(",")
    values = [field.partition(" ") for field in fields[::2]]
    if len(fields) % 2 or any(found != unit for _, _, found in values):
        raise ReplyMistake(f"not readings in {unit} with their channels")
    pairs = list(zip((value for value, _, _ in values), fields[1::2], strict=True))
    return readings_by_channel(pairs, group, low, high)
