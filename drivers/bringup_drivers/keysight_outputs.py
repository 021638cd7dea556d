"""One output of a Keysight supply that addresses its outputs by channel lists, as in `VOLT 5,(@2)`.

Sources: "N6700C / N6705C Operating and Service Guide" and "E36300 Series Programming Guide", source, output and
measure subsystems, which agree in all that stands here. Above: `keysight_n6700` and `keysight_e36300`, which say how
their instruments tell that an output is held off. Volts and amperes throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bringup.capabilities import Identity
from bringup.errors import InstrumentError, OutOfEnvelope
from bringup.hooks import Connection

from .replies import ReplyMistake, as_boolean, as_number
from .scpi_session import ScpiSession

RESOLUTION = 0.0002
"""How far a read-back may be from what was sent, over the highest setting (specifications, programming resolution)."""

OFF_TRIES = 3
"""How often switching off is tried before it is given up as unverified (estimate)."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """The highest settings that an output takes, by the instrument's own word."""

    volts: float
    amps: float
    over_volts: float


class KeysightOutput:
    """A `PowerSupply` that is one of several on a wire.

    Args:
        connection: the instrument's.
        session: shared by all its outputs.
        channel: its number.
        held_off: asks the instrument what holds this output off at this moment.
    """

    def __init__(
        self, connection: Connection, session: ScpiSession, channel: int, held_off: Callable[[int], list[str]]
    ) -> None:
        self._connection = connection
        self._session = session
        self._channel = channel
        self._list = f"(@{channel})"
        self._held_off = held_off
        self._known: Ratings | None = None

    @property
    def where(self) -> str:
        """The output as messages name it."""
        return f"{self._session.where} output {self._channel}"

    def identify(self) -> Identity:
        """Ask the instrument `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Nothing: the wire belongs to the instrument."""

    def configure(self, *, volts: float, amps: float, over_volts: float) -> None:
        """Set voltage, current limit and over-voltage protection, each verified by reading back.

        The order keeps the protection above the voltage at every moment and never lets more through than the
        higher one of old and new: a limit that falls goes first, one that rises goes last.

        Raises:
            OutOfEnvelope: a value is beyond the envelope, or the protection not above the voltage.
            InstrumentError: the instrument refused a setting or took another one.
        """
        self._check(volts, amps, over_volts)
        with self._session.lock:
            ratings = self._ratings()
            protection_first = over_volts >= self._setting("VOLT:PROT", ratings.over_volts)
            current_first = amps <= self._setting("CURR", ratings.amps)
            voltage = ("VOLT", volts, ratings.volts)  # [SOURce:]VOLTage[:LEVel], in volts
            protection = ("VOLT:PROT", over_volts, ratings.over_volts)  # [SOURce:]VOLTage:PROTection[:LEVel], in volts
            current = ("CURR", amps, ratings.amps)  # [SOURce:]CURRent[:LEVel], in amperes
            levels = (protection, voltage) if protection_first else (voltage, protection)
            for header, value, highest in (current, *levels) if current_first else (*levels, current):
                self._set(header, value, highest)

    def output_on(self) -> None:
        """Switch the output on; verified. A delay that was programmed on the instrument still passes after that.

        Raises:
            InstrumentError: it did not come on; the message says what holds it off.
        """
        with self._session.lock:
            accepted = self._session.set_and_read(f"OUTP ON,{self._list}", f"OUTP? {self._list}", as_boolean)
            causes = self._held_off(self._channel)
            if not accepted or causes:
                why = ", ".join(causes) or "it gives no cause"
                raise InstrumentError(f"{self.where} did not come on: {why}")

    def output_off(self) -> None:
        """Switch the output off; the command goes out before anything else is read or cleared, then verified.

        Raises:
            InstrumentError: the output is not known to be off.
        """
        with self._session.lock:
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._session.send_at_once(f"OUTP OFF,{self._list}")
                    if not self._session.read(f"OUTP? {self._list}", as_boolean):
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{self.where}: the output may be on: {error}") from error
            raise InstrumentError(f"{self.where} is on after {OFF_TRIES} times OUTP OFF")

    def is_on(self) -> bool:
        """Whether the output is on; one that a protection holds off is not, though it is still switched on."""
        with self._session.lock:
            return self._session.read(f"OUTP? {self._list}", as_boolean) and not self._held_off(self._channel)

    def volts(self) -> float:
        """Measured voltage at the sense terminals."""
        return self._measured("MEAS:VOLT?", self._ratings().over_volts)

    def amps(self) -> float:
        """Measured current."""
        return self._measured("MEAS:CURR?", self._ratings().amps)

    def _measured(self, question: str, highest: float) -> float:
        return self._session.number(f"{question} {self._list}", -0.02 * highest, 1.1 * highest)

    def _check(self, volts: float, amps: float, over_volts: float) -> None:
        for what, value in (("volts", volts), ("amps", amps), ("over_volts", over_volts)):
            self._connection.check(what, value)
            self._connection.check(f"{what}.{self._channel}", value)
        if volts >= over_volts:
            raise OutOfEnvelope(
                f"{self.where}: a voltage of {volts:g} V is not below the over-voltage protection of {over_volts:g} V, "
                "which would trip; nothing was sent"
            )

    def _set(self, header: str, value: float, highest: float) -> None:
        tolerance = RESOLUTION * highest
        taken = self._session.set_and_read(
            f"{header} {value:.7g},{self._list}",
            f"{header}? {self._list}",
            lambda text: as_number(text, -tolerance, highest + tolerance),
        )
        if abs(taken - value) > tolerance:
            raise InstrumentError(f"{self.where}: {header} {value:.7g} was sent, it says {taken:.7g}")

    def _setting(self, header: str, highest: float) -> float:
        return self._session.number(f"{header}? {self._list}", 0, highest * (1 + RESOLUTION))

    def _ratings(self) -> Ratings:
        if self._known is None:
            questions = [(f"{header}? MAX,{self._list}", _positive) for header in ("VOLT", "CURR", "VOLT:PROT")]
            self._known = Ratings(*self._session.read_all(*questions))
        return self._known


def _positive(text: str) -> float:
    value = as_number(text, 0, 10_000)
    if not value:
        raise ReplyMistake("a rating of zero")
    return value
