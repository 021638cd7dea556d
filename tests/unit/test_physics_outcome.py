"""How a chip fails: with the right probability, the right kind, at the right moment."""

from __future__ import annotations

from statistics import NormalDist

import pytest

from bringup_instruments.physics.outcome import (
    Luck,
    depth_volts,
    error_count,
    exposure_to_depth_s,
    hang_depth_volts,
    set_point_vmin_volts,
)
from bringup_instruments.physics.parameters import ChipParameters
from bringup_instruments.physics.parts import PartTraits

CHIP = ChipParameters()
LUCKS = [Luck.of("SN-1", job, 0) for job in range(4000)]


def passes(margin: float, seconds: float) -> float:
    return sum(depth_volts(CHIP, margin, luck, seconds) <= 0.0 for luck in LUCKS) / len(LUCKS)


@pytest.mark.parametrize("margin", [-0.003, -0.001, 0.0, 0.002, 0.004])
def test_pass_probability_is_the_normal_edge(margin: float) -> None:
    assert passes(margin, 1.0) == pytest.approx(NormalDist().cdf(margin / 0.002), abs=0.025)


def test_a_ten_second_screen_under_reports_a_night_by_seven_millivolts() -> None:
    gemm, part = CHIP.workloads["gemm"], PartTraits()
    short, night = (
        set_point_vmin_volts(CHIP, part, gemm, hertz=1.6e9, celsius=70.0, seconds=s) for s in (10.0, 43200.0)
    )
    die_shift = (night - short) * 0.93  # path and droop take the rest of a set-point's move
    assert die_shift == pytest.approx(0.0073, abs=0.0006)


def test_hangs_ramp_between_5_and_25_millivolts() -> None:
    hangs = [hang_depth_volts(CHIP, luck) for luck in LUCKS]
    assert sum(d < 0.005 for d in hangs) == 0
    assert sum(d < 0.015 for d in hangs) / len(hangs) == pytest.approx(0.5, abs=0.03)
    assert max(hangs) <= 0.025


def test_depth_and_the_moment_that_reaches_it_are_inverse() -> None:
    for luck in LUCKS[:50]:
        moment = exposure_to_depth_s(CHIP, -0.004, luck, 0.006)
        if 1e-6 < moment < 1e9:
            assert depth_volts(CHIP, -0.004, luck, moment) == pytest.approx(0.006, abs=1e-9)


def test_errors_grow_with_depth_and_a_pass_has_none() -> None:
    luck = Luck.of("SN-2", 1, 0)
    assert error_count(CHIP, -0.001, luck) == 0
    counts = [error_count(CHIP, depth, luck) for depth in (0.0005, 0.002, 0.005, 0.010)]
    assert counts == sorted(counts)
    assert counts[0] >= 1
    assert counts[-1] > 20 * counts[0]
