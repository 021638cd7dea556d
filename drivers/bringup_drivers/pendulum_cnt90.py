"""Pendulum CNT-90 and CNT-91 frequency counters: the frequency on input A.

Source: Pendulum "CNT-90/91/91R/90XL Programmer's Handbook" (4031 600 90201): CONFigure:FREQuency, SENSe:ACQuisition,
INITiate:CONTinuous, READ?. An answer is a bare number, so its session's tags guard it.
"""

from __future__ import annotations

from bringup.capabilities import Identity
from bringup.errors import UsageError
from bringup.hooks import Connection

from .replies import as_number
from .scpi_session import ScpiSession

SHORTEST_GATE_S, LONGEST_GATE_S = 20e-9, 1000.0
"""Measuring time (handbook, :ACQuisition:APERture)."""

HIGHEST_HERTZ = 20e9
"""The largest prescaler option of input C; inputs A and B end at 400 MHz."""

MARGIN_S = 0.5
"""What a reading needs beside its gate: arming, the trigger level's search, the wire."""


class PendulumCnt90:
    """A `FrequencyCounter` on input A.

    Args:
        connection: where it is.
        channel: 1 for A, 2 for B, 3 for C.
    """

    def __init__(self, connection: Connection, channel: int = 1) -> None:
        self._connection = connection
        self._session = ScpiSession(connection)
        self._channel = channel

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the counter keeps its configuration."""
        self._session.close()

    def hertz(self, *, gate_s: float = 0.1) -> float:
        """One frequency measurement over a gate time, in Hz.

        Raises:
            UsageError: the counter has no such gate time, or its answer would come after the timeout.
            BadReply: there is no signal: the counter gives up and says that it has no number.
        """
        self._check(gate_s)
        with self._session.lock:
            self._session.set_and_read(
                f"CONF:FREQ (@{self._channel});:FORM ASC;:FORM:TINF OFF;:INIT:CONT OFF;"
                f":SYST:TOUT ON;:SYST:TOUT:TIME {self._patience_s(gate_s):g};:ACQ:APER {gate_s:g}",
                "ACQ:APER?",
                lambda text: as_number(text, gate_s * (1 - 1e-6), gate_s * (1 + 1e-6)),
            )
            return self._session.number("READ?", 1e-3, HIGHEST_HERTZ)

    def _check(self, gate_s: float) -> None:
        where = self._connection.where
        if not SHORTEST_GATE_S <= gate_s <= LONGEST_GATE_S:
            raise UsageError(f"{where}: gate times go from 20 ns to 1000 s, not {gate_s:g} s; nothing was sent")
        if gate_s + MARGIN_S > self._connection.timeout_s:
            raise UsageError(
                f"{where}: a gate of {gate_s:g} s does not fit into the timeout of {self._connection.timeout_s:g} s; "
                "nothing was sent"
            )

    def _patience_s(self, gate_s: float) -> float:
        """The counter gives up on a missing signal before the wire does (:SYSTem:TOUT:TIME, 10 ms to 1000 s)."""
        return max(gate_s + MARGIN_S / 2, 0.01)
