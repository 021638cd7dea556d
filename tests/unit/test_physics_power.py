"""Numbers that a kW-class chip must show: power, regulator, speed, variation."""

from __future__ import annotations

import subprocess
import sys
from math import log
from statistics import correlation, quantiles, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.physics.outcome import set_point_vmin_volts
from bringup_instruments.physics.parameters import ChipParameters, VariationParameters, VrParameters
from bringup_instruments.physics.parts import PartTraits, draw_part
from bringup_instruments.physics.power import core_power, regulator_efficiency
from bringup_instruments.physics.speed import die_vmin_volts, fmax_hertz, path_vmin_volts, sram_floor_volts

CHIP = ChipParameters()


@given(
    volts=st.floats(0.3, 1.1),
    hertz=st.floats(0.0, 2.5e9),
    activity=st.floats(0.0, 1.0),
    celsius=st.floats(0.0, 125.0),
)
def test_current_and_path_drop_agree_with_the_set_point(
    volts: float, hertz: float, activity: float, celsius: float
) -> None:
    power = core_power(CHIP, 1.0, volts, hertz=hertz, activity=activity, celsius=celsius)
    assert power.die_volts + CHIP.path_ohms * power.amps == pytest.approx(volts, abs=1e-8)
    assert power.watts == pytest.approx(power.die_volts * power.amps)


@given(celsius=st.floats(0.0, 120.0), scale=st.floats(0.3, 3.0))
def test_leakage_slope_is_the_derivative(celsius: float, scale: float) -> None:
    def watts(at: float) -> float:
        return core_power(CHIP, scale, 0.75, hertz=1.6e9, activity=0.85, celsius=at).watts

    slope = core_power(CHIP, scale, 0.75, hertz=1.6e9, activity=0.85, celsius=celsius).watts_per_kelvin
    assert slope == pytest.approx((watts(celsius + 0.01) - watts(celsius - 0.01)) / 0.02, rel=1e-3)


def test_an_unpowered_core_draws_nothing() -> None:
    assert core_power(CHIP, 1.0, 0.0, hertz=1.6e9, activity=1.0, celsius=85.0).amps == 0.0


@pytest.mark.parametrize(("amps", "efficiency"), [(75, 0.84), (600, 0.927), (970, 0.921)])
def test_regulator_efficiency(amps: float, efficiency: float) -> None:
    """Counted on the power that reaches the transistors, which is how the published figures count."""
    volts = 0.75 - amps * CHIP.path_ohms
    assert regulator_efficiency(VrParameters(), volts, amps) == pytest.approx(efficiency, abs=0.004)


def test_vmin_falls_with_heat_below_the_crossover() -> None:
    cold, hot = (path_vmin_volts(CHIP, 0.0, 1.6e9, celsius) for celsius in (0.0, 105.0))
    assert cold == pytest.approx(0.625, abs=0.001)
    assert hot == pytest.approx(0.592, abs=0.001)
    assert (hot - cold) / 105.0 == pytest.approx(-0.32e-3, abs=0.01e-3)


def test_temperature_inversion_ends_near_0v7() -> None:
    def hot_gain(volts: float) -> float:
        return fmax_hertz(CHIP, 0.0, volts, 85.0) - fmax_hertz(CHIP, 0.0, volts, 0.0)

    assert hot_gain(0.65) > 0.0 > hot_gain(0.75)
    assert abs(hot_gain(0.70)) < 0.02e9


@given(hertz=st.floats(0.3e9, 2.4e9), celsius=st.floats(-10.0, 120.0), shift=st.floats(-0.03, 0.03))
def test_vmin_is_the_inverse_of_fmax(hertz: float, celsius: float, shift: float) -> None:
    volts = path_vmin_volts(CHIP, shift, hertz, celsius)
    assert fmax_hertz(CHIP, shift, volts, celsius) == pytest.approx(hertz, rel=1e-6)


def test_the_sram_floor_makes_a_flat_bottom() -> None:
    assert die_vmin_volts(CHIP, 0.0, 0.5e9, 60.0) == die_vmin_volts(CHIP, 0.0, 1.0e9, 60.0) == 0.560
    assert sram_floor_volts(CHIP, 5.0) == pytest.approx(0.565)


def test_below_threshold_nothing_runs() -> None:
    assert fmax_hertz(CHIP, 0.0, 0.2, 25.0) == 0.0


def test_set_point_vmin_is_665_millivolts_and_the_droop_300_amps() -> None:
    gemm = CHIP.workloads["gemm"]
    vmin = set_point_vmin_volts(CHIP, PartTraits(), gemm, hertz=1.6e9, celsius=63.0)
    assert vmin == pytest.approx(0.665, abs=0.003)
    power = core_power(CHIP, 1.0, vmin, hertz=1.6e9, activity=0.85, celsius=63.0)
    assert gemm.step_share * power.dynamic_amps == pytest.approx(300.0, abs=3.0)


def test_parts_spread_as_leakage_and_vmin_of_one_draw() -> None:
    parts = [draw_part(f"B0-{n:05d}", 0, VariationParameters()) for n in range(6000)]
    vmin = [path_vmin_volts(CHIP, part.threshold_shift_volts, 1.6e9, 70.6) for part in parts]
    watts = [
        core_power(CHIP, p.leakage_scale, 0.75, hertz=1.6e9, activity=0.85, celsius=70.6).leakage_watts for p in parts
    ]
    cuts = quantiles(watts, n=20)
    assert stdev(vmin) == pytest.approx(12.4e-3, abs=0.4e-3)
    assert [cuts[0], cuts[9], cuts[18]] == pytest.approx([22.0, 37.0, 62.0], rel=0.04)
    assert correlation(vmin, [log(w) for w in watts]) == pytest.approx(-0.88, abs=0.01)


def test_a_lot_shifts_all_its_parts_alike() -> None:
    spread = VariationParameters()
    shifts = {
        draw_part(sn, 0, spread, lot="L7").threshold_shift_volts - draw_part(sn, 0, spread).threshold_shift_volts
        for sn in ("A1", "A2", "A3")
    }
    assert max(shifts) - min(shifts) < 1e-12
    assert abs(next(iter(shifts))) > 1e-6


def test_a_part_is_the_same_in_every_process() -> None:
    code = (
        "from bringup_instruments.physics.parts import draw_part\n"
        "from bringup_instruments.physics.parameters import VariationParameters\n"
        "print(repr(draw_part('SN-17', 3, VariationParameters())))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == repr(draw_part("SN-17", 3, VariationParameters()))
