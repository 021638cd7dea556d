"""The Thermotron 3800: its commands, its air in closed form, and what it does to what stands in it."""

from __future__ import annotations

import math

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.chamber_3800 import Chamber3800
from bringup_instruments.models.chamber_air import ChamberAir
from bringup_instruments.physics.air import FixturePart


class Bench:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.part = FixturePart()
        self.chamber = Chamber3800(self.clock, self.part, "38-77")

    def do(self, text: str) -> None:
        self.chamber.write(text.encode() + b"\r\n", False)

    def ask(self, text: str) -> str:
        self.do(text)
        data, ended = self.chamber.read(100, 1.0)
        assert ended
        return data.decode().rstrip("\r\n")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_starts_stopped_in_a_room(bench: Bench) -> None:
    assert "3800" in bench.ask("IDEN?")
    asked = ["PVAR1?", "SETP1?", "MRMP1?", "MODE?", "STAT?", "IERR?", "SCOD?", "DCOD?", "SRQB?", "THRT1?"]
    assert [bench.ask(q) for q in asked] == ["23.0", "23.0", "0.0", "0", "0", "0", "0", "0", "0", "0.0"]


def test_a_set_point_is_loaded_by_run(bench: Bench) -> None:
    bench.do("SETP1,85.04")
    assert bench.ask("SETP1?") == "23.0"
    bench.do("RUNM")
    assert [bench.ask("SETP1?"), bench.ask("MODE?"), bench.ask("SCOD?")] == ["85.0", "16", "1"]
    bench.do("setp1,-40;runm")
    assert bench.ask("SETP1?") == "-40.0"


def test_commands_are_not_answered(bench: Bench) -> None:
    for command in ("SETP1,30", "RUNM", "STOP", "NONSENSE", "", "INIT"):
        bench.do(command)
        assert not bench.chamber.poll(10).expecting


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("SETP1,181", "4"), ("SETP1,-71", "4"), ("SETP2,30", "2"), ("SETP1,warm", "3"), ("SETP1", "3"), ("SETP,5", "3"),
        ("HOT1,5", "1"), ("PVAR9?", "2"), ("HOLD", "5"), ("RESM", "5"), ("RUNP,1", "5"), ("MRMP1,-1", "4"),
        ("STOP,1", "3"),
    ],
)  # fmt: skip
def test_interface_errors(command: str, error: str, bench: Bench) -> None:
    bench.do(command)
    assert [bench.ask("IERR?"), bench.ask("IERR?")] == [error, "0"]
    assert bench.chamber.pending_celsius == 23.0


def test_heats_faster_than_it_cools_with_a_small_overshoot(bench: Bench) -> None:
    bench.do("SETP1,83;RUNM")
    bench.clock.sleep(180.0)
    assert 40.0 < float(bench.ask("PVAR1?")) < 53.0
    assert float(bench.ask("THRT1?")) > 50.0
    air = bench.chamber.air
    highest = max(air.celsius(t) for t in range(360, 900))
    assert 83.0 < highest < 83.8
    bench.clock.sleep(720.0)
    assert bench.ask("PVAR1?") == "83.0"
    bench.do("SETP1,23;RUNM")
    bench.clock.sleep(360.0)
    assert float(bench.ask("PVAR1?")) > 53.0


def test_manual_ramp(bench: Bench) -> None:
    bench.do("SETP1,43;MRMP1,2;RUNM")
    bench.clock.sleep(300.0)
    assert float(bench.ask("PVAR1?")) == pytest.approx(33.0 - 2.0 / 60 * 37.5, abs=0.2)
    bench.do("HOLD")
    assert [bench.ask("MODE?"), bench.ask("STAT?")] == ["16", "32"]
    bench.clock.sleep(600.0)
    assert float(bench.ask("PVAR1?")) == pytest.approx(33.0, abs=0.3)
    bench.do("RESM")
    bench.clock.sleep(900.0)
    assert bench.ask("PVAR1?") == "43.0"


def test_stopped_it_drifts_to_the_room_and_its_load_with_it(bench: Bench) -> None:
    bench.do("SETP1,-40;RUNM")
    bench.clock.sleep(3600.0)
    assert bench.part.celsius(bench.clock.now()) == pytest.approx(-40.0 + 63.0 * 0.3 / 15.3, abs=0.1)
    bench.do("STOP")
    assert [bench.ask("MODE?"), bench.ask("SCOD?")] == ["0", "5"]
    bench.clock.sleep(60.0)
    assert float(bench.ask("PVAR1?")) < -35.0
    bench.clock.sleep(12 * 3600.0)
    assert bench.ask("PVAR1?") == "23.0"
    assert bench.part.celsius(bench.clock.now()) == pytest.approx(23.0, abs=0.1)


def test_the_part_lags_behind_the_air(bench: Bench) -> None:
    bench.do("SETP1,85;RUNM")
    bench.clock.sleep(120.0)
    now_s = bench.clock.now()
    assert 23.0 < bench.part.celsius(now_s) < bench.chamber.air.celsius(now_s) - 0.5


def test_the_air_is_continuous_and_its_slope_is_its_derivative() -> None:
    air = ChamberAir()
    air.run(10.0, 60.0, 0.0)
    air.run(100.0, -10.0, 3.0)
    air.hold(400.0)
    air.stop(900.0)
    for moment in (100.0, 400.0, 900.0):
        assert air.celsius(moment) == pytest.approx(air.celsius(moment + 1e-6), abs=1e-5)
    air = ChamberAir()
    air.run(0.0, 60.0, 6.0)
    for t in (1.0, 50.0, 300.0, 369.9, 370.1, 400.0):
        numeric = (air.celsius(t + 1e-4) - air.celsius(t - 1e-4)) / 2e-4
        assert air._course.at(t)[1] == pytest.approx(numeric, abs=1e-4)
    assert air.longest_step_s(100.0) == 3.0
    assert math.isinf(air.longest_step_s(5000.0))


def test_service_requests_and_time(bench: Bench) -> None:
    bench.do("SRQM,1")
    bench.do("RUNM")
    assert bench.chamber.service_requests() == 1
    assert bench.chamber.status_byte() & 0x41 == 0x41
    assert [bench.ask("SRQB?"), bench.ask("SRQB?"), bench.ask("SRQM?")] == ["1", "0", "1"]
    assert len(bench.ask("TIME?").split(":")) == 3
    bench.do("INIT")
    before_s = bench.clock.now()
    bench.do("MODE?")
    assert bench.chamber.read(10, 10.0)[0] == b"0\r\n"
    assert bench.clock.now() - before_s > 2.9
