"""The nearest valid name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.nearest import nearest, unknown

RAILS = ("vdd_core", "vdd_sram", "vddc_hbm", "3v3_sb")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        *[("vdd_coer", "vdd_core"), ("VDD_CORE", "vdd_core"), ("vddcore", "vdd_core"), ("3v3", "3v3_sb")],
        *[("vdd_sran", "vdd_sram"), ("nothing alike", None), ("", None)],
    ],
)
def test_the_nearest_name_is_what_was_meant(wrong: str, meant: str | None) -> None:
    assert nearest(wrong, RAILS) == meant


@given(st.text(), st.lists(st.text()))
def test_only_a_valid_name_is_ever_offered(wrong: str, valid: list[str]) -> None:
    assert nearest(wrong, valid) in (*valid, None)
    assert repr(wrong) in unknown("rail", wrong, valid)


def test_it_offers_the_name_as_it_is_written() -> None:
    assert nearest("multimetre", ["Multimeter"]) == "Multimeter"


def test_a_short_list_is_shown_whole_and_a_long_one_only_where_nothing_is_near() -> None:
    assert unknown("rail", "vdd_coer", RAILS[:2]) == (
        "unknown rail 'vdd_coer'; did you mean 'vdd_core'? (valid: vdd_core, vdd_sram)"
    )
    many = [f"rail_{number}" for number in range(30)]
    assert unknown("rail", "rail_1x", many) == "unknown rail 'rail_1x'; did you mean 'rail_1'?"
    assert "rail_29" in unknown("rail", "qqq", many)
    assert unknown("rail", "x", []) == "unknown rail 'x' (valid: none)"
