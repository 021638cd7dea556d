"""Rohde & Schwarz (HAMEG) HMP4000 series: three or four outputs of 32 V and 10 A.

Source: "HMP Series SCPI Programmer's Manual" (5800.5760.02). Channels are selected (INSTrument:NSELect), a channel
is on when it is activated (OUTPut:SELect) and the master switch (OUTPut:GENeral) is on; OUTPut:STATe ON does both.
"""

from __future__ import annotations

from bringup.capabilities import Identity
from bringup.errors import InstrumentError, OutOfEnvelope
from bringup.hooks import Connection

from .replies import as_boolean
from .scpi_session import ScpiSession
from .selected_output import SelectedOutput, known_output

VOLTS_STEP = 0.001
"""Resolution of voltage and protection, in volts (data sheet)."""

AMPS_STEP = 0.001
"""Resolution of the current from 1 A on; it is finer below (data sheet)."""

CLEARANCE_VOLTS = 0.1
"""Over-voltage protection above the setting: less would trip on ripple and read-back error (estimate)."""

HIGHEST_VOLTS, HIGHEST_AMPS = 33.0, 10.01
"""Beyond these no HMP4000 measures or sets anything (data sheet)."""


class RohdeSchwarzHmp:
    """A `MultiOutputSupply` of the series."""

    def __init__(self, connection: Connection) -> None:
        self._session = ScpiSession(connection)
        self._channels = tuple(range(1, int(connection.model[-2]) + 1))  # HMP4030, HMP4040
        self._outputs = {number: HmpOutput(connection, self._session, number) for number in self._channels}
        for output in self._outputs.values():
            output.others = tuple(other for other in self._outputs.values() if other is not output)

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the outputs stay as they are."""
        self._session.close()

    @property
    def channels(self) -> tuple[int, ...]:
        """1 to 3 or 4."""
        return self._channels

    def output(self, channel: int) -> HmpOutput:
        """One output.

        Raises:
            UsageError: no such output.
        """
        return self._outputs[known_output(self._session.where, self._channels, channel)]


class HmpOutput:
    """A `PowerSupply`: one channel of the supply."""

    def __init__(self, connection: Connection, session: ScpiSession, number: int) -> None:
        self._connection = connection
        self._session = session
        self._wire = SelectedOutput(session, number)
        self.others: tuple[HmpOutput, ...] = ()

    def identify(self) -> Identity:
        """The whole supply's."""
        return self._session.identify()

    def close(self) -> None:
        """Nothing: the wire belongs to the supply."""

    def configure(self, *, volts: float, amps: float, over_volts: float) -> None:
        """Set voltage, current limit and over-voltage protection, each verified by reading back.

        The order never lets more through than the higher one of old and new, and keeps the protection above the
        voltage at every moment, which would trip otherwise.

        Raises:
            OutOfEnvelope: a value is beyond the envelope, or the protection too near to the voltage.
            InstrumentError: the instrument refused a setting or took another one.
        """
        self._check(volts, amps, over_volts)
        with self._session.lock:
            protection_first = over_volts >= self._wire.number("VOLT:PROT:LEV?", 0, HIGHEST_VOLTS)
            current_first = amps <= self._wire.number("CURR?", 0, HIGHEST_AMPS)
            voltage = ("VOLT", volts, VOLTS_STEP)
            protection = ("VOLT:PROT:LEV", over_volts, VOLTS_STEP)
            current = ("CURR", amps, AMPS_STEP)
            levels = (protection, voltage) if protection_first else (voltage, protection)
            for header, value, step in (current, *levels) if current_first else (*levels, current):
                self._wire.set_number(header, value, step)

    def output_on(self) -> None:
        """Switch the output on; verified.

        Raises:
            InstrumentError: it did not come on; the message says what tripped.
        """
        with self._session.lock:
            # Raising the master switch would bring up every other channel that is still activated.
            if not self._wire.read("OUTP:GEN?", as_boolean):
                for other in self.others:
                    other.deactivate()
            accepted = self._wire.set_and_read("OUTP ON", "OUTP?", as_boolean)
            causes = self._trips()
            if not accepted or causes:
                raise InstrumentError(
                    f"{self._wire.where}: the output did not come on: {', '.join(causes) or 'it gives no cause'}"
                )

    def output_off(self) -> None:
        """Switch the output off; the command goes out before anything else is read or cleared, then verified.

        Raises:
            InstrumentError: the output is not known to be off.
        """
        self._wire.off("OUTP OFF", "OUTP?", lambda text: not as_boolean(text))

    def deactivate(self) -> None:
        """Take the channel out of what the master switch switches; verified."""
        if self._wire.set_and_read("OUTP:SEL OFF", "OUTP:SEL?", as_boolean):
            raise InstrumentError(f"{self._wire.where}: OUTP:SEL OFF was sent, it stays activated")

    def is_on(self) -> bool:
        """Whether the channel is activated and the master switch on."""
        return self._wire.read("OUTP?", as_boolean)

    def volts(self) -> float:
        """Measured voltage, in volts."""
        return self._wire.number("MEAS:VOLT?", -0.1 * HIGHEST_VOLTS, 1.1 * HIGHEST_VOLTS)

    def amps(self) -> float:
        """Measured current, in amperes."""
        return self._wire.number("MEAS:CURR?", -0.1 * HIGHEST_AMPS, 1.1 * HIGHEST_AMPS)

    def _trips(self) -> list[str]:
        questions = {"VOLT:PROT:TRIP?": "over-voltage tripped", "FUSE:TRIP?": "electronic fuse tripped"}
        return [cause for question, cause in questions.items() if self._wire.read(question, as_boolean)]

    def _check(self, volts: float, amps: float, over_volts: float) -> None:
        self._connection.check("volts", volts)
        self._connection.check("amps", amps)
        self._connection.check("over_volts", over_volts)
        if volts + CLEARANCE_VOLTS > over_volts:
            raise OutOfEnvelope(
                f"{self._wire.where}: the over-voltage protection of {over_volts:g} V must be at least "
                f"{CLEARANCE_VOLTS:g} V above the voltage of {volts:g} V; nothing was sent"
            )
