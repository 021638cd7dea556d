"""The ATS-525: its remote commands, its air, and the at-temperature bit."""

from __future__ import annotations

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.stream_ats525 import StreamAts525
from bringup_instruments.physics.air import FixturePart


class Bench:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.part = FixturePart(joules_per_kelvin=9.0, room_watts_per_kelvin=0.02)
        self.unit = StreamAts525(self.clock, self.part, "S525")

    def do(self, text: str) -> None:
        self.unit.write(text.encode() + b"\n")

    def ask(self, text: str) -> str:
        self.do(text)
        data, ended = self.unit.read(100, 1.0)
        assert ended
        return data.decode().rstrip("\r\n")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_defaults(bench: Bench) -> None:
    assert bench.ask("*IDN?").startswith("Temptronic")
    asked = ["SETN?", "SETP?", "TEMP?", "FLOW?", "HEAD?", "DUTM?", "TECR?", "WHAT?", "EROR?", "AUXC?", "ULIM?", "*TST?"]
    assert [bench.ask(q) for q in asked] == ["1", "25.0", "23.0", "0", "1", "0", "2", "5", "0", "320", "225", "0"]
    assert [bench.ask("SETN 0;SETP?"), bench.ask("SETN 2;SETP?")] == ["125.0", "-40.0"]


def test_air_reaches_its_set_point_and_soaks(bench: Bench) -> None:
    bench.do("SETN 0;SETP 125;SOAK 20;WNDW 1;TESE 1;*SRE 8;FLOW 1")
    bench.clock.sleep(6.0)
    assert 80.0 < float(bench.ask("TEMP?")) < 110.0
    assert bench.ask("TECR?") == "2"
    bench.clock.sleep(20.0)
    assert float(bench.ask("TMPA?")) == pytest.approx(125.0, abs=0.3)
    assert bench.ask("TECR?") == "2", "in its window, but not for long enough"
    bench.clock.sleep(20.0)
    assert bench.ask("TECR?") == "1"
    assert bench.unit.status_byte() & 0x48 == 0x48
    assert [bench.ask("TESR?"), bench.ask("TESR?")] == ["3", "0"]
    bench.do("FLOW 0")
    assert [bench.ask("TECR?"), bench.ask("FLWR?")] == ["2", "0.0"]
    bench.clock.sleep(600.0)
    assert bench.ask("TMPA?") == "23.0"


def test_soak_is_found_however_seldom_anybody_looks(bench: Bench) -> None:
    bench.do("SETN 2;SETP -40;SOAK 60;FLOW 1")
    bench.clock.sleep(3600.0)
    assert bench.ask("TECR?") == "1"


def test_ramp_and_dynamic_set_point(bench: Bench) -> None:
    bench.do("SETN 0;SETP 83;RAMP 60;FLOW 1")
    bench.clock.sleep(30.0)
    assert float(bench.ask("SETD?")) == pytest.approx(53.0, abs=0.2)
    assert float(bench.ask("TEMP?")) == pytest.approx(51.0, abs=0.3)


def test_dut_mode_overdrives_the_air_and_controls_the_part(bench: Bench) -> None:
    bench.do("SETN 0;SETP 85;DUTM 1;ADMD 40;DUTC 20;SOAK 10;FLOW 1")
    bench.clock.sleep(10.0)
    assert float(bench.ask("TMPA?")) > 88.0
    assert float(bench.ask("TMPD?")) < float(bench.ask("TMPA?"))
    bench.clock.sleep(300.0)
    assert float(bench.ask("TEMP?")) == pytest.approx(85.0, abs=1.0)
    assert bench.ask("TECR?") == "1"
    bench.do("DSNS 0")
    assert [bench.ask("TMPD?"), bench.ask("EROR?")] == ["999.9", "16384"]


@pytest.mark.parametrize(
    ("command", "event"),
    [
        ("SETP 226", "16"), ("SETP -61", "16"), ("SETN 3", "16"), ("WNDW 10", "16"), ("HEAD 0;FLOW 1", "16"),
        ("HOT 5", "32"), ("SETP", "32"), ("SETP hot", "32"), ("TEMP? 5", "32"),
    ],
)  # fmt: skip
def test_errors(command: str, event: str, bench: Bench) -> None:
    assert bench.ask("*ESR?") == "128"
    bench.do(command)
    assert bench.ask("*ESR?") == event
    assert bench.ask("SETP?") == "25.0"


def test_head_up_stops_the_flow_and_reset_puts_all_back(bench: Bench) -> None:
    bench.do("SETN 0;FLOW 1;HEAD 0")
    assert [bench.ask("FLOW?"), bench.ask("AUXC?")] == ["0", "324"]
    bench.do("RMPC 1;SETN 17;SETP 60")
    assert [bench.ask("WHAT?"), bench.ask("SETP?")] == ["6", "60.0"]
    bench.do("RSTO;%GL")
    assert [bench.ask("WHAT?"), bench.ask("SETN?"), bench.ask("HEAD?")] == ["5", "1", "1"]
