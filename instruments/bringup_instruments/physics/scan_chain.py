"""IEEE 1149.1 test access ports in a chain, bit by bit.

A port is its state machine, its instruction register and the data register that the instruction selects. A chain joins
them from TDI to TDO under one TMS and one TCK. What drives nothing reads as ones: TDO has a pull-up. Neighbours:
`chip_test.py` has a chip's registers, `sled_chain.py` makes a sled's chain, `models/openocd.py` clocks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class TapState(Enum):
    """The controller's sixteen states (IEEE 1149.1-2013, figure 6-1), by the names that OpenOCD gives them."""

    RESET = "RESET"
    IDLE = "RUN/IDLE"
    DRSELECT = "DRSELECT"
    DRCAPTURE = "DRCAPTURE"
    DRSHIFT = "DRSHIFT"
    DREXIT1 = "DREXIT1"
    DRPAUSE = "DRPAUSE"
    DREXIT2 = "DREXIT2"
    DRUPDATE = "DRUPDATE"
    IRSELECT = "IRSELECT"
    IRCAPTURE = "IRCAPTURE"
    IRSHIFT = "IRSHIFT"
    IREXIT1 = "IREXIT1"
    IRPAUSE = "IRPAUSE"
    IREXIT2 = "IREXIT2"
    IRUPDATE = "IRUPDATE"

    def after(self, tms: int) -> TapState:
        """The state that a rising edge of TCK leads to."""
        return _NEXT[self][tms]


_S = TapState
_NEXT: Mapping[TapState, tuple[TapState, TapState]] = {
    _S.RESET: (_S.IDLE, _S.RESET),
    _S.IDLE: (_S.IDLE, _S.DRSELECT),
    _S.DRSELECT: (_S.DRCAPTURE, _S.IRSELECT),
    _S.DRCAPTURE: (_S.DRSHIFT, _S.DREXIT1),
    _S.DRSHIFT: (_S.DRSHIFT, _S.DREXIT1),
    _S.DREXIT1: (_S.DRPAUSE, _S.DRUPDATE),
    _S.DRPAUSE: (_S.DRPAUSE, _S.DREXIT2),
    _S.DREXIT2: (_S.DRSHIFT, _S.DRUPDATE),
    _S.DRUPDATE: (_S.IDLE, _S.DRSELECT),
    _S.IRSELECT: (_S.IRCAPTURE, _S.RESET),
    _S.IRCAPTURE: (_S.IRSHIFT, _S.IREXIT1),
    _S.IRSHIFT: (_S.IRSHIFT, _S.IREXIT1),
    _S.IREXIT1: (_S.IRPAUSE, _S.IRUPDATE),
    _S.IRPAUSE: (_S.IRPAUSE, _S.IREXIT2),
    _S.IREXIT2: (_S.IRSHIFT, _S.IRUPDATE),
    _S.IRUPDATE: (_S.IDLE, _S.DRSELECT),
}
_SHIFTING = frozenset({_S.DRSHIFT, _S.IRSHIFT})
_STABLE = frozenset({_S.RESET, _S.IDLE, _S.DRSHIFT, _S.DRPAUSE, _S.IRSHIFT, _S.IRPAUSE})

IR_CAPTURED = 0b01  # the two bits that are shifted out of an instruction register first (1149.1, 7.1.1 d)


def is_stable(state: TapState) -> bool:
    """Whether the state is kept while TMS stays as it is."""
    return state in _STABLE


class DataRegister(Protocol):
    """What a TAP's instruction can put between its TDI and TDO."""

    @property
    def bits(self) -> int:
        """Its length."""

    def capture(self, at_s: float) -> int:
        """What Capture-DR loads; bit 0 is shifted out first."""

    def update(self, at_s: float, value: int) -> None:
        """Update-DR takes over what was shifted in."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A register that always captures the same: IDCODE, or the one bit of BYPASS, which is 0."""

    bits: int
    value: int

    def capture(self, at_s: float) -> int:
        """The value."""
        del at_s
        return self.value

    def update(self, at_s: float, value: int) -> None:
        """It cannot be written."""


@dataclass(slots=True)
class Scratch:
    """A register that reads back what was written last."""

    bits: int
    value: int = 0

    def capture(self, at_s: float) -> int:
        """What was written last."""
        del at_s
        return self.value

    def update(self, at_s: float, value: int) -> None:
        """Take it."""
        del at_s
        self.value = value


BYPASS = Fixed(1, 0)


class Tap:
    """One test access port.

    Args:
        name: as messages call it.
        ir_length: bits of its instruction register.
        registers: by instruction; every other instruction is BYPASS, as all ones always is (1149.1, 8.4.1).
        idcode_instruction: what Test-Logic-Reset selects; None for a TAP without IDCODE, where it is BYPASS.
        power: how often it has been powered up by a lab time, 0 while it is not powered; None for always.
    """

    def __init__(
        self,
        name: str,
        ir_length: int,
        registers: Mapping[int, DataRegister],
        idcode_instruction: int | None,
        power: Callable[[float], int] | None = None,
    ) -> None:
        self.name = name
        self.ir_length = ir_length
        self._ones = (1 << ir_length) - 1
        self._registers = {code: register for code, register in registers.items() if code != self._ones}
        self._reset_instruction = self._ones if idcode_instruction is None else idcode_instruction
        self._power = power
        self._power_ups = 0
        self._shift = 0
        self._length = 1
        self.reset()

    def reset(self) -> None:
        """Test-Logic-Reset."""
        self.state = TapState.RESET
        self.instruction = self._reset_instruction

    @property
    def selected(self) -> DataRegister:
        """The data register that the instruction selects."""
        return self._registers.get(self.instruction, BYPASS)

    def alive(self, at_s: float) -> bool:
        """Whether it is powered; a TAP that was without power begins in Test-Logic-Reset."""
        power_ups = 1 if self._power is None else self._power(at_s)
        if power_ups != self._power_ups:
            self._power_ups = power_ups
            self.reset()
        return power_ups > 0

    @property
    def tdo(self) -> int:
        """What it drives; 1 where it drives nothing, by the next input's pull-up."""
        return self._shift & 1 if self.state in _SHIFTING else 1

    def clock(self, at_s: float, tms: int, tdi: int) -> None:
        """A rising edge of TCK."""
        if self.state in _SHIFTING:
            self._shift = (self._shift >> 1) | (tdi << (self._length - 1))
        elif self.state is TapState.DRCAPTURE:
            self._length = self.selected.bits
            self._shift = self.selected.capture(at_s) & ((1 << self._length) - 1)
        elif self.state is TapState.IRCAPTURE:
            self._length, self._shift = self.ir_length, IR_CAPTURED
        self.state = self.state.after(tms)
        if self.state is TapState.DRUPDATE:
            self.selected.update(at_s, self._shift)
        elif self.state is TapState.IRUPDATE:
            self.instruction = self._shift
        elif self.state is TapState.RESET:
            self.instruction = self._reset_instruction


class ScanChain:
    """TAPs in a chain.

    Args:
        taps: from TDI to TDO.

    Attributes:
        broken_after: a defect: the line from this TAP's TDO on is open (0 is the TAP at TDI, -1 the adapter itself), so
            that the next one, or the adapter, reads ones; None for a good chain.
    """

    def __init__(self, taps: Sequence[Tap]) -> None:
        self.taps = tuple(taps)
        self.broken_after: int | None = None

    def tdo(self, at_s: float) -> int:
        """What the adapter sees at TDO."""
        return self._into(at_s, 1)[-1]

    def clock(self, at_s: float, tms: int, tdi: int) -> int:
        """One TCK cycle: what TDO was at its rising edge."""
        inputs = self._into(at_s, tdi)
        for tap, bit in zip(self.taps, inputs[:-1], strict=True):
            if tap.alive(at_s):
                tap.clock(at_s, tms, bit)
        return inputs[-1]

    def _into(self, at_s: float, tdi: int) -> list[int]:
        """The bit at each TAP's TDI, and at the adapter's end."""
        bits = [1 if self.broken_after == -1 else tdi]
        for place, tap in enumerate(self.taps):
            open_ended = place == self.broken_after or not tap.alive(at_s)
            bits.append(1 if open_ended else tap.tdo)
        return bits
