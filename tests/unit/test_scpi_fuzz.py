"""The fuzzer against every instrument that speaks SCPI, with its own headers in the mix."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.multimeter_34460 import Multimeter34465A
from bringup_instruments.models.supply_n8700 import SupplyN8700
from bringup_instruments.physics.places import Place
from bringup_instruments.scpi import ScpiDevice
from bringup_instruments.world import Delivered, Source


class Resistor(Place):
    """Two ohms: CC at some settings, CV at others."""

    source = Source(0.0, 0.0, on=False)

    def watch(self, listener: Callable[[float], None]) -> None:
        """Nothing here changes by itself."""

    def feed(self, at_s: float, source: Source) -> None:
        self.source = source

    def delivered(self, at_s: float) -> Delivered:
        volts = self.source.volts if self.source.on else 0.0
        amps = min(volts / 2.0, self.source.amps_limit)
        return Delivered(2.0 * amps, amps, constant_current=amps < volts / 2.0)

    def volts(self, at_s: float) -> float:
        return 0.5


DEVICES: dict[str, Callable[[], ScpiDevice]] = {
    "supply": lambda: SupplyN8700(VirtualClock(), Resistor(), "1"),
    "meter": lambda: Multimeter34465A(VirtualClock(), Resistor(), "1", seed=0),
}
HEADERS = [
    "VOLT", "CURR", "OUTP", "MEAS:VOLT?", "MEAS?", "READ?", "INIT", "FETC?", "*TRG", "*OPC?", "*WAI", "*OPC", "*RST",
    "*CLS", "*SAV", "*RCL", "ABOR", "VOLT:PROT", "VOLT:LIM:LOW", "CURR:PROT:STAT", "OUTP:PROT:CLE", "VOLT:TRIG",
    "INIT:CONT", "TRIG:SOUR", "TRIG:COUN", "SAMP:COUN", "VOLT:RANG", "VOLT:RANG:AUTO", "VOLT:NPLC", "VOLT:RES",
    "CONF", "CONF?", "VOLT:ZERO:AUTO", "DISP:TEXT", "STAT:QUES?", "STAT:OPER:ENAB", "STAT:PRES", "*SRE", "*STB?",
]  # fmt: skip
VALUES = ["", "?", "? MAX", "? DEF", " 1", " 3", " 60", " -1", " ON", " OFF", " ONCE", " BUS", " IMM", " MIN", " MAX",
          " DEF", " AUTO", " 10,1e-5", " 1 MV", " 1E30", " 'hi'", " NAN", " 9.9E37"]  # fmt: skip
UNITS = st.tuples(st.sampled_from(["", ":"]), st.sampled_from(HEADERS), st.sampled_from(VALUES)).map("".join)
MESSAGES = st.lists(UNITS, min_size=1, max_size=6).map(lambda units: ";".join(units).encode())
STEPS = st.one_of(
    st.tuples(st.just("write"), MESSAGES), st.tuples(st.just("read"), st.floats(0.0, 40.0)), st.tuples(st.just("clear"))
)


@pytest.mark.parametrize("name", list(DEVICES))
@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
def test_no_sequence_of_its_own_commands_breaks_it(name: str, steps: list[tuple[object, ...]]) -> None:
    device = DEVICES[name]()
    for step in steps:
        if step[0] == "write":
            device.write(step[1], end=True)  # type: ignore[arg-type]
        elif step[0] == "clear":
            device.clear()
        else:
            with suppress(TimeoutError):
                assert device.read(1 << 24, step[1])[1]  # type: ignore[arg-type]
        assert len(device.status.errors) <= device.error_capacity
        device.status_byte()
    device.clear()
    device.write(b"*RST;*CLS\n", end=True)
    device.write(b"*OPC?;:SYST:ERR?;*IDN?\n", end=True)
    assert device.read(1000, 0.0) == (f'1;+0,"No error";{device.identity}\n'.encode(), True)
