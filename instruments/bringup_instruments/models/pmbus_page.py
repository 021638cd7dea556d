"""One page of a simulated PMBus regulator: its registers, its latched status, and what they ask of its rail.

Neighbours: `pmbus_device.py` decodes commands and keeps the pages, `physics/rails.py` has the rail. Sections are of
PMBus 1.3 part II.
"""

from __future__ import annotations

from bringup.pmbus import (
    Command,
    Operation,
    Status,
    StatusCml,
    StatusInput,
    StatusIout,
    StatusTemperature,
    StatusVout,
    StatusWord,
    from_linear11,
    to_linear11,
    to_ulinear16,
)
from bringup.pmbus.commands import CONTROLLED, OBEYS_OPERATION
from bringup.pmbus.operation import SOURCE_BITS

from ..physics.parameters import Role
from ..physics.rails import Protection, Rail

MARGIN = 0.03
"""Of the margins that a configuration holds, from nominal (estimate)."""

UNDER_VOLTAGE = 0.5
"""Of the nominal voltage: the configured VOUT_UV_FAULT_LIMIT (estimate, below every voltage that a plan may set)."""

TRIP_CELSIUS = 125.0
"""The configured OT_FAULT_LIMIT (estimate)."""

SLEW_MILLIVOLTS_PER_MICROSECOND = 10.0
"""The configured VOUT_TRANSITION_RATE (estimate). It is kept, not obeyed: a set-point of the physics moves at once."""

CONTROL_PIN_ACTIVE_HIGH = 0x02
CONTROL_PIN_COUNTS = 0x04
"""Of ON_OFF_CONFIG (12.2). Here the pin is tied to its active level, so it never holds an output off."""

_VOUT_OF = {
    Protection.OVER_VOLTAGE: StatusVout.OV_FAULT,
    Protection.UNDER_VOLTAGE: StatusVout.UV_FAULT,
}
VOLTAGES = (
    Command.VOUT_COMMAND,
    Command.VOUT_MAX,
    Command.VOUT_MARGIN_HIGH,
    Command.VOUT_MARGIN_LOW,
    Command.VOUT_OV_FAULT_LIMIT,
    Command.VOUT_UV_FAULT_LIMIT,
)


class PmbusPage:
    """The registers of one output.

    Args:
        number: of the page.
        rail: that it drives.
        exponent: of its VOUT_MODE.

    Attributes:
        registers: what was written to it, or configured, by command.
        latched: a fault has turned the output off; it stays off until it is commanded off and on again (10.7).
    """

    def __init__(self, number: int, rail: Rail, exponent: int) -> None:
        self.number = number
        self.rail = rail
        self.exponent = exponent
        self.step = 2.0**exponent
        self.registers: dict[Command, int] = {}
        self.latched = False
        self.vout = StatusVout(0)
        self.iout = StatusIout(0)
        self.input = StatusInput(0)
        self.temperature = StatusTemperature(0)
        self._amps_as_configured = rail.limit_amps
        self.as_configured()

    def as_configured(self) -> None:
        """What the configuration has: after input power, whatever was set before."""
        facts = self.rail.parameters
        always_on = facts.role is Role.STANDBY
        obeys = CONTROLLED | OBEYS_OPERATION | CONTROL_PIN_ACTIVE_HIGH
        self.registers = {
            Command.OPERATION: Operation.ON if always_on else Operation.OFF,
            Command.ON_OFF_CONFIG: CONTROL_PIN_ACTIVE_HIGH if always_on else obeys,
            Command.VOUT_MODE: self.exponent & 0x1F,
            Command.VOUT_COMMAND: self.word(facts.volts),
            Command.VOUT_MAX: self._word_up_to(facts.abs_max_volts),
            Command.VOUT_MARGIN_HIGH: self.word(facts.volts * (1.0 + MARGIN)),
            Command.VOUT_MARGIN_LOW: self.word(facts.volts * (1.0 - MARGIN)),
            Command.VOUT_TRANSITION_RATE: to_linear11(SLEW_MILLIVOLTS_PER_MICROSECOND),
            Command.VOUT_OV_FAULT_LIMIT: self._word_up_to(facts.abs_max_volts),
            Command.VOUT_UV_FAULT_LIMIT: self.word(facts.volts * UNDER_VOLTAGE),
            Command.OT_FAULT_LIMIT: to_linear11(TRIP_CELSIUS),
        }
        if self._amps_as_configured is not None:
            self.registers[Command.IOUT_OC_FAULT_LIMIT] = to_linear11(self._amps_as_configured)
            self.rail.limit_amps = self._amps_as_configured
        self.latched = False
        self.forget_faults()

    @property
    def operation(self) -> Operation:
        """What it is told to do."""
        return Operation.of(self.registers[Command.OPERATION])

    def operate(self, byte: int) -> None:
        """Take over an OPERATION byte; off ends a latch, and on after off clears the status (10.2.3).

        Raises:
            ValueError: the specification has not given out such a byte.
        """
        before, now = self.operation, Operation.of(byte)
        self.registers[Command.OPERATION] = byte
        if not now.is_on:
            self.latched = False
        elif not before.is_on:
            self.forget_faults()

    @property
    def wants_on(self) -> bool:
        """Whether the output is to be on (12.2)."""
        config = self.registers[Command.ON_OFF_CONFIG]
        if self.latched:
            return False
        if config & CONTROLLED and config & OBEYS_OPERATION:
            return self.operation.is_on
        return not config & CONTROLLED or bool(config & CONTROL_PIN_COUNTS)

    @property
    def wanted_word(self) -> int:
        """The voltage register that counts now; VOUT_MAX at most (13.5)."""
        sources = {0x10: Command.VOUT_MARGIN_LOW, 0x20: Command.VOUT_MARGIN_HIGH}
        source = sources.get(self.operation & SOURCE_BITS, Command.VOUT_COMMAND)
        return min(self.registers[source], self.registers[Command.VOUT_MAX])

    def adopt(self) -> None:
        """The firmware has moved the rail by its own way, which is by these registers too: take over what it did.

        It goes past VOUT_MAX, as the controller's `rail set` always did.
        """
        rail = self.rail
        if rail.on and (self.latched or not self.operation.is_on):
            self.operate(Operation.OFF)
            self.operate(Operation.ON)
        elif not rail.on and self.operation.is_on and not self.latched:
            self.operate(Operation.OFF)
        if abs(rail.set_volts - self.wanted_word * self.step) > 0.5 * self.step:
            self.registers[Command.VOUT_COMMAND] = self.word(rail.set_volts)
            if self.operation.is_on:
                self.registers[Command.OPERATION] = Operation.ON
            self.warn()

    def warn(self) -> None:
        """Say that VOUT_MAX is in the way, if it is (13.5)."""
        if self.registers[Command.VOUT_COMMAND] > self.registers[Command.VOUT_MAX]:
            self.vout |= StatusVout.MAX_MIN_WARNING

    def outside_limits(self) -> Protection | None:
        """The voltage fault of what the output is to regulate to; none where a margin masks faults (12.1)."""
        if not self.rail.on or self.operation.masks_faults:
            return None
        volts = self.rail.set_volts
        if volts > self.registers[Command.VOUT_OV_FAULT_LIMIT] * self.step:
            return Protection.OVER_VOLTAGE
        if volts < self.registers[Command.VOUT_UV_FAULT_LIMIT] * self.step:
            return Protection.UNDER_VOLTAGE
        return None

    def trip_celsius(self) -> float:
        """Above it the regulator turns off."""
        return from_linear11(self.registers[Command.OT_FAULT_LIMIT]).value

    def note(self, protection: Protection) -> None:
        """A protection acts: the output stays off, and the status says why, unless the chip asked for it."""
        self.latched = True
        self.vout |= _VOUT_OF.get(protection, StatusVout(0))
        if protection is Protection.OVER_CURRENT:
            self.iout |= StatusIout.OC_FAULT
        elif protection is Protection.OVER_TEMPERATURE:
            self.temperature |= StatusTemperature.OT_FAULT

    def forget_faults(self) -> None:
        """Clear what is latched; what is still so is set again at once (10.2.6)."""
        self.vout, self.iout, self.input = StatusVout(0), StatusIout(0), StatusInput(0)
        self.temperature = StatusTemperature(0)
        self.warn()

    def clear(self, command: Command, bits: int) -> None:
        """Clear the bits of a status register that are 1 in what is written to it (10.2.4)."""
        if command is Command.STATUS_VOUT:
            self.vout &= ~StatusVout(bits)
        elif command is Command.STATUS_IOUT:
            self.iout &= ~StatusIout(bits)
        elif command is Command.STATUS_INPUT:
            self.input &= ~StatusInput(bits)
        elif command is Command.STATUS_TEMPERATURE:
            self.temperature &= ~StatusTemperature(bits & 0xF0)

    def status(self, at_s: float, cml: StatusCml) -> Status:
        """All status registers."""
        word = StatusWord(0)
        bits = (
            (self.vout, StatusWord.VOUT),
            (self.iout, StatusWord.IOUT_POUT),
            (self.input, StatusWord.INPUT),
            (self.temperature, StatusWord.TEMPERATURE),
            (cml, StatusWord.CML),
            (self.vout & StatusVout.OV_FAULT, StatusWord.VOUT_OV_FAULT),
            (self.iout & StatusIout.OC_FAULT, StatusWord.IOUT_OC_FAULT),
            (not self.rail.on, StatusWord.OFF),
            (not self.rail.power_good(at_s), StatusWord.POWER_GOOD_NEGATED),
            ((self.vout & ~StatusVout.OV_FAULT) | (self.iout & ~StatusIout.OC_FAULT), StatusWord.NONE_OF_THE_ABOVE),
        )
        for so, bit in bits:
            word |= bit if so else StatusWord(0)
        return Status(word, self.vout, self.iout, self.input, self.temperature, cml)

    def word(self, volts: float) -> int:
        """The ULINEAR16 word of a voltage, or the end of the range that it is beyond."""
        return to_ulinear16(min(max(0.0, volts), 0xFFFF * self.step), self.exponent)

    def _word_up_to(self, volts: float) -> int:
        """The largest word that is not above `volts`."""
        word = self.word(volts)
        return word - 1 if word * self.step > volts else word
