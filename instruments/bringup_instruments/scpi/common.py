"""Commands that every instrument has: IEEE 488.2's, SYSTem:ERRor? and the STATus subsystem.

Neighbours: `device.py` gives every instrument a `CommonCommands` and its two register groups.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Protocol

from .command import Command, command, query
from .overlapped import Overlapped
from .parameters import Number, integer
from .status import ALL_FIFTEEN_BITS, RegisterGroup, Status


class Instrument(Protocol):
    """What the common commands need of an instrument."""

    status: Status
    overlapped: Overlapped
    identity: str
    scpi_version: str
    no_error: str

    @property
    def message_available(self) -> bool:
        """Whether an answer waits to be read."""

    def self_test(self) -> int:
        """0 if all is well."""

    def reset(self) -> None:
        """The *RST table."""

    def on_trigger(self) -> None:
        """*TRG, or a group execute trigger."""

    def until_idle(self) -> Generator[float, None, None]:
        """Wait for the overlapped operation."""


class CommonCommands:
    """IEEE 488.2 chapter 10 and the required SYSTem commands of SCPI-99.

    Args:
        instrument: whose they are.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._status = instrument.status

    @query("*IDN?", indefinite=True)
    def identify(self) -> str:
        """Four fields: maker, model, serial number, firmware."""
        return self._instrument.identity

    @command("*CLS")
    def clear_status(self) -> None:
        """Clear events and errors, and forget a pending *OPC."""
        self._status.clear()
        self._instrument.overlapped.forget_announcement()

    @command("*ESE", integer(0, 255))
    def set_event_enable(self, mask: float) -> None:
        """Which events set bit 5 of the status byte."""
        self._status.event_enable = int(mask)

    @query("*ESE?")
    def event_enable(self) -> str:
        """The mask."""
        return str(self._status.event_enable)

    @query("*ESR?")
    def take_event(self) -> str:
        """Read and clear the events."""
        return str(self._status.take_event())

    @command("*SRE", integer(0, 255))
    def set_service_enable(self, mask: float) -> None:
        """Which bits of the status byte request service; bit 6 cannot (11.3.2.3)."""
        self._status.service_enable = int(mask) & ~64

    @query("*SRE?")
    def service_enable(self) -> str:
        """The mask."""
        return str(self._status.service_enable)

    @query("*STB?")
    def status_byte(self) -> str:
        """The status byte with the master summary in bit 6."""
        return str(self._status.byte(self._instrument.message_available))

    @command("*OPC")
    def operation_complete(self) -> None:
        """Set bit 0 of the events when nothing is under way."""
        self._instrument.overlapped.announce_end()

    @query("*OPC?")
    def wait_and_answer(self) -> str | Generator[float, None, str]:
        """Answer 1 when nothing is under way."""
        return self._answer_when_idle()

    @command("*WAI")
    def wait(self) -> Generator[float, None, None]:
        """Execute nothing further until nothing is under way."""
        return self._instrument.until_idle()

    @command("*RST")
    def reset(self) -> None:
        """The instrument's reset table; status, queues and addresses stay (10.32)."""
        self._instrument.reset()

    @query("*TST?")
    def self_test(self) -> str:
        """0 if the self-test passed."""
        return str(self._instrument.self_test())

    @command("*TRG")
    def trigger(self) -> None:
        """Trigger, if the instrument waits for it on the bus."""
        self._instrument.on_trigger()

    @query("SYSTem:ERRor[:NEXT]?")
    def next_error(self) -> str:
        """The oldest entry of the error queue."""
        error = self._status.errors.pop()
        return self._instrument.no_error if error is None else str(error)

    @query("SYSTem:VERSion?")
    def version(self) -> str:
        """The year of SCPI that the instrument follows."""
        return self._instrument.scpi_version

    @command("STATus:PRESet")
    def preset(self) -> None:
        """Both register groups to their filters' and masks' preset."""
        self._status.operation.preset()
        self._status.questionable.preset()
        for group in self._status.more:
            group.preset()

    def _answer_when_idle(self) -> Generator[float, None, str]:
        yield from self._instrument.until_idle()
        return "1"


def register_commands(path: str, group: RegisterGroup, *, filters: bool) -> Iterator[Command]:
    """The commands of one register group, `STATus:OPERation` say.

    Args:
        path: as the manual prints it.
        group: the registers.
        filters: whether the model has PTR and NTR.
    """
    yield Command(path + "[:EVENt]?", lambda: str(group.take_event()))
    yield Command(path + ":CONDition?", lambda: str(group.condition))
    yield from _register(path + ":ENABle", group, "enable")
    if filters:
        yield from _register(path + ":PTRansition", group, "rising")
        yield from _register(path + ":NTRansition", group, "falling")


def _register(header: str, group: RegisterGroup, name: str) -> Iterator[Command]:
    def store(bits: float) -> None:
        setattr(group, name, int(bits) & ALL_FIFTEEN_BITS)

    mask: Number = integer(0, 0xFFFF)
    yield Command(header, store, (mask,))
    yield Command(header + "?", lambda: str(getattr(group, name)))
