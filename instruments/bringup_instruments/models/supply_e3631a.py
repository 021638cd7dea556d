"""Keysight (Agilent, HP) E3631A: three outputs, +6 V 5 A, +25 V 1 A and -25 V 1 A, under one switch.

After the E3631A User's Guide, chapters 3 and 4. The instrument has GPIB and RS-232; on a LAN it
stands behind a gateway, so that SYSTem:REMote and its kin are taken from any wire. The guide tells serial programs
to send SYSTem:REMote first and does not say what else happens: here nothing depends on it. The guide knows no
STATus:OPERation, no *OPT? and no over-voltage protection. Neighbours: `e3631a_output.py`, `bench_output.py`.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Text, command, integer, query, quoted, selected
from ..scpi.command import Command
from ..world import Load
from .bench_output import OutputSummary, SerialLine
from .e3631a_output import RATINGS, E3631Output, Unjudged

if TYPE_CHECKING:
    from ..catalogue import Placement

REVISION = "2.1-5.0-1.0"  # free text: the three processors'
READING_S = 0.1  # processing time of a read-back (from memory)
NAMES = tuple(rating.name for rating in RATINGS)
LONGEST_DELAY_S = 3600.0
TEXT_SHOWN = 12  # characters of the display
DEVICE_CLEAR = b"\x03"  # Ctrl-C on the serial line

TRACKED_ALREADY = ScpiError(800, "P25V and N25V coupled by track system")  # from memory
COUPLED_ALREADY = ScpiError(801, "P25V and N25V coupled by trigger subsystem")  # from memory

_OUTPUT = Choice(NAMES)
_ONE = Choice(NAMES, optional=True)
_VOLTS, _AMPS = E3631Output.volts.kind, E3631Output.amps.kind


class SupplyE3631A(SerialLine):
    """The supply.

    Args:
        clock: the lab's time.
        loads: what hangs on 1 (P6V), 2 (P25V) and 3 (N25V); the last one is fed below zero.
    """

    scpi_version = "1995.0"
    has_transition_filters = False

    def __init__(self, clock: Clock, loads: Mapping[int, Load]) -> None:
        self.outputs = {
            number: E3631Output(rating, loads[number], clock.now, self._moved)
            for number, rating in enumerate(RATINGS, start=1)
        }
        self.control = "LOC"
        self._chosen = 1
        self._coupled: tuple[int, ...] = ()
        self._waiting = False
        self._settling = False
        self._summary = OutputSummary(len(RATINGS))
        self._states: dict[int, dict[str, Any]] = {}
        super().__init__(clock, f"HEWLETT-PACKARD,E3631A,0,{REVISION}")
        self.status.more.extend(self._summary.groups)
        for output in self.outputs.values():
            output.watch(lambda _at_s: self._settle())
        self._settle()

    def _all_commands(self) -> Iterator[Any]:
        """This instrument has no operation status."""
        return (each for each in super()._all_commands() if not each.header.startswith("STATus:OPERation"))

    def more_commands(self) -> Iterator[Command]:
        """Those of the selected output, and the registers of each."""
        yield from selected(E3631Output, lambda: self.outputs[self._chosen])
        yield from self._summary.commands()

    def write(self, data: bytes, end: bool = True) -> None:
        """As any serial line; Ctrl-C on it is a device clear."""
        if not end and DEVICE_CLEAR in data:
            self.clear()
            data = data.rpartition(DEVICE_CLEAR)[2]
        if data:
            super().write(data, end)

    # The outputs.

    def observe(self) -> None:
        """Look at the terminals and move the registers."""
        self._settle()
        self._summary.follow(self.status.questionable)

    def _settle(self) -> None:
        if self._settling:  # a load tells of a change that was made here
            return
        self._settling = True
        try:
            for number, output in self.outputs.items():
                output.offer(abs(output.volts), output.amps, on=self.output_on)
                self._summary.each[number].update(int(output.regulation))
        finally:
            self._settling = False

    def _moved(self, output: E3631Output) -> None:
        """A level was programmed; a tracking partner takes the voltage over."""
        if self.tracking and output is not self.outputs[1]:
            partner = self.outputs[2 if output is self.outputs[3] else 3]
            partner.volts = -output.volts + 0.0  # no negative zero
        self._settle()

    def _follow_tracking(self) -> None:
        if self.tracking:
            self._moved(self.outputs[2])

    def _adopt_tracking(self, on: bool) -> bool:
        if on and {2, 3} <= set(self._coupled):
            raise COUPLED_ALREADY
        return on

    output_on = Setting("OUTPut[:STATe]", Boolean(), reset=False, then=_settle)
    tracking = Setting("OUTPut:TRACk[:STATe]", Boolean(), reset=False, adopt=_adopt_tracking, then=_follow_tracking)

    @command("INSTrument[:SELect]", _OUTPUT)
    def select(self, name: str) -> None:
        """By name."""
        self._chosen = _number(name)

    @query("INSTrument[:SELect]?")
    def tell_selected(self) -> str:
        """The name."""
        return NAMES[self._chosen - 1]

    @command("INSTrument:NSELect", integer(1, 3))
    def select_number(self, number: float) -> None:
        """By number."""
        self._chosen = int(number)

    @query("INSTrument:NSELect?")
    def tell_number(self) -> str:
        """The number."""
        return str(self._chosen)

    @command("APPLy", _OUTPUT, Unjudged(_VOLTS), Unjudged(_AMPS))
    def apply(self, name: str, volts: object = None, amps: object = None) -> None:
        """Select an output and set both levels, both judged before anything moves."""
        output = self.outputs[_number(name)]
        new_volts = output.volts if volts is None else _VOLTS.check(output, volts)
        new_amps = output.amps if amps is None else _AMPS.check(output, amps)
        self._chosen = _number(name)
        output.volts, output.amps = new_volts, new_amps
        self._moved(output)

    @query("APPLy?", _ONE)
    def applied(self, name: str | None = None) -> str:
        """Both levels in one string."""
        output = self._meant(name)
        return quoted(f"{output.volts:.6f},{output.amps:.6f}")

    @query("MEASure[:SCALar][:VOLTage][:DC]?", _ONE)
    def measure_volts(self, name: str | None = None) -> Generator[float, None, str]:
        """Of the selected output, or of the one that is named."""
        output = self._meant(name)
        yield READING_S
        return output.measured_volts()

    @query("MEASure[:SCALar]:CURRent[:DC]?", _ONE)
    def measure_amps(self, name: str | None = None) -> Generator[float, None, str]:
        """As for the voltage."""
        output = self._meant(name)
        yield READING_S
        return output.measured_amps()

    def _meant(self, name: str | None) -> E3631Output:
        return self.outputs[self._chosen if name is None else _number(name)]

    # Triggers.

    trigger_delay_s = Setting("TRIGger[:SEQuence]:DELay", Number("S", Limits(0.0, LONGEST_DELAY_S)), reset=0.0)
    trigger_source = Setting("TRIGger[:SEQuence]:SOURce", Choice(("BUS", "IMMediate")), reset="BUS")

    @command("[SOURce]:VOLTage[:LEVel]:TRIGgered[:AMPLitude]", Unjudged(_VOLTS, optional=False))
    def set_triggered_volts(self, volts: object) -> None:
        """The voltage that the next trigger brings to the selected output."""
        output = self._meant(None)
        output.triggered_volts = _VOLTS.check(output, volts)

    @command("[SOURce]:CURRent[:LEVel]:TRIGgered[:AMPLitude]", Unjudged(_AMPS, optional=False))
    def set_triggered_amps(self, amps: object) -> None:
        """The current limit, likewise."""
        output = self._meant(None)
        output.triggered_amps = _AMPS.check(output, amps)

    @query("[SOURce]:VOLTage[:LEVel]:TRIGgered[:AMPLitude]?", Unjudged(_VOLTS))
    def tell_triggered_volts(self, end: object = None) -> str:
        """As programmed, else the level in force; or an end of the range."""
        output = self._meant(None)
        if end is not None:
            return _VOLTS.show(_VOLTS.check(output, end))
        return _VOLTS.show(output.volts if output.triggered_volts is None else output.triggered_volts)

    @query("[SOURce]:CURRent[:LEVel]:TRIGgered[:AMPLitude]?", Unjudged(_AMPS))
    def tell_triggered_amps(self, end: object = None) -> str:
        """As for the voltage."""
        output = self._meant(None)
        if end is not None:
            return _AMPS.show(_AMPS.check(output, end))
        return _AMPS.show(output.amps if output.triggered_amps is None else output.triggered_amps)

    @command("INSTrument:COUPle[:TRIGger]", Choice((*NAMES, "NONE", "ALL")), _ONE, _ONE)
    def couple(self, *names: str) -> None:
        """Which outputs one trigger moves; NONE is the selected one alone."""
        if names[0] in ("NONE", "ALL") and len(names) > 1:
            raise ScpiError(-108)
        chosen = NAMES if names[0] == "ALL" else () if names[0] == "NONE" else names
        numbers = tuple(sorted({_number(name) for name in chosen}))
        if self.tracking and {2, 3} <= set(numbers):
            raise TRACKED_ALREADY
        self._coupled = numbers

    @query("INSTrument:COUPle[:TRIGger]?")
    def tell_coupled(self) -> str:
        """NONE, ALL or the names."""
        if len(self._coupled) == len(NAMES):
            return "ALL"
        return ",".join(NAMES[number - 1] for number in self._coupled) or "NONE"

    @command("INITiate[:IMMediate]")
    def initiate(self) -> None:
        """Wait for a trigger, or with TRIGger:SOURce IMMediate go on at once; -213 if it waits already."""
        self.overlapped.start(self._transient())

    def on_trigger(self) -> None:
        """*TRG: only while it waits."""
        if not self._waiting:
            raise ScpiError(-211)
        self.overlapped.wake()

    def _transient(self) -> Generator[float, None, None]:
        moved = self._coupled or (self._chosen,)
        if self.trigger_source == "BUS":
            self._waiting = True
            try:
                yield math.inf
            finally:
                self._waiting = False
        yield self.trigger_delay_s
        for number in moved:
            self.outputs[number].take_triggered()

    # Display, beeper, panel.

    display_on = Setting("DISPlay[:WINDow][:STATe]", Boolean(), reset=True)
    _shown = ""

    @command("DISPlay[:WINDow]:TEXT[:DATA]", Text(longest=255))
    def show(self, text: str) -> None:
        """A message in place of the readings; the display has room for twelve characters."""
        self._shown = text[:TEXT_SHOWN]

    @query("DISPlay[:WINDow]:TEXT[:DATA]?")
    def tell_shown(self) -> str:
        """The message."""
        return quoted(self._shown)

    @command("DISPlay[:WINDow]:TEXT:CLEar")
    def clear_shown(self) -> None:
        """The readings again."""
        self._shown = ""

    @command("SYSTem:BEEPer[:IMMediate]")
    def beep(self) -> None:
        """Once."""

    @command("SYSTem:LOCal")
    def go_local(self) -> None:
        """Front panel control."""
        self.control = "LOC"

    @command("SYSTem:REMote")
    def go_remote(self) -> None:
        """Remote control; the Local key can take it back."""
        self.control = "REM"

    @command("SYSTem:RWLock")
    def lock_panel(self) -> None:
        """Remote control; no key can."""
        self.control = "RWL"

    # Reset and stored states.

    power_on_clear = Setting("*PSC", Boolean(), reset=True, kept=True)

    def on_reset(self) -> None:
        """P6V selected, nothing coupled, no volts, rated currents (guide, *RST)."""
        self._chosen, self._coupled, self._shown = 1, (), ""
        for output in self.outputs.values():
            output.reset()
        self._settle()

    @command("*SAV", integer(1, 3))
    def save(self, place: float) -> None:
        """Keep levels, switches, selection and trigger in a place."""
        levels = {number: (output.volts, output.amps) for number, output in self.outputs.items()}
        names = ("output_on", "tracking", "trigger_source", "trigger_delay_s", "_chosen")
        self._states[int(place)] = {"levels": levels, **{name: getattr(self, name) for name in names}}

    @command("*RCL", integer(1, 3))
    def recall(self, place: float) -> None:
        """Take them from there; an empty place holds the *RST table."""
        self.reset()
        state = dict(self._states.get(int(place), {}))
        for number, (volts, amps) in state.pop("levels", {}).items():
            self.outputs[number].volts, self.outputs[number].amps = volts, amps
        for name, value in state.items():
            setattr(self, name, value)
        self._settle()


def _number(name: str) -> int:
    return NAMES.index(name) + 1


def place(placement: Placement) -> SupplyE3631A:
    """The supply that stands at a placement; *IDN? of this model has no serial number."""
    return SupplyE3631A(placement.clock, {number: placement.load(number) for number in range(1, len(RATINGS) + 1)})
