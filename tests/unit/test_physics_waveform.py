"""What a probe would have seen: ramps, decays, set-point and load steps, the input; and nothing else changed."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest

from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.physics.parameters import Role, VariationParameters
from bringup_instruments.physics.places import Place
from bringup_instruments.physics.waveform import REMEMBERED
from bringup_instruments.world import Changing, Source

TYPICAL = SledParameters(variation=VariationParameters.none())
SUPPLY = Source(54.0, 100.0, on=True)


def made(load_line_ohms: float = 0.0, **vr: float) -> SledPhysics:
    rails = tuple(
        replace(rail, load_line_ohms=load_line_ohms) if rail.role is Role.CORE else rail for rail in TYPICAL.rails
    )
    return SledPhysics("SN-1", replace(TYPICAL, rails=rails, vr=replace(TYPICAL.vr, **vr)), CoolantLoop())


def brought_up(sled: SledPhysics, at_s: float = 1.0) -> float:
    sled.load.feed(at_s, SUPPLY)
    for rail in sled.parameters.rails:
        if rail.role is not Role.STANDBY:
            at_s += 0.05
            sled.rail_on(at_s, rail.name)
    sled.host_on(at_s)
    sled.advance(at_s + 400.0)
    return at_s + 400.0


def test_a_ramp_is_seen_with_its_true_rise() -> None:
    sled = made()
    sled.load.feed(1.0, SUPPLY)
    node = sled.node("vdd_sram", 0)
    sled.rail_on(2.0, "vdd_sram")
    sled.advance(3.0)
    trace = node.trace(1.999, 2.003, 41)
    target = sled.read_rail(3.0, "vdd_sram.0").volts
    assert trace[:11] == pytest.approx([0.0] * 11, abs=1e-9)
    assert trace[15] == pytest.approx(0.25 * target, rel=1e-6)
    assert trace[25] == pytest.approx(0.75 * target, rel=1e-6)
    assert trace[31:] == pytest.approx([target] * 10)
    assert isinstance(node, Changing)
    assert {2.0, 2.002} <= {round(time, 9) for time in node.edges(1.999, 2.003)}


def test_a_trace_is_the_voltage_that_a_meter_saw_at_the_time() -> None:
    sled = made(load_line_ohms=0.02e-3)
    node = sled.node("vdd_core", 1)
    seen = {}
    now = brought_up(sled)
    seen[now + 0.5] = node.volts(now + 0.5)
    sled.start_workload(now + 1.0, "gemm", 30.0)
    for later in (2.0, 7.0, 20.0, 30.9, 31.5, 40.0):
        seen[now + later] = node.volts(now + later)
    sled.set_rail(now + 50.0, "vdd_core", 0.7)
    seen[now + 51.0] = node.volts(now + 51.0)
    sled.rail_off(now + 60.0, "vdd_core")
    seen[now + 60.02] = node.volts(now + 60.02)
    sled.advance(now + 100.0)
    for at_s, volts in seen.items():
        assert node.trace(at_s, at_s, 1)[0] == pytest.approx(volts, abs=2e-5), at_s
    assert len({round(volts, 5) for volts in seen.values()}) > 5


def test_a_decay_goes_on_from_wherever_the_ramp_was() -> None:
    sled = made()
    sled.load.feed(0.0, SUPPLY)
    node = sled.node("vdd_sram", 0)
    sled.rail_on(2.0, "vdd_sram")
    sled.rail_off(2.001, "vdd_sram")
    sled.advance(3.0)
    half = node.trace(2.001, 2.001, 1)[0]
    assert half == pytest.approx(0.4, rel=1e-3)
    decay_s = sled.parameters.rails[3].decay_s
    assert node.trace(2.001 + decay_s, 2.001 + decay_s, 1)[0] == pytest.approx(half * exp(-1.0))


def test_a_load_step_droops_along_the_load_line_with_an_undershoot_on_the_way() -> None:
    sled = made(load_line_ohms=0.1e-3, response_s=5e-6, undershoot_ohms=30e-6)
    node = sled.node("vdd_core", 0)
    now = brought_up(sled)
    before = sled.read_rail(now + 1.0, "vdd_core.0")
    sled.start_workload(now + 1.0, "gemm", 10.0)
    after = sled.read_rail(now + 1.0, "vdd_core.0")
    amps = after.amps - before.amps
    assert amps > 200.0
    sled.advance(now + 2.0)
    trace = node.trace(now + 1.0 - 5e-6, now + 1.0 + 100e-6, 1051)
    assert trace[49] == pytest.approx(before.volts, abs=1e-6)
    assert trace[50] == pytest.approx(before.volts, abs=0.001), "no step is faster than the regulator's response"
    assert trace[-1] == pytest.approx(after.volts, abs=1e-5)
    deepest = min(trace)
    assert after.volts - 30e-6 * amps < deepest < after.volts - 0.05 * 30e-6 * amps
    assert trace.index(deepest) > 60


def test_the_end_of_a_workload_is_a_step_up() -> None:
    sled = made(load_line_ohms=0.1e-3)
    node = sled.node("vdd_core", 0)
    now = brought_up(sled)
    job = sled.start_workload(now + 1.0, "gemm", 10.0)
    sled.advance(now + 60.0)
    lower, higher = node.trace(job.end_s - 1e-3, job.end_s + 1e-3, 2)
    assert higher - lower == pytest.approx(0.1e-3 * 500, rel=0.6)
    assert isinstance(node, Changing)
    assert any(abs(edge - job.end_s) < 1e-9 for edge in node.edges(job.end_s - 1.0, job.end_s + 1.0))


def test_a_flat_regulator_still_dips() -> None:
    sled = made()
    node = sled.node("vdd_core", 0)
    now = brought_up(sled)
    sled.start_workload(now + 1.0, "virus", 10.0)
    sled.advance(now + 2.0)
    trace = node.trace(now + 1.0, now + 1.0 + 100e-6, 1001)
    assert 0.004 < trace[0] - min(trace) < 0.03
    assert trace[-1] == pytest.approx(trace[0], abs=1e-5)


def test_the_input_shows_the_supplys_steps_and_its_decay() -> None:
    sled = made()
    node = sled.node("vin")
    sled.load.feed(1.0, SUPPLY)
    sled.load.feed(2.0, replace(SUPPLY, volts=50.0))
    sled.load.feed(3.0, replace(SUPPLY, on=False))
    sled.advance(4.0)
    trace = node.trace(0.5, 3.5, 7)
    watts = sled.parameters.input.standby_watts
    drop = sled.parameters.input.cable_ohms * watts / 54.0
    assert trace == pytest.approx([0.0, 54.0 - drop, 54.0 - drop, 50.0, 50.0, 50.0, 50.0 * exp(-5.0)], abs=2e-3)
    assert isinstance(node, Changing)
    assert node.edges(0.5, 3.5) == pytest.approx((1.0, 2.0, 3.0))


def test_a_collapse_of_the_input_recovers_by_itself() -> None:
    sled = made()
    node = sled.node("vin")
    now = brought_up(sled)
    sled.load.feed(now + 1.0, Source(54.0, 5.0, on=True))
    sled.advance(now + 1.5)
    assert sled.brownouts
    trace = node.trace(now + 0.99, now + 1.09, 11)
    assert trace[0] == pytest.approx(54.0, abs=0.2)
    assert trace[3] == pytest.approx(38.0, abs=0.1)
    assert trace[8] == pytest.approx(54.0, abs=0.1)


def test_a_million_samples_agree_with_a_thousand() -> None:
    sled = made()
    sled.load.feed(0.0, SUPPLY)
    node = sled.node("vdd_sram", 0)
    sled.rail_on(1.0, "vdd_sram")
    sled.advance(2.0)
    fine = node.trace(0.99, 1.01, 100_001)
    assert list(fine[::100]) == pytest.approx(list(node.trace(0.99, 1.01, 1001)), abs=1e-9)


def test_memory_is_bounded_and_keeps_the_latest() -> None:
    sled = made()
    now = brought_up(sled)
    node = sled.node("vdd_core", 0)
    for number in range(REMEMBERED + 50):
        sled.set_rail(now + number, "vdd_core", 0.7 if number % 2 else 0.72)
    last_s = now + REMEMBERED + 49
    assert isinstance(node, Changing)
    assert len(node.edges(0.0, last_s)) <= 12 * REMEMBERED
    assert node.trace(last_s - 0.5, last_s - 0.5, 1)[0] == pytest.approx(0.72, abs=5e-4)


def test_touching_a_place_changes_nothing() -> None:
    def night(touched: bool) -> list[float]:
        sled = made()
        nodes = [sled.node("vdd_core", n) for n in range(4)] + [sled.node("vin")] if touched else []
        now = brought_up(sled)
        sled.start_workload(now + 1.0, "gemm", 60.0)
        seen = []
        for later in range(2, 90, 7):
            seen += [sled.vin(now + later).volts, sled.read_rail(now + later, "vdd_core.2").amps]
            seen += sled.sensors(now + later).values()
            for node in nodes:
                node.trace(now, now + later, 100)
        return seen

    assert night(touched=True) == night(touched=False)


def test_terminals_tell_their_steps_and_a_plain_place_has_none() -> None:
    block = TerminalBlock(10.0)
    block.feed(1.0, Source(12.0, 5.0, on=True))
    block.feed(2.0, Source(6.0, 5.0, on=True))
    assert isinstance(block, Changing)
    assert block.edges(0.5, 3.0) == (1.0, 2.0)
    assert Place().edges(0.0, 9.0) == ()
