"""What the drivers of TDK-Lambda Genesys supplies share, whichever language they speak.

Source: "Genesys GEN 5000W User Manual" (83-515-000), chapter 7 (error codes, tables 7-5 to 7-8). Both languages couple
the limits alike: the voltage stays at or below 0.95 times the over-voltage protection, which stays 5 % of the rating
above the voltage. The ratings are the model's name. Neighbours: `tdk_genesys.py`, `tdk_genesys_serial.py`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from bringup.capabilities import Identity
from bringup.errors import InstrumentError, OutOfEnvelope, UsageError
from bringup.hooks import Connection

from .replies import ReplyMistake, as_number
from .transaction_lock import TransactionLock

CLEARANCE = 0.95
"""Highest voltage setting over the protection (error E01)."""

MARGIN = 0.05
"""Least distance of the protection above the voltage, over the voltage rating (error E04)."""

RESOLUTION = 0.00012
"""Programming resolution over the rating (user's manual, specifications)."""

OFF_TRIES = 3
"""How often switching off is tried before it is given up as unverified (estimate)."""

_MODEL = re.compile(r"GEN(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_FAULTS = {
    0x02: "mains failed",
    0x04: "too hot",
    0x08: "foldback tripped",
    0x10: "over-voltage tripped",
    0x20: "shut off from outside",
    0x40: "switched off at the front panel",
    0x80: "enable contacts open",
}  # fault condition register, table 7-8; SCPI's questionable register is the same


class Genesys(ABC):
    """A `PowerSupply`; what the two languages share."""

    def __init__(self, connection: Connection) -> None:
        found = _MODEL.search(connection.model)
        if not found:
            raise UsageError(f"{connection.where}: the model's name should tell its ratings, as in GEN60-85")
        self._connection = connection
        self._rated_volts, self._rated_amps = float(found[1]), float(found[2])

    def configure(self, *, volts: float, amps: float, over_volts: float) -> None:
        """Set voltage, current limit and over-voltage protection, each verified by reading back.

        The order keeps the protection above the voltage at every moment and never lets more through than the
        higher one of old and new: a limit that falls goes first, one that rises goes last.

        Raises:
            OutOfEnvelope: a value is beyond the envelope, or the protection too near to the voltage.
            InstrumentError: the instrument refused a setting or took another one.
        """
        self._check(volts, amps, over_volts)
        with self._lock:
            protection_first = over_volts >= self._protection()
            current_first = amps <= self._current()
            levels = [(self._set_voltage, volts), (self._set_protection, over_volts)]
            if protection_first:
                levels.reverse()
            current = (self._set_current, amps)
            for put, value in [current, *levels] if current_first else [*levels, current]:
                put(value)

    def output_on(self) -> None:
        """Switch the output on; verified.

        Raises:
            InstrumentError: it did not come on; the message says what holds it off.
        """
        with self._lock:
            self._switch_on()
            faults = self._faults()
            if faults or not self.is_on():
                causes = ", ".join(faults) or "it gives no cause"
                raise InstrumentError(f"{self._connection.where}: the output did not come on: {causes}")

    def output_off(self) -> None:
        """Switch the output off; the command goes out before anything else is read or cleared, then verified.

        Raises:
            InstrumentError: the output is not known to be off.
        """
        where = self._connection.where
        with self._lock:
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._switch_off_at_once()
                    if not self.is_on():
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{where}: the output may be on: {error}") from error
            raise InstrumentError(f"{where}: the output is on after {OFF_TRIES} times off")

    def _check(self, volts: float, amps: float, over_volts: float) -> None:
        self._connection.check("volts", volts)
        self._connection.check("amps", amps)
        self._connection.check("over_volts", over_volts)
        margin = MARGIN * self._rated_volts
        if volts > CLEARANCE * over_volts or volts > over_volts - margin:
            raise OutOfEnvelope(
                f"{self._connection.where}: a voltage of {volts:g} V is more than {CLEARANCE:g} times the over-voltage "
                f"protection of {over_volts:g} V, or less than {margin:g} V below it; nothing was sent"
            )

    def _taken(self, what: str, value: float, taken: float, rated: float) -> None:
        if abs(taken - value) > RESOLUTION * rated + 0.005:  # some are answered with two decimals
            raise InstrumentError(f"{self._connection.where}: {what} {value:.7g} was sent, it says {taken:.7g}")

    def _as_volts(self, text: str) -> float:
        return as_number(text, -0.02 * self._rated_volts, 1.2 * self._rated_volts)

    def _as_amps(self, text: str) -> float:
        return as_number(text, -0.02 * self._rated_amps, 1.1 * self._rated_amps)

    @property
    @abstractmethod
    def _lock(self) -> TransactionLock: ...
    @abstractmethod
    def identify(self) -> Identity:
        """Ask who answers."""

    @abstractmethod
    def close(self) -> None:
        """Give the wire back; the output stays as it is."""

    @abstractmethod
    def is_on(self) -> bool:
        """Whether the output is on; one that a protection holds off is not."""

    @abstractmethod
    def volts(self) -> float:
        """Measured voltage at the sense terminals, in volts."""

    @abstractmethod
    def amps(self) -> float:
        """Measured current, in amperes."""

    @abstractmethod
    def _set_voltage(self, volts: float) -> None: ...
    @abstractmethod
    def _set_current(self, amps: float) -> None: ...
    @abstractmethod
    def _set_protection(self, volts: float) -> None: ...
    @abstractmethod
    def _current(self) -> float: ...
    @abstractmethod
    def _protection(self) -> float: ...
    @abstractmethod
    def _switch_on(self) -> None: ...
    @abstractmethod
    def _switch_off_at_once(self) -> None: ...
    @abstractmethod
    def _faults(self) -> list[str]: ...


def causes(bits: int) -> list[str]:
    """What holds the output off, by the fault condition register."""
    return [cause for bit, cause in _FAULTS.items() if bits & bit]


def as_on_off(text: str) -> bool:
    """ON or OFF."""
    if text not in ("ON", "OFF"):
        raise ReplyMistake("neither ON nor OFF")
    return text == "ON"
