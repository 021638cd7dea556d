"""What the HMP4040's channels share: master switch, 384 W, fuse links, and the moment when protections act.

The manual's power management lets every channel give 160 W (10 A up to 16 V, 5 A at 32 V) and all together 384 W.
Where that is less than the set current, the channel limits its current; a `Source` has a straight limit, so that the
power at the set voltage decides, and channels are served by number (estimate). Protections act when the supply is
talked to and whenever a load draws something else; a fuse's delay and the points of a sequence are on the agenda.
Neighbours: `hmp4040_output.py`, `supply_hmp4040.py`, `agenda.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import IntFlag

from ..world import Load
from .agenda import Agenda
from .bench_output import OutputSummary, Regulation
from .hmp4040_output import HmpOutput
from .hmp4040_sequence import Sequence, Table

CHANNEL_WATTS = 160.0
ALL_WATTS = 384.0


class Summary(IntFlag):
    """ISUMmary<n> beyond the two bits of `Regulation`."""

    OVER_TEMPERATURE = 1 << 4
    OVER_VOLTAGE = 1 << 9
    FUSE = 1 << 10


class Bank:
    """All channels.

    Args:
        loads: what hangs on each.
        now: lab time.
    """

    def __init__(self, loads: Mapping[int, Load], now: Callable[[], float]) -> None:
        self._now = now
        self._at_s = now()  # lab time of what is being done: a deed of the agenda may lie before now
        self._settling = False
        self._agenda = Agenda(loads.values())
        self.master_on = False
        self.summary = OutputSummary(len(loads))
        self.outputs = {number: HmpOutput(number, load, lambda: self._at_s, self) for number, load in loads.items()}
        for output in self.outputs.values():
            output.watch(self._settle_at)

    def settle(self) -> None:
        """Offer what is set now, let the protections act until nothing more trips, move the registers."""
        self._settle_at(self._now())

    def start(self, output: HmpOutput, table: Table) -> None:
        """Let a channel run through a table from now on."""
        output.sequence = Sequence(table, self._now())
        self.settle()

    def _settle_at(self, at_s: float) -> None:
        if self._settling:  # a load tells of a change that was made here
            return
        self._agenda.run(at_s)
        self._act(at_s)

    def _act(self, at_s: float) -> None:
        self._at_s = max(at_s, self._at_s)
        self._settling = True
        try:
            next_s = self._follow_sequences()
            self._offer()
            while any(self._protect(output) for output in self.outputs.values()):
                self._offer()
        finally:
            self._settling = False
        for number, output in self.outputs.items():
            self.summary.each[number].update(_condition(output))
            if _overloads_fuse(output):
                next_s = min(next_s, _fuse_due_s(output))
        if next_s < math.inf:
            self._agenda.put("next", next_s, self._act)
        else:
            self._agenda.drop("next")

    def reset(self) -> None:
        """Everything off and forgotten that is no `Setting`."""
        self.master_on = False
        for output in self.outputs.values():
            output.active = output.over_voltage_tripped = output.fuse_tripped = False
            output.protection_mode = "MEAS"
            output.links = frozenset()
            output.sequence = None

    def _follow_sequences(self) -> float:
        """Take over the points in force; when the next one follows."""
        next_s = math.inf
        for output in self.outputs.values():
            if output.sequence is None:
                continue
            (output.volts, output.amps, _), follows_s = output.sequence.at(self._at_s)
            if follows_s == math.inf:
                output.sequence = None
            next_s = min(next_s, follows_s)
        return next_s

    def _offer(self) -> None:
        watts_left = ALL_WATTS
        for output in self.outputs.values():
            on = output.should_be_on
            if not on:
                output.on_since_s = math.inf
            elif output.on_since_s == math.inf:
                output.on_since_s = self._at_s
            watts = min(CHANNEL_WATTS, watts_left)
            amps = min(output.amps, watts / output.volts) if output.volts else output.amps
            output.offer(output.volts, amps, on=on)
            watts_left = max(watts_left - output.delivered.volts * output.delivered.amps, 0.0)

    def _protect(self, output: HmpOutput) -> bool:
        """Trip what must trip; whether anything did."""
        if not output.should_be_on:
            return False
        refused = output.protection_mode == "PROT" and output.volts > output.protection_volts
        if refused or output.delivered.volts > output.protection_volts:
            output.over_voltage_tripped, output.active = True, False
            return True
        if _overloads_fuse(output) and self._at_s >= _fuse_due_s(output):
            for number in {output.number, *output.links}:
                self.outputs[number].fuse_tripped, self.outputs[number].active = True, False
            return True
        return False


def _overloads_fuse(output: HmpOutput) -> bool:
    return output.fuse_on and output.should_be_on and output.delivered.constant_current


def _fuse_due_s(output: HmpOutput) -> float:
    return output.on_since_s + output.fuse_delay_ms / 1000.0


def _condition(output: HmpOutput) -> int:
    condition = int(output.regulation) if output.should_be_on else int(Regulation.OFF)
    if output.over_voltage_tripped:
        condition |= Summary.OVER_VOLTAGE.value
    if output.fuse_tripped:
        condition |= Summary.FUSE.value
    return condition
