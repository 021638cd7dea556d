"""One sled from the bench's side: published operating points, balances, failures, recovery, determinism."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.capabilities import HostState
from bringup.errors import UnknownName
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.jobs import Job, WorkloadRefused
from bringup_instruments.physics.outcome import Outcome, set_point_vmin_volts
from bringup_instruments.physics.parameters import CoolantParameters, Role, VariationParameters
from bringup_instruments.world import Source

TYPICAL = SledParameters(variation=VariationParameters.none())
UNLIMITED = replace(TYPICAL, chip=replace(TYPICAL.chip, throttle_celsius=None, trip_celsius=None))
SUPPLY = Source(54.0, 100.0, on=True)
READY_S = 400.0


def powered(
    parameters: SledParameters = TYPICAL, supply: float = 30.0, lpm: float = 6.0, serial: str = "SN-1"
) -> SledPhysics:
    """A sled brought up in order, host ready at READY_S."""
    loop = CoolantLoop(CoolantParameters(supply_celsius=supply, flow_lpm=lpm))
    sled = SledPhysics(serial, parameters, loop)
    sled.load.feed(0.0, SUPPLY)
    rails_up(sled, 1.0)
    sled.host_on(2.0)
    sled.advance(READY_S)
    return sled


def rails_up(sled: SledPhysics, at_s: float) -> float:
    for rail in sled.parameters.rails:
        if rail.role is not Role.STANDBY:
            sled.rail_on(at_s, rail.name)
            at_s += 0.05
    return at_s


def rails_down(sled: SledPhysics, at_s: float) -> float:
    for rail in reversed(sled.parameters.rails):
        if rail.role is not Role.STANDBY:
            sled.rail_off(at_s, rail.name)
            at_s += 0.05
    return at_s


def run(sled: SledPhysics, at_s: float, name: str = "gemm", seconds: float = 60.0) -> Job:
    job = sled.start_workload(at_s, name, seconds)
    sled.advance(at_s + seconds)
    return job


@pytest.mark.parametrize(
    ("workload", "supply", "lpm", "watts", "celsius"),
    [("gemm", 30.0, 6.0, 812.0, 70.6), ("virus", 30.0, 6.0, 926.0, 76.3), ("virus", 45.0, 2.4, 962.0, 112.5)],
)
def test_published_operating_points(workload: str, supply: float, lpm: float, watts: float, celsius: float) -> None:
    sled = powered(UNLIMITED, supply, lpm)
    sled.start_workload(READY_S, workload, 1000.0)
    assert sled.sensors(READY_S + 900.0)["tj.0"] == pytest.approx(celsius, abs=0.2)
    assert sled.chips[0].operating().heat == pytest.approx(watts, abs=1.5)


def test_gemm_takes_828_amps() -> None:
    sled = powered()
    sled.start_workload(READY_S, "gemm", 600.0)
    assert sled.read_rail(READY_S + 500.0, "vdd_core.2").amps == pytest.approx(828.0, abs=1.5)


def test_loss_of_flow_reaches_the_limits_in_seconds() -> None:
    sled = powered(UNLIMITED)
    sled.start_workload(READY_S, "virus", 5000.0)
    sled.coolant.set_flow_lpm(1000.0, 0.0)
    times: dict[int, float] = {}
    for step in range(1, 300):
        at = step * 0.05
        celsius = sled.sensors(1000.0 + at)["tj.0"]
        for limit in (95, 105, 125):
            if celsius >= limit:
                times.setdefault(limit, at)
    assert [times[n] for n in (95, 105, 125)] == pytest.approx([4.5, 6.9, 11.5], rel=0.04)


@pytest.mark.parametrize(("step", "minutes"), [(5.0, 12.0), (10.0, 17.0), (25.0, 28.0)])
def test_a_coolant_step_settles_with_the_board(step: float, minutes: float) -> None:
    """To ±0.5 °C of the slowest part: slew and lag of the loop, then 240 s of the board."""
    sled = powered(supply=20.0)
    start = sled.sensors(5000.0)["board"]
    sled.coolant.set_supply_celsius(5000.0, 20.0 + step)
    off = [s for s in range(0, 2400, 5) if abs(sled.sensors(5000.0 + s)["board"] - start - step) > 0.5]
    assert off[-1] / 60.0 == pytest.approx(minutes, abs=0.9)


@settings(max_examples=25, deadline=None)
@given(
    volts=st.floats(0.70, 0.80),
    hertz=st.floats(0.8e9, 1.6e9),
    supply=st.floats(17.0, 40.0),
    lpm=st.floats(3.0, 10.0),
    workload=st.sampled_from(["idle", "memory", "gemm", "virus"]),
)
def test_power_in_is_heat_carried_away(volts: float, hertz: float, supply: float, lpm: float, workload: str) -> None:
    sled = powered(supply=supply, lpm=lpm, serial=f"{volts}")
    sled.set_rail(READY_S, "vdd_core", volts)
    sled.set_clock(READY_S, hertz)
    sled.start_workload(READY_S, workload, 50000.0)
    at = READY_S + 20000.0
    vin, seen = sled.vin(at), sled.sensors(at)
    assert vin.volts * vin.amps == pytest.approx(sled.coolant_watts(at), rel=2e-4)
    rise = seen["coolant.out"] - seen["coolant.in"]
    assert rise * lpm * 3980.0 / 60.0 == pytest.approx(vin.volts * vin.amps, rel=2e-4)
    terminals = sled.load.delivered(at)
    assert terminals.volts - vin.volts == pytest.approx(6e-3 * vin.amps)


def test_looking_often_does_not_change_what_is_seen() -> None:
    rare, often = powered(), powered()
    for sled in (rare, often):
        sled.start_workload(READY_S, "gemm", 300.0)
        sled.coolant.set_supply_celsius(READY_S + 10.0, 22.0)
    for second in range(1, 300):
        often.sensors(READY_S + second)
    a, b = rare.sensors(READY_S + 300.0), often.sensors(READY_S + 300.0)
    assert a == pytest.approx(b, abs=0.02)


def test_the_same_night_twice_is_the_same_to_the_last_bit() -> None:
    def night() -> list[object]:
        sled = powered(SledParameters(), serial="SN-77")
        seen: list[object] = []
        at = READY_S
        for volts in (0.75, 0.70, 0.68, 0.67):
            sled.set_rail(at, "vdd_core", volts)
            job = run(sled, at)
            seen += [repr(job), repr(sled.sensors(at + 60.0)), repr(sled.vin(at + 60.0))]
            at += 61.0
            if sled.host_status(at) is not HostState.READY:
                break
        return seen

    assert night() == night()


def test_hours_of_rest_cost_one_step() -> None:
    sled = powered()
    sled.advance(20000.0)
    steps = 0
    step = sled._step

    def counted(until_s: float) -> None:
        nonlocal steps
        steps += 1
        step(until_s)

    sled._step = counted  # type: ignore[method-assign]
    sled.advance(20000.0 + 12 * 3600.0)
    assert steps == 1


def test_in_order_up_and_down_leaves_no_evidence() -> None:
    sled = powered(SledParameters())
    sled.host_off(500.0)
    rails_down(sled, 501.0)
    sled.load.feed(503.0, Source(54.0, 100.0, on=False))
    assert sled.sequence_violations == []
    assert sled.abs_max_exceedances == []
    assert sled.trips == []
    assert sled.brownouts == []
    assert sled.vin(505.0).volts < 0.01
    assert not any(rail.on for rail in sled.bank)


def job_at(volts: float, serial: str = "SN-1") -> tuple[SledPhysics, Job]:
    sled = powered(serial=serial)
    sled.set_rail(READY_S, "vdd_core", volts)
    return sled, run(sled, READY_S)


def sixty_second_vmin() -> float:
    chip = TYPICAL.chip
    return set_point_vmin_volts(
        chip, powered().chips[0].traits, chip.workloads["gemm"], hertz=1.6e9, celsius=58.0, seconds=60.0
    )


def test_shallow_fails_give_wrong_answers_deep_ones_hang() -> None:
    vmin = sixty_second_vmin()
    well, job = job_at(vmin + 0.015)
    assert [r.verdict() for r in job.runs] == [Outcome.PASS] * 4
    assert [job.errors(r, TYPICAL.chip) for r in job.runs] == [0] * 4
    found = set()
    for n in range(30):
        sled, job = job_at(vmin - 0.003, serial=f"SN-{n}")
        found |= {r.verdict() for r in job.runs}
        hung = any(r.outcome is Outcome.HANG for r in job.runs)
        assert (sled.host_status(READY_S + 71.0) is HostState.HUNG) == hung
    assert Outcome.MISCOMPARE in found
    deep, job = job_at(vmin - 0.035)
    assert Outcome.HANG in {r.outcome for r in job.runs}
    assert not job.ended
    assert deep.host_status(READY_S + 20.0) is HostState.HUNG
    assert well.host_status(READY_S + 70.0) is HostState.READY


def test_far_below_a_chip_drops_off_its_link_and_the_others_go_on() -> None:
    sled = powered()
    sled.set_rail(READY_S, "vdd_core.1", sixty_second_vmin() - 0.070)
    job = run(sled, READY_S)
    assert [r.outcome for r in job.runs] == [None, Outcome.LINK_LOSS, None, None]
    assert job.ended
    assert job.errors(job.runs[1], TYPICAL.chip) == pytest.approx(60_000, rel=0.01)
    with pytest.raises(WorkloadRefused, match="chip 1 does not answer"):
        sled.start_workload(READY_S + 61.0, "gemm", 10.0)


def test_only_a_cycle_of_rails_and_host_recovers_a_hang() -> None:
    sled, _ = job_at(sixty_second_vmin() - 0.035)
    sled.set_rail(480.0, "vdd_core", 0.75)
    sled.host_off(490.0)
    sled.host_on(500.0)
    assert sled.host_status(500.0 + 299.0) is HostState.HUNG
    sled.host_off(900.0)
    rails_down(sled, 900.0)
    rails_up(sled, 905.0)
    sled.host_on(910.0)
    assert sled.host_status(1211.0) is HostState.READY
    assert [r.verdict() for r in run(sled, 1211.0).runs] == [Outcome.PASS] * 4


def test_an_input_cycle_recovers_a_hang_too_and_forgets_everything() -> None:
    sled, _ = job_at(sixty_second_vmin() - 0.035)
    sled.load.feed(500.0, Source(54.0, 100.0, on=False))
    sled.load.feed(510.0, SUPPLY)
    assert sled.read_rail(510.1, "vdd_core.0").set_volts == pytest.approx(0.75, abs=2e-4)
    rails_up(sled, 511.0)
    sled.host_on(512.0)
    assert sled.host_status(813.0) is HostState.READY


def test_pulling_a_rail_under_a_running_host_hangs_it() -> None:
    sled = powered()
    sled.rail_off(READY_S, "vddc_hbm.3")
    assert sled.sequence_violations
    assert sled.host_status(READY_S + 11.0) is HostState.HUNG


def test_idle_far_too_low_hangs_without_a_job() -> None:
    sled = powered()
    sled.set_rail(READY_S, "vdd_core", 0.50)
    assert sled.host_status(READY_S + 11.0) is HostState.HUNG


def test_thermtrip_takes_the_chip_down_without_software() -> None:
    sled = powered()
    sled.start_workload(READY_S, "virus", 1000.0)
    sled.coolant.set_flow_lpm(600.0, 0.0)
    sled.advance(700.0)
    assert {t.rail for t in sled.trips} >= {f"vdd_core.{n}" for n in range(4)}
    assert all("THERMTRIP" in t.reason for t in sled.trips)
    assert not sled.read_rail(700.0, "vdd_core.0").on
    assert max(c.die_celsius for c in sled.chips) < 126.0


def test_a_hot_chip_throttles_and_says_so() -> None:
    hot = replace(TYPICAL, chip=replace(TYPICAL.chip, throttle_celsius=75.0))
    sled = powered(hot)
    job = sled.start_workload(READY_S, "virus", 600.0)
    sled.advance(READY_S + 600.0)
    assert all(r.throttled for r in job.runs)
    assert job.runs[0].hertz == pytest.approx(0.8e9, rel=2e-4)


def test_a_current_limit_that_is_hit_takes_the_sled_down() -> None:
    sled = powered()
    sled.load.feed(READY_S, Source(54.0, 50.0, on=True))
    sled.start_workload(READY_S + 1.0, "virus", 100.0)
    assert sled.brownouts == [READY_S + 1.0]
    seen = sled.load.delivered(READY_S + 1.02)
    assert seen.constant_current
    assert seen.volts < 40.0
    assert sled.host_status(READY_S + 1.02) is HostState.OFF
    back = sled.vin(READY_S + 3.0)
    assert back.volts == pytest.approx(54.0, abs=0.01)
    assert not sled.read_rail(READY_S + 3.0, "vdd_core.0").on
    assert sled.read_rail(READY_S + 3.0, "3v3_sb").on


def test_an_input_above_its_absolute_maximum_is_evidence() -> None:
    sled = powered()
    sled.load.feed(READY_S, Source(61.0, 100.0, on=True))
    assert [e.rail for e in sled.abs_max_exceedances] == ["vin"]


def test_core_over_current_trips_its_rail() -> None:
    rails = tuple(replace(r, trip_amps=900.0) if r.role is Role.CORE else r for r in TYPICAL.rails)
    sled = powered(replace(TYPICAL, rails=rails))
    sled.start_workload(READY_S, "virus", 100.0)
    assert {t.rail for t in sled.trips} == {f"vdd_core.{n}" for n in range(4)}
    assert "over-current" in sled.trips[0].reason


def test_nodes_see_ramps_and_the_input() -> None:
    sled = powered()
    assert sled.node("vdd_core", 0).volts(READY_S) == pytest.approx(0.75, abs=2e-4)
    assert 53.5 < sled.node("vin").volts(READY_S) < 54.0
    assert sled.node("3v3_sb").volts(READY_S) == pytest.approx(3.3, abs=2e-4)
    with pytest.raises(ValueError, match="say which"):
        sled.node("vdd_core")
    with pytest.raises(UnknownName):
        sled.node("vdd_core", 9)


def test_clock_reads_back_near_but_not_at_its_set_point() -> None:
    sled = powered(SledParameters())
    sled.set_clock(READY_S, 1.4e9)
    measured = sled.measured_clock(READY_S + 1.0)
    assert measured % 1280.0 == 0.0
    assert measured == pytest.approx(1.4e9, rel=100e-6)
    with pytest.raises(ValueError, match="outside"):
        sled.set_clock(READY_S + 2.0, 9e9)


@pytest.mark.parametrize(
    ("name", "seconds", "what"),
    [("gemmm", 60.0, "unknown workload"), ("gemm", 0.0, "more than 0"), ("gemm", float("nan"), "more than 0")],
)
def test_a_bad_job_is_refused(name: str, seconds: float, what: str) -> None:
    with pytest.raises(WorkloadRefused, match=what):
        powered().start_workload(READY_S, name, seconds)


def test_a_second_job_and_a_sleeping_host_are_refused() -> None:
    sled = powered()
    sled.start_workload(READY_S, "gemm", 60.0)
    with pytest.raises(WorkloadRefused, match="job 1 is still running"):
        sled.start_workload(READY_S + 1.0, "gemm", 60.0)
    sled.host_off(READY_S + 2.0)
    with pytest.raises(WorkloadRefused, match="host does not answer"):
        sled.start_workload(READY_S + 3.0, "gemm", 60.0)


def test_nothing_happens_without_input_power() -> None:
    sled = SledPhysics("SN-1", TYPICAL, CoolantLoop())
    sled.rail_on(1.0, "vdd_core")
    sled.host_on(1.0)
    assert not sled.read_rail(2.0, "vdd_core.0").on
    assert sled.host_status(2.0) is HostState.OFF
    assert sled.vin(2.0).amps == 0.0
