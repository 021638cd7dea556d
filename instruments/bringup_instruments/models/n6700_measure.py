"""Measurements of N6700 outputs: queries that take a list of them at once, and the format of arrays.

After the Operating and Service Guides, "Measure Commands", "Fetch Commands" and "Format Commands". MEASure begins an
acquisition on every output of the list at the same moment, waits for the longest and answers; FETCh answers from the
last one. Neighbours: `n6700_digitizer.py` has what each output saw.
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial

from bringup.clock import Clock

from ..scpi import ChannelList, Choice, Setting, block, integer
from ..scpi.command import Command, commands_of
from .agenda import Agenda
from .n6700_digitizer import MOST_POINTS, Digitizer, Reading, amps_of, volts_of, watts_of
from .n6700_lists import shown

STATISTICS = {
    "[:DC]": "DC",
    ":ACDC": "ACDC",
    ":HIGH": "HIGH",
    ":LOW": "LOW",
    ":MAXimum": "MAX",
    ":MINimum": "MIN",
}
OF_POWER = {"[:DC]": "DC", ":MAXimum": "MAX", ":MINimum": "MIN"}


class DataFormat:
    """FORMat: how arrays are answered."""

    data = Setting("FORMat[:DATA]", Choice(("ASCii", "REAL")), reset="ASC")
    border = Setting("FORMat:BORDer", Choice(("NORMal", "SWAPped")), reset="NORM")

    def show(self, values: Sequence[float]) -> str:
        """As text, or as a block of 32-bit numbers."""
        if self.data == "ASC":
            return shown(tuple(values))
        order = ">" if self.border == "NORM" else "<"
        return block(struct.pack(f"{order}{len(values)}f", *values))


class Measurements:
    """MEASure and FETCh of an instrument.

    Args:
        digitizers: by output.
        agenda: the instrument's.
        clock: the lab's time.
    """

    def __init__(self, digitizers: Mapping[int, Digitizer], agenda: Agenda, clock: Clock) -> None:
        self.format = DataFormat()
        self._digitizers = digitizers
        self._agenda = agenda
        self._clock = clock

    def commands(self) -> Iterator[Command]:
        """All of them."""
        yield from commands_of(self.format)
        quantities: tuple[tuple[str, Reading, dict[str, str]], ...] = (
            ("VOLTage", volts_of, STATISTICS),
            ("CURRent", amps_of, STATISTICS),
            ("POWer", watts_of, OF_POWER),
        )
        where = ChannelList(tuple(self._digitizers))
        part = (integer(0, MOST_POINTS - 1, optional=True), integer(1, MOST_POINTS, optional=True), where)
        for name, read, statistics in quantities:
            for header, statistic in statistics.items():
                measure = partial(self._measure, read, statistic)
                fetch = partial(self._fetch, read, statistic)
                yield Command(f"MEASure[:SCALar]:{name}{header}?", measure, (where,))
                yield Command(f"FETCh[:SCALar]:{name}{header}?", fetch, (where,))
            yield Command(f"MEASure:ARRay:{name}[:DC]?", partial(self._measure_array, read), (where,))
            yield Command(f"FETCh:ARRay:{name}[:DC]?", partial(self._fetch_array, read), part)

    def _acquire(self, channels: tuple[int, ...]) -> Generator[float, None, None]:
        now_s = self._clock.now()
        begun = {channel: self._digitizers[channel].begin(now_s) for channel in channels}
        yield max(acquisition.end_s for acquisition in begun.values()) - now_s
        now_s = self._clock.now()
        self._agenda.run(now_s)
        for channel, acquisition in begun.items():
            digitizer = self._digitizers[channel]
            digitizer.output.look(now_s)
            digitizer.last = acquisition

    def _measure(self, read: Reading, statistic: str, channels: tuple[int, ...]) -> Generator[float, None, str]:
        yield from self._acquire(channels)
        return self._fetch(read, statistic, channels)

    def _fetch(self, read: Reading, statistic: str, channels: tuple[int, ...]) -> str:
        chosen = [self._digitizers[channel] for channel in channels]
        return shown(tuple(one.scalar(one.fetched(), statistic, read) for one in chosen))

    def _measure_array(self, read: Reading, channels: tuple[int, ...]) -> Generator[float, None, str]:
        yield from self._acquire(channels)
        return self._fetch_array(read, None, None, channels)

    def _fetch_array(self, read: Reading, first: float | None, count: float | None, channels: tuple[int, ...]) -> str:
        start, wanted = round(first or 0), None if count is None else round(count)
        chosen = [self._digitizers[channel] for channel in channels]
        arrays = [one.samples(one.fetched(), read, start, wanted) for one in chosen]
        return ",".join(self.format.show(array) for array in arrays)
