"""What bench supplies with several outputs have in common: an output on its load, its status, its serial line.

An output offers a `Source` and looks at what its load makes of it; constant voltage or current follows from that.
The questionable status of such supplies has a register for each output ("instrument summary"), one over them, and
bit 13 above (SCPI-99 volume 1, 9.2 with volume 2, 20). Neighbours: `supply_hmp4040.py`, `supply_e3631a.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import IntFlag

from ..scpi import ScpiDevice, integer
from ..scpi.command import Command
from ..scpi.common import register_commands
from ..scpi.status import ALL_FIFTEEN_BITS, RegisterGroup
from ..world import Delivered, Load, Source

INSTRUMENT_SUMMARY = 1 << 13
"""STATus:QUEStionable: an enabled event of some output (SCPI-99 volume 1, 9.2)."""

_TOO_MUCH = 1 + 1e-9  # of a current limit: rounding is no overload
_LIGHTER = 1 - 1e-6  # of a current limit: below, a limited output can go up again
_TRIES = 60  # at finding the voltage of the current limit; two are enough for a resistor


class Regulation(IntFlag):
    """An output's bits as both makes have them: which limit it is NOT holding."""

    OFF = 0
    CONSTANT_CURRENT = 1  # "VOLTage": the voltage is not regulated
    CONSTANT_VOLTAGE = 2  # "CURRent": the current is not regulated


class BenchOutput:
    """One output on its load.

    Args:
        load: what hangs on the terminals.
        now: lab time.
        negative: the terminal is below its common; volts and amps are told as magnitudes all the same.
    """

    def __init__(self, load: Load, now: Callable[[], float], *, negative: bool = False) -> None:
        self._load = load
        self._now = now
        self._negative = negative
        self._offered: Source | None = None
        self._held_down = False  # a negative output in constant current
        self.delivered = Delivered(0.0, 0.0, constant_current=False)

    @property
    def is_on(self) -> bool:
        """Whether it offers anything."""
        return self._offered is not None and self._offered.on

    @property
    def regulation(self) -> Regulation:
        """What it held when it was looked at last."""
        if not self.is_on:
            return Regulation.OFF
        return Regulation.CONSTANT_CURRENT if self.delivered.constant_current else Regulation.CONSTANT_VOLTAGE

    def offer(self, volts: float, amps: float, *, on: bool) -> None:
        """Offer this to the load, if it is anything new, and look at what becomes of it."""
        offered = Source(volts, amps, on)
        if offered != self._offered:
            self._offered = offered
            self._feed()
        self.look()

    def look(self) -> Delivered:
        """What the terminals do now."""
        delivered = self._load.delivered(self._now())
        if self._negative:
            if self._out_of_step(delivered):
                self._feed()
                delivered = self._load.delivered(self._now())
            delivered = Delivered(abs(delivered.volts), abs(delivered.amps), self._held_down)
        self.delivered = delivered
        return delivered

    def watch(self, listener: Callable[[float], None]) -> None:
        """Be told, with the lab time, when what is drawn has changed."""
        self._load.watch(listener)

    def _feed(self) -> None:
        if self._offered is None:
            return
        if self._negative and self._offered.on:
            self._feed_below(self._offered)
        else:
            self._held_down = False
            self._load.feed(self._now(), self._offered)

    def _feed_below(self, offered: Source) -> None:
        """A load limits a positive source by itself; below zero the output comes up to the limit on its own."""
        at_s, limit, volts = self._now(), offered.amps_limit, offered.volts
        low, high = 0.0, volts
        for tries in range(_TRIES):
            self._held_down = volts != offered.volts
            self._load.feed(at_s, Source(-volts, limit, on=True))
            amps = abs(self._load.delivered(at_s).amps)
            fits = amps <= limit * _TOO_MUCH
            if fits and (not self._held_down or amps >= limit * _LIGHTER):
                return
            low, high = (volts, high) if fits else (low, volts)
            volts = 0.5 * (low + high) if tries else high * limit / amps  # the first guess is a resistor's

    def _out_of_step(self, delivered: Delivered) -> bool:
        offered = self._offered
        if offered is None or not offered.on:
            return False
        if abs(delivered.amps) > offered.amps_limit * _TOO_MUCH:
            return True
        return self._held_down and abs(delivered.amps) < offered.amps_limit * _LIGHTER


class OutputSummary:
    """STATus:QUEStionable:INSTrument and its ISUMmary<n>: two floors of registers below bit 13.

    Args:
        outputs: how many.
    """

    def __init__(self, outputs: int) -> None:
        self.over = RegisterGroup()
        self.each = {number: RegisterGroup() for number in range(1, outputs + 1)}

    @property
    def groups(self) -> Sequence[RegisterGroup]:
        """All of them, for *CLS and STATus:PRESet."""
        return (self.over, *self.each.values())

    def follow(self, questionable: RegisterGroup) -> None:
        """Carry enabled events up to bit 13."""
        self.over.update(sum(1 << number for number, group in self.each.items() if group.summary))
        rest = questionable.condition & ~INSTRUMENT_SUMMARY
        questionable.update(rest | (INSTRUMENT_SUMMARY if self.over.summary else 0))

    def commands(self) -> Iterator[Command]:
        """As both manuals list them."""
        path = "STATus:QUEStionable:INSTrument"
        yield from register_commands(path, self.over, filters=False)
        one = f"{path}:ISUMmary<1:{len(self.each)}>"
        yield Command(one + "[:EVENt]?", lambda number: str(self.each[number].take_event()))
        yield Command(one + ":CONDition?", lambda number: str(self.each[number].condition))
        yield Command(one + ":ENABle?", lambda number: str(self.each[number].enable))
        yield Command(one + ":ENABle", self._enable, (integer(0, 0xFFFF),))

    def _enable(self, number: int, bits: float) -> None:
        self.each[number].enable = int(bits) & ALL_FIFTEEN_BITS


class SerialLine(ScpiDevice):
    """A SCPI instrument whose serial line ends messages with LF, CR or both.

    Without an END on the wire a CR is all that some programs send. None of these supplies takes binary blocks,
    so that a CR is never data.
    """

    _after_return = False  # the last byte was a CR: a LF that follows belongs to it

    def write(self, data: bytes, end: bool = True) -> None:
        """As any instrument, but that a CR ends a message where the wire does not."""
        if end or (b"\r" not in data and not self._after_return):
            super().write(data, end)
            return
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]
        self._after_return = data.endswith(b"\r")
        if data:
            super().write(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), end)
