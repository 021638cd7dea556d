"""Keysight E36312A: three outputs, 6 V 5 A and twice 25 V 1 A, which can be paired, coupled and made to track.

After the "E36300 Series Programming Guide" (E36311-90008). Commands of an output take a channel list at their end;
without one they mean the output that INSTrument has selected. Neighbours: `e36300_output.py` is one output,
`e36300_trigger.py` its trigger, `e36300_system.py` what touches no output, `e36300_status.py` the registers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import Boolean, Choice, Limits, Number, ScpiDevice, ScpiError, Setting, command, integer, listed, query
from ..scpi.channels import reset_settings
from ..scpi.command import Command, commands_of, settings_of
from ..scpi.common import CommonCommands
from ..world import Load
from .agenda import Agenda
from .e36300_output import NUMBER, Condition, Output, Rating, levels_of
from .e36300_select import CHANNELS, NAMES, Chosen, Coupled, shown_coupling
from .e36300_status import OutputRegisters
from .e36300_system import System
from .e36300_trigger import Trigger
from .n6700_digital import DigitalPort
from .n6705_datalog import DataLog
from .pending import Pending
from .transient_system import Phase

if TYPE_CHECKING:
    from ..catalogue import Placement

RATINGS = {1: Rating(6.0, 5.0, 0.002), 2: Rating(25.0, 1.0, 0.001), 3: Rating(25.0, 1.0, 0.001)}
FIRMWARE = "2.1.3-1.0.4-1.12"  # free text; shaped like the real ones
STATES_KEPT = 10  # *SAV 0 to 9
READING_S = 0.020  # one mains cycle (estimate)
READBACK_STEPS = {1: (1e-4, 1e-4), 2: (5e-4, 1e-5), 3: (5e-4, 1e-5)}  # volts and amps (estimate)
MORE_STATE = ("state", "list_volts", "list_amps", "list_dwell_s")


class SupplyE36312A(ScpiDevice):
    """The supply.

    Args:
        clock: the lab's time.
        loads: what hangs on each output, by its number.
        serial_number: third field of *IDN?.
    """

    scpi_version = "1999.0"

    def __init__(self, clock: Clock, loads: Mapping[int, Load], serial_number: str) -> None:
        self.clock = clock
        self.agenda = Agenda(loads.values())
        self.digital = DigitalPort(self._follow_inhibit, pins=3)
        self.inhibited = False
        self.outputs: dict[int, Output] = {}
        for number, rating in RATINGS.items():
            self.outputs[number] = Output(number, rating, self, loads[number], self.agenda)
        self.triggers = {number: Trigger(output, clock) for number, output in self.outputs.items()}
        self.registers = OutputRegisters({number: output.registers for number, output in self.outputs.items()})
        self.system = System(clock)
        self.data_log = DataLog(self.outputs, self.agenda, clock)
        self._saved: dict[int, list[dict[str, Any]]] = {}
        super().__init__(clock, f"Keysight Technologies,E36312A,{serial_number},{FIRMWARE}")
        self.overlapped = self._pending = Pending(clock, self.status, self._pending_due_s, self.agenda.run)
        self.registers.summarised_in(self.status)
        self._feed_all()

    # Settings of the whole instrument.

    def _follow_pairing(self) -> None:
        """Going over to another way of pairing turns outputs 2 and 3 off."""
        if self.pairing != "OFF":
            self.tracking = False
        for number in (2, 3):
            output = self.outputs[number]
            output.volts = min(output.volts, output.volts_limits().maximum)
            output.amps = min(output.amps, output.amps_limits().maximum)
            output.protection_volts = output.protection_limits().maximum
            output.switch(on=False)

    def _follow_tracking(self) -> None:
        """-221 in a pair; else output 3 takes the voltage of output 2."""
        if self.tracking and self.pairing != "OFF":
            self.tracking = False
            raise ScpiError(-221)
        self.level_set(self.outputs[2])

    def _follow_inhibit(self) -> None:
        now_s = self.clock.now()
        before, self.inhibited = self.inhibited, self.digital.inhibits and self.inhibit_mode != "OFF"
        if self.inhibited and not before and self.inhibit_mode == "LATC":
            for output in self.outputs.values():
                output.trip(Condition.INHIBITED, now_s)
        self._feed_all()

    selected = Setting("INSTrument:NSELect", integer(1, 3), reset=1.0)
    pairing = Setting("OUTPut:PAIR", Choice(("OFF", "PARallel", "SERies")), reset="OFF", then=_follow_pairing)
    tracking = Setting("OUTPut:TRACk[:STATe]", Boolean(), reset=False, then=_follow_tracking)
    protection_coupled = Setting("OUTPut:PROTection:COUPle", Boolean(), reset=False)
    inhibit_mode = Setting(
        "OUTPut:INHibit:MODE", Choice(("LATChing", "LIVE", "OFF")), reset="OFF", kept=True, then=_follow_inhibit
    )
    coupling_offset_s = Setting("OUTPut:COUPle:DOFFset", Number("S", Limits(0.0, 3600.0, 0.0), form=NUMBER), reset=0.0)
    coupled: tuple[int, ...] = ()
    trigger_coupled: tuple[int, ...] = ()

    @command("INSTrument[:SELect]", Choice(NAMES))
    def select(self, name: str) -> None:
        """Select an output by its name."""
        self.selected = float(CHANNELS[name])

    @query("INSTrument[:SELect]?")
    def selection(self) -> str:
        """The name of the selected output."""
        return f"CH{self.selected:.0f}"

    @command("OUTPut:COUPle:CHANnel", *Coupled.parameters())
    def couple(self, *names: str) -> None:
        """Outputs that go on and off together: names, ALL or NONE."""
        self.coupled = Coupled.numbers(names)

    @query("OUTPut:COUPle:CHANnel?")
    def coupling(self) -> str:
        """As set."""
        return shown_coupling(self.coupled)

    @query("OUTPut:COUPle:MAX:DOFFset?")
    def longest_offset(self) -> str:
        """The outputs of this supply start alike."""
        return format(0.0, NUMBER)

    @command("INSTrument:COUPle[:TRIGger]", *Coupled.parameters())
    def couple_triggers(self, *names: str) -> None:
        """Outputs whose triggers come together: names, ALL or NONE."""
        self.trigger_coupled = Coupled.numbers(names)

    @query("INSTrument:COUPle[:TRIGger]?")
    def trigger_coupling(self) -> str:
        """As set."""
        return shown_coupling(self.trigger_coupled)

    @command("APPLy", Choice(NAMES), *Coupled.levels())
    def apply(self, name: str, volts: Any = None, amps: Any = None) -> None:
        """Voltage and current of one output at once."""
        output = self.outputs[CHANNELS[name]]
        sent = [(setting, value) for setting, value in zip(levels_of(output), (volts, amps), strict=True)]
        judged = [(setting, setting.kind.check(output, value)) for setting, value in sent if value is not None]
        for setting, value in judged:
            setting.put(output, value)

    @query("APPLy?", Choice(NAMES, optional=True))
    def applied(self, name: str = "") -> str:
        """Voltage and current, quoted."""
        output = self.outputs[CHANNELS[name]] if name else self.selected_output
        return f'"{output.volts:{NUMBER}},{output.amps:{NUMBER}}"'

    # Measuring.

    @query("MEASure[:SCALar]:VOLTage[:DC]?", Chosen())
    def measure_volts(self, channels: tuple[int, ...] = ()) -> Generator[float, None, str]:
        """What the terminals do, in the converter's steps."""
        return self._measure(lambda output: output.delivered.volts, 0, channels)

    @query("MEASure[:SCALar]:CURRent[:DC]?", Chosen())
    def measure_amps(self, channels: tuple[int, ...] = ()) -> Generator[float, None, str]:
        """As for the voltage."""
        return self._measure(lambda output: output.delivered.amps, 1, channels)

    def _measure(
        self, read: Callable[[Output], float], which: int, channels: tuple[int, ...]
    ) -> Generator[float, None, str]:
        chosen = channels or (round(self.selected),)
        yield READING_S
        self.observe()
        answers = []
        for channel in chosen:
            step = READBACK_STEPS[channel][which]
            answers.append(format(round(read(self.outputs[channel]) / step) * step, NUMBER))
        return ",".join(answers)

    # Commands.

    @property
    def selected_output(self) -> Output:
        """The one that INSTrument has selected."""
        return self.outputs[round(self.selected)]

    def _all_commands(self) -> Iterator[Any]:
        """The questionable registers have levels of their own, so the base's do not come in."""
        yield from commands_of(CommonCommands(self))
        yield from commands_of(self)
        yield from self.more_commands()

    def more_commands(self) -> Iterator[Command]:
        """Commands of the outputs, for a list or the selected one, and of the parts."""
        for parts in (self.outputs, self.triggers):
            for one in listed(parts, optional=True):
                yield replace(one, run=partial(self._for_selected, one))
        yield from self.registers.commands(self)
        yield from listed(self.data_log.channels)
        for part in (self.digital, self.system, self.data_log):
            yield from commands_of(part)

    def _for_selected(self, one: Command, *values: Any) -> Any:
        """A list that was left out means the selected output."""
        given = [*values, *(None for _ in range(len(one.parameters) - len(values)))]
        if given[-1] is None:
            given[-1] = (round(self.selected),)
        return one.run(*given)

    def observe(self) -> None:
        """Carry out what is overdue, and look at all terminals."""
        now_s = self.clock.now()
        self.agenda.run(now_s)
        for output in self.outputs.values():
            output.look(now_s)
        self.digital.set_fault(faulty=any(output.tripped for output in self.outputs.values()))
        self.registers.follow()
        self._pending.settle()

    # What the outputs ask of their instrument.

    def output_tripped(self, output: Output, at_s: float) -> None:
        """Take the others along, where protections are coupled."""
        if self.protection_coupled:
            for other in self.outputs.values():
                if other is not output:
                    other.trip(Condition.INHIBITED, at_s)

    def switched(self, output: Output, *, on: bool) -> None:
        """Switch an output, and with it those that are coupled to it."""
        if output.number in self.coupled:
            for number in self.coupled:
                self.outputs[number].switch(on=on, offset_s=self.coupling_offset_s)
        else:
            output.switch(on=on)

    def level_set(self, output: Output) -> None:
        """Outputs 2 and 3 track each other."""
        if self.tracking and output.number in (2, 3):
            other = self.outputs[5 - output.number]
            if other.volts != output.volts:
                other.volts = output.volts
                other.follow()

    def on_trigger(self) -> None:
        """*TRG: every output that waits for the bus; -211 if none does."""
        waiting = [t for t in self.triggers.values() if t.phase is Phase.WAITING and t.source == "BUS"]
        if not waiting and not self.data_log.waits_for_bus:
            raise ScpiError(-211)
        now_s = self.clock.now()
        for trigger in waiting:
            trigger.trigger(now_s)
        if self.data_log.waits_for_bus:
            self.data_log.trigger(now_s)

    def _pending_due_s(self) -> float | None:
        return min((due for trigger in self.triggers.values() if (due := trigger.due_s) is not None), default=None)

    # Reset and stored states.

    def on_reset(self) -> None:
        """The parts' tables."""
        self.coupled = self.trigger_coupled = ()
        for output in self.outputs.values():
            output.to_reset_table()
        for trigger in self.triggers.values():
            trigger.to_reset_table()
        reset_settings(self.system)
        reset_settings(self.data_log)
        self.data_log.to_reset_table()
        self._feed_all()

    def _feed_all(self) -> None:
        now_s = self.clock.now()
        for output in self.outputs.values():
            output.feed(now_s)

    @command("*SAV", integer(0, STATES_KEPT - 1))
    def save(self, place: float) -> None:
        """Keep the settings in a place."""
        self._saved[int(place)] = [_state_of(part) for part in self._stored_parts()]

    @command("*RCL", integer(0, STATES_KEPT - 1))
    def recall(self, place: float) -> None:
        """Take the settings of a place; an empty place holds the *RST table."""
        self.reset()
        for part, state in zip(self._stored_parts(), self._saved.get(int(place), []), strict=False):
            for name, value in state.items():
                setattr(part, name, value)
        for output in self.outputs.values():
            output.switch(on=output.state)

    def _stored_parts(self) -> list[Any]:
        return [self, *self.outputs.values(), *self.triggers.values()]


def _state_of(part: Any) -> dict[str, Any]:
    names = [name for name, setting in settings_of(type(part)) if not setting.kept]
    more = ("coupled", "trigger_coupled") if isinstance(part, SupplyE36312A) else MORE_STATE
    return {name: getattr(part, name) for name in (*names, *more) if hasattr(part, name)}


def place(placement: Placement) -> SupplyE36312A:
    """The supply that stands at a placement."""
    loads = {number: placement.load(number) for number in RATINGS}
    return SupplyE36312A(placement.clock, loads, placement.serial_number)
