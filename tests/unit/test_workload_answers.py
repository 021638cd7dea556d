"""Workloads whose answers are computed: wrong digests at the edge, silent corruption, clocks, ageing, links, memory."""

from __future__ import annotations

import json
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup_instruments.physics.bit_errors import poisson
from bringup_instruments.physics.golden import _golden, _operand, compare
from bringup_instruments.physics.jobs import PATTERNS, Job
from bringup_instruments.physics.outcome import Luck, depth_volts, error_count
from bringup_instruments.physics.parameters import ChipParameters, WorkloadParameters

from .host_terminal import Terminal, booted


@pytest.fixture
def terminal() -> Terminal:
    return booted()


def chips(answer: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer)["chips"]
    return found


def job(number: int = 1, workload: str = "gemm", pattern: str = "random") -> Job:
    return Job(number, workload, WorkloadParameters(0.85, 0.4), 0.0, 60.0, (), pattern)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_golden_answer_is_the_integer_product(pattern: str) -> None:
    left, right = _operand(pattern, 0).tolist(), _operand(pattern, 1).tolist()
    golden = _golden(pattern, False).tolist()
    for row, column in ((0, 0), (3, 61), (63, 63)):
        assert golden[row][column] == sum(left[row][k] * right[k][column] for k in range(64))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 70_000), st.integers(0, 50))
def test_every_error_is_found_by_comparing_and_none_where_there_is_none(by_chance: int, silent: int) -> None:
    seen = compare("SN-1", job(), 2, by_chance, silent)
    assert seen.errors == by_chance + silent
    assert (seen.digest == seen.golden) == (by_chance + silent == 0)
    assert seen.accumulators == min(by_chance + silent, 4096)


def test_a_replay_repeats_corruption_and_not_noise() -> None:
    assert compare("SN-1", job(1), 0, 0, 3).digest == compare("SN-1", job(2), 0, 0, 3).digest
    assert compare("SN-1", job(1), 0, 3, 0).digest != compare("SN-1", job(2), 0, 3, 0).digest
    assert compare("SN-1", job(1), 0, 3, 0) == compare("SN-1", job(1), 0, 3, 0)


def test_a_good_sled_gives_golden_results_on_all_chips(terminal: Terminal) -> None:
    for workload in ("idle", "memory", "gemm", "virus", "collective"):
        for chip in chips(terminal.run(workload, 5.0)):
            assert chip["errors"] == 0
            assert chip["digest"] == chip["golden"]


def test_a_marginal_point_returns_a_wrong_digest_just_where_it_has_errors(terminal: Terminal) -> None:
    seen: set[bool] = set()
    volts = 0.720
    while seen != {False, True}:
        volts -= 0.001
        terminal.sled.set_rail(terminal.now, "vdd_core.0", volts)
        (chip,) = chips(terminal.run("gemm --chip 0", 5.0))
        assert (chip["digest"] == chip["golden"]) == (chip["errors"] == 0)
        seen.add(chip["errors"] > 0)
    assert volts > 0.600


def test_silent_corruption_is_found_only_with_its_pattern_and_is_in_no_log(terminal: Terminal) -> None:
    terminal.sled.defects.chip(3).corrupts = 4
    log = terminal.ask("dmesg")
    first, again = (chips(terminal.run("gemm", 5.0)) for _ in range(2))
    assert [chip["errors"] for chip in first] == [0, 0, 0, 4]
    assert first[3]["digest"] == again[3]["digest"] != first[3]["golden"]
    other = chips(terminal.run("gemm --pattern ones", 5.0))
    assert [chip["errors"] for chip in other] == [0, 0, 0, 0]
    assert chips(terminal.run("memory", 5.0))[3]["errors"] == 0
    assert terminal.ask("dmesg") == log


def test_a_clock_that_stops_short_passes_and_is_measured_short(terminal: Terminal) -> None:
    terminal.sled.defects.chip(1).clock_short = 0.5
    runs = [chips(terminal.run("gemm", 2.0)) for _ in range(12)]
    short = [run[1]["hertz"] for run in runs if run[1]["hertz"] < 1.5e9]
    assert 2 <= len(short) <= 10
    assert short == pytest.approx([0.6 * 1.6e9] * len(short), rel=1e-4)
    assert {chip["errors"] for run in runs for chip in run} == {0}
    assert all(run[0]["hertz"] == pytest.approx(1.6e9, rel=1e-4) for run in runs)
    terminal.sled.defects.chip(1).clock_short = 0.0
    assert chips(terminal.run("gemm", 2.0))[1]["hertz"] == pytest.approx(1.6e9, rel=1e-4)


def test_a_cold_pll_loses_lock_miscompares_and_runs_off_its_clock(terminal: Terminal) -> None:
    terminal.sled.defects.chip(2).pll_unlocks_below_celsius = 95.0
    terminal.sled.touch(terminal.now)
    found = chips(terminal.run("idle", 600.0))
    assert found[2]["lock_losses"] > 10
    assert found[2]["errors"] > 0
    assert found[2]["digest"] != found[2]["golden"]
    assert 0.0009 < 1.0 - found[2]["hertz"] / 1.6e9 < 0.0101
    assert [found[n]["lock_losses"] for n in (0, 1, 3)] == [0, 0, 0]
    assert terminal.sled.measured_clock(terminal.now, 2) < 1.599e9
    terminal.sled.defects.chip(2).pll_unlocks_below_celsius = -273.0
    terminal.sled.touch(terminal.now)
    after = chips(terminal.run("idle", 60.0))[2]
    assert after["lock_losses"] == found[2]["lock_losses"], "sticky"
    assert after["hertz"] == pytest.approx(1.6e9, rel=1e-4)
    assert after["errors"] == 0


def test_ageing_raises_vmin_with_hours_under_load_alone(terminal: Terminal) -> None:
    chip = terminal.sled.chips[0]
    terminal.sled.defects.chip(0).ageing_volts_per_hour = 0.020 / 12.0
    terminal.wait(6 * 3600.0)
    assert chip.aged_volts == 0.0
    workload = terminal.sled.parameters.chip.workloads["gemm"]
    before = chip.margin(workload)
    terminal.run("gemm", 12 * 3600.0)
    assert chip.aged_volts == pytest.approx(0.020, rel=1e-6)
    terminal.wait(3600.0)
    assert before - chip.margin(workload) == pytest.approx(0.020, abs=0.001)


def test_a_pattern_on_the_links_counts_bits_and_errors_by_lane(terminal: Terminal) -> None:
    terminal.sled.defects.link("peer.1.2").weak_lane = 5
    terminal.sled.defects.link("peer.1.2").weak_per_kelvin = 1.0
    terminal.sled.board_celsius = 4.0
    found = chips(terminal.run("prbs", 1.0))
    assert [len(chip["links"]) for chip in found] == [12] * 4
    by_name = {link["link"]: link for chip in found for link in chip["links"]}
    assert by_name["host.0.0"]["bits"] == pytest.approx(8 * 32e9)
    assert by_name["peer.1.2"]["bits"] == pytest.approx(8 * 64e9)
    for chip in found:
        assert chip["errors"] == sum(sum(link["lane_errors"]) for link in chip["links"])
    assert sum(by_name["peer.1.2"]["lane_errors"]) == by_name["peer.1.2"]["lane_errors"][5]


def test_a_poisson_number_has_its_mean_and_spread() -> None:
    for mean in (0.3, 5.0, 200.0):
        drawn = [poisson(mean, "test", mean, n) for n in range(2000)]
        assert sum(drawn) / 2000 == pytest.approx(mean, abs=4 * (mean / 2000) ** 0.5)
        spread = sum((one - mean) ** 2 for one in drawn) / 2000
        assert spread == pytest.approx(mean, rel=0.15)
    assert poisson(0.0, "test") == 0


def test_a_memory_test_finds_weak_rows_and_channels_that_never_answer() -> None:
    terminal = Terminal()
    terminal.sled.defects.chip(2).memory_weak_celsius = 80.0
    terminal.sled.defects.chip(0).uncorrectable_per_hour = 120.0
    terminal.boot()
    terminal.ask("workload start memtest --seconds 120", 125.0)
    terminal.sled.defects.chip(0).uncorrectable_per_hour = 0.0
    terminal.wait(1.0)
    found = chips(terminal.ask("workload result 1")[0])
    assert found[2]["failed_channels"] == list(terminal.sled.memory(terminal.now, 2).failed_channels)
    assert found[2]["errors"] >= 60
    assert 0 < len(found[0]["weak_rows"]) == found[0]["uncorrectable"]
    assert 0 < found[0]["errors"] <= found[0]["uncorrectable"]
    assert found[0]["digest"] != found[0]["golden"]
    assert (found[1]["errors"], found[1]["digest"]) == (0, found[1]["golden"])
    assert found[1]["channels"] == 128


def test_a_collective_needs_its_links(terminal: Terminal) -> None:
    found = chips(terminal.run("collective", 2.0))
    assert len({chip["digest"] for chip in found}) == 1
    assert len({chip["busbw"] for chip in found}) == 1
    terminal.sled.defects.link("peer.0.0").trains_to_generation = 1
    terminal.sled.restart_host(terminal.now)
    terminal.wait(310.0)
    assert chips(terminal.run("collective", 2.0))[0]["busbw"] < found[0]["busbw"]


def test_a_job_on_some_chips_loads_them_alone(terminal: Terminal) -> None:
    terminal.ask("workload start virus --seconds 30 --chip 1 --chip 3", 0.2)
    terminal.wait(25.0)
    busy = [chip.operating().core.watts > 400.0 for chip in terminal.sled.chips]
    assert busy == [False, True, False, True]
    terminal.wait(10.0)
    assert [chip["chip"] for chip in chips(terminal.ask("workload result 1")[0])] == [1, 3]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("gemm --seconds 5 --chip 4", "there is no chip 4"),
        ("gemm --seconds 5 --chip 1 --chip 1", "name each chip once"),
        ("gemm --seconds 5 --chip x", "invalid literal"),
        ("gemm --seconds 5 --pattern onse", "did you mean 'ones'"),
        ("gemm --seconds 5 --chip", "the forms are"),
        ("gemm --seconds 5 --seconds 6", "the forms are"),
    ],
)
def test_a_job_that_cannot_be_is_refused(terminal: Terminal, line: str, complaint: str) -> None:
    (told,) = terminal.ask(f"workload start {line}")
    assert told.startswith("error: ")
    assert complaint in told
    assert terminal.status() == 1


def test_the_odds_of_a_pass_are_the_edges() -> None:
    """What comparing finds is wrong as often as the physics says: P(pass) = Phi(margin / sigma) at one second."""
    core, margin = ChipParameters(), 0.001
    right = 0
    for number in range(1, 1001):
        luck = Luck.of("SN-9", number, 0)
        errors = error_count(core, depth_volts(core, margin, luck, 1.0), luck)
        seen = compare("SN-9", job(number), 0, errors, 0)
        right += seen.digest == seen.golden
    assert right / 1000 == pytest.approx(NormalDist().cdf(margin / core.edge_sigma_volts), abs=0.06)
