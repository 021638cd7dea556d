"""Keysight N8700 bulk DC supplies: one output of some kilowatts.

Source: Keysight "Series N8700 User's Guide", chapter 5 (language reference), whose page 76 couples the limits:
the over-voltage protection cannot stand below 1.05 times the voltage setting, nor the voltage setting above
0.95 times the protection. The ratings are asked of the instrument, so all models of the series share this file.
"""

from __future__ import annotations

from dataclasses import dataclass

from bringup.capabilities import Identity
from bringup.errors import InstrumentError, OutOfEnvelope
from bringup.hooks import Connection

from .replies import ReplyMistake, as_boolean, as_integer, as_number
from .scpi_session import ScpiSession

CLEARANCE = 0.95
"""Highest voltage setting over the protection (page 76); 1 / 0.95 is the stricter of the two coupled rules."""

RESOLUTION = 0.00012
"""Programming resolution over the rating (user's guide, specifications)."""

OFF_TRIES = 3
"""How often switching off is tried before it is given up as unverified (estimate)."""

_OFF_CONDITIONS = {
    0x001: "over-voltage tripped",
    0x002: "over-current tripped",
    0x004: "mains failed",
    0x010: "too hot",
    0x200: "inhibited from outside",
}  # user's guide, Questionable Condition register; UNR (0x400) alone leaves the output on


@dataclass(frozen=True, slots=True)
class Ratings:
    """The highest settings that the instrument takes, by its own word: some 1.05 and 1.1 times its ratings."""

    amps: float
    over_volts: float


class KeysightN8700:
    """A `PowerSupply` of the N8700 series."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = ScpiSession(connection)
        self._known: Ratings | None = None

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the output stays as it is."""
        self._session.close()

    def configure(self, *, volts: float, amps: float, over_volts: float) -> None:
        """Set voltage, current limit and over-voltage protection, each verified by reading back.

        The order keeps the protection above the voltage at every moment and never lets more through than the
        higher one of old and new: a limit that falls goes first, one that rises goes last.

        Raises:
            OutOfEnvelope: a value is beyond the envelope, or the protection too near to the voltage.
            InstrumentError: the instrument refused a setting or took another one.
        """
        self._check(volts, amps, over_volts)
        with self._session.lock:
            ratings = self._ratings()
            protection_first = over_volts >= self._setting("VOLT:PROT:LEV", ratings.over_volts)
            current_first = amps <= self._setting("CURR", ratings.amps)
            voltage = ("VOLT", volts, ratings.over_volts)
            protection = ("VOLT:PROT:LEV", over_volts, ratings.over_volts)
            current = ("CURR", amps, ratings.amps)
            levels = (protection, voltage) if protection_first else (voltage, protection)
            for header, value, highest in (current, *levels) if current_first else (*levels, current):
                self._set(header, value, highest)

    def output_on(self) -> None:
        """Switch the output on; verified.

        Raises:
            InstrumentError: it did not come on; the message says what tripped.
        """
        with self._session.lock:
            accepted = self._session.set_and_read("OUTP ON", "OUTP?", as_boolean)
            conditions = self._conditions()
            if not accepted or conditions:
                causes = ", ".join(conditions) or "it gives no cause"
                raise InstrumentError(f"{self._session.where}: the output did not come on: {causes}")

    def output_off(self) -> None:
        """Switch the output off; the command goes out before anything else is read or cleared, then verified.

        Raises:
            InstrumentError: the output is not known to be off.
        """
        with self._session.lock:
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._session.send_at_once("OUTP OFF")
                    if not self._session.read("OUTP?", as_boolean):
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{self._session.where}: the output may be on: {error}") from error
            raise InstrumentError(f"{self._session.where}: the output is on after {OFF_TRIES} times OUTP OFF")

    def is_on(self) -> bool:
        """Whether the output is on; one that a protection holds off is not, though it is still switched on."""
        with self._session.lock:
            return self._session.read("OUTP?", as_boolean) and not self._conditions()

    def volts(self) -> float:
        """Measured voltage at the sense terminals, in volts."""
        return self._measured("MEAS:VOLT?", self._ratings().over_volts)

    def amps(self) -> float:
        """Measured current, in amperes."""
        return self._measured("MEAS:CURR?", self._ratings().amps)

    def _measured(self, question: str, highest: float) -> float:
        return self._session.number(question, -0.02 * highest, 1.1 * highest)

    def _check(self, volts: float, amps: float, over_volts: float) -> None:
        self._connection.check("volts", volts)
        self._connection.check("amps", amps)
        self._connection.check("over_volts", over_volts)
        if volts > CLEARANCE * over_volts:
            raise OutOfEnvelope(
                f"{self._session.where}: a voltage of {volts:g} V is more than {CLEARANCE:g} times the over-voltage "
                f"protection of {over_volts:g} V, which would trip on noise; nothing was sent"
            )

    def _set(self, header: str, value: float, highest: float) -> None:
        tolerance = RESOLUTION * highest
        taken = self._session.set_and_read(
            f"{header} {value:.7g}", f"{header}?", lambda text: as_number(text, -tolerance, highest + tolerance)
        )
        if abs(taken - value) > tolerance:
            raise InstrumentError(f"{self._session.where}: {header} {value:.7g} was sent, it says {taken:.7g}")

    def _setting(self, header: str, highest: float) -> float:
        return self._session.number(f"{header}?", 0, highest * (1 + RESOLUTION))

    def _ratings(self) -> Ratings:
        if self._known is None:
            questions = [(f"{header}? MAX", _positive) for header in ("CURR", "VOLT:PROT:LEV")]
            self._known = Ratings(*self._session.read_all(*questions))
        return self._known

    def _conditions(self) -> list[str]:
        """What holds the output off at this moment."""
        bits = self._session.read("STAT:QUES:COND?", lambda text: as_integer(text, 0, 0x7FFF))
        return [cause for bit, cause in _OFF_CONDITIONS.items() if bits & bit]


def _positive(text: str) -> float:
    value = as_number(text, 0, 10_000)
    if not value:
        raise ReplyMistake("a rating of zero")
    return value
