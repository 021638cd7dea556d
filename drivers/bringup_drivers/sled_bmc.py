"""A sled's management controller, at the far end of its serial console.

The language is that of the bringup sled's controller, one line per command (`rail set vdd_core 0.75`), echoed,
answered in lines of `key=value`, errors as `error: …`. Every set is read back before the call returns. Its I2C buses
are reached by `i2c_tools.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from bringup.capabilities import HostState, I2cMessage, Identity, InputReading, RailReading
from bringup.clock import until
from bringup.errors import InstrumentError
from bringup.hooks import Connection

from .console_session import ConsoleSession
from .i2c_tools import I2cTools
from .replies import ReplyMistake, as_number, as_sled_identity

T = TypeVar("T")

PROMPT = "bmc> "

LARGEST_READING = 1e8
"""Of telemetry that is well-formed. One that no sled can have is what the firmware says: the balances judge it."""

RAIL_STEP_VOLTS = 0.005
"""Coarsest set-point step of the regulators in use (5 mV of AVSBus and SVID); a read-back is half of it off."""

CLOCK_STEP_HERTZ = 25e6
"""Coarsest step of a core clock's PLL (estimate: a 25 MHz reference); a read-back is half of it off."""

HOST_OFF_S = 5.0
"""How long a host may take to be held in reset (estimate)."""

MOST_VOLTS, MOST_AMPS = 100.0, 10_000.0
"""Beyond them no reading of a sled is believed."""

_RAIL_NAME = re.compile(r"[a-z0-9_]+(?:\.\d+)?", re.IGNORECASE)
_RAIL = re.compile(r"(\S+) (on|off) pg=([01]) set=(\S+) volts=(\S+) amps=(\S+)")
_INPUT = re.compile(r"vin volts=(\S+) amps=(\S+) watts=(\S+)")
_SENSOR = re.compile(r"(\S+) (\S+) C")
_CLOCK = re.compile(r"clock set=(\S+) measured=(\S+)")


class SledBmc:
    """A `SledController` on a console, and an `I2cBus` by the tools of its shell."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._clock = connection.lab.clock
        self._console = ConsoleSession(connection, PROMPT)
        self._i2c = I2cTools(self._console)

    def identify(self) -> Identity:
        """Ask `id`."""
        return self._ask("id", as_sled_identity)

    def close(self) -> None:
        """Give the wire back; rails and host stay as they are."""
        self._console.close()

    def rail_on(self, rail: str) -> None:
        """Enable every instance that the name means; verified by reading back."""
        self._switch(rail, "on")

    def rail_off(self, rail: str) -> None:
        """Disable every instance that the name means; verified by reading back."""
        self._switch(rail, "off")

    def set_rail(self, rail: str, volts: float) -> None:
        """Move a set-point, in volts; verified by reading back within half a step of the regulator.

        Raises:
            OutOfEnvelope: `volts` is beyond what station and product allow for this rail; nothing was sent.
            InstrumentError: the controller refused it or took another value.
        """
        name = self._rail_name(rail)
        self._connection.check(name.partition(".")[0], volts)
        self._connection.check(name, volts)
        with self._console.lock:
            self._command(f"rail set {name} {volts:.6f}")
            for reading in self.read_rail(name):
                if abs(reading.set_volts - volts) > RAIL_STEP_VOLTS / 2 + 1e-4:
                    raise InstrumentError(
                        f"{self._console.where}: {reading.name} was set to {volts:g} V, it says {reading.set_volts:g} V"
                    )

    def read_rail(self, rail: str) -> tuple[RailReading, ...]:
        """Read every instance that the name means: volts, amperes, on, power good."""
        name = self._rail_name(rail)
        return self._ask(f"rail read {name}", lambda lines: _rails(name, lines))

    def input(self) -> InputReading:
        """Read the 54 V input: volts, amperes, watts."""
        return self._ask("vin", _input)

    def sensors(self) -> Mapping[str, float]:
        """Every temperature sensor by name, in degrees Celsius, as the controller reads it."""
        return self._ask("sensors", _sensors)

    def set_clock(self, hertz: float) -> None:
        """Command the core clock, in hertz; verified by reading the command back, not by the counter.

        Raises:
            OutOfEnvelope: beyond what station and product allow; nothing was sent.
            InstrumentError: the controller refused it or took another value.
        """
        self._connection.check("hertz", hertz)
        with self._console.lock:
            self._command(f"clock set {hertz:.0f}")
            taken, _ = self._ask("clock read", _clock)
        if abs(taken - hertz) > CLOCK_STEP_HERTZ / 2:
            raise InstrumentError(f"{self._console.where}: the clock was set to {hertz:.0f} Hz, it says {taken:.0f} Hz")

    def measured_clock(self) -> float:
        """What the clock counter says, in hertz."""
        return self._ask("clock read", _clock)[1]

    def host_on(self) -> None:
        """Start the host's boot; returns at once, when the controller says that it boots (or is up)."""
        with self._console.lock:
            self._command("host on")
            if self.host_state() is HostState.OFF:
                raise InstrumentError(f"{self._console.where}: the host stayed off after 'host on'")

    def host_off(self) -> None:
        """Hold the host in reset, hung or not; verified by its state."""
        self._command("host off")
        if not until(self._clock, lambda: self.host_state() is HostState.OFF, HOST_OFF_S, poll_s=0.5):
            raise InstrumentError(f"{self._console.where}: the host is not off {HOST_OFF_S:g} s after 'host off'")

    def host_state(self) -> HostState:
        """What the host is doing."""
        return self._ask("host status", _host_state)

    def transfer(self, bus: int, *messages: I2cMessage) -> tuple[bytes, ...]:
        """Carry out I2C messages as one transaction, which is one command of the console.

        Raises:
            NotAcknowledged: an address or a byte was not acknowledged.
            InstrumentError: there is no such bus, or the messages cannot be typed.
        """
        return self._i2c.transfer(bus, *messages)

    def scan(self, bus: int) -> tuple[int, ...]:
        """The addresses that answer on an I2C bus; every one is probed."""
        return self._i2c.scan(bus)

    def _switch(self, rail: str, to: str) -> None:
        name = self._rail_name(rail)
        with self._console.lock:
            self._command(f"rail {to} {name}")
            wrong = [reading.name for reading in self.read_rail(name) if reading.on != (to == "on")]
        if wrong:
            raise InstrumentError(f"{self._console.where}: not {to} after 'rail {to} {name}': {', '.join(wrong)}")

    def _rail_name(self, rail: str) -> str:
        if not _RAIL_NAME.fullmatch(rail):
            raise InstrumentError(f"{self._console.where}: {rail!r} cannot be a rail's name; nothing was sent")
        return rail

    def _command(self, line: str) -> None:
        """Send a command that is answered by nothing but the prompt, or by one line that says so."""
        self._console.ask(line)

    def _ask(self, line: str, meaning: Callable[[list[str]], T]) -> T:
        lines = self._console.ask(line)
        try:
            return meaning(lines)
        except ReplyMistake as mistake:
            raise self._console.bad_reply(line, lines, mistake) from None


def _only(lines: list[str], pattern: re.Pattern[str]) -> re.Match[str]:
    match = pattern.fullmatch(lines[0]) if len(lines) == 1 else None
    if not match:
        raise ReplyMistake(f"not one line as in {pattern.pattern!r}")
    return match


def _rails(asked: str, lines: list[str]) -> tuple[RailReading, ...]:
    readings = tuple(_rail(line) for line in lines)
    names = [reading.name for reading in readings]
    if not names or len(set(names)) != len(names):
        raise ReplyMistake("no instance, or one of them twice")
    if any(name != asked and name.partition(".")[0] != asked for name in names):
        raise ReplyMistake("another rail's answer")
    return readings


def _rail(line: str) -> RailReading:
    match = _RAIL.fullmatch(line)
    if not match:
        raise ReplyMistake(f"not a rail's line: {line!r}")
    return RailReading(
        name=match[1],
        on=match[2] == "on",
        power_good=match[3] == "1",
        set_volts=as_number(match[4], 0, MOST_VOLTS),
        volts=as_number(match[5], -1, MOST_VOLTS),
        amps=as_number(match[6], -100, MOST_AMPS),
    )


def _input(lines: list[str]) -> InputReading:
    match = _only(lines, _INPUT)
    return InputReading(
        volts=as_number(match[1], -1, LARGEST_READING),
        amps=as_number(match[2], -LARGEST_READING, LARGEST_READING),
        watts=as_number(match[3], -LARGEST_READING, LARGEST_READING),
    )


def _sensors(lines: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in lines:
        match = _SENSOR.fullmatch(line)
        if not match or match[1] in found:
            raise ReplyMistake(f"not a sensor's line, or one of them twice: {line!r}")
        found[match[1]] = as_number(match[2], -LARGEST_READING, LARGEST_READING)
    if not found:
        raise ReplyMistake("no sensor at all")
    return found


def _clock(lines: list[str]) -> tuple[float, float]:
    match = _only(lines, _CLOCK)
    return as_number(match[1], 0, 1e11), as_number(match[2], 0, 1e11)


def _host_state(lines: list[str]) -> HostState:
    try:
        (word,) = lines
        return HostState(word)
    except ValueError:
        raise ReplyMistake(f"none of {', '.join(HostState)}") from None
