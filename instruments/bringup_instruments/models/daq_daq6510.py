"""Keithley DAQ6510 data acquisition and logging multimeter with two 7700 multiplexer cards.

After the Model DAQ6510 Reference Manual (DAQ6510-901-01). It measures as the DMM6500 does, at the rear terminals or on
the channel that is closed, each channel with settings of its own; a scan goes through a list of channels into a
buffer. Neighbours: `keithley_graphical.py` is the meter, `daq_daq6510_switch.py` the relays,
`daq_daq6510_scan.py` the list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..scpi import command, query, reset_settings
from ..scpi.command import Command, commands_of
from ..world import Node
from .daq_daq6510_scan import Scan
from .daq_daq6510_switch import CHANNELS, Channel, Switch, card_identity
from .keithley_graphical import KeithleyGraphical, Probe
from .keithley_setups import MeasureSetup

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "1.7.12b"  # free text; shaped like the real ones


class DaqDaq6510(KeithleyGraphical):
    """A meter with forty channels.

    Args:
        clock: the lab's time.
        terminals: what the rear terminals touch.
        node_of: what a channel's wires touch.
        serial_number: third field of *IDN?.
        seed: of the meter's own errors and of its noise.
    """

    def __init__(
        self, clock: Clock, terminals: Node, node_of: Callable[[int], Node], serial_number: str, seed: int
    ) -> None:
        self.channels = {number: Channel(node_of(number)) for number in CHANNELS}
        self.switch = Switch(self.channels, serial_number)
        self.scan = Scan(self._scan_changed, self.buffer)
        setups = {number: channel.setup for number, channel in self.channels.items()}
        super().__init__(clock, terminals, "DAQ6510", serial_number, FIRMWARE, seed, setups)

    def more_commands(self) -> Iterator[Command]:
        """The meter's, and those of its parts."""
        yield from super().more_commands()
        yield from commands_of(self.switch)
        yield from commands_of(self.scan)

    def probe(self) -> Probe:
        """The closed channel; else the terminals."""
        number = self.switch.measured
        if number is None:
            return Probe(self.front, self.node)
        return self._probe_of(number)

    def _probe_of(self, number: int) -> Probe:
        channel = self.channels[number]
        return Probe(channel.setup if channel.has_function else self.front, channel.node, number)

    def _set_function(self, _one: int, name: str, channels: tuple[int, ...] | None = None) -> None:
        super()._set_function(_one, name, channels)
        for number in channels or ():
            self.channels[number].has_function = True

    def function_name(self, setup: MeasureSetup) -> str:
        """Direct voltage and current without :DC, as clients of this model expect them."""
        return setup.chosen.removesuffix(":DC")

    @query("ROUTe:TERMinals?")
    def terminals(self) -> str:
        """The cards need the switch in its rear position."""
        return "REAR"

    @query("SYSTem:CARD1:IDN?")
    def card(self) -> str:
        """What sits in slot 1."""
        return card_identity(self.serial_number, 1)

    # Scanning.

    def _scan_changed(self) -> None:
        self.overlapped.abort()
        self.blocks.clear()

    @command("INITiate[:IMMediate]")
    def initiate(self) -> None:
        """Run the scan, or where there is none the trigger model."""
        if self.scan.channels:
            self.overlapped.start(self._run_scan())
        else:
            super().initiate()

    @command("ABORt")
    def abort(self) -> None:
        """Stop scan or trigger model."""
        if self.scan.channels and self.overlapped.busy:
            self.scan.outcome = "ABORTED"
        super().abort()

    @query("TRIGger:STATe?")
    def trigger_state(self) -> str:
        """Of the scan while there is one."""
        if not self.scan.channels:
            return super().trigger_state()
        state = ("WAITING" if self._waits else "RUNNING") if self.overlapped.busy else self.scan.outcome
        return f"{state};{state};{self.scan.step}"

    def on_trigger(self) -> None:
        """*TRG starts a scan that waits for the event COMMand."""
        if self.scan.channels and self._waits:
            if self.scan.start_event == "COMM":
                self.overlapped.wake()
            return
        super().on_trigger()

    def _run_scan(self) -> Generator[float, None, None]:
        """COUNt:SCAN passes (0: without end), the starts of two at least INTerval apart."""
        scan = self.scan
        buffer = self.buffer(scan.buffer)
        buffer.readings.clear()
        scan.passes, scan.outcome = 0, "RUNNING"
        if scan.mode != "OFF":
            self.switch.closed.clear()
        while scan.count == 0 or scan.passes < scan.count:
            if scan.start_event != "NONE":
                yield from self._wait()
            began_s = self.clock.now()
            scan.passes += 1
            for step, number in enumerate(list(scan.channels), start=1):
                scan.step = step
                yield from self._scan_step(number)
            if scan.passes < (scan.count or math.inf):
                yield max(began_s + scan.interval_s - self.clock.now(), 0.0)
        self.switch.closed.clear()
        scan.outcome = "SUCCESS"

    def _scan_step(self, number: int) -> Generator[float, None, None]:
        began_s = self.clock.now()
        self.switch.put_on((number,))
        yield self.switch.settle_s(number)
        yield from self.into(self.buffer(self.scan.buffer), int(self.count), self._probe_of(number))
        yield max(began_s + self.scan.measure_interval_s - self.clock.now(), 0.0)

    def on_reset(self) -> None:
        """*RST: the meter's table, everything open, nothing to scan."""
        super().on_reset()
        reset_settings(self.scan)
        self.scan.reset()
        self.switch.reset()


def place(placement: Placement) -> DaqDaq6510:
    """The instrument that stands at a placement."""
    return DaqDaq6510(placement.clock, placement.node(), placement.node, placement.serial_number, placement.seed)
