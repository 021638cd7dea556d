"""A simulated supply on resistors, with its clock: what the tests of multi-output supplies stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bringup.virtual_clock import VirtualClock
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.world import Load


class SupplyBench:
    """A supply, its terminal blocks by output, and short ways to talk to it.

    Args:
        make: takes the clock and the loads.
        outputs: how many.
        ohms: of every terminal block.
    """

    def __init__(
        self, make: Callable[[VirtualClock, Mapping[int, Load]], Any], outputs: int, ohms: float = 10.0
    ) -> None:
        self.clock = VirtualClock()
        self.blocks = {number: TerminalBlock(ohms) for number in range(1, outputs + 1)}
        self.supply = make(self.clock, self.blocks)

    def send(self, message: str) -> None:
        self.supply.write(message.encode() + b"\n", end=True)

    def ask(self, message: str, timeout_s: float = 1000.0) -> str:
        self.send(message)
        reply = b""
        ended = False
        while not ended:
            data, ended = self.supply.read(1 << 20, timeout_s)
            reply += data
        return reply.decode("latin-1").rstrip("\n")

    def numbers(self, message: str) -> list[float]:
        return [float(field) for field in self.ask(message).split(",")]

    def error(self) -> int:
        return int(self.ask("SYST:ERR?").split(",")[0])

    def volts(self, output: int) -> float:
        """What the load really gets now."""
        return self.blocks[output].volts(self.clock.now())
