"""Temptronic ATS-525 thermal streams.

Source: "ATS-515/615, 525/625 & 535/635 ThermoStream Systems Interface & Applications Manual" (revision E), chapter 4
"Remote commands". Commands are not acknowledged: settings are read back, and the events asked in the same conversation.
The unit keeps a hot, an ambient and a cold set-point; the one that a temperature belongs to is selected first.
"""

from __future__ import annotations

from bringup.capabilities import Identity
from bringup.errors import InstrumentError
from bringup.hooks import Connection

from .line_session import LineSession, refusal
from .replies import ReplyMistake, as_identity, as_integer, as_number

FASTEST_RAMP = 9999.0
"""K/min: as fast as the unit can (RAMP)."""

COLD_BELOW, HOT_FROM = 20.0, 30.0
"""Which of the three set-points a temperature belongs to: cold, ambient (between), hot."""

OFF_TRIES = 3
"""How often stopping is tried before it is given up as unverified (estimate)."""

_FLOW = 0x20  # AUXC?
_AT_TEMPERATURE = 0x01  # TECR?
_ERRORS = 0x38  # device, execution and command error in *ESR?
_NO_READING = 400.0
"""Readings above it are none."""


class TemptronicAts:
    """A `ThermalForcer`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = LineSession(connection, ("*IDN?", "*TST?"), greeting=("%RM", "*CLS"))

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.ask_now("*IDN?", as_identity)

    def close(self) -> None:
        """Give the wire back; the air goes on as it is."""
        self._session.close()

    def set_celsius(self, celsius: float, *, kelvin_per_min: float | None = None) -> None:
        """Move the set-point (`SETN`, `RAMP`, `SETP`), each read back.

        Raises:
            OutOfEnvelope: beyond the envelope.
            InstrumentError: the unit refused it or took another one.
        """
        self._connection.check("celsius", celsius)
        if kelvin_per_min is not None:
            self._connection.check("kelvin_per_min", kelvin_per_min)
        number = 2 if celsius <= COLD_BELOW else 0 if celsius >= HOT_FROM else 1
        with self._session.lock:
            # Only if it is another one: a running unit sets off towards what that set-point held before.
            if self._session.read("SETN?", lambda text: as_integer(text, 0, 17)) != number:
                self._set("SETN", number, 0.0)
            self._set("RAMP", kelvin_per_min or FASTEST_RAMP, 0.06)
            self._set("SETP", celsius, 0.06)

    def start(self) -> None:
        """Air on (`FLOW 1`); verified."""
        with self._session.lock:
            self._accepted("FLOW 1")
            if not self.is_running():
                raise InstrumentError(f"{self._connection.where}: no air flows after FLOW 1; is its head down?")

    def stop(self) -> None:
        """Air off (`FLOW 0`); the command goes out before anything else is read, then verified.

        Raises:
            InstrumentError: the air is not known to be off.
        """
        where = self._connection.where
        with self._session.lock:
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._session.send_at_once("FLOW 0")
                    if not self.is_running():
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{where}: the air may be on: {error}") from error
            raise InstrumentError(f"{where}: the air is on after {OFF_TRIES} times FLOW 0")

    def is_running(self) -> bool:
        """Ask `AUXC?`: bit 5 is the flow."""
        return bool(self._session.read("AUXC?", lambda text: as_integer(text, 0, 0xFFFF)) & _FLOW)

    def celsius(self) -> float:
        """Ask `TEMP?`: air or part, whichever the unit controls, in degrees Celsius."""
        return self._session.read("TEMP?", lambda text: as_number(text, -150.0, _NO_READING))

    def at_temperature(self) -> bool:
        """Ask `TECR?`: bit 0 is set once the soak time within the window has passed."""
        condition = self._session.read("TECR?", lambda text: as_integer(text, 0, 255))
        return self.is_running() and bool(condition & _AT_TEMPERATURE)

    def _set(self, header: str, value: float, tolerance: float) -> None:
        def meaning(text: str) -> float:
            taken = as_number(text, -1e4, 1e5)
            if abs(taken - value) > tolerance:
                raise ReplyMistake(f"{value:g} was sent")
            return taken

        self._accepted(f"{header} {value:g}")
        self._session.read_back(f"{header}?", meaning)

    def _accepted(self, command: str) -> None:
        def events(text: str) -> int:
            return as_integer(text, 0, 255)

        # Asked before as well: what somebody else did wrong is not this command's.
        _, _, found = self._session.converse(("*ESR?", events), (command, None), ("*ESR?", events))
        if int(str(found)) & _ERRORS:
            raise refusal(self._connection.where, command, f"event status {found}")
