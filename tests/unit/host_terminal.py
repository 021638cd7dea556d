"""A powered sled with its host's console, for tests: boots it, types, reads."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bringup.files.product import load_product
from bringup_instruments.models.sled_host import SledHost
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.parameters import Role
from bringup_instruments.product_parameters import sled_parameters
from bringup_instruments.world import Source

PROMPT = "root@sled:~# "
PRODUCTS = Path(__file__).parents[2] / "test_plans" / "products"


@cache
def product(name: str) -> SledParameters:
    """A shipped product's sled."""
    return sled_parameters(load_product(PRODUCTS / f"{name}.toml"))


class Terminal:
    """One sled, and somebody at its host's console.

    Args:
        parameters: of the sled.
        serial_number: likewise.
    """

    def __init__(self, parameters: SledParameters | None = None, serial_number: str = "SN-9") -> None:
        self.sled = SledPhysics(serial_number, parameters or product("liquid-sled"), CoolantLoop())
        self.host = SledHost(self.sled)
        self.now = 1.0
        volts = 54.0 if self.sled.parameters.input.abs_max_volts > 54.0 else 12.0
        self.sled.load.feed(0.0, Source(volts, 100.0, on=True))

    def rails_on(self) -> None:
        for rail in self.sled.parameters.rails:
            self.now += 0.5
            if rail.role is not Role.STANDBY:
                self.sled.rail_on(self.now, rail.name)

    def boot(self, extra_s: float = 1.0) -> str:
        """Power up, boot, and read all that it says."""
        self.rails_on()
        self.sled.host_on(self.now)
        return self.wait(self.sled.parameters.host.boot_s + extra_s)

    def wait(self, seconds: float) -> str:
        self.now += seconds
        return self.host.transmit(self.now).decode("utf-8", "replace")

    def type(self, text: str | bytes) -> None:
        self.host.receive(self.now, text.encode() if isinstance(text, str) else text)

    def ask(self, line: str, seconds: float = 3.0) -> list[str]:
        """The lines of a command's answer."""
        self.type(f"{line}\n")
        text = self.wait(seconds)
        assert text.startswith(line), text
        assert text.endswith(PROMPT), text
        return text[: -len(PROMPT)].split("\r\n")[1:-1]

    def status(self) -> int:
        return int(self.ask("echo $?")[0])

    def run(self, line: str, seconds: float) -> str:
        """Start a workload and wait for its end; its result, as the host prints it."""
        (started,) = self.ask(f"workload start {line} --seconds {seconds:g}", 0.2)
        number = started.split()[1]
        assert f"job {number} done" in self.wait(seconds + 1.0)
        (answer,) = self.ask(f"workload result {number}")
        return answer


def booted(name: str = "liquid-sled") -> Terminal:
    """A terminal whose prompt waits."""
    terminal = Terminal(product(name))
    told = terminal.boot()
    assert told.endswith(f"\r\n{PROMPT}"), told
    return terminal
