"""The management controller's console, typed at as a terminal would."""

from __future__ import annotations

import re

import pytest

from bringup_instruments.models.sled_bmc import SledBmc
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.world import Source

ON = Source(54.0, 100.0, on=True)


class Terminal:
    """Types a line, waits as long as the console says, gives the answer without echo and prompt."""

    def __init__(self) -> None:
        self.sled = SledPhysics("SN-9", SledParameters(), CoolantLoop())
        self.bmc = SledBmc(self.sled)
        self.sled.load.feed(0.0, ON)
        self.now = 1.0

    def ask(self, line: str) -> list[str]:
        self.bmc.receive(self.now, line.encode() + b"\n")
        text = ""
        while (due := self.bmc.next_at(self.now)) is not None:
            self.now = max(self.now, due)
            text += self.bmc.transmit(self.now).decode()
        assert text.startswith(line + "\r\n")
        assert text.endswith("bmc> ")
        return text[len(line) : -len("bmc> ")].split("\r\n")[1:-1]


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_rails_are_listed_in_power_on_order(terminal: Terminal) -> None:
    assert terminal.ask("rail list") == [rail.name for rail in SledParameters().rails]


def test_a_bare_name_means_all_instances(terminal: Terminal) -> None:
    assert terminal.ask("rail on vdd_pll") == []
    terminal.now += 0.1
    lines = terminal.ask("rail read vdd_pll")
    form = re.compile(r"vdd_pll\.(\d) on pg=1 set=1\.2000 volts=1\.\d{4} amps=\d+\.\d")
    assert [int(form.fullmatch(line)[1]) for line in lines] == [0, 1, 2, 3]  # type: ignore[index]
    volts = {line.split("volts=")[1].split()[0] for line in lines}
    assert len(volts) > 1  # every unit has its own regulation and telemetry error


def test_one_instance_can_be_set_and_is_quantised(terminal: Terminal) -> None:
    assert terminal.ask("rail set vdd_core.2 0.6801") == []
    assert terminal.ask("rail read vdd_core.2")[0].startswith("vdd_core.2 off pg=0 set=0.6802 volts=0.0000")
    assert terminal.ask("rail read vdd_core.1")[0].startswith("vdd_core.1 off pg=0 set=0.7500")


def test_vin_sensors_clock_host_and_id(terminal: Terminal) -> None:
    volts, amps, watts = map(float, re.findall(r"=([\d.]+)", terminal.ask("vin")[0]))
    assert watts == pytest.approx(volts * amps, abs=0.1)
    assert watts == pytest.approx(14.0, abs=3.0)
    sensors = dict(line.removesuffix(" C").split() for line in terminal.ask("sensors"))
    assert {"tj.0", "hbm.3", "board", "coolant.in", "coolant.out"} <= set(sensors)
    assert float(sensors["tj.1"]) == pytest.approx(30.0, abs=2.5)
    assert terminal.ask("clock set 1400000000") == []
    assert terminal.ask("clock read") == ["clock set=1400000000 measured=0"]  # no rail, no clock
    assert terminal.ask("host status") == ["off"]
    assert terminal.ask("host on") == []
    assert terminal.ask("host status") == ["booting"]
    assert terminal.ask("host off") == []
    assert terminal.ask("host status") == ["off"]
    assert terminal.ask("id") == ["serial=SN-9 product=liquid-sled revision=A"]
    assert len(terminal.ask("help")) == 2


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("rail on vdd_coer", "unknown rail 'vdd_coer'; did you mean 'vdd_core'?"),
        ("rail set vdd_core high", "'high' is not a voltage"),
        ("rail set vdd_core nan", "'nan' is not a voltage"),
        ("rail set vdd_core -0.1", "cannot be set to -0.1 V"),
        ("rail set vdd_core", "has 1 arguments where 2 are wanted"),
        ("rail of vdd_core", "unknown command 'rail of'; did you mean 'rail off'?"),
        ("clock set 9e9", "outside"),
        ("reboot", "unknown command 'reboot'"),
    ],
)
def test_errors_are_one_line_that_helps(terminal: Terminal, line: str, answer: str) -> None:
    (told,) = terminal.ask(line)
    assert told.startswith("error: ")
    assert answer in told


def test_backspace_and_carriage_return(terminal: Terminal) -> None:
    terminal.bmc.receive(1.0, b"iid\x7f\x7fd\r\n")
    assert terminal.bmc.transmit(2.0) == (b"iid\b \b\b \bd\r\nserial=SN-9 product=liquid-sled revision=A\r\nbmc> ")


def test_an_answer_takes_its_time(terminal: Terminal) -> None:
    terminal.bmc.receive(5.0, b"id\n")
    assert terminal.bmc.transmit(5.0) == b"id\r\n"
    due = terminal.bmc.next_at(5.0)
    assert due is not None
    assert 5.02 < due < 5.05
    assert terminal.bmc.transmit(due).endswith(b"bmc> ")
    assert terminal.bmc.next_at(due) is None


def test_without_input_power_it_is_silent_and_forgets(terminal: Terminal) -> None:
    terminal.bmc.receive(5.0, b"rail re")
    terminal.sled.load.feed(6.0, Source(54.0, 100.0, on=False))
    terminal.bmc.receive(7.0, b"id\n")
    assert terminal.bmc.transmit(8.0) == b""
    assert terminal.bmc.next_at(8.0) is None
    terminal.sled.load.feed(9.0, ON)
    terminal.now = 10.0
    assert terminal.ask("id")[0].startswith("serial=SN-9")


def test_what_should_not_be_done_is_done_and_recorded(terminal: Terminal) -> None:
    assert terminal.ask("rail on vdd_core") == []
    assert {v.rail for v in terminal.sled.sequence_violations} == {f"vdd_core.{n}" for n in range(4)}
    assert terminal.ask("rail set vdd_core 1.1") == []
    assert len(terminal.sled.abs_max_exceedances) == 4
