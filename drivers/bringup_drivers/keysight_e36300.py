"""Keysight E36311A, E36312A and E36313A triple-output supplies.

Source: Keysight "E36300 Series Programming Guide" (E36311-90008), source, output, measure and status subsystems. All
three outputs are driven on their own, by channel lists; pairing and tracking are left as they stand. Neighbours:
`keysight_outputs` drives one output.
"""

from __future__ import annotations

from bringup.capabilities import Identity
from bringup.errors import UsageError
from bringup.hooks import Connection

from .keysight_outputs import KeysightOutput
from .replies import as_boolean, as_integer
from .scpi_session import ScpiSession

CHANNELS = (1, 2, 3)

_REGULATES = 0x003
"""ISUMmary bits 0 and 1: an output that is really on is in constant current or in constant voltage."""


class KeysightE36300:
    """A `MultiOutputSupply` of the E36300 series."""

    def __init__(self, connection: Connection) -> None:
        self._session = ScpiSession(connection)
        self._outputs = {
            channel: KeysightOutput(connection, self._session, channel, self._held_off) for channel in CHANNELS
        }

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the outputs stay as they are."""
        self._session.close()

    @property
    def channels(self) -> tuple[int, ...]:
        """The numbers of its outputs."""
        return CHANNELS

    def output(self, channel: int) -> KeysightOutput:
        """One output.

        Raises:
            UsageError: no such output.
        """
        if channel not in self._outputs:
            numbers = ", ".join(map(str, CHANNELS))
            raise UsageError(f"{self._session.where} has no output {channel}; there are {numbers}")
        return self._outputs[channel]

    def _held_off(self, channel: int) -> list[str]:
        """What its protections say; where they say nothing, whether it regulates at all."""
        over_volts, over_amps, regulates = self._session.read_all(
            (f"VOLT:PROT:TRIP? (@{channel})", as_boolean),
            (f"CURR:PROT:TRIP? (@{channel})", as_boolean),
            (f"STAT:QUES:INST:ISUM{channel}:COND?", lambda text: bool(as_integer(text, 0, 0x7FFF) & _REGULATES)),
        )
        causes = ["over-voltage tripped"] if over_volts else []
        causes += ["over-current tripped"] if over_amps else []
        if not causes and not regulates:
            causes = ["it regulates neither voltage nor current: inhibited, paired, or its delay is not over"]
        return causes
