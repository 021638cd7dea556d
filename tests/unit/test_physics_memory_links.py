"""Memory stacks and serial links: training against temperature, errors in time, margins, downtrains, flaps."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bringup_instruments.physics.defects import ChipDefects, LinkDefects
from bringup_instruments.physics.hardware import LinkParameters, MemoryParameters
from bringup_instruments.physics.links import Link, bit_error_rate
from bringup_instruments.physics.memory import Memory

HOT = MemoryParameters(stacks=4, channels=32, weak_share=0.0)
HOST = LinkParameters("host", "pcie", "host", generation=5, lanes=8, gbit_per_lane=32.0)


def trained_share(celsius: float, parameters: MemoryParameters, units: int = 400) -> float:
    memories = (Memory(f"SN-{n}", 0, parameters, ChipDefects()) for n in range(units))
    stacks = [not any(not ok for ok in row) for memory in memories for row in rows(memory, celsius, parameters)]
    return sum(stacks) / len(stacks)


def rows(memory: Memory, celsius: float, parameters: MemoryParameters) -> Iterable[tuple[bool, ...]]:
    memory.train(celsius)
    for stack in range(parameters.stacks):
        yield memory.trained[stack * parameters.channels : (stack + 1) * parameters.channels]


def test_half_of_the_stacks_fail_at_t50_and_none_when_cool() -> None:
    assert trained_share(102.0, HOT) == pytest.approx(0.5, abs=0.05)
    assert trained_share(80.0, HOT) == 1.0
    assert trained_share(115.0, HOT) < 0.02


def test_a_weak_stack_fails_eight_degrees_earlier_and_always_in_the_same_channel() -> None:
    weak = MemoryParameters(stacks=1, channels=32, weak_share=1.0)
    assert trained_share(94.0, weak) == pytest.approx(0.5, abs=0.07)
    memory = Memory("SN-1", 0, weak, ChipDefects())
    failed = {memory.failed_channels for _ in range(60) if not memory.train(96.0)}
    assert len(failed) == 1


def test_corrected_errors_double_with_ten_degrees_and_a_doubled_refresh_takes_them_away() -> None:
    memory = Memory("SN-1", 0, HOT, ChipDefects())
    assert memory.correctable_per_hour(95.0, 1.0) == pytest.approx(2.0 * memory.correctable_per_hour(85.0, 1.0))
    before = memory.correctable_per_hour(95.0, 1.0)
    memory.refresh_scale = 2.0
    assert memory.correctable_per_hour(95.0, 1.0) < 0.2 * before


def test_a_count_never_depends_on_how_often_anyone_looked() -> None:
    counts = []
    for steps in (1, 7, 360):
        memory = Memory("SN-1", 0, HOT, ChipDefects(correctable_scale=400.0, uncorrectable_per_hour=5.0))
        memory.train(60.0)
        for _ in range(steps):
            memory.live(3600.0 / steps, 85.0, 1.0)
        counts.append((memory.counters.correctable, memory.counters.uncorrectable, memory.counters.remapped))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0][0] == pytest.approx(20.0, abs=14.0), "400 times 0.05 an hour, as Poisson has it"
    assert counts[0][1] > 0


def test_spare_rows_run_out_and_the_row_map_outlives_the_power() -> None:
    memory = Memory("SN-1", 0, HOT, ChipDefects(uncorrectable_per_hour=600.0))
    memory.train(60.0)
    memory.live(3600.0, 85.0, 1.0)
    assert memory.is_exhausted
    memory.forget()
    assert memory.counters.remapped == HOT.spare_rows
    assert (memory.counters.correctable, memory.trained) == (0, ())


def link(defects: LinkDefects | None = None) -> Link:
    return Link("SN-1", "host.0.0", HOST, lambda: defects)


def test_a_slow_link_is_cured_by_ac_power_and_not_by_a_warm_start() -> None:
    one = link(LinkDefects(trains_to_generation=1))
    one.train(0.0)
    assert one.state(1.0).generation == 5, "the first start after AC power is good"
    one.drop(10.0)
    one.train(20.0)
    assert one.state(21.0).generation == 1
    one.lose_power()
    one.train(40.0)
    assert one.state(41.0).generation == 5


def test_a_flapping_link_looks_fine_in_a_snapshot() -> None:
    one = link(LinkDefects(flaps_per_hour=1415 * 30.0))
    one.train(0.0)
    seen = one.state(120.0)
    assert (seen.generation, seen.lanes) == (5, 8)
    assert seen.transitions == pytest.approx(1415, abs=2)


def test_a_weak_lane_loses_its_margin_in_the_cold_alone() -> None:
    weak, good = link(LinkDefects(weak_lane=3, weak_per_kelvin=0.5)), link()
    assert weak.margin(3, 40.0) == good.margin(3, 40.0)
    assert good.margin(3, 0.0) - weak.margin(3, 0.0) == pytest.approx(10.0)
    assert weak.margin(2, 0.0) == good.margin(2, 0.0)
    assert sum(good.margins(45.0)) / 8 == pytest.approx(38.0, abs=2.5)


def test_errors_follow_the_margin() -> None:
    assert bit_error_rate(38.0) == bit_error_rate(30.0) == pytest.approx(1e-15)
    assert bit_error_rate(28.0) == pytest.approx(1e-14)
    assert bit_error_rate(0.0) <= 0.5
    assert link().errors(3600.0, 45.0) == pytest.approx(8 * 3600 * 32e9 * 1e-15, rel=0.5)
