"""Keysight InfiniiVision DSOX1102G: two channels of 100 MHz, 2 GSa/s, 1 Mpts, on what the lab's physics does.

After the "InfiniiVision 1000 X-Series Oscilloscopes Programmer's Guide". :DIGitize holds the input back until it has
its record; :SINGle does not, and neither do *OPC? and *WAI wait for it (guide, "Synchronizing Acquisitions": poll
the RUN bit of :OPERegister:CONDition?). Neighbours: the `dsox_*.py` files, one subsystem each.
"""

from __future__ import annotations

from collections.abc import Generator as Steps
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bringup.clock import Clock

from ..physics.places import Place
from ..scpi import Choice, ScpiDevice, command, integer, query, suffixed
from ..scpi.command import Command, commands_of
from ..world import Node
from .dsox_acquisition import Acquisition, State
from .dsox_channel import DIVISIONS, STEPS_ON_SCREEN, Channel
from .dsox_measure import Measurements
from .dsox_panel import Generator, Markers, Panel, Voltmeter
from .dsox_screen import Screen
from .dsox_setup import Setup
from .dsox_status import RUN, WAIT_TRIG, ScopeStatus
from .dsox_sweep import Timebase, Trigger
from .dsox_system import System
from .dsox_traces import SOURCES, Memory, Traces
from .dsox_waveform import WaveformSender

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "01.20.2019061038"  # shaped like the real ones
POLL_S = 0.005  # how often a :DIGitize that may wait for ever looks (the time found is exact all the same)
AUTOSCALE_S = 1.5  # estimate
_DIGITIZABLE = ("CHANnel1", "CHANnel2", "FUNCtion", "MATH", "FFT", "ABUS", "EXT", "EXTernal", "SBUS1")
_NICE = (1.0, 2.0, 5.0)
_REPLACED = ("STATus:", "SYSTem:VERSion", "*TRG")  # which this maker's oscilloscopes do not have, or have of their own


class ScopeDsox1102G(ScpiDevice):
    """An oscilloscope with two probes.

    Args:
        clock: the lab's time.
        nodes: what the probes touch, by channel.
        serial_number: third field of *IDN?.
        seed: of its errors and noise.
    """

    error_capacity = 30
    status_class = ScopeStatus
    status: ScopeStatus

    def __init__(self, clock: Clock, nodes: dict[int, Node], serial_number: str, seed: int) -> None:
        text = f"DSOX1102G {serial_number} {seed}"
        self.channels = {number: Channel(number, nodes[number], text, self._changed) for number in (1, 2)}
        self.timebase = Timebase(self._changed)
        self.trigger = Trigger(self._changed, self._span_volts)
        external: Node = Place()
        self.acquisition = Acquisition(clock, self.channels, self.timebase, self.trigger, {"EXT": external})
        self.traces = Traces(self.acquisition, self.channels, self._changed)
        self.memories = {number: Memory(number, self.traces) for number in (1, 2)}
        self.waveform = WaveformSender(self.traces, self._show)
        self.measurements = Measurements(self.traces, lambda: self.timebase.position_s)
        self.panel = Panel()
        markers, generator = Markers(self.traces), Generator()
        self.voltmeter = Voltmeter(lambda source: self.channels[int(source[-1])].node.volts(clock.now()))
        self._single_parts: dict[str, Any] = {
            "timebase": self.timebase,
            "trigger": self.trigger,
            "acquire": self.acquisition.settings,
            "function": self.traces.function,
            "fft": self.traces.spectrum,
            "waveform": self.waveform,
            "measure": self.measurements,
            "marker": markers,
            "panel": self.panel,
            "wgen": generator,
            "dvm": self.voltmeter,
        }
        self.setup = Setup(
            {**self._single_parts}
            | {f"channel{number}": channel for number, channel in self.channels.items()}
            | {f"wmemory{number}": memory for number, memory in self.memories.items()}
        )
        self.system = System(clock, self.setup, self._picture_of, self.reset, self._changed)
        super().__init__(clock, f"KEYSIGHT TECHNOLOGIES,DSO-X 1102G,{serial_number},{FIRMWARE}")
        self.on_reset()

    # What the engine asks for.

    def _all_commands(self) -> Iterator[Any]:
        yield from (entry for entry in super()._all_commands() if not entry.header.startswith(_REPLACED))
        yield Command("*TRG", self.digitize)

    def more_commands(self) -> Iterator[Command]:
        """Those of every subsystem."""
        yield from suffixed(self.channels)
        yield from suffixed(self.memories)
        for part in self._single_parts.values():
            yield from commands_of(part)
        yield from commands_of(self.system)
        yield from self.measurements.commands()

    def observe(self) -> None:
        """Come up to the present, and show it in the registers."""
        acquisition = self.acquisition
        acquisition.look()
        if acquisition.trigger_event:
            self.status.trigger_event, acquisition.trigger_event = True, False
        if acquisition.armed_event:
            self.status.armed_event, acquisition.armed_event = True, False
            self.status.operation.latch(WAIT_TRIG)
        self.status.operation.update((RUN if acquisition.running else 0) | (WAIT_TRIG if acquisition.waiting else 0))

    def on_reset(self) -> None:
        """The default setup: every subsystem's table, no records, running."""
        self.setup.reset()
        self.traces.memories.clear()
        self.acquisition.forget()

    def _changed(self) -> None:
        self.acquisition.settings_changed()

    def _span_volts(self, source: str) -> tuple[float, float]:
        if not source.startswith("CHAN"):
            return 0.0, self.panel.external_range * 2
        channel = self.channels[int(source[-1])]
        return channel.offset_volts, channel.range_volts

    def _show(self, source: str, on: bool = True) -> None:
        """Switch a source on or off, as :VIEW, :BLANk and :WAVeform:SOURce do."""
        if source.startswith("CHAN"):
            self.channels[int(source[-1])].displayed = on
        elif source in {"FUNC", "MATH"}:
            self.traces.function.displayed = on
        elif source == "FFT":
            self.traces.spectrum.displayed = on
        elif source.startswith("WMEM"):
            self.memories[int(source[-1])].displayed = on
        self._changed()

    # Root commands.

    @command("RUN")
    def run(self) -> None:
        """Acquire repetitively."""
        self.acquisition.run()
        self.observe()

    @command("STOP")
    def stop(self) -> None:
        """Stop acquiring."""
        self.acquisition.stop()
        self.observe()

    @command("SINGle")
    def single(self) -> None:
        """Acquire once; the sweep is as good as NORMal until then."""
        self.acquisition.single()
        self.observe()

    @command("DIGitize", *(Choice(_DIGITIZABLE, optional=True) for _ in range(5)))
    def digitize(self, *sources: str) -> Steps[float, None, None]:
        """Acquire once, and execute nothing else meanwhile; -221 while the time base rolls."""
        for source in sources:
            self._show(source)
        self.acquisition.digitize(tuple(sorted({int(s[-1]) for s in sources if s.startswith("CHAN")})))
        self.observe()
        return self._digitizing()

    def _digitizing(self) -> Steps[float, None, None]:
        acquisition = self.acquisition
        try:
            while acquisition.state is State.DIGITIZING:
                now_s = self.clock.now()
                yield max(min(acquisition.due_s() - self._resume_at_s, now_s - self._resume_at_s + POLL_S), 1e-9)
                self.observe()
        finally:  # a device clear ends it, and leaves the scope stopped
            if acquisition.state is State.DIGITIZING:
                acquisition.state = State.STOPPED

    @command("TRIGger:FORCe")
    def force(self) -> None:
        """Take now for the trigger."""
        self.acquisition.force()
        self.observe()

    @command("AUToscale", *(Choice(SOURCES, optional=True) for _ in range(5)))
    def autoscale(self, *sources: str) -> Steps[float, None, None]:
        """Fit the channels to what their probes touch; everything else to its default."""
        for source in sources:
            self._show(source)
        yield AUTOSCALE_S
        now_s = self.clock.now()
        self.timebase.range_s, self.timebase.position_s = 1e-3, 0.0
        self.timebase.mode, self.timebase.reference = "MAIN", "CENT"
        self.trigger.mode, self.trigger.sweep, self.trigger.slope = "EDGE", "AUTO", "POS"
        self.acquisition.settings.kind = "NORM"
        for channel in self.channels.values():
            if channel.displayed:
                self._fit(channel, min(trace := channel.node.trace(now_s - 0.1, now_s, 2001)), max(trace))
        self.run()

    def _fit(self, channel: Channel, low: float, high: float) -> None:
        """The narrowest 1-2-5 scale on which ground and signal are on the screen."""
        volts = max(abs(low), abs(high), 0.02) * 2 / DIVISIONS * 1.1
        decade = 1e-6
        while decade * 10 <= volts:
            decade *= 10
        scale = next((step * decade for step in _NICE if step * decade >= volts), 10 * decade)
        channel.range_volts, channel.offset_volts = min(scale * DIVISIONS, 40.0 * channel.probe), 0.0
        self.trigger.levels[f"CHAN{channel.number}"] = 0.5 * (low + high)

    @command("BLANk", Choice(SOURCES, optional=True))
    def blank(self, source: str | None = None) -> None:
        """Switch a source off, or all."""
        for name in [source] if source else ["CHAN1", "CHAN2", "FUNC", "FFT", "WMEM1", "WMEM2"]:
            self._show(name, on=False)

    @command("VIEW", Choice(SOURCES))
    def view(self, source: str) -> None:
        """Switch a source on."""
        self._show(source)

    @query("STATus?", Choice(SOURCES))
    def is_shown(self, source: str) -> str:
        """Whether a source is on."""
        if source.startswith("CHAN"):
            return f"{self.channels[int(source[-1])].displayed:d}"
        if source.startswith("WMEM"):
            return f"{self.memories[int(source[-1])].displayed:d}"
        shown = {"FFT": self.traces.spectrum.displayed, "EXT": False}
        return f"{shown.get(source, self.traces.function.displayed):d}"

    def _picture_of(self) -> Screen:
        """The screen."""
        screen = Screen()
        shown = [(f"CHAN{number}", 1 + number) for number, channel in self.channels.items() if channel.displayed]
        for source, colour in [*shown, *([("FUNC", 4)] if self.traces.function.displayed else [])]:
            trace = self.traces.of(source)
            if trace is not None:
                words = trace.words(range(0, trace.count, max(1, trace.count // 1200)))
                screen.trace([0.5 + (word / 256 - 128) / STEPS_ON_SCREEN for word in words], colour)
        centre, full = self._span_volts(self.trigger.source)
        screen.level(0.5 + (self.trigger.level(self.trigger.source) - centre) / full)
        return screen

    # Status.

    @query("TER?")
    def take_trigger_event(self) -> str:
        """Whether a trigger has come since the last question."""
        event, self.status.trigger_event = self.status.trigger_event, False
        return f"{event:+d}"

    @query("AER?")
    def take_armed_event(self) -> str:
        """Whether the trigger has been armed since the last question."""
        event, self.status.armed_event = self.status.armed_event, False
        return f"{event:+d}"

    @command("OPEE", integer(0, 32767))
    def set_operation_enable(self, mask: float) -> None:
        """Which operation events set bit 7 of the status byte."""
        self.status.operation.enable = int(mask)

    @query("OPEE?")
    def operation_enable(self) -> str:
        """The mask."""
        return f"{self.status.operation.enable:+d}"

    @query("OPERegister:CONDition?")
    def operation_condition(self) -> str:
        """Running, and waiting for the trigger."""
        return f"{self.status.operation.condition:+d}"

    @query("OPERegister[:EVENt]?")
    def take_operation_event(self) -> str:
        """What has begun since the last question."""
        return f"{self.status.operation.take_event():+d}"

    @query("OVLRegister?")
    @query("MTERegister[:EVENt]?")
    def nothing_of_the_kind(self) -> str:
        """Inputs of 1 MΩ are not protected, and there is no mask test."""
        return "+0"


def place(placement: Placement) -> ScopeDsox1102G:
    """The oscilloscope that stands at a placement; `wired_to` is the first channel's probe."""
    wired = placement.wiring.place(None) is not None
    nodes = {1: placement.node(None if wired else 1), 2: placement.node(2)}
    return ScopeDsox1102G(placement.clock, nodes, placement.serial_number, placement.seed)
