"""The LD400P: its remote commands, what it sinks, its protections, and the transients on its terminals."""

from __future__ import annotations

import itertools

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.load_ld400p import LoadLd400p
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.world import Source


class Bench:
    def __init__(self, volts: float = 12.0, amps: float = 50.0) -> None:
        self.clock = VirtualClock()
        self.block = TerminalBlock()
        self.load = LoadLd400p(self.clock, self.block, "512345")
        self.source(volts, amps)

    def source(self, volts: float, amps: float = 50.0, on: bool = True) -> None:
        self.block.feed(self.clock.now(), Source(volts, amps, on=on))

    def do(self, text: str) -> None:
        self.load.write(text.encode() + b"\n", False)
        assert not self.load.poll(1).expecting

    def ask(self, text: str) -> str:
        self.load.write(text.encode() + b"\n", False)
        data, ended = self.load.read(1000, 1.0)
        assert ended
        assert data.endswith(b"\r\n")
        return data.decode()[:-2]

    @property
    def amps(self) -> float:
        return self.block.amps(self.clock.now())


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_defaults(bench: Bench) -> None:
    assert bench.ask("*IDN?").split(", ")[:3] == ["THURLBY THANDAR", "LD400P", "512345"]
    asked = [
        "MODE?",
        "RANGE?",
        "A?",
        "B?",
        "DROP?",
        "SLOW?",
        "LVLSEL?",
        "FREQ?",
        "DUTY?",
        "INP?",
        "VLIM?",
        "ILIM?",
        "600W?",
        "SLEW?",
    ]
    assert [bench.ask(question) for question in asked] == [
        "MODE C", "RANGE 1", "A 0.00A", "B 0.00A", "DROP 0.00V", "SLOW 0", "LVLSEL A", "FREQ 1.00HZ", "DUTY 50%",
        "INP 0", "VLIM 0V", "ILIM 0A", "600W 0", "SLEW 2.500E+05A",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("commands", "level", "amps"),
    [
        ("MODE C;A 5", "A 5.00A", 5.0),
        ("mode c;range 0;a 1.2345", "A 1.234A", 1.234),
        ("MODE P;A 60", "A 60.0W", 5.0),
        ("MODE R;A 6", "A 6.0OHM", 2.0),
        ("MODE R;A 5;DROP 2", "A 5.0OHM", 2.0),
        ("MODE G;A 0.5", "A 0.50SIE", 6.0),
        ("MODE C;A 5;DROP 12.5", "A 5.00A", 0.0),
    ],
)
def test_modes_draw_what_they_should(commands: str, level: str, amps: float, bench: Bench) -> None:
    bench.do(commands)
    assert bench.ask("A?") == level
    assert bench.amps == 0.0
    bench.do("INP 1")
    bench.clock.sleep(0.1)
    assert bench.amps == pytest.approx(amps, rel=1e-6)
    assert float(bench.ask("I?").removesuffix("A")) == pytest.approx(amps, abs=0.011)
    assert bench.ask("V?") == "12.00V"
    bench.do("INP 0")
    assert bench.amps == 0.0


def test_constant_voltage_pulls_a_limited_source_down(bench: Bench) -> None:
    bench.source(12.0, 5.0)
    bench.do("MODE V;A 8;INP 1")
    bench.clock.sleep(0.1)
    assert bench.block.volts(bench.clock.now()) == pytest.approx(8.0, abs=0.1)
    assert bench.block.delivered(bench.clock.now()).constant_current


def test_power_limit_and_saturation_and_dropout_show_in_the_state(bench: Bench) -> None:
    assert bench.ask("ISR?") == "1"
    bench.source(50.0, 90.0)
    bench.do("A 20;INP 1")
    bench.clock.sleep(0.1)
    assert bench.amps == pytest.approx(8.0)
    assert bench.ask("ISR?") == "4"
    bench.source(0.2, 90.0)
    assert bench.amps == pytest.approx(16.0)
    assert bench.ask("ISR?") == "2"
    bench.do("DROP 1")
    assert bench.ask("ISR?") == "8"
    bench.source(12.0)
    assert bench.ask("ISR?") == "0"


def test_mode_takes_its_standard_values_and_switches_off(bench: Bench) -> None:
    bench.do("RANGE 0;A 5;B 3;SLEW 10;INP 1;MODE R")
    assert [bench.ask(q) for q in ("A?", "B?", "RANGE?", "INP?")] == ["A 400.0OHM", "B 400.0OHM", "RANGE 1", "INP 0"]


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("A 80.1", 100), ("A -1", 100), ("INP 2", 100), ("FREQ 0.001", 100), ("DUTY 0", 100), ("*RCL 31", 100),
        ("*RCL 7", 102), ("SLEW 1e9", 100), ("DROP 81", 100), ("MODE V;DROP 1", 104), ("INP 1;600W 1", 104),
        ("*ESE 256", 100),
    ],
)  # fmt: skip
def test_execution_errors(command: str, number: int, bench: Bench) -> None:
    bench.ask("*ESR?")
    bench.do(command)
    assert bench.ask("*ESR?") == "16"
    assert [bench.ask("EER?"), bench.ask("EER?")] == [str(number), "0"]


@pytest.mark.parametrize("command", ["NONSENSE 5", "A", "A five", "MODE Q", "A? 5", "*CLS 1", "INP"])
def test_command_errors(command: str, bench: Bench) -> None:
    assert bench.ask("*ESR?") == "128"
    bench.do(command)
    assert bench.ask("*ESR?") == "32"
    assert bench.ask("EER?") == "0"


def test_each_query_of_a_line_has_its_own_answer(bench: Bench) -> None:
    bench.load.write(b"MODE?;INP?\n*OPC?\r\n", False)
    answers = [bench.load.read(100, 1.0) for _ in range(3)]
    assert answers == [(b"MODE C\r\n", True), (b"INP 0\r\n", True), (b"1\r\n", True)]


def test_over_voltage_trips_by_itself_and_is_remembered(bench: Bench) -> None:
    bench.do("*CLS;ITE 255;*SRE 2;A 1;INP 1")
    bench.source(95.0)
    assert bench.ask("INP?") == "INP 0"
    assert bench.load.service_requests() == 1
    assert bench.load.status_byte() & 0x42 == 0x42
    assert bench.ask("ITR?") == "2"
    assert bench.ask("ITR?") == "2", "the cause has not gone"
    bench.source(12.0)
    assert [bench.ask("ITR?"), bench.ask("ITR?")] == ["2", "0"]
    bench.do("INP 1")
    bench.clock.sleep(0.01)
    assert bench.amps == pytest.approx(1.0)


def test_limits_of_the_user_trip(bench: Bench) -> None:
    bench.do("*CLS;ILIM 4;A 5;INP 1")
    bench.clock.sleep(0.01)
    assert [bench.ask("INP?"), bench.ask("ITR?")] == ["INP 0", "1"]
    bench.do("ILIM NONE;VLIM 10;INP 1")
    assert [bench.ask("INP?"), bench.ask("ILIM?"), bench.ask("VLIM?")] == ["INP 0", "ILIM 0A", "VLIM 10.00V"]


def test_600_watts_for_a_short_time(bench: Bench) -> None:
    bench.source(50.0, 90.0)
    bench.do("*CLS;600W 1;A 12;INP 1")
    bench.clock.sleep(1.0)
    assert bench.amps == pytest.approx(12.0)
    bench.clock.sleep(62.0)
    assert bench.ask("ISR?") == "16"
    bench.clock.sleep(10.0)
    assert [bench.ask("INP?"), bench.ask("ITR?")] == ["INP 0", "4"]


def test_slew_moves_the_level_in_lab_time(bench: Bench) -> None:
    bench.do("INP 1;SLEW 2.5;A 10")
    bench.clock.sleep(2.0)
    assert bench.amps == pytest.approx(5.0, abs=0.51)
    bench.clock.sleep(3.0)
    assert bench.amps == pytest.approx(10.0)


def test_slow_start_begins_with_nothing(bench: Bench) -> None:
    bench.do("SLOW 1;A 10;SLEW 2.5;INP 1")
    assert bench.amps == 0.0
    bench.clock.sleep(1.0)
    assert bench.amps == pytest.approx(2.5, abs=0.51)


def test_transient_steps_are_on_the_terminals_whoever_looks(bench: Bench) -> None:
    bench.source(10.0, 4.0)
    bench.do("A 1;B 6;FREQ 10;DUTY 25;LVLSEL T;INP 1")
    start_s = bench.clock.now()
    bench.clock.sleep(0.3)
    trace = bench.block.trace(start_s, start_s + 0.3, 301)
    low = [volts < 9.0 for volts in trace]
    assert sum(low) / len(low) == pytest.approx(0.75, abs=0.02), "a 4 A source sags while 6 A are wanted"
    assert low[10] is False
    assert low[50] is True
    assert sum(1 for a, b in itertools.pairwise(low) if b and not a) == 3
    bench.clock.sleep(0.001)
    assert bench.amps == pytest.approx(1.0), "in the first quarter of the fourth period"
    bench.source(10.0, 50.0)
    bench.clock.sleep(1.0)
    assert float(bench.ask("I?").removesuffix("A")) == pytest.approx(0.25 * 1 + 0.75 * 6, rel=0.01)


def test_a_fast_transient_that_nobody_looked_at_costs_little(bench: Bench) -> None:
    bench.do("A 1;B 6;FREQ 1000;LVLSEL T;INP 1")
    calls = 0
    solve = bench.block._solve

    def counted() -> object:
        nonlocal calls
        calls += 1
        return solve()

    bench.block._solve = counted  # type: ignore[method-assign,assignment]
    bench.clock.sleep(3600.0)
    assert bench.amps in (pytest.approx(1.0), pytest.approx(6.0))
    assert calls < 5000


def test_save_recall_and_reset(bench: Bench) -> None:
    bench.do("MODE P;A 50;DROP 3;*SAV 4;*RST")
    assert bench.ask("MODE?") == "MODE C"
    bench.do("*RCL 4")
    assert [bench.ask("MODE?"), bench.ask("A?"), bench.ask("DROP?")] == ["MODE P", "A 50.0W", "DROP 3.00V"]


def test_common_and_interface_commands(bench: Bench) -> None:
    bench.do("*CLS;*ESE 49;*SRE 48;*PRE 32;ISE 3;*OPC")
    asked = [
        "*ESE?",
        "*SRE?",
        "*PRE?",
        "ISE?",
        "ITE?",
        "*STB?",
        "*TST?",
        "*IST?",
        "IFLOCK",
        "IFLOCK?",
        "IFUNLOCK",
        "QER?",
        "ADDRESS?",
    ]
    assert [bench.ask(q) for q in asked] == ["49", "48", "32", "3", "0", "97", "0", "1", "1", "1", "0", "0", "11"]
    bench.do("*WAI;*TRG;LOCAL;LVLSEL E;LVLSEL V")
    with pytest.raises(TimeoutError):
        bench.load.read(10, 0.1)
    assert bench.ask("QER?") == "3"
