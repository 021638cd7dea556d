"""Scanning on a Keithley DAQ6510: ROUTe:SCAN, which INITiate runs into a buffer.

After the Model DAQ6510 Reference Manual (DAQ6510-901-01), "Scanning" and ROUTe:SCAN. Neighbours: `daq_daq6510.py`
carries it out, `daq_daq6510_switch.py` has the relays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..scpi import ChannelList, Limits, Number, ScpiError, Setting, Text, command, query
from ..scpi.parameters import Boolean, Choice
from .daq_daq6510_switch import CHANNELS, LISTED, SCAN_COUNT
from .keithley_buffers import DEFAULT_BUFFERS
from .keithley_triggers import EVENTS

OPTIONAL_LIST = ChannelList(CHANNELS, optional=True, may_be_empty=True)
SECONDS = Number("S", Limits(0.0, 100_000.0, 0.0), form="g")
MONITORS = Choice(("UPPer", "LOWer", "INSide", "OUTSide", "OFF"))
MODES = Choice(("ALL", "USED", "OFF"))


class Scan:
    """What is scanned, how often, and where the readings go.

    Args:
        changed: what the instrument does when the list moves.
        has_buffer: raises for a buffer that there is not.
    """

    def __init__(self, changed: Callable[[], None], has_buffer: Callable[[str], object]) -> None:
        self.channels: list[int] = []
        self.passes = 0  # of the present scan, or the last one
        self.step = 0
        self.outcome = "EMPTY"
        self._buffer = DEFAULT_BUFFERS[0]
        self._changed = changed
        self._has_buffer = has_buffer

    @property
    def buffer(self) -> str:
        """Name of the buffer that takes the readings."""
        return self._buffer

    count = Setting("ROUTe:SCAN:COUNt:SCAN", SCAN_COUNT, reset=1.0)
    interval_s = Setting("ROUTe:SCAN:INTerval", SECONDS, reset=0.0)
    measure_interval_s = Setting("ROUTe:SCAN:MEASure:INTerval", SECONDS, reset=0.0)
    mode = Setting("ROUTe:SCAN:MODE", MODES, reset="ALL")
    bypass = Setting("ROUTe:SCAN:BYPass", Boolean(), reset=True)
    restarts = Setting("ROUTe:SCAN:RESTart", Boolean(), reset=False)
    start_event = Setting("ROUTe:SCAN:STARt:STIMulus", Choice(EVENTS), reset="NONE")
    channel_event = Setting("ROUTe:SCAN:CHANnel:STIMulus", Choice(EVENTS), reset="NONE")
    measure_event = Setting("ROUTe:SCAN:MEASure:STIMulus", Choice(EVENTS), reset="NONE")
    monitor_mode = Setting(
        "ROUTe:SCAN:MONitor:MODE", Choice(("UPPer", "LOWer", "INSide", "OUTSide", "OFF")), reset="OFF"
    )
    monitor_upper = Setting("ROUTe:SCAN:MONitor:LIMit:UPPer[:DATA]", Number("", form="g"), reset=0.0)
    monitor_lower = Setting("ROUTe:SCAN:MONitor:LIMit:LOWer[:DATA]", Number("", form="g"), reset=0.0)

    @command("ROUTe:SCAN[:CREate]", OPTIONAL_LIST)
    def create(self, numbers: Sequence[int] | None = None) -> None:
        """A new list in place of the old one; an empty one where nothing is sent."""
        self.channels = list(numbers or ())
        self.outcome, self.passes, self.step = ("IDLE" if self.channels else "EMPTY"), 0, 0
        self._changed()

    @query("ROUTe:SCAN[:CREate]?")
    def tell(self) -> str:
        """The list, in its order."""
        return LISTED.show(self.channels)

    @command("ROUTe:SCAN:ADD", LISTED)
    def add(self, numbers: Sequence[int]) -> None:
        """More channels at the end."""
        self.create((*self.channels, *numbers))

    @query("ROUTe:SCAN:COUNt:STEP?")
    def steps(self) -> str:
        """How many steps one scan has."""
        return str(len(self.channels))

    @command("ROUTe:SCAN:BUFFer", Text(longest=31))
    def set_buffer(self, name: str) -> None:
        """Where the readings go; -224 for a buffer that there is not."""
        self._has_buffer(name)
        self._buffer = name

    @query("ROUTe:SCAN:BUFFer?")
    def tell_buffer(self) -> str:
        """Its name."""
        return self._buffer

    @query("ROUTe:SCAN:STATe?")
    def state(self) -> str:
        """What it does, which scan, which step."""
        return f"{self.outcome};{self.passes};{self.step}"

    def reset(self) -> None:
        """*RST: nothing to scan."""
        self.channels.clear()
        self.outcome, self.passes, self.step = "EMPTY", 0, 0
        self._buffer = DEFAULT_BUFFERS[0]

    def refuse_empty(self) -> None:
        """-221 where there is nothing to scan."""
        if not self.channels:
            raise ScpiError(-221)
