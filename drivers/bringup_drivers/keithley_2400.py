"""Keithley 2400 source meter: forces volts or amperes with a limit, measures both; ohms at a harmless voltage.

Source: Keithley "Series 2400 SourceMeter User's Manual" (2400S-900-01), sections 17 and 18. Every reading comes with
all five elements, of which the status word says what was forced and measured, so that nobody's change at the front
panel passes unseen. The 2400 measures only while its output is on (+803 otherwise).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bringup.capabilities import Identity
from bringup.errors import InstrumentError, OutOfEnvelope
from bringup.hooks import Connection

from .replies import Overload, ReplyMistake, as_boolean, as_number
from .scpi_session import ScpiSession

HIGHEST_VOLTS = 210.0
HIGHEST_AMPS = 1.05
"""Ends of the highest ranges (appendix A)."""

HIGHEST_VOLTS_AT_FULL_AMPS = 21.0
HIGHEST_AMPS_AT_FULL_VOLTS = 0.105
"""Beyond 21 V no more than 105 mA: the instrument refuses anything else with +826."""

RESOLUTION = 1e-4
"""Coarsest programming step over a value's range, doubled (appendix A: 5 mV on 200 V, 50 µA on 1 A)."""

OFF_TRIES = 3
"""How often switching off is tried before it is given up as unverified (estimate)."""

OHMS_VOLTS, OHMS_AMPS = 0.2, 0.010
"""What `ohms` forces at most: too little to turn a chip on or to harm one."""

LEAKAGE_AMPS = 1e-9
"""A current below this is the meter's own offset (appendix A: 300 pA on the 1 µA range): nothing conducts."""

_FORCES_VOLTS, _FORCES_AMPS = 1 << 14, 1 << 15
_MEASURED = (1 << 11) | (1 << 12)
_MEASURE = ':SENS:FUNC:CONC ON;:SENS:FUNC:OFF "RES";:SENS:FUNC "VOLT","CURR"'
_ONE_READING = ":ARM:COUN 1;SOUR IMM;:TRIG:COUN 1;SOUR IMM;:FORM:DATA ASC;ELEM VOLT,CURR,RES,TIME,STAT;:READ?"


@dataclass(frozen=True, slots=True)
class _Forced:
    """What is forced: `VOLT` or `CURR`, its level, and the limit of the other."""

    function: str
    level: float
    limit: float

    @property
    def other(self) -> str:
        return "CURR" if self.function == "VOLT" else "VOLT"


@dataclass(frozen=True, slots=True)
class _Reading:
    volts: float
    amps: float
    status: int


class Keithley2400:
    """A `SourceMeter` and `Ohmmeter`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = ScpiSession(connection)

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the output stays as it is."""
        self._session.close()

    def force_volts(self, volts: float, *, amps_limit: float) -> None:
        """Source a voltage with a compliance current, each verified by reading back; the output keeps its state.

        Raises:
            OutOfEnvelope: a value is beyond the envelope or the instrument's power; nothing was sent.
            InstrumentError: the instrument refused a setting or took another one.
        """
        self._check(volts, amps_limit)
        with self._session.lock:
            self._force(_Forced("VOLT", volts, abs(amps_limit)))

    def force_amps(self, amps: float, *, volts_limit: float) -> None:
        """Source a current with a compliance voltage, each verified by reading back; the output keeps its state.

        Raises:
            OutOfEnvelope: a value is beyond the envelope or the instrument's power; nothing was sent.
            InstrumentError: the instrument refused a setting or took another one.
        """
        self._check(volts_limit, amps)
        with self._session.lock:
            self._force(_Forced("CURR", amps, abs(volts_limit)))

    def output_on(self) -> None:
        """Switch the output on; verified.

        Raises:
            InstrumentError: it did not come on.
        """
        with self._session.lock:
            if not self._session.set_and_read("OUTP ON", "OUTP?", as_boolean):
                raise InstrumentError(f"{self._session.where}: the output did not come on")

    def output_off(self) -> None:
        """Switch the output off; the command goes out before anything else is read or cleared, then verified.

        Raises:
            InstrumentError: the output is not known to be off.
        """
        with self._session.lock:
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._session.send_at_once("OUTP OFF")
                    if not self.is_on():
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{self._session.where}: the output may be on: {error}") from error
            raise InstrumentError(f"{self._session.where}: the output is on after {OFF_TRIES} times OUTP OFF")

    def is_on(self) -> bool:
        """Whether the output is on."""
        return self._session.read("OUTP?", as_boolean)

    def volts(self) -> float:
        """Measured voltage at the sense terminals, in volts.

        Raises:
            InstrumentError: the output is off.
        """
        return self._measured().volts

    def amps(self) -> float:
        """Measured current, in amperes.

        Raises:
            InstrumentError: the output is off.
        """
        return self._measured().amps

    def in_compliance(self) -> bool:
        """Whether the limit is what holds the output (SENSe:<function>:PROTection:TRIPped?)."""
        tripped = self._session.read_all(("SENS:CURR:PROT:TRIP?", as_boolean), ("SENS:VOLT:PROT:TRIP?", as_boolean))
        return any(tripped)

    def ohms(self, *, four_wire: bool = False) -> float:
        """Resistance from a small forced voltage; infinite where nothing conducts. What was set before is restored.

        At most 0.2 V and 10 mA: a dead rail stays dead.

        Raises:
            OutOfEnvelope: not even that is allowed here.
            InstrumentError: the output is on, for something else.
        """
        self._check(OHMS_VOLTS, OHMS_AMPS)
        with self._session.lock:
            if self.is_on():
                raise InstrumentError(f"{self._session.where}: its output is on; switch it off before measuring ohms")
            before, sense = self._forced(), self._session.read("SYST:RSEN?", as_boolean)
            try:
                self._sense_with(four_wire=four_wire)
                self._force(_Forced("VOLT", OHMS_VOLTS, OHMS_AMPS))
                self.output_on()
                reading = self._read()
            finally:
                self.output_off()
            self._sense_with(four_wire=sense)
            self._force(before)
        if abs(reading.amps) < LEAKAGE_AMPS:
            return math.inf
        return reading.volts / reading.amps

    # Settings.

    def _check(self, volts: float, amps: float) -> None:
        self._connection.check("volts", volts)
        self._connection.check("amps", amps)
        if abs(volts) > HIGHEST_VOLTS_AT_FULL_AMPS and abs(amps) > HIGHEST_AMPS_AT_FULL_VOLTS:
            raise OutOfEnvelope(
                f"{self._session.where}: {volts:g} V and {amps:g} A together are more than the instrument can do: "
                f"beyond {HIGHEST_VOLTS_AT_FULL_AMPS:g} V no more than {HIGHEST_AMPS_AT_FULL_VOLTS:g} A; "
                "nothing was sent"
            )

    def _force(self, wanted: _Forced) -> None:
        """Set function, level and limit; never lets more through than the higher one of old and new limit.

        A source of the other kind is switched off before the change and on after it.
        """
        present = self._forced()
        was_on = self.is_on()
        if present.function != wanted.function and was_on:
            self.output_off()
        self._session.set(f"{_MEASURE};:SOUR:FUNC {wanted.function}")
        if self._function() != wanted.function:
            raise InstrumentError(f"{self._session.where}: SOUR:FUNC {wanted.function} was sent, and it did not follow")
        fixed = f":SOUR:{wanted.function}:MODE FIX;RANG:AUTO ON;:SENS:{wanted.other}:RANG:AUTO ON;:SOUR:CLE:AUTO OFF"
        self._session.set(fixed)
        limit = (f"SENS:{wanted.other}:PROT", wanted.limit)
        level = (f"SOUR:{wanted.function}", wanted.level)
        falling = wanted.limit <= self._number(f"SENS:{wanted.other}:PROT?")
        for header, value in (limit, level) if falling else (level, limit):
            self._set(header, value)
        if present.function != wanted.function and was_on:
            self.output_on()

    def _set(self, header: str, value: float) -> None:
        taken = self._session.set_and_read(f"{header} {value:.7g}", f"{header}?", _setting)
        if abs(taken - value) > RESOLUTION * 10.0 ** math.ceil(math.log10(max(abs(value), 1e-7))):
            raise InstrumentError(f"{self._session.where}: {header} {value:.7g} was sent, it says {taken:.7g}")

    def _sense_with(self, *, four_wire: bool) -> None:
        """SYSTem:RSENse: sense at the load, or at the output."""
        if self._session.set_and_read(f"SYST:RSEN {four_wire:d}", "SYST:RSEN?", as_boolean) != four_wire:
            raise InstrumentError(f"{self._session.where}: SYST:RSEN {four_wire:d} was sent, and it did not follow")

    def _forced(self) -> _Forced:
        """What is set now."""
        function = self._function()
        other = "CURR" if function == "VOLT" else "VOLT"
        level, limit = self._session.read_all((f"SOUR:{function}?", _setting), (f"SENS:{other}:PROT?", _setting))
        return _Forced(function, level, limit)

    def _function(self) -> str:
        return self._session.read("SOUR:FUNC?", _function)

    def _number(self, question: str) -> float:
        return self._session.read(question, _setting)

    # Readings.

    def _measured(self) -> _Reading:
        with self._session.lock:
            if not self.is_on():
                raise InstrumentError(f"{self._session.where}: its output is off, and it measures only while it is on")
            return self._read()

    def _read(self) -> _Reading:
        """One reading of both, whatever was chosen at the front panel before."""
        return self._session.read(f"{_MEASURE};{_ONE_READING}", _reading)


def _setting(text: str) -> float:
    return as_number(text, -HIGHEST_VOLTS * (1 + RESOLUTION), HIGHEST_VOLTS * (1 + RESOLUTION))


def _function(text: str) -> str:
    if text not in ("VOLT", "CURR"):
        raise ReplyMistake("neither of the two source functions")
    return text


def _reading(text: str) -> _Reading:
    """The five elements of one reading; the status word must say that both were measured."""
    fields = text.split(",")
    if len(fields) != 5:
        raise ReplyMistake("not the five elements of one reading")
    status = round(as_number(fields[4], 0, 2**24 - 1))
    if status & _MEASURED != _MEASURED or not status & (_FORCES_VOLTS | _FORCES_AMPS):
        raise ReplyMistake("not a reading of volts and amperes")
    if bool(status & _FORCES_VOLTS) == bool(status & _FORCES_AMPS):
        raise ReplyMistake("not a reading of one source")
    volts = _finite(fields[0], HIGHEST_VOLTS * 1.01, "volts")
    amps = _finite(fields[1], HIGHEST_AMPS * 1.01, "amperes")
    return _Reading(volts, amps, status)


def _finite(text: str, highest: float, what: str) -> float:
    try:
        return as_number(text, -highest, highest)
    except Overload:
        raise ReplyMistake(f"the {what} are beyond the range: an overload") from None
