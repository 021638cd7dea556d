"""Rohde & Schwarz (HAMEG) HMP4040: four channels of 32 V and 10 A, 384 W in all.

After the HMP Series SCPI programmer's manual (5800.5760.02) and user manual. Channels are selected with
INSTrument, and whatever follows is the selected one's; OUTPut:SELect says which follow the master switch
OUTPut:GENeral. Neighbours: `hmp4040_output.py` is a channel, `hmp4040_bank.py` all of them,
`hmp4040_sequence.py` EasyArb.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Number, ScpiError, Setting, command, integer, query, reset_settings, selected
from ..scpi.command import Command, settings_of
from ..world import Load
from .bench_output import SerialLine
from .hmp4040_bank import Bank
from .hmp4040_output import AMPS, CHANNELS, VOLTS, HmpOutput
from .hmp4040_sequence import MOST_POINTS, Table, points_of

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "HW50020003/SW2.62"  # free text; shaped like the real ones
STATES_KEPT = 10  # *SAV 0 to 9
TABLES_KEPT = 3  # ARBitrary:SAVE 1 to 3

_NAMES = tuple(f"{name}{channel}" for name in ("OUTPut", "OUT") for channel in CHANNELS)


class SupplyHmp4040(SerialLine):
    """The supply.

    Args:
        clock: the lab's time.
        loads: what hangs on the channels 1 to 4.
        serial_number: third field of *IDN?.
    """

    no_error = '0,"No error"'
    has_transition_filters = False

    def __init__(self, clock: Clock, loads: Mapping[int, Load], serial_number: str) -> None:
        self._bank = Bank(loads, clock.now)
        self.outputs = self._bank.outputs
        self.control = "REM"  # nobody stands at a simulated front panel; kept as sent
        self._chosen = 1
        self._edited = Table()
        self._transferred: dict[int, Table] = {}
        self._tables: dict[int, Table] = {}
        self._states: dict[int, dict[int, dict[str, Any]]] = {}
        super().__init__(clock, f"ROHDE&SCHWARZ,HMP4040,{serial_number},{FIRMWARE}")
        self.status.more.extend(self._bank.summary.groups)
        self._bank.settle()

    def more_commands(self) -> Iterator[Command]:
        """Those of the selected channel, and the registers of each."""
        yield from selected(HmpOutput, lambda: self.outputs[self._chosen])
        yield from self._bank.summary.commands()

    def observe(self) -> None:
        """Bring the channels up to the present."""
        self._bank.settle()
        self._bank.summary.follow(self.status.questionable)

    # Which channel is meant.

    @command("INSTrument[:SELect]", Choice(_NAMES))
    def select(self, name: str) -> None:
        """By name: OUTPut1, OUTP1 or OUT1."""
        self._chosen = int(name[-1])

    @query("INSTrument[:SELect]?")
    def tell_selected(self) -> str:
        """The name in its short form."""
        return f"OUTP{self._chosen}"

    @command("INSTrument:NSELect", integer(1, 4))
    def select_number(self, channel: float) -> None:
        """By number."""
        self._chosen = int(channel)

    @query("INSTrument:NSELect?")
    def tell_number(self) -> str:
        """The number."""
        return str(self._chosen)

    # The master switch.

    @command("OUTPut:GENeral[:STATe]", Boolean())
    def switch_all(self, on: bool) -> None:
        """Every channel that is activated goes on or off; which those are is not changed."""
        self._bank.master_on = on
        self._bank.settle()

    @query("OUTPut:GENeral[:STATe]?")
    def tell_all(self) -> str:
        """Its position."""
        return str(int(self._bank.master_on))

    # Sequences. The channel stands in the command, as data.

    @command("ARBitrary:DATA", Number(), *[Number(optional=True)] * (3 * MOST_POINTS - 1))
    def edit_sequence(self, *values: float) -> None:
        """The points to be transferred, as volts, amps and seconds in turn."""
        self._edited = replace(self._edited, points=points_of(values, VOLTS, AMPS))

    @command("ARBitrary:REPetitions", integer(0, 255, 1))
    def repeat_sequence(self, repetitions: float) -> None:
        """How often they are run through; 0 is for ever."""
        self._edited = replace(self._edited, repetitions=int(repetitions))

    @query("ARBitrary:REPetitions?")
    def tell_repetitions(self) -> str:
        """As set."""
        return str(self._edited.repetitions)

    @command("ARBitrary:TRANsfer", integer(1, 4))
    def transfer_sequence(self, channel: float) -> None:
        """Hand points and repetitions to a channel."""
        self._transferred[int(channel)] = self._edited

    @command("ARBitrary:STARt", integer(1, 4))
    def start_sequence(self, channel: float) -> None:
        """Run what was transferred; -221 if nothing was."""
        table = self._transferred.get(int(channel), Table())
        if not table.points:
            raise ScpiError(-221)
        self._bank.start(self.outputs[int(channel)], table)

    @command("ARBitrary:STOP", integer(1, 4))
    def stop_sequence(self, channel: float) -> None:
        """Stay at the point in force."""
        self._bank.settle()
        self.outputs[int(channel)].sequence = None

    @command("ARBitrary:CLEar", integer(1, 4))
    def clear_sequence(self, channel: float) -> None:
        """Take a channel's points away; a running sequence ends."""
        self.stop_sequence(channel)
        self._transferred.pop(int(channel), None)

    @command("ARBitrary:SAVE", integer(1, TABLES_KEPT))
    def save_sequence(self, place: float) -> None:
        """Keep points and repetitions in a place."""
        self._tables[int(place)] = self._edited

    @command("ARBitrary:RESTore", integer(1, TABLES_KEPT))
    def restore_sequence(self, place: float) -> None:
        """Take them from there; an empty place has no points."""
        self._edited = self._tables.get(int(place), Table())

    # The system.

    beeper = Setting("SYSTem:BEEPer:STATe", Boolean(), reset=True, kept=True)

    @command("SYSTem:BEEPer[:IMMediate]", Choice(("OFF", "ON", "CRITical"), optional=True))
    def beep(self, when: str | None = None) -> None:
        """One beep; with a word, when the instrument beeps by itself, as the maker's own driver sends it."""
        self._beeps = when or self._beeps

    @query("SYSTem:BEEPer[:IMMediate]?")
    def tell_beeps(self) -> str:
        """That word."""
        return self._beeps

    _beeps = "ON"

    @command("SYSTem:LOCal")
    def go_local(self) -> None:
        """Front panel control."""
        self.control = "LOC"

    @command("SYSTem:REMote")
    def go_remote(self) -> None:
        """Remote control; the front panel can take it back."""
        self.control = "REM"

    @command("SYSTem:RWLock")
    def lock_panel(self) -> None:
        """Remote control; the front panel cannot."""
        self.control = "RWL"

    @command("SYSTem:MIX")
    def share_control(self) -> None:
        """Both at once."""
        self.control = "MIX"

    @query("SYSTem:ERRor:ALL?")
    def all_errors(self) -> str:
        """The whole queue, oldest first, and it is empty."""
        found = []
        while (error := self.status.errors.pop()) is not None:
            found.append(str(error))
        return ",".join(found) or self.no_error

    @query("*OPT?")
    def options(self) -> str:
        """None are fitted (IEEE 488.2, 10.20)."""
        return "0"

    # Reset and stored states.

    def on_reset(self) -> None:
        """Channel 1, all off, 0 V, 100 mA, protections at their defaults; the tables in memory stay."""
        self._chosen = 1
        self._edited = Table()
        self._transferred.clear()
        self._bank.reset()
        for output in self.outputs.values():
            reset_settings(output)
        self._bank.settle()

    @command("*SAV", integer(0, STATES_KEPT - 1))
    def save(self, place: float) -> None:
        """Keep every channel's settings in a place."""
        self._states[int(place)] = {number: _state(output) for number, output in self.outputs.items()}

    @command("*RCL", integer(0, STATES_KEPT - 1))
    def recall(self, place: float) -> None:
        """Take the settings of a place, with the master switch off; an empty place holds the *RST table."""
        self.reset()
        for number, state in self._states.get(int(place), {}).items():
            for name, value in state.items():
                setattr(self.outputs[number], name, value)
        self._bank.settle()


def _state(output: HmpOutput) -> dict[str, Any]:
    names = [name for name, _ in settings_of(HmpOutput)]
    return {name: getattr(output, name) for name in (*names, "active", "protection_mode", "links")}


def place(placement: Placement) -> SupplyHmp4040:
    """The supply that stands at a placement."""
    loads = {channel: placement.load(channel) for channel in CHANNELS}
    return SupplyHmp4040(placement.clock, loads, placement.serial_number)
