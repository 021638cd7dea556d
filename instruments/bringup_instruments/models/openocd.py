"""OpenOCD's TCL port: requests and replies of any bytes, each ended by 0x1A.

After OpenOCD 0.12.0's user's guide (Tcl Scripting API) and its behaviour. It runs on the lab's PC, so that it answers
whether or not the sled has power; the chain then reads as ones. A reply has no error flag: an error's text comes as a
result does. Neighbours: the driver's pyserial port above (`wires/serial_urls`), `tcl/` reads the requests,
`openocd_jtag.py` and `openocd_targets.py` carry them out on the sled.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from bringup.errors import UsageError

from ..physics import SledPhysics
from ..physics.sled_chain import SledChain
from ..tcl.interpreter import Interpreter
from ..tcl.script import TclError
from .openocd_jtag import JtagCommands
from .openocd_targets import TargetCommands

if TYPE_CHECKING:
    from ..catalogue import Placement

VERSION = "Open On-Chip Debugger 0.12.0"
END = 0x1A
LONGEST_REQUEST = 1 << 16  # bytes; OpenOCD's own limit is 4 MiB
MOST_WAITING = 1000  # replies; a request behind so many is lost, where TCP would hold it back
TOO_LONG = b"line too long\n\x00"  # without the end mark that every other reply has
REPLY_S = 0.0005  # of the loopback and the interpreter (estimate)


class OpenOcd:
    """`world.Console` of one OpenOCD.

    Args:
        sled: on whose chain its adapter is.
    """

    def __init__(self, sled: SledPhysics) -> None:
        chain = SledChain(sled)
        self._jtag = JtagCommands(chain)
        self._targets = TargetCommands(sled, chain.layouts)
        self._interpreter = Interpreter()
        self._interpreter.commands |= {
            **self._jtag.commands,
            **self._targets.commands,
            "version": lambda words: VERSION,  # noqa: ARG005
        }
        self._request = bytearray()
        self._dropped = False
        self._out: deque[tuple[float, bytes]] = deque()
        self._jtag.examine()  # as it starts, before the lab's time does

    def receive(self, at_s: float, data: bytes) -> None:
        """A client sends."""
        for byte in data:
            if byte == END:
                self._end(at_s)
            elif len(self._request) < LONGEST_REQUEST:
                self._request.append(byte)
            else:
                self._dropped = True

    def transmit(self, at_s: float) -> bytes:
        """Take the replies that are due."""
        due = bytearray()
        while self._out and self._out[0][0] <= at_s:
            due += self._out.popleft()[1]
        return bytes(due)

    def next_at(self, at_s: float) -> float | None:
        """When the next reply will be out."""
        del at_s
        return self._out[0][0] if self._out else None

    def _end(self, at_s: float) -> None:
        """A request is whole: carry it out; the reply comes when its bits have been shifted."""
        request, self._request = bytes(self._request), bytearray()
        dropped, self._dropped = self._dropped, False
        if len(self._out) >= MOST_WAITING:
            return
        clocked = self._jtag.adapter.begin()
        reply = TOO_LONG if dropped else self._answer(at_s, request)
        shifted_s = (self._jtag.adapter.clocked - clocked) / (1e3 * self._jtag.adapter.khz)
        before_s = self._out[-1][0] if self._out else at_s
        self._out.append((max(at_s, before_s) + shifted_s + REPLY_S, reply))

    def _answer(self, at_s: float, request: bytes) -> bytes:
        self._jtag.at_s = self._targets.at_s = at_s
        script = request.partition(b"\x00")[0].decode("latin-1")  # to OpenOCD a NUL is a string's end
        try:
            result = self._interpreter.evaluate(script)
        except TclError as end:
            # A `return` at the top is no plain end either: Jim trims what it takes for an error's message.
            result = end.result.rstrip() if end.code else end.result
        return result.encode("latin-1", "replace") + bytes([END])


def place(placement: Placement) -> OpenOcd:
    """The OpenOCD whose adapter is on the chain of the sled that a placement serves.

    Raises:
        UsageError: it serves no slot, or its product has no scan chain.
    """
    sled = placement.served_sled()
    if not sled.parameters.scan_chain:
        raise UsageError(
            f"instrument {placement.role!r}: product {sled.parameters.product!r} has no [[taps]], so no scan chain"
        )
    return OpenOcd(sled)
