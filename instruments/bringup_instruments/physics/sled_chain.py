"""A sled's scan chain: its product's TAPs, powered by its rails, with what is wrong with them.

A chip's TAP lives on the chip's own uncore rails, every other one on the standby rails, which are there with the 54 V
input; a TAP without power leaves the chain open. Neighbours: `scan_chain.py` has the bits, `chip_test.py` the chips'
registers, `sled.py` the sled.
"""

from __future__ import annotations

from collections.abc import Callable

from bringup.capabilities import TapLayout

from .chip_test import ChipRegister, ChipTest
from .scan_chain import DataRegister, Fixed, ScanChain, Scratch, Tap
from .sled import SledPhysics


class SledChain(ScanChain):
    """The chain of one sled; the sled's `defects` say what is wrong with it."""

    def __init__(self, sled: SledPhysics) -> None:
        self._sled = sled
        parameters = sled.parameters
        self.layouts = parameters.scan_chain
        self._tests = tuple(
            ChipTest(chip, parameters.chip, sled.serial_number, parameters.sku, parameters.cores) for chip in sled.chips
        )
        super().__init__([self._tap(layout) for layout in self.layouts])

    def _into(self, at_s: float, tdi: int) -> list[int]:
        """As the sled is at `at_s`."""
        self._sled.advance(at_s)
        first_lost = self._sled.defects.scan_break
        self.broken_after = None if first_lost is None else first_lost - 1
        return super()._into(at_s, tdi)

    def _tap(self, layout: TapLayout) -> Tap:
        registers: dict[int, DataRegister] = {
            register.opcode: Scratch(register.bits) for register in layout.registers.values()
        }
        power: Callable[[float], int] = self._standby
        if layout.chip is not None:
            test = self._tests[layout.chip]
            power = self._chip_power(layout.chip, test)
            registers |= {
                register.opcode: ChipRegister(register, test, self._sled.advance)
                for register in layout.registers.values()
                if register.name in test.registers
            }
        if layout.idcode is None:
            return Tap(layout.name, layout.ir_length, registers, None, power)
        registers[layout.idcode_opcode] = Fixed(32, layout.idcode)
        return Tap(layout.name, layout.ir_length, registers, layout.idcode_opcode, power)

    def _standby(self, at_s: float) -> int:
        self._sled.advance(at_s)
        entry = self._sled.input
        return entry.power_ups if entry.powered else 0

    def _chip_power(self, index: int, test: ChipTest) -> Callable[[float], int]:
        """Counts the times at which the chip's uncore was seen to come."""
        chip, ups, was = self._sled.chips[index], 0, (0, False)

        def power(at_s: float) -> int:
            nonlocal ups, was
            standby = self._standby(at_s)
            now = (standby, standby > 0 and chip.feeds.uncore > 0.0)
            if now != was:
                was = now
                ups += now[1]
                test.reset()
            return ups if now[1] else 0

        return power
