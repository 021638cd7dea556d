"""A debug adapter on a scan chain: walks the TAPs' state machines by TMS and shifts bits through them.

It knows the chain only by its four wires. Neighbours: `physics/scan_chain.py` is the chain, `openocd_jtag.py` tells
what to shift.
"""

from __future__ import annotations

from collections import deque
from functools import cache

from ..physics.scan_chain import ScanChain, TapState
from ..tcl.script import TclError

RESET_CLOCKS = 5  # with TMS high they lead to Test-Logic-Reset from anywhere (IEEE 1149.1-2013, 6.1.1.1)
MOST_CLOCKS = 1 << 17  # of TCK, for all that one request asks: a client cannot keep everybody waiting


class Adapter:
    """The adapter.

    Args:
        chain: what it is wired to.

    Attributes:
        khz: of TCK.
        state: where it believes that the TAPs are.
        clocked: TCK cycles so far, for who wants to know how long they took.
    """

    def __init__(self, chain: ScanChain) -> None:
        self._chain = chain
        self.khz = 1000
        self.state = TapState.RESET
        self.clocked = 0
        self._most = MOST_CLOCKS

    def begin(self) -> int:
        """A request begins; the TCK cycles so far."""
        self._most = self.clocked + MOST_CLOCKS
        return self.clocked

    def reset(self, at_s: float) -> None:
        """Test-Logic-Reset."""
        for _ in range(RESET_CLOCKS):
            self._clock(at_s, 1, 1)
        self.state = TapState.RESET

    def move(self, at_s: float, to: TapState) -> None:
        """By the shortest way to a state."""
        for tms in shortest_way(self.state, to):
            self.step(at_s, tms)

    def step(self, at_s: float, tms: int) -> None:
        """One TCK cycle that shifts nothing that anybody looks at."""
        self._clock(at_s, tms, 1)
        self.state = self.state.after(tms)

    def shift(self, at_s: float, through: TapState, bits: int, value: int, end: TapState) -> int:
        """Shift `bits` bits of `value`, bit 0 first, through the instruction or data registers.

        Args:
            at_s: the lab time.
            through: IRSHIFT or DRSHIFT.
            bits: how many; none leaves the TAPs alone.
            value: what goes in.
            end: the state to leave them in.

        Returns:
            What came out, bit 0 first.
        """
        if bits == 0:
            return 0
        if self.state is through:  # OpenOCD begins a scan anew by way of Update
            self.move(at_s, TapState.IDLE)
        self.move(at_s, through)
        out = 0
        for place in range(bits):
            last = place == bits - 1
            out |= self._clock(at_s, int(last), (value >> place) & 1) << place
        self.state = through.after(1)
        self.move(at_s, end)
        return out

    def _clock(self, at_s: float, tms: int, tdi: int) -> int:
        if self.clocked >= self._most:
            raise TclError("jtag execute failed", -4)  # ERROR_FAIL
        self.clocked += 1
        return self._chain.clock(at_s, tms, tdi)


@cache
def shortest_way(start: TapState, to: TapState) -> tuple[int, ...]:
    """The bits of TMS that lead from one state to another."""
    ways: dict[TapState, tuple[int, ...]] = {start: ()}
    waiting = deque([start])
    while to not in ways:
        state = waiting.popleft()
        for tms in (0, 1):
            after = state.after(tms)
            if after not in ways:
                ways[after] = (*ways[state], tms)
                waiting.append(after)
    return ways[to]
