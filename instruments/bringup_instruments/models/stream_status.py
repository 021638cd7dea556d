"""Status of the ATS-525: temperature events, and what IEEE 488.2 asks for.

After its manual's chapter 4, "Status". Neighbour: `stream_ats525.py` finds the commands here.
"""

from __future__ import annotations

from collections.abc import Callable

from ..dialects import StatusByte488, verb
from ..scpi.errors import EventStatus

TEMPERATURE_EVENT = 8  # bit of the status byte (from memory)


class StreamStatus:
    """The registers.

    Args:
        summary: the whole status byte without bit 6.
    """

    def __init__(self, summary: Callable[[], int]) -> None:
        self.events = StatusByte488()
        self.service_enable = 0
        self._summary = summary
        self._condition = 0
        self._temperature_event = self._temperature_enable = 0

    @property
    def summary(self) -> int:
        """Its bits of the status byte."""
        enabled = self._temperature_event & self._temperature_enable
        return self.events.summary | (TEMPERATURE_EVENT if enabled else 0)

    def follow(self, condition: int) -> None:
        """Latch what has become true."""
        self._temperature_event |= condition & ~self._condition
        self._condition = condition

    def power_on(self) -> None:
        """Masks and events as after switching on."""
        self.clear()
        self.events.event = int(EventStatus.POWER_ON)
        self.events.event_enable = self.service_enable = self._temperature_enable = 0

    @verb("CLER", "*CLS")
    def clear(self) -> None:
        """Forget errors and events."""
        self.events.event = self._temperature_event = 0

    @verb("TESR?")
    def take_temperature_event(self) -> str:
        """Read and clear what became true."""
        event, self._temperature_event = self._temperature_event, 0
        return str(event)

    @verb("TESE")
    def set_temperature_enable(self, mask: float) -> None:
        """Which of them show in the status byte."""
        self._temperature_enable = int(mask) & 255

    @verb("TESE?")
    def temperature_enable(self) -> str:
        """The mask."""
        return str(self._temperature_enable)

    @verb("*ESR?")
    def take_event(self) -> str:
        """Read and clear the events."""
        return str(self.events.take_event())

    @verb("*ESE")
    def set_event_enable(self, mask: float) -> None:
        """Which events show in the status byte."""
        self.events.event_enable = int(mask) & 255

    @verb("*ESE?")
    def event_enable(self) -> str:
        """The mask."""
        return str(self.events.event_enable)

    @verb("*SRE")
    def set_service_enable(self, mask: float) -> None:
        """Which bits request service."""
        self.service_enable = int(mask) & 191

    @verb("*SRE?")
    def service_mask(self) -> str:
        """The mask."""
        return str(self.service_enable)

    @verb("*STB?")
    def status_question(self) -> str:
        """The status byte."""
        byte = self._summary()
        return str(byte | 64 if byte & self.service_enable else byte)

    @verb("*OPC")
    def complete(self) -> None:
        """At once."""
        self.events.report(EventStatus.OPERATION_COMPLETE)

    @verb("*OPC?")
    def wait_and_answer(self) -> str:
        """Always 1."""
        return "1"

    @verb("*TST?")
    def self_test(self) -> str:
        """Passed."""
        return "0"
