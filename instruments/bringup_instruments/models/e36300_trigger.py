"""Triggered steps and lists of one E36300 output.

After the "E36300 Series Programming Guide", "INITiate", "TRIGger" and "LIST" subsystems. With both modes fixed a
trigger moves the triggered levels that were programmed, as on the forerunners of the series (from memory). Neighbours:
`transient_system.py` is the engine, `supply_e36312a.py` hands the triggers on.
"""

from __future__ import annotations

from collections.abc import Iterator

from bringup.clock import Clock

from ..scpi import Choice, Limits, Number, Setting, command
from .e36300_output import LONGEST_DELAY_S, NUMBER, Condition, Output
from .transient_system import Phase, Step, TransientSystem

SOURCES = ("BUS", "IMMediate", "PIN1", "PIN2", "PIN3")
MODES = Choice(("FIXed", "STEP", "LIST"))


class Trigger(TransientSystem):
    """Modes and the trigger of one output."""

    def __init__(self, output: Output, clock: Clock) -> None:
        super().__init__(output, clock)
        self.output = output
        self.to_reset_table()

    def _only_idle(self) -> None:
        if self.phase is not Phase.IDLE:
            self.stop()

    volts_mode = Setting("[SOURce]:VOLTage:MODE", MODES, reset="FIX", then=_only_idle)
    amps_mode = Setting("[SOURce]:CURRent:MODE", MODES, reset="FIX", then=_only_idle)
    source = Setting("TRIGger[:TRANsient]:SOURce", Choice(SOURCES), reset="BUS")
    delay_s = Setting(
        "TRIGger[:TRANsient]:DELay", Number("S", Limits(0.0, LONGEST_DELAY_S, 0.0), form=NUMBER), reset=0.0
    )

    @command("INITiate[:IMMediate][:TRANsient]")
    def initiate(self) -> None:
        """Wait for a trigger."""
        self.arm()
        if self.source == "IMM":
            self.trigger(self.clock.now())

    @command("TRIGger[:TRANsient][:IMMediate]")
    def trigger_now(self) -> None:
        """A trigger whatever the source."""
        self.force()

    @command("ABORt[:TRANsient]")
    def abort(self) -> None:
        """Idle; the output goes back to its programmed levels."""
        self.stop()

    def plan(self) -> Iterator[Step]:
        """As the engine has it, but that fixed modes step."""
        if self._fixed():
            return iter(())
        return super().plan()

    def trigger(self, at_s: float) -> None:
        """Begin after the delay."""
        if self.phase is Phase.WAITING and self.delay_s > 0:
            self.output.agenda.put((self, "step"), at_s + self.delay_s, super().trigger)
        else:
            super().trigger(at_s)

    def steps_volts(self) -> bool:
        """Whether a trigger moves the voltage to its triggered level."""
        return self.volts_mode == "STEP" or (self._fixed() and self.output.volts_pending)

    def steps_amps(self) -> bool:
        """The same for the current."""
        return self.amps_mode == "STEP" or (self._fixed() and self.output.amps_pending)

    def ended(self) -> None:
        """What was pending has moved."""
        self.output.volts_pending = self.output.amps_pending = False

    def _fixed(self) -> bool:
        return self.volts_mode == self.amps_mode == "FIX"

    def enter(self, phase: Phase) -> None:
        """Move the condition."""
        super().enter(phase)
        self.output.activity &= ~Condition.WAITING_FOR_TRIGGER
        if phase is Phase.WAITING:
            self.output.activity |= Condition.WAITING_FOR_TRIGGER
        self.output.update_status()
