"""The external data log (ELOG) of one N6700 output: averages over equal periods, fetched while it goes on.

After the Operating and Service Guides, "External Data Logging". A record is current and voltage, each with its least
and greatest value where that is enabled; the buffer holds about twenty seconds, and what is not fetched by then is
lost. Neighbours: `output_history.py` remembers what there is to average, `n6700_measure.py` formats.
"""

from __future__ import annotations

import math

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, command, integer, query
from ..scpi.channels import reset_settings
from .n6700_digitizer import amps_of, volts_of
from .n6700_lists import NUMBER
from .n6700_measure import DataFormat
from .n6700_output import Output
from .n6700_transient import SOURCES
from .transient_system import Phase

SHORTEST_PERIOD_S = 102.4e-6
BUFFER_S = 20.0
MOST_RECORDS = 16_384


class Elog:
    """The log of one output.

    Args:
        output: whose.
        clock: the lab's time.
        data_format: the instrument's.
    """

    def __init__(self, output: Output, clock: Clock, data_format: DataFormat) -> None:
        self.output = output
        self.phase = Phase.IDLE
        self._clock = clock
        self._format = data_format
        self._next_s = math.inf  # where the next record begins
        reset_settings(self)

    volts_enabled = Setting("SENSe:ELOG:FUNCtion:VOLTage", Boolean(), reset=False)
    volts_extremes = Setting("SENSe:ELOG:FUNCtion:VOLTage:MINMax", Boolean(), reset=False)
    amps_enabled = Setting("SENSe:ELOG:FUNCtion:CURRent", Boolean(), reset=False)
    amps_extremes = Setting("SENSe:ELOG:FUNCtion:CURRent:MINMax", Boolean(), reset=False)
    period_s = Setting("SENSe:ELOG:PERiod", Number("S", Limits(SHORTEST_PERIOD_S, 60.0, 0.1), form=NUMBER), reset=0.1)
    volts_range = Setting("SENSe:ELOG:VOLTage[:DC]:RANGe[:UPPer]", Number("V", form=NUMBER), reset=50.0)
    amps_range = Setting("SENSe:ELOG:CURRent[:DC]:RANGe[:UPPer]", Number("A", form=NUMBER), reset=10.0)
    source = Setting("TRIGger:ELOG:SOURce", Choice(SOURCES), reset="BUS")

    @command("INITiate[:IMMediate]:ELOG")
    def initiate(self) -> None:
        """Wait for a trigger, with an empty buffer; -213 if it logs already."""
        if self.phase is not Phase.IDLE:
            raise ScpiError(-213)
        if not (self.volts_enabled or self.amps_enabled):
            raise ScpiError(327, "Must enable at least one Elog parameter")
        self.phase = Phase.WAITING
        if self.source == "IMM":
            self.trigger(self._clock.now())

    @command("TRIGger:ELOG[:IMMediate]")
    def trigger_now(self) -> None:
        """A trigger whatever the source; -211 if nothing waits for one."""
        if self.phase is not Phase.WAITING:
            raise ScpiError(-211)
        self.trigger(self._clock.now())

    @command("ABORt:ELOG")
    def abort(self) -> None:
        """Stop; the buffer is lost."""
        self.phase = Phase.IDLE
        self._next_s = math.inf

    def trigger(self, at_s: float) -> None:
        """Begin to log."""
        if self.phase is Phase.WAITING:
            self.phase = Phase.RUNNING
            self._next_s = at_s

    @query("FETCh:ELOG?", integer(1, MOST_RECORDS))
    def fetch(self, most: float) -> str:
        """At most so many records, the oldest first; they leave the buffer."""
        now_s = self._clock.now()
        self.output.look(now_s)
        if now_s - self._next_s > BUFFER_S:  # what was overwritten is gone, in whole records
            self._next_s += math.ceil((now_s - self._next_s - BUFFER_S) / self.period_s) * self.period_s
        values: list[float] = []
        for _ in range(round(most)):
            end_s = self._next_s + self.period_s
            if end_s > now_s:
                break
            values += self._record(self._next_s, end_s)
            self._next_s = end_s
        return self._format.show(values)

    def _record(self, from_s: float, to_s: float) -> list[float]:
        values: list[float] = []
        for enabled, extremes, read in (
            (self.amps_enabled, self.amps_extremes, amps_of),
            (self.volts_enabled, self.volts_extremes, volts_of),
        ):
            if enabled:
                span = self.output.history.span(from_s, to_s, read)
                values += [span.average, span.lowest, span.highest] if extremes else [span.average]
        return values

    def to_reset_table(self) -> None:
        """Settings to their *RST values; idle."""
        reset_settings(self)
        self.abort()
