"""Rails: ramps, power-good, decay, and the evidence of what should not have been done."""

from __future__ import annotations

import pytest

from bringup.errors import UnknownName
from bringup_instruments.physics.defects import RailDefects
from bringup_instruments.physics.parameters import RailParameters, Role, SledParameters, VariationParameters
from bringup_instruments.physics.rails import RailBank

RAILS = (
    RailParameters("3v3_sb", Role.STANDBY, 3.3, 3.63),
    RailParameters("vdd_sram", Role.SRAM, 0.8, 0.95, per_chip=True),
    RailParameters("vdd_core", Role.CORE, 0.75, 0.95, per_chip=True),
)


def bank() -> RailBank:
    made = RailBank("SN-1", SledParameters(chips=2, rails=RAILS, variation=VariationParameters.none()), RailDefects())
    made.input_came(0.0)
    return made


def test_soft_start_power_good_and_decay() -> None:
    made = bank()
    (rail,) = made.select("vdd_sram.0")
    made.turn_on(1.0, rail)
    assert rail.volts(1.001) == pytest.approx(0.4)
    assert rail.volts(1.5) == pytest.approx(0.8, abs=2e-4)
    assert not rail.power_good(1.004)
    assert rail.power_good(1.0051)
    made.turn_off(2.0, rail)
    assert not rail.power_good(2.0)
    assert rail.volts(2.020) == pytest.approx(0.8 / 2.71828, rel=1e-3)
    assert rail.volts(3.0) < 1e-9
    assert made.sequence_violations == []


def test_a_rail_before_its_predecessor_is_recorded_by_name() -> None:
    made = bank()
    (core,) = made.select("vdd_core.1")
    made.turn_on(1.0, core)
    (violation,) = made.sequence_violations
    assert (violation.at_s, violation.rail) == (1.0, "vdd_core.1")
    assert violation.reason == "enabled before vdd_sram.1 was good"
    assert core.on


def test_on_but_not_yet_good_is_not_a_predecessor() -> None:
    made = bank()
    made.turn_on(1.0, made.select("vdd_sram.0")[0])
    made.turn_on(1.001, made.select("vdd_core.0")[0])
    assert len(made.sequence_violations) == 1


def test_chips_are_sequenced_independently() -> None:
    made = bank()
    made.turn_on(1.0, made.select("vdd_sram.0")[0])
    made.turn_on(1.1, made.select("vdd_core.0")[0])
    assert made.sequence_violations == []


def test_down_in_the_wrong_order_and_residual_voltage_are_recorded() -> None:
    made = bank()
    sram, core = made.select("vdd_sram.0")[0], made.select("vdd_core.0")[0]
    made.turn_on(1.0, sram)
    made.turn_on(1.1, core)
    made.turn_off(2.0, sram)
    made.turn_on(2.005, sram)
    reasons = [v.reason for v in made.sequence_violations]
    assert reasons[0] == "disabled while vdd_core.0 was on"
    assert reasons[1].startswith("enabled with 0.623 V left")


def test_set_points_are_quantised_and_excess_is_evidence() -> None:
    made = bank()
    (core,) = made.select("vdd_core.0")
    made.set_volts(1.0, core, 0.752)
    assert core.set_volts == 0.751953125
    made.set_volts(1.0, core, 1.0)
    assert made.abs_max_exceedances == []  # off: nothing is on the silicon yet
    made.turn_on(2.0, core)
    (excess,) = made.abs_max_exceedances
    assert (excess.at_s, excess.rail, excess.limit_volts) == (2.0, "vdd_core.0", 0.95)
    assert excess.volts == pytest.approx(1.0)


def test_losing_the_input_forgets_set_points() -> None:
    made = bank()
    (core,) = made.select("vdd_core.0")
    made.set_volts(1.0, core, 0.65)
    made.input_lost(2.0)
    assert core.set_volts == pytest.approx(0.75, abs=2e-4)
    assert not any(rail.on for rail in made)


def test_an_unknown_rail_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown rail 'vdd_coer'; did you mean 'vdd_core'"):
        bank().select("vdd_coer")


@pytest.mark.parametrize(
    ("rails", "what"),
    [
        ((*RAILS, RAILS[0]), "named twice"),
        (RAILS[:2], "one core rail"),
        ((RailParameters("c", Role.CORE, 0.75, 0.9),), "one core rail"),
    ],
)
def test_an_impossible_product_is_refused(rails: tuple[RailParameters, ...], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        SledParameters(rails=rails)
