"""Keithley DAQ6510 data acquisition system with two 7700 cards: scans of volts and thermocouples.

Source: Keithley "Model DAQ6510 Reference Manual" (DAQ6510-901-01), SCPI command reference (SENSe with channel lists,
ROUTe:SCAN, TRACe:DATA?). Every reading is asked for with its channel and its unit, so that another function's or
another channel's cannot pass for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from bringup.capabilities import Identity
from bringup.hooks import Connection

from .replies import ReplyMistake
from .scan_groups import groups, listed, readings_by_channel, wanted
from .scpi_session import ScpiSession

CHANNELS = (*range(101, 121), *range(201, 221))
"""Slots 1 and 2 with 20 channels each (7700)."""

CHANNEL_S = 0.06
"""A relay, its settling and one line cycle with autozero: 37 ms, with some room."""

HIGHEST_VOLTS = 303.0
"""Rating of the card, with the 1 % above it that its channels may show."""

COLDEST, HOTTEST = -210.0, 1820.0
"""°C; what thermocouples of any type reach."""

_LIST = re.compile(r"\(@([0-9,:]*)\)")


class KeithleyDaq6510:
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
        """101 to 120 and 201 to 220."""
        return CHANNELS

    def scan_dc_volts(self, *channels: int) -> Mapping[int, float]:
        """One reading each, in volts, on an automatic range, over one power-line cycle.

        Raises:
            UsageError: no such channel; nothing was sent.
            BadReply: an overflow, or readings of anything else.
        """
        configure = ':SENS:FUNC "VOLT:DC",{0};:SENS:VOLT:DC:RANG:AUTO ON,{0};:SENS:VOLT:DC:NPLC 1,{0}'
        return self._scan(configure, "Volt DC", channels, -HIGHEST_VOLTS, HIGHEST_VOLTS)

    def scan_celsius(self, *channels: int) -> Mapping[int, float]:
        """One thermocouple reading each, in °C, against the card's own reference junction.

        Raises:
            UsageError: no such channel; nothing was sent.
            BadReply: an open thermocouple, or readings of anything else.
        """
        configure = (
            ':SENS:FUNC "TEMP",{0};:SENS:TEMP:TRAN TC,{0};:SENS:TEMP:UNIT CELS,{0};:SENS:TEMP:NPLC 1,{0}'
            f";:SENS:TEMP:TC:TYPE {self._thermocouple},{{0}};:SENS:TEMP:TC:RJUN:RSEL INT,{{0}}"
        )
        return self._scan(configure, "Celsius", channels, COLDEST, HOTTEST)

    def _scan(
        self, configure: str, unit: str, channels: tuple[int, ...], low: float, high: float
    ) -> Mapping[int, float]:
        chosen = wanted(self._connection, channels, CHANNELS)
        found: dict[int, float] = {}
        with self._session.lock:
            for group in groups(chosen, self._connection.timeout_s, CHANNEL_S):
                self._prepare(configure.format(listed(group)), group)
                found |= self._session.read(
                    f'INIT;*WAI;:TRAC:DATA? 1,{len(group)},"defbuffer1",READ,CHAN,UNIT',
                    partial(_readings, unit=unit, group=group, low=low, high=high),
                )
        return found

    def _prepare(self, configure: str, group: tuple[int, ...]) -> None:
        """Configure the channels and make them the scan list: one pass, started by INITiate, into defbuffer1."""
        self._session.set_and_read(
            f"ABOR;{configure};:SENS:COUN 1;:FORM ASC;:ROUT:SCAN:CRE {listed(group)};:ROUT:SCAN:COUN:SCAN 1"
            ';:ROUT:SCAN:INT 0;:ROUT:SCAN:STAR:STIM NONE;:ROUT:SCAN:BUFF "defbuffer1"',
            "ROUT:SCAN:CRE?",
            partial(_scan_list, group=group),
        )


def _scan_list(text: str, group: tuple[int, ...]) -> None:
    """The scan list comes back in its order; runs of channels may be written as ranges."""
    match = _LIST.fullmatch(text)
    told: list[int] = []
    for part in (match[1] if match else "").split(","):
        first, _, last = part.partition(":")
        if first.isdigit() and (last.isdigit() or ":" not in part):
            told += range(int(first), int(last or first) + 1)
    if tuple(told) != group:
        raise ReplyMistake("not the scan list that was set")


def _readings(text: str, unit: str, group: tuple[int, ...], low: float, high: float) -> dict[int, float]:
    """`1.0E+00,101,Volt DC,…`: value, channel, unit."""
    fields = text.split(",")
    if len(fields) % 3 or any(found != unit for found in fields[2::3]):
        raise ReplyMistake(f"not readings in {unit} with their channels")
    return readings_by_channel(list(zip(fields[::3], fields[1::3], strict=True)), group, low, high)
