"""Status of the LD400P: input state and trips, events, errors as numbers, and the common and interface commands.

After the LD400/LD400P Instruction Manual (48511-1730), "Status Reporting" and "Status Commands". The instrument keeps
one such set of registers for each interface; here there is the one interface. Neighbours: `load_ld400p.py` finds the
commands here, `load_sink.py` knows what is true of the input.
"""

from __future__ import annotations

from ..dialects import StatusByte488, verb
from ..scpi.errors import EventStatus
from .load_sink import LoadSink
from .load_words import mask

INPUT_STATE = 1  # bit INST of the status byte
INPUT_TRIP = 2  # bit INTR


class LoadStatus:
    """The registers.

    Args:
        sink: whose input it is.
    """

    def __init__(self, sink: LoadSink) -> None:
        self._sink = sink
        self.events = StatusByte488()
        self.service_enable = 0
        self._state_enable = self._trip_enable = self._parallel_enable = 0
        self._execution_error = self._query_error = 0
        self._locked = False

    def power_on(self) -> None:
        """Masks and events as after switching on."""
        self.events.event = int(EventStatus.POWER_ON)
        self.events.event_enable = self.service_enable = 0
        self._state_enable = self._trip_enable = self._parallel_enable = 0
        self._execution_error = self._query_error = 0

    def command_error(self) -> None:
        """Something that cannot be read."""
        self.events.report(EventStatus.COMMAND_ERROR)

    def execution_error(self, number: int) -> None:
        """Something that cannot be done."""
        self._execution_error = number
        self.events.report(EventStatus.EXECUTION_ERROR)

    def query_error(self, number: int) -> None:
        """Reading and writing out of step: 1 interrupted, 2 deadlock, 3 unterminated."""
        self._query_error = number
        self.events.report(EventStatus.QUERY_ERROR)

    def summary(self, available: int) -> int:
        """The status byte without bit 6, given its MAV bit."""
        byte = available | self.events.summary
        if int(self._sink.condition()) & self._state_enable:
            byte |= INPUT_STATE
        if int(self._sink.trips) & self._trip_enable:
            byte |= INPUT_TRIP
        return byte

    # Registers.

    @verb("ITR?")
    def take_trips(self) -> str:
        """Trips; reading forgets those whose cause has gone."""
        trips = self._sink.trips
        self._sink.trips = self._sink.standing()
        return str(int(trips))

    @verb("ITE")
    def set_trip_enable(self, argument: str) -> None:
        """Which trips show in the status byte."""
        self._trip_enable = mask(argument)

    @verb("ITE?")
    def trip_enable(self) -> str:
        """The mask."""
        return str(self._trip_enable)

    @verb("ISR?")
    def state(self) -> str:
        """The input's state at this moment."""
        return str(int(self._sink.condition()))

    @verb("ISE")
    def set_state_enable(self, argument: str) -> None:
        """Which states show in the status byte."""
        self._state_enable = mask(argument)

    @verb("ISE?")
    def state_enable(self) -> str:
        """The mask."""
        return str(self._state_enable)

    @verb("EER?")
    def take_execution_error(self) -> str:
        """The last execution error; reading clears it."""
        number, self._execution_error = self._execution_error, 0
        return str(number)

    @verb("QER?")
    def take_query_error(self) -> str:
        """The last query error; reading clears it."""
        number, self._query_error = self._query_error, 0
        return str(number)

    @verb("*CLS")
    def clear(self) -> None:
        """Clear events, errors and trips."""
        self.events.event = 0
        self._execution_error = self._query_error = 0
        self._sink.trips = self._sink.standing()

    @verb("*ESE")
    def set_event_enable(self, argument: str) -> None:
        """Which events show in the status byte."""
        self.events.event_enable = mask(argument)

    @verb("*ESE?")
    def event_enable(self) -> str:
        """The mask."""
        return str(self.events.event_enable)

    @verb("*ESR?")
    def take_event(self) -> str:
        """Read and clear the events."""
        return str(self.events.take_event())

    @verb("*SRE")
    def set_service_enable(self, argument: str) -> None:
        """Which bits of the status byte request service."""
        self.service_enable = mask(argument) & ~64

    @verb("*SRE?")
    def service_mask(self) -> str:
        """The mask."""
        return str(self.service_enable)

    @verb("*STB?")
    def status_byte(self) -> str:
        """The status byte; its own answer is not yet available."""
        byte = self.summary(0)
        return str(byte | 64 if byte & self.service_enable else byte)

    @verb("*PRE")
    def set_parallel_enable(self, argument: str) -> None:
        """Which bits of the status byte make the individual status true."""
        self._parallel_enable = mask(argument)

    @verb("*PRE?")
    def parallel_enable(self) -> str:
        """The mask."""
        return str(self._parallel_enable)

    @verb("*IST?")
    def individual_status(self) -> str:
        """0 or 1."""
        return str(int(bool(self.summary(0) & self._parallel_enable)))

    # Synchronisation: all commands are sequential.

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
        """There is none: always 0."""
        return "0"

    @verb("*WAI", "*TRG")
    def nothing(self) -> None:
        """There is nothing to wait for, and no trigger."""

    # Interface.

    @verb("LOCAL")
    def go_to_local(self) -> None:
        """Nobody stands at a simulated front panel."""

    @verb("IFLOCK")
    def lock(self) -> str:
        """Lock the instrument to this interface: 1 if it could be had."""
        self._locked = True
        return "1"

    @verb("IFLOCK?")
    def locked(self) -> str:
        """1 if this interface has the lock, 0 if nobody has."""
        return str(int(self._locked))

    @verb("IFUNLOCK")
    def unlock(self) -> str:
        """Give the lock back: 0 done."""
        self._locked = False
        return "0"

    @verb("ADDRESS?")
    def address(self) -> str:
        """GPIB address, as delivered."""
        return "11"

    @verb("IPADDR?")
    def network_address(self) -> str:
        """From the range that is reserved for examples."""
        return "192.0.2.11"

    @verb("NETMASK?")
    def network_mask(self) -> str:
        """Of the network."""
        return "255.255.255.0"

    @verb("NETCONFIG?")
    def network_configuration(self) -> str:
        """How the address was had."""
        return "DHCP"
