"""The data logger of the N6705: averages of several outputs over a set time, kept in a file of the instrument.

After the N6705C Operating and Service Guide, "Using the Data Logger" and "Mass Memory Commands". A log starts with
INITiate:DLOG and a file name, runs for its time by itself, and is read as comma-separated text after an export. Files
live as long as the simulated instrument. Neighbours: `output_history.py` has what there is to average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Text, block, command, integer, query, quoted
from ..scpi.channels import reset_settings
from .agenda import Agenda
from .n6700_digitizer import amps_of, volts_of
from .n6700_lists import NUMBER
from .n6700_transient import SOURCES
from .regulated_output import RegulatedOutput
from .transient_system import Phase

FILE = Text(longest=255)
MOST_SAMPLES = 100_000  # of one log, for this lab's sake; the instrument's end is two gigabytes


class LoggedChannel:
    """What of one output is logged."""

    volts = Setting("SENSe:DLOG:FUNCtion:VOLTage", Boolean(), reset=False)
    amps = Setting("SENSe:DLOG:FUNCtion:CURRent", Boolean(), reset=False)
    volts_range = Setting("SENSe:DLOG:VOLTage[:DC]:RANGe[:UPPer]", Number("V", form=NUMBER), reset=50.0)
    amps_range = Setting("SENSe:DLOG:CURRent[:DC]:RANGe[:UPPer]", Number("A", form=NUMBER), reset=10.0)
    amps_auto_range = Setting("SENSe:DLOG:CURRent[:DC]:RANGe:AUTO", Boolean(), reset=False)


@dataclass(frozen=True, slots=True)
class Log:
    """A log that has begun."""

    start_s: float
    period_s: float
    end_s: float


class DataLog:
    """The logger.

    Args:
        outputs: by number.
        agenda: the instrument's.
        clock: the lab's time.
    """

    def __init__(self, outputs: Mapping[int, RegulatedOutput], agenda: Agenda, clock: Clock) -> None:
        self.channels = {number: LoggedChannel() for number in outputs}
        self.phase = Phase.IDLE
        self._outputs = outputs
        self._agenda = agenda
        self._clock = clock
        self._file = ""
        self._files: dict[str, bytes] = {}
        self._log: Log | None = None
        self._last = b""

    period_s = Setting("SENSe:DLOG:PERiod", Number("S", Limits(20.48e-6, 60.0, 0.1), form=NUMBER), reset=0.1)
    time_s = Setting("SENSe:DLOG:TIME", Number("S", Limits(0.0, 3.6e8, 30.0), form=NUMBER), reset=30.0)
    offset_percent = Setting("SENSe:DLOG:OFFSet", integer(0, 100), reset=0.0)
    extremes = Setting("SENSe:DLOG:FUNCtion:MINMax", Boolean(), reset=False)
    source = Setting("TRIGger:DLOG:SOURce", Choice(SOURCES), reset="IMM")

    @property
    def waits_for_bus(self) -> bool:
        """Whether *TRG starts it."""
        return self.phase is Phase.WAITING and self.source == "BUS"

    @command("INITiate[:IMMediate]:DLOG", FILE)
    def initiate(self, name: str) -> None:
        """Open a file and wait for a trigger; -213 if a log is open already."""
        if self.phase is not Phase.IDLE:
            raise ScpiError(-213)
        if not any(channel.volts or channel.amps for channel in self.channels.values()):
            raise ScpiError(325, "Initiated with no sense function enabled")
        self._file = name
        self.phase = Phase.WAITING
        if self.source == "IMM":
            self.trigger(self._clock.now())

    @command("TRIGger:DLOG[:IMMediate]")
    def trigger_now(self) -> None:
        """A trigger whatever the source; -211 if no log waits."""
        if self.phase is not Phase.WAITING:
            raise ScpiError(-211)
        self.trigger(self._clock.now())

    @command("ABORt:DLOG")
    def abort(self) -> None:
        """Stop; the file keeps what there is."""
        if self.phase is Phase.RUNNING:
            self._close(self._clock.now())
        self.phase = Phase.IDLE

    def trigger(self, at_s: float) -> None:
        """Begin to log."""
        self.phase = Phase.RUNNING
        self._log = Log(at_s, self.period_s, at_s + self.time_s)
        self._agenda.put((self, "end"), self._log.end_s, self._close)

    def _close(self, at_s: float) -> None:
        self._agenda.drop((self, "end"))
        self.phase = Phase.IDLE
        if self._log is not None:
            self._last = self._files[self._file] = self._written(self._log, at_s)

    def _written(self, log: Log, at_s: float) -> bytes:
        """The log as text: a sample for each period, its averages, and their extremes where they are logged."""
        columns = []
        for number, channel in self.channels.items():
            for enabled, name, read in ((channel.volts, "Volt", volts_of), (channel.amps, "Curr", amps_of)):
                if enabled:
                    columns.append((f"{name} avg {number}", self._outputs[number].history, read))
        lines = [f"Sample interval (s): {log.period_s:g}", ",".join(["Sample", *(name for name, _, _ in columns)])]
        samples = min(int((min(at_s, log.end_s) - log.start_s) / log.period_s + 1e-9), MOST_SAMPLES)
        for sample in range(samples):
            start_s = log.start_s + sample * log.period_s
            spans = [history.span(start_s, start_s + log.period_s, read) for _, history, read in columns]
            shown = [f"{span.average:{NUMBER}}" for span in spans]
            if self.extremes:
                shown += [f"{span.lowest:{NUMBER}},{span.highest:{NUMBER}}" for span in spans]
            lines.append(",".join([str(sample), *shown]))
        return "\n".join(lines).encode() + b"\n"

    # Mass memory, as far as logs need it.

    @command("MMEMory:EXPort:DLOG", FILE)
    def export(self, name: str) -> None:
        """Write the last log as text; -256 if there is none."""
        if not self._last:
            raise ScpiError(-256, "File name not found")
        self._files[name] = self._last

    @query("MMEMory:DATA?", FILE)
    def read_file(self, name: str) -> str:
        """A file as a block."""
        if name not in self._files:
            raise ScpiError(-256, "File name not found")
        return block(self._files[name])

    @query("MMEMory:CATalog?")
    def catalog(self) -> str:
        """Bytes used, bytes free, and every file."""
        used = sum(map(len, self._files.values()))
        return ",".join([str(used), "4000000000", *(quoted(f"{n},,{len(d)}") for n, d in self._files.items())])

    @command("MMEMory:DELete", FILE)
    def delete(self, name: str) -> None:
        """Remove a file."""
        if self._files.pop(name, None) is None:
            raise ScpiError(-256, "File name not found")

    def to_reset_table(self) -> None:
        """Idle, nothing logged; files stay."""
        self._agenda.drop((self, "end"))
        self.phase = Phase.IDLE
        for channel in self.channels.values():
            reset_settings(channel)
