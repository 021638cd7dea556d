"""The questionable registers of the E36300 series: each output's, their summary, and the instrument's.

After the "E36300 Series Programming Guide", "SCPI Status Registers": an output's ISUMmary register is summarised in its
bit of the INSTrument register, and that in bit 13 of the questionable register. Neighbours: `e36300_output.py` moves
the lowest ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..scpi import integer
from ..scpi.command import Command
from ..scpi.common import register_commands
from ..scpi.device import ScpiDevice
from ..scpi.status import ALL_FIFTEEN_BITS, RegisterGroup, Status

INSTRUMENT_SUMMARY = 1 << 13


class OutputRegisters:
    """The levels above the outputs' own registers.

    Args:
        outputs: the outputs' registers by number.
    """

    def __init__(self, outputs: Mapping[int, RegisterGroup]) -> None:
        self._outputs = outputs
        self._instrument = RegisterGroup()
        self._questionable = RegisterGroup()

    def summarised_in(self, status: Status) -> None:
        """The instrument's status byte takes its bit 3 from here."""
        self._questionable = status.questionable

    def follow(self) -> None:
        """Carry summaries up."""
        self._instrument.update(sum(1 << number for number, group in self._outputs.items() if group.summary))
        self._questionable.update(INSTRUMENT_SUMMARY if self._instrument.summary else 0)

    def commands(self, device: ScpiDevice) -> Iterator[Command]:
        """STATus:QUEStionable with its branches, and STATus:OPERation."""
        yield from register_commands("STATus:OPERation", device.status.operation, filters=True)
        yield from register_commands("STATus:QUEStionable", device.status.questionable, filters=True)
        path = "STATus:QUEStionable:INSTrument"
        yield from self._read(path, lambda _: self._instrument, suffixed=False)
        yield from self._read(f"{path}:ISUMmary<1:3>", lambda number: self._outputs[number], suffixed=True)

    def _read(self, path: str, find: Callable[[int], RegisterGroup], *, suffixed: bool) -> Iterator[Command]:
        def event(number: int = 0) -> str:
            self.follow()
            answer = str(find(number).take_event())
            self.follow()
            return answer

        def condition(number: int = 0) -> str:
            return str(find(number).condition)

        def enable(*values: float) -> None:
            number = int(values[0]) if suffixed else 0
            find(number).enable = int(values[-1]) & ALL_FIFTEEN_BITS
            self.follow()

        yield Command(path + "[:EVENt]?", event)
        yield Command(path + ":CONDition?", condition)
        yield Command(path + ":ENABle", enable, (integer(0, 0xFFFF),))
        yield Command(path + ":ENABle?", lambda number=0: str(find(number).enable))
