"""Keithley 2400 SourceMeter: forces volts or amperes, measures both, and ohms from them.

After the Series 2400 SourceMeter User's Manual (2400S-900-01), sections 17 and 18. The electrical truth is the
terminal block's; what is forced is offered to it, and what is measured is looked up there, so that compliance, lead
resistance and a load's changes are seen as they are. Neighbours: `smu_2400_source.py`, `_sense.py`, `_measure.py`,
`_trigger.py`, `_buffer.py`, `_calc.py` and `_panel.py` have the subsystems, `smu_2400_stage.py` the output stage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..scpi import Boolean, Choice, ScpiDevice, Setting, query
from ..scpi.command import Command, Result, commands_of
from ..scpi.common import register_commands
from ..world import Terminals
from .smu_2400_buffer import ELEMENTS, BufferCommands
from .smu_2400_calc import CalculateCommands
from .smu_2400_facts import (
    AMPS_RANGES,
    AUTO_OHMS_AMPS,
    AUTO_OHMS_VOLTS,
    HIGHEST_AMPS_AT_210_VOLTS,
    MEASURE_AMPS,
    MEASURE_VOLTS,
    SOURCE_AMPS,
    SOURCE_VOLTS,
    VOLTS_RANGES,
    Measurement,
    Operation,
    SmuError,
    SmuStatus,
    holding,
)
from .smu_2400_measure import MeasureCommands
from .smu_2400_panel import PanelCommands, Stored
from .smu_2400_sense import Limited, Ohms, SenseCommands, SenseFunction
from .smu_2400_source import SourceCommands, SourceFunction
from .smu_2400_stage import Converter, Forced, Stage
from .smu_2400_trigger import TriggerCommands

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "C34   Sep 21 2016 15:30:00/A02  /D/B"  # free text; shaped like the real ones
_COLON_STAR = re.compile(rb"(^|;)\s*:\*")
IDENTITY = "KEITHLEY INSTRUMENTS INC.,MODEL 2400"


class Smu2400(
    MeasureCommands,
    SourceCommands,
    SenseCommands,
    TriggerCommands,
    BufferCommands,
    CalculateCommands,
    PanelCommands,
    ScpiDevice,
):
    """A source meter on a terminal block.

    Args:
        clock: the lab's time.
        terminals: what its output is wired to.
        serial_number: third field of *IDN?.
        seed: of its own errors and of its noise.
    """

    scpi_version = "1996.0"
    no_error = '0,"No error"'
    error_capacity = 10
    has_transition_filters = False
    status_class = SmuStatus
    status: SmuStatus

    def __init__(self, clock: Clock, terminals: Terminals, serial_number: str, seed: int) -> None:
        self.stage = Stage(terminals)
        self._nominal: Forced | None = None
        names = {"SV": SOURCE_VOLTS, "SI": SOURCE_AMPS, "MV": MEASURE_VOLTS, "MI": MEASURE_AMPS}
        self.converters = {
            name: Converter(table, f"2400 {serial_number} {seed} {name}") for name, table in names.items()
        }
        self.setups: dict[int, Stored] = {}
        self.make_sources()
        self.make_senses(self)
        super().__init__(clock, f"{IDENTITY},{serial_number},{FIRMWARE}")
        self.ready = True
        self.status.operation.condition = int(Operation.IDLE)

    def _smu(self) -> Smu2400:
        return self

    def parts(self) -> Iterator[Any]:
        """Everything that has settings."""
        yield from (self, self.volts, self.amps, *self.sense.values())

    def loose(self) -> Iterator[tuple[str, Any]]:
        """State that *SAV keeps and that is no `Setting`."""
        for name in ("nplc", "enabled", "elements", "data_format", "trigger_events", "input_events"):
            yield name, getattr(self, name)

    # The tree: both sources' and all senses' commands; `[1]` behind a node is taken and means nothing.

    def more_commands(self) -> Iterator[Command]:
        """Commands of the parts."""
        parts: tuple[SourceFunction | SenseFunction, ...] = (self.volts, self.amps, *self.sense.values())
        for part in parts:
            for declared in commands_of(part):
                yield replace(declared, header=declared.header.format(f=part.node))
        yield from self.window_commands()
        yield from self._measurement_register()

    def _all_commands(self) -> Iterator[Command]:
        for declared in super()._all_commands():
            numbered = declared.header.count("<1:1>")
            yield replace(declared, run=partial(_without, numbered, declared.run)) if numbered else declared

    def _enqueue(self, message: bytes) -> None:
        """A colon before a common command is taken as a way back to the root (foreign drivers send `:*RST`)."""
        super()._enqueue(_COLON_STAR.sub(rb"\1*", message) if b":*" in message else message)

    def _measurement_register(self) -> Iterator[Command]:
        yield from register_commands("STATus:MEASurement", self.status.measurement, filters=False)

    # Output.

    def switched(self) -> None:
        """Follow the output's switch; +802 while the output enable line is open."""
        if self.output_on and self.interlock:
            self.output_on = False
            raise SmuError(802)
        self.feed()

    output_on = Setting("OUTPut<1:1>[:STATe]", Boolean(), reset=False, then=switched)
    off_state = Setting("OUTPut<1:1>:SMODe", Choice(("HIMPedance", "NORMal", "ZERO", "GUARd")), reset="NORM")
    interlock = Setting("OUTPut<1:1>:ENABle[:STATe]", Boolean(), reset=False)

    @query("OUTPut<1:1>:ENABle:TRIPped?")
    def interlock_tripped(self) -> str:
        """The output enable line is open: nothing is plugged in."""
        return "1" if self.interlock else "0"

    def switch(self, on: bool) -> None:
        """Output on or off, from inside."""
        self.output_on = on
        self.feed()

    def must_be_on(self) -> None:
        """Raise +803 where a measurement would need the output on."""
        if not self.output_on and not self.clear_auto:
            raise SmuError(803)

    # What is forced.

    @property
    def forcing_volts(self) -> bool:
        """Whether a voltage is forced; with automatic ohms it is a current."""
        return self.source_function != "CURR" and not self.auto_ohms

    @property
    def auto_ohms(self) -> bool:
        """Whether the ohms function chooses source and range by itself."""
        ohms = self.sense["RES"]
        return "RES" in self.enabled and isinstance(ohms, Ohms) and ohms.mode == "AUTO"

    def refuse_auto_ohms(self) -> None:
        """Raise +825 where the source is not the user's to set."""
        if self.auto_ohms:
            raise SmuError(825)

    def limited(self, name: str) -> Limited:
        """Volts or amperes, with their compliance."""
        function = self.sense[name]
        assert isinstance(function, Limited)  # noqa: S101 - volts and amperes are
        return function

    def _compliance(self, name: str) -> float:
        """The limit at work: as set, or the end of a fixed measurement range below it."""
        function = self.limited(name)
        return function.compliance if function.automatic else min(function.compliance, function.full)

    def check_power(self) -> None:
        """Raise +826 beyond 22 W: 210 V and more than 105 mA."""
        if self.source_function == "CURR":
            amps, volts = self.amps.full, self.limited("VOLT").compliance
        else:
            amps, volts = self.limited("CURR").compliance, self.volts.full
        if holding(VOLTS_RANGES, volts) == VOLTS_RANGES[-1] and amps > HIGHEST_AMPS_AT_210_VOLTS:
            raise SmuError(826)

    def feed(self, level: float | None = None) -> None:
        """Force what is set now, or another level of a sweep."""
        if not hasattr(self, "ready"):
            return
        if not self.auto_ohms:
            self.check_power()
        forced = self.forced(level) if self.output_on else None
        if forced != self._nominal:
            self._nominal = forced
            self.stage.force(self.clock.now(), self._real(forced) if forced else None)
        self.observe()

    def forced(self, level: float | None = None) -> Forced:
        """What is to be forced, as programmed."""
        if self.auto_ohms:
            return Forced(False, AUTO_OHMS_AMPS[self._ohms_range()], AUTO_OHMS_VOLTS, self.remote_sense)
        if self.source_function == "CURR":
            wanted = self.amps.level if level is None else level
            limit = min(self._compliance("VOLT"), self.protection_volts)
            return Forced(False, wanted, limit, self.remote_sense)
        wanted = self.volts.level if level is None else level
        wanted = min(max(wanted, -self.protection_volts), self.protection_volts)
        return Forced(True, wanted, self._compliance("CURR"), self.remote_sense)

    def _real(self, forced: Forced) -> Forced:
        """With the source's own error."""
        ranges, name = (VOLTS_RANGES, "SV") if forced.volts else (AMPS_RANGES, "SI")
        full = holding(ranges, forced.level)
        function = self.volts if forced.volts else self.amps
        if not self.auto_ohms:
            full = max(full, function.full)
        return replace(forced, level=self.converters[name].put(forced.level, full))

    def _ohms_range(self) -> float:
        ohms = self.sense["RES"]
        return ohms.follow(self.stage.terminals.ohms(self.clock.now()))

    def in_compliance(self) -> bool:
        """Whether a limit holds the source now."""
        return self.output_on and self.stage.sensed(self.clock.now()).in_compliance

    def observe(self) -> None:
        """Move the measurement condition register."""
        bits = Measurement.COMPLIANCE if self.in_compliance() else Measurement(0)
        self.status.measurement.update(int(bits | (Measurement.INTERLOCK if self.interlock else Measurement(0))))

    def on_reset(self) -> None:
        """The parts' *RST tables; the buffer stays."""
        self.volts.reset()
        self.amps.reset()
        self.reset_senses()
        self.reset_triggers()
        self.elements, self.latest, self.expression = ELEMENTS, (), "POWER"
        self.data_format = "ASC"
        self.feed()


def _without(numbered: int, run: Callable[..., Result], *values: Any) -> Result:
    """A call without the suffixes that can only be 1."""
    return run(*values[numbered:])


def place(placement: Placement) -> Smu2400:
    """The source meter that stands at a placement."""
    return Smu2400(placement.clock, placement.terminals(), placement.serial_number, placement.seed)
