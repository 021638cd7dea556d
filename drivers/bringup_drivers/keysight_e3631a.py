"""Keysight (Agilent, HP) E3631A: +6 V 5 A, +25 V 1 A and -25 V 1 A, under one output switch.

Source: "E3631A User's Guide", chapter 4. OUTPut:STATe switches all three outputs together, so that
here an output is on when the switch is and the output has its voltage; one that is off beside others that are on is
held at 0 V. The voltage that it is to come on with is kept in the instrument, as its level for triggers.

The instrument has no over-voltage protection. All that it keeps to is its programming range.
"""

from __future__ import annotations

from dataclasses import dataclass

from bringup.capabilities import Identity
from bringup.errors import InstrumentError, OutOfEnvelope
from bringup.hooks import Connection

from .replies import as_boolean, as_number
from .scpi_session import ScpiSession
from .selected_output import SelectedOutput, known_output

STEP = 0.002
"""Coarsest programming resolution of any output, in volts or amperes: 1.5 mV (guide, specifications)."""

OFF_VOLTS = 1e-6
"""A setting below this is zero: the guide prints settings with eight digits."""


@dataclass(frozen=True, slots=True)
class Range:
    """One output's programming range (guide; from memory): 3 % beyond its rating; the sign is the output's."""

    volts: float
    amps: float


RANGES = {1: Range(6.18, 5.15), 2: Range(25.75, 1.03), 3: Range(-25.75, 1.03)}


class KeysightE3631A:
    """A `MultiOutputSupply`: 1 is the +6 V, 2 the +25 V, 3 the -25 V output."""

    def __init__(self, connection: Connection) -> None:
        self._session = ScpiSession(connection)
        self._outputs = {number: E3631Output(connection, self._session, number) for number in RANGES}
        for output in self._outputs.values():
            output.others = tuple(other for other in self._outputs.values() if other is not output)

    def identify(self) -> Identity:
        """Ask `*IDN?`; its third field is 0, not a serial number."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the outputs stay as they are."""
        self._session.close()

    @property
    def channels(self) -> tuple[int, ...]:
        """1, 2 and 3."""
        return tuple(RANGES)

    def output(self, channel: int) -> E3631Output:
        """One output.

        Raises:
            UsageError: no such output.
        """
        return self._outputs[known_output(self._session.where, self.channels, channel)]


class E3631Output:
    """A `PowerSupply`: one output; the third one takes and measures negative volts."""

    def __init__(self, connection: Connection, session: ScpiSession, number: int) -> None:
        self._connection = connection
        self._session = session
        self._range = RANGES[number]
        # On its serial port the instrument takes commands only after SYSTem:REMote (guide, chapter 3).
        before = "SYST:REM;:" if connection.address.upper().startswith("ASRL") else ""
        self._wire = SelectedOutput(session, number, before)
        self.others: tuple[E3631Output, ...] = ()

    def identify(self) -> Identity:
        """The whole supply's."""
        return self._session.identify()

    def close(self) -> None:
        """Nothing: the wire belongs to the supply."""

    def configure(self, *, volts: float, amps: float, over_volts: float) -> None:
        """Set voltage and current limit, verified by reading back.

        Args:
            volts: negative for the third output.
            amps: current limit.
            over_volts: at or above the end of the output's range, as a magnitude: the range is all that limits it.

        Raises:
            OutOfEnvelope: a value is beyond the envelope, or a protection is asked for that there is not.
            InstrumentError: the instrument refused a setting or took another one.
        """
        self._check(volts, amps, over_volts)
        with self._session.lock:
            is_on = self.is_on()
            current_first = amps <= self._wire.number("CURR?", 0, self._range.amps)
            if current_first:
                self._wire.set_number("CURR", amps, STEP)
            self._wire.set_number("VOLT:TRIG", volts, STEP)
            self._wire.set_number("VOLT", volts if is_on else 0.0, STEP)
            if not current_first:
                self._wire.set_number("CURR", amps, STEP)

    def output_on(self) -> None:
        """Bring the output to its voltage; what is off beside it stays at 0 V. Verified.

        Raises:
            InstrumentError: it did not come on.
        """
        with self._session.lock:
            volts = self._level("VOLT:TRIG?")
            if not self._wire.read("OUTP?", as_boolean):
                for output in (self, *self.others):
                    output.hold()
                if not self._wire.set_and_read("OUTP ON", "OUTP?", as_boolean):
                    raise InstrumentError(f"{self._wire.where}: the outputs did not come on; it gives no cause")
            self._wire.set_number("VOLT", volts, STEP)

    def output_off(self) -> None:
        """Take the voltage away at once, then open the switch if no other output needs it; verified.

        Raises:
            InstrumentError: the output is not known to be off.
        """
        with self._session.lock:
            self._wire.off("VOLT 0", "VOLT?", _is_zero)
            if not any(other.has_volts() for other in self.others):
                self._wire.off("OUTP OFF", "OUTP?", lambda text: not as_boolean(text))

    def hold(self) -> None:
        """Program 0 V, and keep the present voltage for when the output comes on; verified."""
        self._wire.set_number("VOLT:TRIG", self._level("VOLT:TRIG?"), STEP)
        self._wire.set_number("VOLT", 0.0, STEP)

    def has_volts(self) -> bool:
        """Whether a voltage is programmed."""
        return abs(self._level("VOLT?")) > OFF_VOLTS

    def is_on(self) -> bool:
        """Whether the switch is on and the output programmed to the voltage that it was configured for."""
        with self._session.lock:
            return self._wire.read("OUTP?", as_boolean) and (
                abs(self._level("VOLT?") - self._level("VOLT:TRIG?")) <= STEP
            )

    def volts(self) -> float:
        """Measured voltage, in volts; negative on the third output."""
        return self._level("MEAS:VOLT?")

    def amps(self) -> float:
        """Measured current, in amperes; its sign is the same for all outputs."""
        return self._wire.number("MEAS:CURR?", -0.1 * self._range.amps, 1.1 * self._range.amps)

    def _level(self, question: str) -> float:
        """A voltage, programmed or measured: some read-back error on either side of the range."""
        end = self._range.volts
        return self._wire.number(question, *sorted((-0.1 * end, 1.1 * end)))

    def _check(self, volts: float, amps: float, over_volts: float) -> None:
        self._connection.check("volts", volts)
        self._connection.check("amps", amps)
        self._connection.check("over_volts", over_volts)
        if over_volts < abs(self._range.volts):
            raise OutOfEnvelope(
                f"{self._wire.where}: a protection at {over_volts:g} V was asked for, and this model has none: "
                f"the output can be set up to {abs(self._range.volts):g} V; nothing was sent"
            )


def _is_zero(text: str) -> bool:
    return abs(as_number(text, -100, 100)) <= OFF_VOLTS
