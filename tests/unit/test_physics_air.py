"""Air over a fixture, a board and a chip: where the heat goes, and that nothing changes where no air passes."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import pytest

from bringup.errors import UnknownName
from bringup_instruments.models.chamber_air import ChamberAir
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.air import FixturePart, Path, Surroundings
from bringup_instruments.world import Source

SUPPLY = Source(54.0, 100.0, on=True)


@dataclass
class Wind:
    """Air of one temperature, or on a straight way."""

    at_zero: float
    coupling: float
    rate: float = 0.0

    def celsius(self, at_s: float) -> float:
        return self.at_zero + self.rate * at_s

    def watts_per_kelvin(self, at_s: float) -> float:
        return self.coupling

    def longest_step_s(self, at_s: float) -> float:
        return 5.0 if self.rate else inf


def powered(lpm: float | None = None) -> SledPhysics:
    sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
    sled.load.feed(0.0, SUPPLY)
    at = 1.0
    for rail in sled.parameters.rails:
        sled.rail_on(at, rail.name)
        at += 0.1
    sled.host_on(10.0)
    if lpm is not None:
        sled.coolant.set_flow_lpm(20.0, lpm)
    return sled


def test_the_heat_goes_to_coolant_and_air_and_nowhere_else() -> None:
    sled = powered()
    sled.part("board").surround(400.0, Wind(-20.0, 15.0))
    sled.part("chip.2").surround(400.0, Wind(5.0, 3.0))
    sled.start_workload(500.0, "gemm", 50_000.0)
    at_s = 20_000.0
    vin = sled.vin(at_s)
    assert sled.air_watts(at_s) > 300.0
    assert sled.coolant_watts(at_s) + sled.air_watts(at_s) == pytest.approx(vin.volts * vin.amps, rel=2e-4)


def test_cold_air_cools_the_board_and_the_one_chip() -> None:
    still, blown = powered(), powered()
    blown.part("chip.1").surround(400.0, Wind(-60.0, 8.0))
    a, b = still.sensors(3000.0), blown.sensors(3000.0)
    assert b["tj.1"] < a["tj.1"] - 5.0
    assert b["tj.0"] == pytest.approx(a["tj.0"], abs=0.3)
    blown.part("board").surround(3000.0, Wind(-60.0, 15.0))
    assert blown.sensors(6000.0)["board"] < still.sensors(6000.0)["board"] - 5.0
    assert blown.part("board").celsius(6000.0) == blown.sensors(6000.0)["board"]
    assert blown.part("chip.1").celsius(6000.0) < blown.sensors(6000.0)["tj.1"]


def test_with_no_flow_of_coolant_the_air_alone_holds_the_board() -> None:
    sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
    sled.coolant.set_flow_lpm(0.0, 0.0)
    sled.part("board").surround(0.0, Wind(85.0, 15.0))
    sled.part("chip.0").surround(0.0, Wind(85.0, 15.0))
    assert sled.sensors(20_000.0)["board"] == pytest.approx(85.0, abs=0.1)
    assert sled.sensors(20_000.0)["tj.0"] == pytest.approx(85.0, abs=0.1)
    assert sled.coolant_watts(20_000.0) == 0.0


@pytest.mark.parametrize("blowing", [None, Wind(-60.0, 0.0)])
def test_still_air_changes_nothing_to_the_last_bit(blowing: Wind | None) -> None:
    def night(sled: SledPhysics) -> str:
        sled.start_workload(500.0, "gemm", 60.0)
        return repr([sled.sensors(550.0), sled.vin(550.0), sled.sensors(2000.0)])

    bare, other = powered(), powered()
    if blowing is not None:
        other.part("board").surround(400.0, blowing)
        bare.advance(400.0)
    assert night(bare) == night(other)


def test_looking_often_does_not_change_what_is_seen() -> None:
    rare, often = powered(), powered()
    for sled in (rare, often):
        air = ChamberAir()
        sled.part("board").surround(400.0, air)
        air.run(500.0, -40.0, 5.0)
        sled.part("board").surround(500.0, air)
    for second in range(500, 1500, 3):
        often.sensors(float(second))
    assert rare.sensors(1500.0) == pytest.approx(often.sensors(1500.0), abs=0.05)


def test_a_moving_chamber_is_followed_with_the_boards_lag() -> None:
    sled = SledPhysics("SN-1", SledParameters(), CoolantLoop())
    sled.coolant.set_flow_lpm(0.0, 0.0)
    before = sled.sensors(0.0)["board"]
    sled.part("board").surround(0.0, Wind(before, 50.0, rate=0.05))
    capacity = sled.parameters.thermal.board_tau_s / sled.parameters.thermal.board_kelvin_per_watt
    expected = before + 0.05 * (10_000.0 - capacity / 50.0)
    assert sled.sensors(10_000.0)["board"] == pytest.approx(expected, rel=0.01)


def test_mixed_paths_do_what_both_did() -> None:
    around = Surroundings()
    around.put("board", Wind(80.0, 3.0, rate=0.1))
    path = around.mixed("board", Path(1.0, 20.0, 0.0), 0.0, 1.0)
    assert path.conductance == 4.0
    assert path.celsius == pytest.approx(65.0)
    assert path.rate == pytest.approx(0.075)
    assert around.mixed("chip.0", Path(1.0, 20.0, 0.0), 0.0, 1.0) == Path(1.0, 20.0, 0.0)
    assert around.watts("board", 90.0, 0.0) == pytest.approx(30.0)


def test_unknown_parts_are_named() -> None:
    with pytest.raises(UnknownName, match=r"chip\.9"):
        powered().part("chip.9")


def test_a_fixture_follows_the_air_that_passes_and_then_the_room() -> None:
    part = FixturePart(90.0, 0.3)
    part.surround(0.0, Wind(85.0, 14.7))
    assert part.celsius(6.0) == pytest.approx(83.76 - 60.76 * 2.718281828**-1, abs=0.1)
    assert part.celsius(600.0) == pytest.approx((85 * 14.7 + 23 * 0.3) / 15.0, abs=0.01)
    part.surround(600.0, Wind(85.0, 0.0))
    assert part.celsius(9000.0) == pytest.approx(23.0, abs=0.01)
