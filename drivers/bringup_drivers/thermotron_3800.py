"""Thermotron 3800 temperature chambers over a raw socket or GPIB.

Source: the 3800's manual, "Computer Interface": four-letter commands with a channel, channel 1 being the air. Commands
are not answered; `IERR?` tells whether the last one was understood. A set-point comes into force with the next
`RUNM`, so that of a stopped chamber is read back when it starts.
"""

from __future__ import annotations

from bringup.capabilities import Identity
from bringup.errors import InstrumentError
from bringup.hooks import Connection

from .line_session import LineSession, refusal
from .replies import ReplyMistake, as_integer, as_number

WINDOW_KELVIN = 1.0
"""How near to the set-point the air must be (estimate: the chamber's control tolerance is some 0.5 K)."""

SOAK_S = 60.0
"""How long it must have been there; the chamber itself only tells that of stored programs."""

OFF_TRIES = 3
"""How often stopping is tried before it is given up as unverified (estimate)."""

_RUNNING = 0x11  # program mode, manual mode (MODE?)
_TOLERANCE = 0.051  # resolution of the set-points, in kelvin


class Thermotron3800:
    """A `ThermalForcer`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._clock = connection.lab.clock
        # A stray `?` makes whatever stands half sent on the line an unknown command.
        self._session = LineSession(connection, ("IDEN?",), greeting=("?",))
        self._wanted: float | None = None
        self._near_since_s: float | None = None

    def identify(self) -> Identity:
        """Ask `IDEN?`."""
        text = self._session.ask_now("IDEN?", _identity)
        model, serial_number, firmware = (*(part.strip() for part in text.split(",")), "", "")[:3]
        return Identity("Thermotron", model.removeprefix("THERMOTRON").strip(), serial_number, firmware)

    def close(self) -> None:
        """Give the wire back; the chamber goes on."""
        self._session.close()

    def set_celsius(self, celsius: float, *, kelvin_per_min: float | None = None) -> None:
        """Move the set-point (`SETP1`, `MRMP1`, and `RUNM` where it runs).

        Raises:
            OutOfEnvelope: beyond the envelope.
            InstrumentError: the chamber refused it or took another one.
        """
        self._connection.check("celsius", celsius)
        if kelvin_per_min is not None:
            self._connection.check("kelvin_per_min", kelvin_per_min)
        with self._session.lock:
            self._wanted = self._near_since_s = None
            self._send(f"SETP1,{celsius:.1f}")
            self._send(f"MRMP1,{kelvin_per_min or 0.0:.1f}")
            self._taken("MRMP1?", kelvin_per_min or 0.0)
            self._wanted = celsius
            if self.is_running():
                self._load()

    def start(self) -> None:
        """Run manually (`RUNM`); verified, the set-point too."""
        with self._session.lock:
            self._near_since_s = None
            self._load()
            if not self.is_running():
                raise InstrumentError(f"{self._connection.where}: it does not run after RUNM")

    def stop(self) -> None:
        """Stop (`STOP`); the command goes out before anything else is read, then verified.

        Raises:
            InstrumentError: the chamber is not known to have stopped.
        """
        where = self._connection.where
        with self._session.lock:
            self._near_since_s = None
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._session.send_at_once("STOP")
                    if not self.is_running():
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{where}: the chamber may be running: {error}") from error
            raise InstrumentError(f"{where}: the chamber runs after {OFF_TRIES} times STOP")

    def is_running(self) -> bool:
        """Ask `MODE?`."""
        return bool(self._session.read("MODE?", lambda text: as_integer(text, 0, 255)) & _RUNNING)

    def celsius(self) -> float:
        """Ask `PVAR1?`: the air, in degrees Celsius."""
        return self._session.read("PVAR1?", _celsius)

    def at_temperature(self) -> bool:
        """Whether the air has been near its set-point for the soak time, as far as it was asked."""
        with self._session.lock:
            air, wanted = self.celsius(), self._session.read("SETP1?", _celsius)
            if not self.is_running() or abs(air - wanted) > WINDOW_KELVIN:
                self._near_since_s = None
                return False
            now_s = self._clock.now()
            if self._near_since_s is None:
                self._near_since_s = now_s
            return now_s - self._near_since_s >= SOAK_S

    def _load(self) -> None:
        self._send("RUNM")
        if self._wanted is not None:
            self._taken("SETP1?", self._wanted)

    def _send(self, command: str) -> None:
        # Asked before as well: what somebody else did wrong is not this command's.
        _, _, error = self._session.converse(("IERR?", _code), (command, None), ("IERR?", _code))
        if error:
            raise refusal(self._connection.where, command, f"interface error {error}")

    def _taken(self, question: str, value: float) -> None:
        taken = self._session.read_back(question, _celsius)
        if abs(taken - value) > _TOLERANCE:
            raise InstrumentError(f"{self._connection.where}: {value:g} was sent, {question} says {taken:g}")


def _code(text: str) -> int:
    return as_integer(text, 0, 255)


def _celsius(text: str) -> float:
    return as_number(text, -200.0, 400.0)


def _identity(text: str) -> str:
    if "3800" not in text:
        raise ReplyMistake("not a 3800's identity")
    return text
