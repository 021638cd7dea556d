"""Status and fault registers of the Genesys serial dialect: condition, enable, event, and the call for service.

After the Genesys GEN 5000W User Manual (83-515-000), 7.8.7 "Status control commands" and 7.11 "Status, error and SRQ
registers"; every register is two hex digits. Neighbours: `genesys_gen.py` finds the commands here.
"""

from __future__ import annotations

from collections.abc import Callable

from ..dialects import verb
from .genesys_words import mask
from .supply_genesys import Fault, GenesysSupply, State


class GenesysRegisters:
    """The six registers of a unit.

    Args:
        supply: whose conditions they are.
        call: sends the call for service.
    """

    def __init__(self, supply: GenesysSupply, call: Callable[[], None]) -> None:
        self._supply = supply
        self._call = call
        self._fault_enable = self._state_enable = 0
        self._fault_event = self._state_event = 0
        self._faults_before = supply.tripped
        self._states_before = self._condition

    @property
    def _condition(self) -> State:
        faulty = bool(self._fault_event) or bool(int(self._supply.tripped) & self._fault_enable)
        return self._supply.state | (State.FAULT if faulty else State.NO_FAULT)

    def latch(self) -> None:
        """Latch what became true; the first event after none calls for service, further ones do not (7.11.3)."""
        quiet = not (self._fault_event or self._state_event)
        faults: Fault = self._supply.tripped
        self._fault_event |= int(faults & ~self._faults_before) & self._fault_enable
        self._faults_before = faults
        state = self._condition
        self._state_event |= int(state & ~self._states_before) & self._state_enable
        self._states_before = state
        if quiet and (self._fault_event or self._state_event):
            self._call()

    def power_on(self) -> None:
        """Events and masks as after switching on."""
        self.clear_status()
        self._fault_enable = self._state_enable = 0

    @verb("CLS")
    def clear_status(self) -> None:
        """Clear the event registers."""
        self._fault_event = self._state_event = 0

    @verb("FLT?")
    def faults(self) -> str:
        """Fault conditions."""
        return f"{int(self._supply.tripped):02X}"

    @verb("FENA")
    def set_fault_enable(self, argument: str) -> None:
        """Which faults are latched and call for service."""
        self._fault_enable = mask(argument)

    @verb("FENA?")
    def fault_enable(self) -> str:
        """The mask."""
        return f"{self._fault_enable:02X}"

    @verb("FEVE?")
    def take_fault_event(self) -> str:
        """Read and clear the latched faults."""
        event, self._fault_event = self._fault_event, 0
        return f"{event:02X}"

    @verb("STAT?")
    def state(self) -> str:
        """Status conditions."""
        return f"{int(self._condition):02X}"

    @verb("SENA")
    def set_state_enable(self, argument: str) -> None:
        """Which changes of status are latched and call for service."""
        self._state_enable = mask(argument)

    @verb("SENA?")
    def state_enable(self) -> str:
        """The mask."""
        return f"{self._state_enable:02X}"

    @verb("SEVE?")
    def take_state_event(self) -> str:
        """Read and clear the latched changes."""
        event, self._state_event = self._state_event, 0
        return f"{event:02X}"
