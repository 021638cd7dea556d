"""Keysight N6700 modular power systems and N6705 power analysers: up to four outputs and an I/O watchdog.

Source: Keysight "N6700C Operating and Service Guide" and "N6705C Operating and Service Guide", SCPI programming
reference: SYSTem:CHANnel, OUTPut:PROTection:WDOG, STATus:QUEStionable. How many outputs there are is asked of the
instrument. Neighbours: `keysight_outputs` drives one output.
"""

from __future__ import annotations

from bringup.capabilities import Identity
from bringup.errors import InstrumentError, UsageError
from bringup.hooks import Connection

from .keysight_outputs import KeysightOutput
from .replies import as_boolean, as_integer
from .scpi_session import ScpiSession

MOST_OUTPUTS = 4

WATCHDOG_S = (1, 3600)
"""Delays that OUTPut:PROTection:WDOG:DELay takes, in whole seconds."""

_OFF_CONDITIONS = {
    0x001: "over-voltage tripped",
    0x002: "over-current tripped",
    0x004: "mains failed",
    0x010: "too hot",
    0x040: "negative over-voltage tripped",
    0x200: "inhibited from outside",
    0x800: "held off by the watchdog or by another output's protection",
    0x1000: "oscillation detected",
}  # guide, Questionable Status Group; CP+ (0x008), the limits and UNR leave the output on


class KeysightN6700:
    """A `MultiOutputSupply` with an `OutputWatchdog`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = ScpiSession(connection)
        self._outputs: dict[int, KeysightOutput] = {}

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the outputs stay as they are."""
        self._session.close()

    @property
    def channels(self) -> tuple[int, ...]:
        """The numbers of its outputs, asked once."""
        return tuple(self._known())

    def output(self, channel: int) -> KeysightOutput:
        """One output.

        Raises:
            UsageError: no such output.
        """
        known = self._known()
        if channel not in known:
            numbers = ", ".join(map(str, known))
            raise UsageError(f"{self._session.where} has no output {channel}; there are {numbers}")
        return known[channel]

    def arm_watchdog(self, seconds: float) -> None:
        """All outputs off after this long without any traffic on any interface; a fraction of a second is dropped.

        Raises:
            UsageError: the instrument has no such delay; nothing was sent.
            InstrumentError: the instrument refused it or took another one.
        """
        shortest, longest = WATCHDOG_S
        if not shortest <= seconds <= longest:
            where = self._session.where
            raise UsageError(
                f"{where}: a watchdog waits {shortest} to {longest} s, not {seconds:g} s; nothing was sent"
            )
        delay_s = int(seconds)
        with self._session.lock:
            taken = self._session.set_and_read(
                f"OUTP:PROT:WDOG:DEL {delay_s}", "OUTP:PROT:WDOG:DEL?", lambda text: as_integer(text, *WATCHDOG_S)
            )
            if taken != delay_s:
                raise InstrumentError(f"{self._session.where}: a watchdog of {delay_s} s was set, it says {taken} s")
            self._switch_watchdog(on=True)

    def disarm_watchdog(self) -> None:
        """Stay on whatever happens.

        Raises:
            InstrumentError: the instrument refused it.
        """
        self._switch_watchdog(on=False)

    def watchdog_s(self) -> float | None:
        """The delay while it is armed, else None."""
        armed, delay_s = self._session.read_all(
            ("OUTP:PROT:WDOG?", lambda text: float(as_boolean(text))),
            ("OUTP:PROT:WDOG:DEL?", lambda text: float(as_integer(text, 0, WATCHDOG_S[1]))),
        )
        return delay_s if armed else None

    def clear_protection(self, channel: int) -> None:
        """Release what holds an output off; it returns to the state before, so switch it off first where in doubt."""
        self._session.set(f"OUTP:PROT:CLE (@{channel})")

    def _switch_watchdog(self, *, on: bool) -> None:
        word = "ON" if on else "OFF"
        if self._session.set_and_read(f"OUTP:PROT:WDOG {word}", "OUTP:PROT:WDOG?", as_boolean) is not on:
            raise InstrumentError(f"{self._session.where}: the watchdog did not go {word.lower()}")

    def _known(self) -> dict[int, KeysightOutput]:
        if not self._outputs:
            count = self._session.read("SYST:CHAN?", lambda text: as_integer(text, 1, MOST_OUTPUTS))
            for channel in range(1, count + 1):
                self._outputs[channel] = KeysightOutput(self._connection, self._session, channel, self._held_off)
        return self._outputs

    def _held_off(self, channel: int) -> list[str]:
        bits = self._session.read(f"STAT:QUES:COND? (@{channel})", lambda text: as_integer(text, 0, 0x7FFF))
        return [cause for bit, cause in _OFF_CONDITIONS.items() if bits & bit]
