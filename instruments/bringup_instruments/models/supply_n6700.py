"""Keysight N6700C modular power system and N6705C DC power analyser: a frame with four outputs.

After the "N6700C Operating and Service Guide" and the "N6705C Operating and Service Guide", "SCPI Programming
Reference". The two frames take the same modules and nearly the same commands; the N6705C adds its data logger. Which
modules stand in the slots is in `n6700_modules.py`. Neighbours: `n6700_output.py` is one output,
`n6700_protection.py` guards all of them, `n6700_transient.py`, `n6700_digitizer.py` and `n6700_elog.py` work by
trigger, `n6700_system.py` has the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import ScpiDevice, ScpiError, command, integer, listed
from ..scpi.channels import reset_settings
from ..scpi.command import Command, commands_of, settings_of
from ..scpi.common import CommonCommands
from ..scpi.message_device import Polled
from ..world import Load
from .agenda import Agenda
from .n6700_digitizer import Digitizer, amps_of, volts_of
from .n6700_elog import Elog
from .n6700_measure import Measurements
from .n6700_modules import MODULES, SLOTS
from .n6700_output import Output
from .n6700_protection import FrameProtection
from .n6700_status import SummaryGroup, listed_registers
from .n6700_system import System, refused
from .n6700_transient import Transient
from .n6705_datalog import DataLog
from .pending import Pending
from .transient_system import Phase

if TYPE_CHECKING:
    from ..catalogue import Placement

FRAMES = ("N6700C", "N6701C", "N6702C", "N6705C")
FIRMWARE = "E.02.08.3313"  # free text; shaped like the real ones
STATES_KEPT = 10  # *SAV 0 to 9
MORE_STATE = ("state", "list_volts", "list_amps", "list_dwell_s", "points", "user_points", "user_dwell_s")


class SupplyN6700(ScpiDevice):
    """A frame with its modules.

    Args:
        clock: the lab's time.
        loads: what hangs on each output, by its number.
        serial_number: third field of *IDN?.
        model: one of `FRAMES`.
        seed: of the measurements' noise.

    Raises:
        ValueError: the model is not of this family.
    """

    scpi_version = "1996.0"

    def __init__(
        self, clock: Clock, loads: Mapping[int, Load], serial_number: str, model: str = "N6705C", seed: int = 0
    ) -> None:
        if model not in FRAMES:
            raise ValueError(f"{model!r} is no frame of the N6700 family; known are {', '.join(FRAMES)}")
        self.clock = clock
        self.model = model
        self.agenda = Agenda(loads.values())
        self.outputs: dict[int, Output] = {}
        self.protection = FrameProtection(self.outputs, self.agenda, clock)
        for number, module in SLOTS.items():
            self.outputs[number] = Output(number, MODULES[module], self, loads[number], self.agenda)
        self.protection.to_reset_table()
        noise = f"{serial_number}/{seed}"
        self.transients = {number: Transient(output, clock) for number, output in self.outputs.items()}
        self.digitizers = {number: Digitizer(output, clock, noise) for number, output in self.outputs.items()}
        self.measurements = Measurements(self.digitizers, self.agenda, clock)
        data_format = self.measurements.format
        self.elogs = {number: Elog(output, clock, data_format) for number, output in self.outputs.items()}
        self.system = System(self.outputs, serial_number, clock)
        self.data_log = DataLog(self.outputs, self.agenda, clock) if model.startswith("N6705") else None
        self._saved: dict[int, list[dict[str, Any]]] = {}
        super().__init__(clock, f"Keysight Technologies,{model},{serial_number},{FIRMWARE}")
        self.overlapped = self._pending = Pending(clock, self.status, self._pending_due_s, self.agenda.run)
        self.status.operation = SummaryGroup([output.operation for output in self.outputs.values()])
        self.status.questionable = SummaryGroup([output.questionable for output in self.outputs.values()])
        self._feed_all()

    # Commands.

    def _all_commands(self) -> Iterator[Any]:
        """The status registers are the outputs', so the base's do not come in."""
        yield from commands_of(CommonCommands(self))
        yield from commands_of(self)
        yield from self.more_commands()

    def more_commands(self) -> Iterator[Command]:
        """What the parts declare: per output with a channel list, or for the whole frame."""
        for parts in self._by_output():
            yield from listed(parts)
        registers = {"STATus:OPERation": "operation", "STATus:QUEStionable": "questionable"}
        for path, name in registers.items():
            yield from listed_registers(path, {n: getattr(output, name) for n, output in self.outputs.items()})
        yield from self.measurements.commands()
        yield from refused()
        for part in (self.protection, self.protection.digital, self.system, self.data_log):
            if part is not None:
                yield from commands_of(part)
        if self.data_log is not None:
            yield from listed(self.data_log.channels)

    def _by_output(self) -> Iterator[Mapping[int, Any]]:
        """Every kind of part that each output has one of."""
        yield self.outputs
        yield self.transients
        yield {number: transient.arb for number, transient in self.transients.items()}
        yield {number: transient.arb.volts for number, transient in self.transients.items()}
        yield {number: transient.arb.amps for number, transient in self.transients.items()}
        yield self.digitizers
        yield self.elogs

    # Traffic: it feeds the watchdog, whatever it is; what is overdue happens before it.

    def write(self, data: bytes, end: bool = True) -> None:
        """Take program message bytes."""
        self._hear()
        super().write(data, end)

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        """Take response bytes."""
        self._hear()
        try:
            return super().read(max_bytes, timeout_s)
        finally:
            self._hear()

    def poll(self, max_bytes: int, *, received: bool = True) -> Polled:
        """Take response bytes if there are any; asking alone is no traffic."""
        polled = super().poll(max_bytes, received=received)
        if polled.data:
            self._hear()
        return polled

    def clear(self) -> None:
        """Device clear."""
        self._hear()
        super().clear()

    def status_byte(self) -> int:
        """Serial poll."""
        self._hear()
        return super().status_byte()

    def _hear(self) -> None:
        now_s = self.clock.now()
        self.agenda.run(now_s)
        self.protection.traffic(now_s)

    def observe(self) -> None:
        """Carry out what is overdue, and look at all terminals."""
        now_s = self.clock.now()
        self.agenda.run(now_s)
        for output in self.outputs.values():
            output.look(now_s)
        self._pending.settle()

    # What the outputs ask of their frame.

    @property
    def inhibited(self) -> bool:
        """Whether the inhibit input holds all outputs off."""
        return self.protection.inhibited

    def output_tripped(self, output: Output, at_s: float) -> None:
        """Coupled outputs follow."""
        self.protection.output_tripped(output, at_s)

    def output_moved(self, output: Output, at_s: float) -> None:
        """The fault pin and the level triggers follow."""
        self.protection.say_fault()
        for digitizer in getattr(self, "digitizers", {}).values():
            if digitizer.phase is Phase.WAITING and digitizer.source[:4] in ("VOLT", "CURR"):
                self._trigger_by_level(digitizer, output, at_s)

    def switched(self, output: Output, *, on: bool) -> None:
        """Coupled outputs follow."""
        self.protection.switched(output, on=on)

    def _trigger_by_level(self, digitizer: Digitizer, output: Output, at_s: float) -> None:
        if int(digitizer.source[-1]) != output.number:
            return
        by_volts = digitizer.source.startswith("VOLT")
        level = digitizer.trigger_volts if by_volts else digitizer.trigger_amps
        rising = (digitizer.volts_slope if by_volts else digitizer.amps_slope) == "POS"
        read = volts_of if by_volts else amps_of
        before, now = (read((seen.volts, seen.amps)) for seen in (output.before, output.delivered))
        if before < level <= now if rising else before > level >= now:
            digitizer.trigger(at_s)

    # Triggers and pending work.

    def _pending_due_s(self) -> float | None:
        """When the next triggered work will go on; None where there is none."""
        systems: list[Transient | Digitizer] = [*self.transients.values(), *self.digitizers.values()]
        return min((due for system in systems if (due := system.due_s) is not None), default=None)

    def on_trigger(self) -> None:
        """*TRG: everything that waits for the bus; -211 if nothing does."""
        waiting: list[Callable[[float], None]] = []
        for systems in (self.transients, self.digitizers, self.elogs):
            for system in systems.values():
                if system.phase is Phase.WAITING and self._source_of(system) == "BUS":
                    waiting.append(system.trigger)  # noqa: PERF401 - three levels in one comprehension read worse
        if self.data_log is not None and self.data_log.waits_for_bus:
            waiting.append(self.data_log.trigger)
        if not waiting:
            raise ScpiError(-211)
        now_s = self.clock.now()
        for trigger in waiting:
            trigger(now_s)

    def _source_of(self, system: Any) -> str:
        """Waveforms have one trigger source for all outputs."""
        if isinstance(system, Transient) and "ARB" in (system.volts_mode, system.amps_mode):
            return self.system.arb_source
        return str(system.source)

    # Reset and stored states.

    def on_reset(self) -> None:
        """The parts' tables."""
        for parts in self._by_output():
            for part in parts.values():
                part.to_reset_table() if hasattr(part, "to_reset_table") else reset_settings(part)
        for part in (self.protection, self.measurements.format, self.system, self.data_log):
            if part is not None:
                reset_settings(part)
        self.protection.to_reset_table()
        if self.data_log is not None:
            self.data_log.to_reset_table()
        self._feed_all()

    def _feed_all(self) -> None:
        now_s = self.clock.now()
        for output in self.outputs.values():
            output.feed(now_s)

    def _stored_parts(self) -> list[Any]:
        parts = [part for parts in self._by_output() for part in parts.values()]
        return [*parts, self.protection, self.measurements.format]

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
        self.protection.traffic(self.clock.now())


def _state_of(part: Any) -> dict[str, Any]:
    names = [name for name, setting in settings_of(type(part)) if not setting.kept]
    return {name: getattr(part, name) for name in (*names, *MORE_STATE) if hasattr(part, name)}


def place(placement: Placement) -> SupplyN6700:
    """The frame that stands at a placement."""
    loads = {number: placement.load(number) for number in SLOTS}
    model = placement.model.split()[-1]
    return SupplyN6700(placement.clock, loads, placement.serial_number, model, placement.seed)
