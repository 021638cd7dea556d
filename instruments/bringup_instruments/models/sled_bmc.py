"""The sled's management controller on its serial console: rails, clock, sensors, the host's power, and its I2C buses.

Alive whenever the 54 V input is above its lock-out, silent otherwise. Readings are telemetry: quantised, with the
offsets that this unit drew. Neighbours: the driver's pyserial port above (`wires/serial_urls`), `SledPhysics` below,
`i2c_tools.py` with the commands that reach the regulators.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from bringup.errors import UnknownName
from bringup.nearest import unknown

from ..physics import SledPhysics
from ..physics.draw import normal
from ..physics.regulator import as_measured
from .i2c_bus import buses_of
from .i2c_tools import TOOLS, run_tool
from .line_shell import LineShell

if TYPE_CHECKING:
    from ..catalogue import Placement

PROMPT = "bmc> "
HELP = """rail list | rail on NAME | rail off NAME | rail set NAME VOLTS | rail read NAME
vin | sensors | clock set HZ | clock read | host on | host off | host status | id | help \
| i2ctransfer | i2cdetect | i2cget | i2cset"""
_VOLTS_STEP = 2.0**-12
_AMPS_STEP = 0.1


class Mistyped(ValueError):
    """A command line that cannot be carried out; the text is the answer."""


class SledBmc:
    """`world.Console` of one sled's controller.

    Args:
        sled: what it manages.
        reply_s: how long the firmware takes for a command.

    Attributes:
        buses: its I2C buses by number, with the sled's regulators on them.
    """

    def __init__(self, sled: SledPhysics, reply_s: float = 0.020) -> None:
        self._sled = sled
        self.buses = buses_of(sled)
        self._shell = LineShell(PROMPT, self._answer, reply_s)
        self._power_ups = 0
        self._now_s = 0.0
        self._commands: dict[tuple[str, ...], tuple[int, Callable[..., list[str]]]] = {
            ("rail", "list"): (0, self._rail_list),
            ("rail", "on"): (1, self._rail_on),
            ("rail", "off"): (1, self._rail_off),
            ("rail", "set"): (2, self._rail_set),
            ("rail", "read"): (1, self._rail_read),
            ("vin",): (0, self._vin),
            ("sensors",): (0, self._sensors),
            ("clock", "set"): (1, self._clock_set),
            ("clock", "read"): (0, self._clock_read),
            ("host", "on"): (0, self._host_on),
            ("host", "off"): (0, self._host_off),
            ("host", "status"): (0, self._host_status),
            ("id",): (0, self._id),
            ("help",): (0, HELP.splitlines),
        }

    def receive(self, at_s: float, data: bytes) -> None:
        """The line brings `data`; a dead controller hears nothing."""
        if self._alive(at_s):
            self._shell.receive(at_s, data)

    def transmit(self, at_s: float) -> bytes:
        """Take what the controller has sent."""
        return self._shell.transmit(at_s) if self._alive(at_s) else b""

    def next_at(self, at_s: float) -> float | None:
        """When an answer in the making will be out."""
        return self._shell.next_at() if self._alive(at_s) else None

    def _alive(self, at_s: float) -> bool:
        self._sled.advance(at_s)
        entry = self._sled.input
        if not entry.powered or entry.power_ups != self._power_ups:
            self._power_ups = entry.power_ups
            self._shell.reset()
        return entry.powered

    def _answer(self, at_s: float, line: str) -> list[str]:
        self._now_s = at_s
        words = line.split()
        if words[0] in TOOLS:
            return run_tool(self.buses, at_s, words)
        for length in (2, 1):
            if found := self._commands.get(tuple(words[:length])):
                return self._carry_out(found, words[length:], line)
        groups = {*(" ".join(name) for name in self._commands), *TOOLS}
        return [f"error: {unknown('command', ' '.join(words[:2]), groups)}"]

    def _carry_out(self, command: tuple[int, Callable[..., list[str]]], arguments: list[str], line: str) -> list[str]:
        count, act = command
        if len(arguments) != count:
            return [f"error: {line!r} has {len(arguments)} arguments where {count} are wanted; see 'help'"]
        try:
            return act(*arguments)
        except (UnknownName, ValueError) as error:
            return [f"error: {error}"]

    def _rail_list(self) -> list[str]:
        return [rail.name for rail in self._sled.parameters.rails]

    def _rail_on(self, name: str) -> list[str]:
        self._sled.rail_on(self._now_s, name)
        return []

    def _rail_off(self, name: str) -> list[str]:
        self._sled.rail_off(self._now_s, name)
        return []

    def _rail_set(self, name: str, volts: str) -> list[str]:
        wanted = _number(volts, "voltage")
        if wanted < 0.0:
            raise Mistyped(f"a rail cannot be set to {wanted:g} V")
        self._sled.set_rail(self._now_s, name, wanted)
        return []

    def _rail_read(self, name: str) -> list[str]:
        return [self._rail_line(instance) for instance in self._sled.instances(name)]

    def _rail_line(self, instance: str) -> str:
        seen = self._sled.read_rail(self._now_s, instance)
        exact_volts, exact_amps = as_measured(self._sled.serial_number, self._sled.parameters.variation, seen)
        volts = max(0.0, _quantise(exact_volts, _VOLTS_STEP))
        amps = _quantise(exact_amps, _AMPS_STEP)
        state = "on" if seen.on else "off"
        good = int(seen.power_good)
        return f"{instance} {state} pg={good} set={seen.set_volts:.4f} volts={volts:.4f} amps={amps:.1f}"

    def _vin(self) -> list[str]:
        volts, amps, watts = (self._of_input(what) for what in ("volts", "amps", "watts"))
        return [f"vin volts={volts:.2f} amps={amps:.2f} watts={watts:.1f}"]

    def _of_input(self, what: str) -> float:
        """By the product's own sensor, else as the hot-swap controller would measure it."""
        name, sled = f"vin.{what}", self._sled
        if name in sled.telemetry.names("console"):
            return sled.telemetry.read(self._now_s, name, "console").value
        seen = sled.vin(self._now_s)
        gain = 1.0 + sled.parameters.variation.current_sigma * self._draw("vin", "amps")
        return {"volts": seen.volts, "amps": seen.amps * gain, "watts": seen.volts * seen.amps * gain}[what]

    def _sensors(self) -> list[str]:
        shown = self._sled.telemetry
        return [
            f"{name} {shown.read(self._now_s, name, 'console').value:.1f} C"
            for name in shown.names("console")
            if shown.unit(name) == "degC"
        ]

    def _clock_set(self, hertz: str) -> list[str]:
        self._sled.set_clock(self._now_s, _number(hertz, "frequency"))
        return []

    def _clock_read(self) -> list[str]:
        measured = self._sled.measured_clock(self._now_s)
        return [f"clock set={self._sled.set_clock_hertz():.0f} measured={measured:.0f}"]

    def _host_on(self) -> list[str]:
        self._sled.host_on(self._now_s)
        return []

    def _host_off(self) -> list[str]:
        self._sled.host_off(self._now_s)
        return []

    def _host_status(self) -> list[str]:
        return [self._sled.host_status(self._now_s).value]

    def _id(self) -> list[str]:
        product = self._sled.parameters
        return [f"serial={self._sled.serial_number} product={product.product} revision={product.board_revision}"]

    def _draw(self, *key: str) -> float:
        return normal(self._sled.serial_number, "telemetry", *key)


def _number(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Mistyped(f"{text!r} is not a {what}") from None
    if not math.isfinite(value):
        raise Mistyped(f"{text!r} is not a {what}")
    return value


def _quantise(value: float, step: float) -> float:
    return round(value / step) * step


def place(placement: Placement) -> SledBmc:
    """The controller of the sled that a placement serves."""
    return SledBmc(placement.served_sled())
