"""A bench of one oscilloscope, on a sled's SRAM rail and on a terminal block."""

from __future__ import annotations

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.scope_dsox1102g import ScopeDsox1102G
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.world import Source

RAMP = ":CHAN1:PROB 1;RANG 1.6;OFFS 0.4;:TIM:RANG 0.01;REF LEFT;:TRIG:EDGE:LEV 0.4"


class Bench:
    """A scope on a sled's SRAM rail and on a terminal block."""

    def __init__(self, seed: int = 1, serial_number: str = "CN1") -> None:
        self.clock = VirtualClock()
        self.sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
        self.sled.load.feed(0.0, Source(54.0, 100.0, on=True))
        self.block = TerminalBlock(10.0)
        nodes = {1: self.sled.node("vdd_sram", 0), 2: self.block}
        self.scope = ScopeDsox1102G(self.clock, nodes, serial_number, seed)

    def send(self, message: str) -> None:
        self.scope.write(message.encode(), end=True)
        assert not self.scope.message_available

    def ask(self, message: str, timeout_s: float = 60.0) -> str:
        self.scope.write(message.encode(), end=True)
        return self.scope.read(1 << 25, timeout_s)[0].decode("latin-1").removesuffix("\n")

    def number(self, message: str) -> float:
        return float(self.ask(message))

    def error(self) -> int:
        return int(self.ask(":SYST:ERR?").split(",")[0])

    def feed(self, volts: float) -> None:
        self.block.feed(self.clock.now(), Source(volts, 10.0, on=True))

    def ramp(self, setup: str = RAMP) -> None:
        """Armed, the rail comes, captured."""
        self.send(f"{setup};:SING")
        self.clock.sleep(1.0)
        self.sled.rail_on(self.clock.now(), "vdd_sram")
        self.clock.sleep(1.0)


def block_of(answer: str) -> bytes:
    assert answer.startswith("#8")
    data = answer[10:].encode("latin-1")
    assert len(data) == int(answer[2:10])
    return data
