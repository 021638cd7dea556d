"""Units: what may be compared, by what factor, and what is said of a unit that is none."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bringup.units import _UNITS, UnitMistake, convert, dimension

UNITS = st.sampled_from(sorted(_UNITS))
VALUES = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-12)


@given(VALUES, UNITS, UNITS)
def test_there_and_back_again(value: float, one: str, other: str) -> None:
    assume(dimension(one) == dimension(other))
    assert convert(convert(value, one, other), other, one) == pytest.approx(value, rel=1e-12)


@given(st.integers(-10_000_000, 10_000_000), st.sampled_from([("mV", "V"), ("MHz", "GHz"), ("W", "kW")]))
def test_a_number_reads_the_same_in_another_unit(thousandths: int, units: tuple[str, str]) -> None:
    """A limit written in volts and one written in millivolts must agree on the value that lies on them."""
    small, large = units
    assert convert(float(thousandths), small, large) == float(f"{thousandths}e-3")
    assert convert(float(f"{thousandths}e-3"), large, small) == thousandths


@given(VALUES, UNITS)
def test_to_its_own_unit_nothing_changes(value: float, unit: str) -> None:
    assert convert(value, unit, unit) == value


@given(VALUES, UNITS, UNITS)
def test_different_things_are_never_compared(value: float, one: str, other: str) -> None:
    assume(dimension(one) != dimension(other))
    with pytest.raises(UnitMistake, match="measures"):
        convert(value, one, other)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [(750, "mV", "V", 0.75), (1.6, "GHz", "Hz", 1.6e9), (4.2, "kW", "W", 4200), (1.5, "min", "s", 90)],
)
def test_factors(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(value, unit, to) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        *[("mhz", "MHz"), ("ohm", "Ohm"), ("Deg", "degC"), ("l/min", "L/min"), ("kw", "kW")],
        *[("Volt", "V"), ("C", "degC"), ("°C", "degC"), ("Celsius", "degC"), ("Ω", "Ohm"), ("percent", "%")],
        *[("µs", "us"), ("μs", "us"), ("sec", "s"), ("LPM", "L/min"), ("Watts", "W"), ("hertz", "Hz")],
    ],
)
def test_a_wrong_unit_is_told_what_was_meant(wrong: str, meant: str) -> None:
    with pytest.raises(UnitMistake, match=rf"unknown unit '{wrong}'; did you mean '{meant}'\?"):
        dimension(wrong)


def test_an_unknown_unit_lists_the_known_ones() -> None:
    with pytest.raises(UnitMistake, match=r"unknown unit 'furlong' \(valid: %, A, .*, us\)"):
        convert(1.0, "V", "furlong")


def test_the_same_unknown_unit_twice_is_still_unknown() -> None:
    with pytest.raises(UnitMistake, match="furlong"):
        convert(1.0, "furlong", "furlong")
