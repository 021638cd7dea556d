"""The transient system of one N6700 output: triggered steps, lists and waveforms.

After the Operating and Service Guides, "Transient Commands", "List Commands" and "Trigger Commands". One transient
for each output. Neighbours: `transient_system.py` is the engine, `n6700_output.py` holds the levels, `n6700_arb.py`
makes the waveforms, `supply_n6700.py` hands the triggers on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from bringup.clock import Clock

from ..scpi import Boolean, Choice, ScpiError, Setting, command
from .n6700_arb import Arb
from .n6700_output import Output
from .n6700_status import Operation
from .transient_system import Phase, Step, TransientSystem

SOURCES = (
    "BUS",
    "EXTernal",
    "IMMediate",
    *(f"PIN{pin}" for pin in range(1, 8)),
    *(f"TRANsient{number}" for number in range(1, 5)),
)
MODES = Choice(("FIXed", "STEP", "LIST", "ARB"))


class Transient(TransientSystem):
    """Modes and the trigger of one output."""

    def __init__(self, output: Output, clock: Clock) -> None:
        super().__init__(output, clock)
        self.output = output
        self.arb = Arb(output)
        self.to_reset_table()

    def _only_idle(self) -> None:
        if self.phase is not Phase.IDLE:
            self.stop()

    volts_mode = Setting("[SOURce]:VOLTage:MODE", MODES, reset="FIX", then=_only_idle)
    amps_mode = Setting("[SOURce]:CURRent:MODE", MODES, reset="FIX", then=_only_idle)
    step_trigger_out = Setting("[SOURce]:STEP:TOUTput", Boolean(), reset=False)
    source = Setting("TRIGger:TRANsient:SOURce", Choice(SOURCES), reset="BUS")
    continuous = Setting("INITiate:CONTinuous:TRANsient", Boolean(), reset=False)

    @command("INITiate[:IMMediate]:TRANsient")
    def initiate(self) -> None:
        """Wait for a trigger."""
        self.arm()
        if self.source == "IMM":
            self.trigger(self.clock.now())

    @command("TRIGger:TRANsient[:IMMediate]")
    def trigger_now(self) -> None:
        """A trigger whatever the source."""
        self.force()

    @command("ABORt:TRANsient")
    def abort(self) -> None:
        """Idle; the output goes back to its programmed levels."""
        self.stop()

    def course(self, mode: str) -> Iterator[Step]:  # noqa: ARG002 - there is one mode more than the base has
        """The waveform."""
        return (Step(*piece) for piece in self.arb.steps(volts=self.volts_mode == "ARB"))

    def keeps_last(self) -> bool:
        """As the list or the waveform is set."""
        return self.arb.keeps_last if "ARB" in (self.volts_mode, self.amps_mode) else self.list_keeps_last

    def ended(self) -> None:
        """Initiated continuously, it waits for the next trigger."""
        if self.continuous and self.source != "IMM":
            with suppress(ScpiError):  # settings that no longer fit leave it idle
                self.arm()

    def enter(self, phase: Phase) -> None:
        """Move the operation condition."""
        super().enter(phase)
        self.output.activity &= ~(Operation.WAITING_FOR_TRANSIENT | Operation.TRANSIENT)
        if phase is Phase.WAITING:
            self.output.activity |= Operation.WAITING_FOR_TRANSIENT | Operation.TRANSIENT
        elif phase is Phase.RUNNING:
            self.output.activity |= Operation.TRANSIENT
        self.output.update_status()

    def to_reset_table(self) -> None:
        """Settings, lists and waveforms to their *RST values; idle."""
        super().to_reset_table()
        self.arb.to_reset_table()
