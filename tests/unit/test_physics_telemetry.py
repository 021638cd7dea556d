"""What firmware says of a sled: late, averaged, in steps, off; and each way to lie, only where it would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.errors import UnknownName
from bringup_instruments.physics.defects import SledDefects
from bringup_instruments.physics.hardware import SensorParameters
from bringup_instruments.physics.parameters import SledParameters
from bringup_instruments.physics.telemetry import Lie, LieKind, Sample, Telemetry


class Ramp:
    """A truth that rises by 2 in a second, from 10; a second quantity beside it rises by 1."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def advance(self, at_s: float) -> None:
        self.now_s = max(self.now_s, at_s)

    def true_values(self) -> dict[str, float]:
        return {"tj.0": self.true_value("tj.0"), "tj.1": self.true_value("tj.1")}

    def true_value(self, quantity: str) -> float:
        return {"tj.0": 10.0 + 2.0 * self.now_s, "tj.1": 100.0 + self.now_s}[quantity]


def firmware(**facts: float) -> tuple[Ramp, SledDefects, Telemetry]:
    given_facts = {"resolution": 0.01, "sigma": 0.0, **facts}
    sensor = SensorParameters("tj", "tj", "degC", ("bmc", "console"), per_chip=True, **given_facts)
    truth, defects = Ramp(), SledDefects()
    product = SledParameters(chips=2, sensors=(sensor,))
    return truth, defects, Telemetry(truth, lambda: 0.0, product, "SN-1", defects.lies)


def test_a_sample_is_taken_at_whole_periods_and_shown_late() -> None:
    _, _, seen = firmware(period_s=1.0, delay_s=0.3)
    assert seen.read(5.2, "tj.0", "bmc") == Sample(18.0, 4.0)
    seen.note(5.2)
    assert seen.read(5.3, "tj.0", "bmc") == pytest.approx((20.0, 5.0))
    assert seen.read(6.2, "tj.0", "bmc").sampled_s == 5.0


def test_a_sample_from_the_past_is_what_was_true_then_however_late_it_is_asked_for() -> None:
    early, _, first = firmware(period_s=1.0)
    late, _, second = firmware(period_s=1.0)
    first.read(0.0, "tj.0", "bmc")
    second.read(0.0, "tj.0", "bmc")
    for step in range(1, 40):  # somebody else looks at the sled all the time
        late.advance(step * 0.1)
        second.note(step * 0.1)
    assert early.now_s < late.now_s
    assert second.read(3.95, "tj.0", "bmc").value == pytest.approx(first.read(3.95, "tj.0", "bmc").value, abs=0.011)


def test_a_mean_is_over_the_time_before() -> None:
    truth, _, seen = firmware(period_s=1.0, average_s=2.0)
    seen.read(0.0, "tj.0", "bmc")
    for step in range(1, 11):
        truth.advance(float(step))
        seen.note(float(step))
    assert seen.read(10.0, "tj.0", "bmc").value == pytest.approx(10.0 + 2.0 * 9.0, abs=0.02)


@given(st.floats(0.0, 1e5), st.floats(0.001, 10.0))
def test_readings_are_whole_steps(at_s: float, step: float) -> None:
    _, _, seen = firmware(resolution=step)
    value = seen.read(at_s, "tj.0", "bmc").value
    assert value / step == pytest.approx(round(value / step), abs=1e-6)
    assert abs(value - (10.0 + 2.0 * at_s)) <= 0.5 * step + 1e-6


@pytest.mark.parametrize(
    ("kind", "value", "sampled_s"),
    [
        (LieKind.STUCK, 30.0, 20.0),
        (LieKind.STALE, 30.0, 10.0),
        (LieKind.WRONG_PAGE, 0.0, 20.0),
        (LieKind.SIGN_WRAP, 655.36 - 50.0, 20.0),
        (LieKind.EXPONENT, 50.0 * 2048.0, 20.0),
        (LieKind.OFFSET, 57.5, 20.0),
        (LieKind.SWAPPED, 120.0, 20.0),
    ],
)
def test_a_lie_lies_where_it_would_and_from_then_on(kind: LieKind, value: float, sampled_s: float) -> None:
    _, defects, seen = firmware(period_s=1.0)
    defects.lies["tj.0", "bmc"] = Lie(kind, since_s=10.0, other="tj.1", offset=7.5)
    assert seen.read(9.0, "tj.0", "bmc").value == pytest.approx(28.0)
    assert seen.read(20.0, "tj.0", "bmc") == pytest.approx((value, sampled_s))
    assert seen.read(20.0, "tj.0", "console").value == pytest.approx(50.0), "another witness tells the truth"
    assert seen.read(20.0, "tj.1", "bmc").value == pytest.approx(120.0)


def test_a_sensor_that_is_not_there_is_told_the_nearest() -> None:
    _, _, seen = firmware()
    assert seen.names("bmc") == ("tj.0", "tj.1")
    assert seen.names("pmbus") == ()
    with pytest.raises(UnknownName, match=r"unknown sensor 'tj.2'; did you mean 'tj\.[01]'"):
        seen.read(0.0, "tj.2", "bmc")
