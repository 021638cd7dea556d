"""The trigger model of the graphical Keithley meters: templates, simple blocks, INITiate and ABORt.

After the Model DMM6500 Reference Manual, "Trigger model" and TRIGger subsystem. Of the templates, Empty, SimpleLoop
and DurationLoop are here; of the blocks, those that clear, measure, wait, count and branch. What a model does runs
beside the input, so that *OPC, *OPC? and *WAI wait for it. Neighbours: `keithley_graphical.py` mixes this in.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..scpi import Choice, Limits, Number, ScpiError, Setting, Text, command, integer, query
from .keithley_buffers import DEFAULT_BUFFERS, OPTIONAL_NAME

if TYPE_CHECKING:
    from ..scpi.overlapped import Overlapped
    from .keithley_graphical import KeithleyGraphical

BLOCKS = 63  # a trigger model has at most so many (reference manual)
MOST_STEPS = 10_000_000  # blocks that pass no lab time, after which a model is a loop without an end
EVENTS = (
    "NONE",
    "DISPlay",
    "COMMand",
    "EXTernal",
    "ATRigger",
    *(f"NOTify{number}" for number in range(1, 9)),
    *(f"TIMer{number}" for number in range(1, 5)),
    *(f"BLENder{number}" for number in range(1, 3)),
    *(f"LAN{number}" for number in range(1, 9)),
    *(f"TSPLink{number}" for number in range(1, 4)),
    *(f"DIGio{number}" for number in range(1, 7)),
)
_DELAY = Number("S", Limits(0.0, 10_000.0, 0.0))
_OPTIONAL = Number("S", Limits(0.0, 1e6, 0.0), optional=True)
_BLOCK = integer(1, BLOCKS)


@dataclass(frozen=True, slots=True)
class Block:
    """One step of a trigger model.

    Attributes:
        kind: NOP, CLEAR, MEASURE, DELAY, COUNT, ALWAYS or WAIT.
        number: seconds, readings or passes, as the kind has it.
        buffer: of CLEAR and MEASURE.
        target: where COUNT and ALWAYS branch to.
    """

    kind: str
    number: float = 0.0
    buffer: str = DEFAULT_BUFFERS[0]
    target: int = 0


class Timer:
    """A trigger timer: its settings are kept, no event of it is generated."""

    delay_s = Setting("TRIGger:TIMer<1:4>:DELay", Number("S", Limits(8e-6, 1e5, 1e-5), form="g"), reset=1e-5)
    count = Setting("TRIGger:TIMer<1:4>:COUNt", integer(0, 1_048_575, 1), reset=1.0)
    stimulus = Setting("TRIGger:TIMer<1:4>:STARt:STIMulus", Choice(EVENTS), reset="NONE")
    state = Setting("TRIGger:TIMer<1:4>:STATe", integer(0, 1, 0), reset=0.0)


class Triggers:
    """The trigger model; a meter inherits this."""

    if TYPE_CHECKING:
        overlapped: Overlapped

    def __init__(self) -> None:
        self.blocks: dict[int, Block] = {}
        self.timers = {number: Timer() for number in range(1, 5)}
        self._block = 0
        self._waits = False
        self._ended = "IDLE"
        self._template: tuple[str, float, float, str] | None = None

    continuous = Setting("TRIGger:CONTinuous", Choice(("OFF", "AUTO", "RESTart")), reset="AUTO", kept=True)

    def reset_triggers(self) -> None:
        """*RST: no trigger model."""
        self.blocks.clear()
        self._block, self._ended = 0, "IDLE"

    @command("TRIGger:LOAD", Text(20), _OPTIONAL, _OPTIONAL, OPTIONAL_NAME)
    def load(
        self, name: str, number: float | None = None, delay_s: float | None = None, buffer: str | None = None
    ) -> None:
        """Replace the model by a template with its parameters."""
        self._idle()
        buffer = buffer or DEFAULT_BUFFERS[0]
        template = name.upper()
        self._meter().buffer(buffer)
        if template == "EMPTY":
            self.reset_triggers()
            return
        if template not in ("SIMPLELOOP", "DURATIONLOOP"):
            raise ScpiError(-224)
        if number is None:
            raise ScpiError(-109)
        start = {1: Block("CLEAR", 0, buffer), 2: Block("DELAY", delay_s or 0.0), 3: Block("MEASURE", 1, buffer)}
        end = Block("COUNT", round(number), target=2) if template == "SIMPLELOOP" else Block("UNTIL", number, target=2)
        self.blocks = {**start, 4: end}

    @command("TRIGger:BLOCk:NOP", _BLOCK)
    def add_nothing(self, place: float) -> None:
        """A block that does nothing."""
        self._put(place, Block("NOP"))

    @command("TRIGger:BLOCk:BUFFer:CLEar", _BLOCK, OPTIONAL_NAME)
    def add_clear(self, place: float, buffer: str | None = None) -> None:
        """Empty a buffer."""
        self._put(place, Block("CLEAR", 0, buffer or DEFAULT_BUFFERS[0]))

    @command("TRIGger:BLOCk:MDIGitize", _BLOCK, OPTIONAL_NAME, integer(1, 10_000_000, 1, optional=True))
    @command("TRIGger:BLOCk:MEASure", _BLOCK, OPTIONAL_NAME, integer(1, 10_000_000, 1, optional=True))
    def add_measure(self, place: float, buffer: str | None = None, readings: float | None = None) -> None:
        """Measure into a buffer."""
        self._put(place, Block("MEASURE", readings or 1, buffer or DEFAULT_BUFFERS[0]))

    @command("TRIGger:BLOCk:DELay:CONStant", _BLOCK, _DELAY)
    def add_delay(self, place: float, seconds: float) -> None:
        """Let time pass."""
        self._put(place, Block("DELAY", seconds))

    @command("TRIGger:BLOCk:BRANch:COUNter", _BLOCK, integer(1, 1_000_000_000), _BLOCK)
    def add_counter(self, place: float, passes: float, target: float) -> None:
        """Branch until it was reached so many times."""
        self._put(place, Block("COUNT", passes, target=int(target)))

    @command("TRIGger:BLOCk:BRANch:ALWays", _BLOCK, _BLOCK)
    def add_branch(self, place: float, target: float) -> None:
        """Branch."""
        self._put(place, Block("ALWAYS", target=int(target)))

    @command("TRIGger:BLOCk:WAIT", _BLOCK, Choice(EVENTS))
    def add_wait(self, place: float, event: str) -> None:
        """Wait for an event; of all events only COMMand (*TRG) comes in a simulated lab."""
        self._put(place, Block("WAIT", buffer=event))

    @query("TRIGger:BLOCk:LIST?")
    def list_blocks(self) -> str:
        """The blocks, in words."""
        return "; ".join(f"{place}) {block.kind}" for place, block in sorted(self.blocks.items())) or "Empty"

    @query("TRIGger:STATe?")
    def trigger_state(self) -> str:
        """Of the model, again of the model, and the block that it is at."""
        state = ("WAITING" if self._waits else "RUNNING") if self.overlapped.busy else self._ended
        state = state if self.blocks else "EMPTY"
        return f"{state};{state};{self._block}"

    @command("INITiate[:IMMediate]")
    def initiate(self) -> None:
        """Run the model beside the input."""
        if not self.blocks:
            raise ScpiError(-221)
        self.overlapped.start(self._execute_blocks())

    @command("ABORt")
    def abort(self) -> None:
        """Stop the model."""
        if self.overlapped.busy:
            self.overlapped.abort()
            self._ended = "ABORTED"

    def on_trigger(self) -> None:
        """*TRG: the event COMMand; nobody waits for it, nothing happens."""
        if self._waits and self.blocks[self._block].buffer in ("COMM", "NONE"):
            self.overlapped.wake()

    def _execute_blocks(self) -> Generator[float, None, None]:
        meter = self._meter()
        passes: dict[int, int] = {}
        started_at_s = meter.clock.now()
        place, last, idle_steps = 1, max(self.blocks), 0
        while place <= last:
            block = self.blocks.get(place, Block("NOP"))
            self._block = place
            idle_steps = 0 if block.kind in ("MEASURE", "WAIT") or block.number else idle_steps + 1
            if idle_steps > MOST_STEPS:
                raise ScpiError(-200)
            if block.kind == "CLEAR":
                meter.buffer(block.buffer).readings.clear()
            elif block.kind == "MEASURE":
                yield from meter.into(meter.buffer(block.buffer), int(block.number))
            elif block.kind == "DELAY":
                yield block.number
            elif block.kind == "WAIT":
                yield from self._wait()
            place = self._after(place, block, passes, meter.clock.now() - started_at_s)
        self._ended = "IDLE"

    def _after(self, place: int, block: Block, passes: dict[int, int], elapsed_s: float) -> int:
        """Where the model goes on."""
        if block.kind == "ALWAYS" or (block.kind == "UNTIL" and elapsed_s < block.number):
            return block.target
        if block.kind == "COUNT":
            passes[place] = passes.get(place, 0) + 1
            if passes[place] < block.number:
                return block.target
            passes[place] = 0
        return place + 1

    def _wait(self) -> Generator[float, None, None]:
        self._waits = True
        try:
            yield math.inf
        finally:
            self._waits = False

    def _put(self, place: float, block: Block) -> None:
        self._idle()
        if block.kind in ("CLEAR", "MEASURE"):
            self._meter().buffer(block.buffer)
        self.blocks[int(place)] = block

    def _idle(self) -> None:
        if self.overlapped.busy:
            raise ScpiError(-213)

    if TYPE_CHECKING:

        def _meter(self) -> KeithleyGraphical:
            """The whole instrument."""
