"""When a moved knob has arrived: by read-back and slope on the virtual clock."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.errors import Aborted, NoReply
from bringup.runner.knobs import Knob, KnobSpec, Settle
from bringup.runner.settle import Settled, drifted, move
from bringup.virtual_clock import VirtualClock

WARM = Settle(tolerance=0.5, slope_per_min=0.2, poll_s=10.0, timeout_s=3600.0)
VOLTS = Settle(tolerance=0.005, slope_per_min=None, poll_s=0.1, timeout_s=10.0)


class Lagging:
    """A quantity that follows its set-point with a time constant, and stops `short` of it."""

    def __init__(self, clock: VirtualClock, tau_s: float, at: float = 20.0, short: float = 0.0) -> None:
        self._clock, self._tau_s, self._short = clock, tau_s, short
        self._from, self._to, self._since = at, at, 0.0
        self.reads = 0

    def move(self, target: float) -> None:
        self._from, self._to, self._since = self.value(), target - self._short, self._clock.now()

    def value(self) -> float:
        gone = math.exp(-(self._clock.now() - self._since) / self._tau_s)
        return self._to + (self._from - self._to) * gone

    def read(self) -> float:
        self.reads += 1
        return self.value()


def knob(settle: Settle, moved: Callable[[float], None], read: Callable[[], float]) -> Knob:
    spec = KnobSpec("coolant", "degC", 10, 60, "", settle, cost_s=0, shared=True)
    return Knob(spec, moved, read)


def moved(settle: Settle, tau_s: float, target: float, short: float = 0.0) -> tuple[Settled, Lagging, VirtualClock]:
    clock = VirtualClock()
    lag = Lagging(clock, tau_s, short=short)
    with clock.enrolled("test"):
        return move(knob(settle, lag.move, lag.read), target, clock), lag, clock


@given(st.floats(1, 600), st.floats(10, 60))
def test_what_has_arrived_is_in_band_and_no_longer_on_its_way(tau_s: float, target: float) -> None:
    settled, lag, _ = moved(WARM, tau_s, target)
    assert settled.doubt == ""
    assert abs(settled.value - target) <= WARM.tolerance
    assert abs(lag.value() - target) <= WARM.tolerance
    # The slope over the last poll bounds what is still to come: an exponential has less than slope * tau left.
    assert abs(lag.value() - target) <= 0.2 * (tau_s + WARM.poll_s) / 60 + 1e-9


@given(st.floats(0.6, 10), st.floats(1, 300))
def test_what_stops_short_of_its_target_is_a_doubt_after_the_timeout(short: float, tau_s: float) -> None:
    settled, lag, clock = moved(WARM, tau_s, 50.0, short=short)
    assert "not settled: coolant" in settled.doubt
    assert "50 degC" in settled.doubt
    assert WARM.timeout_s <= settled.took_s <= WARM.timeout_s + WARM.poll_s
    assert clock.now() == settled.took_s
    assert settled.value == lag.value()


def test_passing_through_the_band_is_not_arriving() -> None:
    """A ramp of 1 K/min is in the band for a minute; it is not at rest there."""
    clock = VirtualClock()
    began = clock.now()
    with clock.enrolled("test"):
        ramp = knob(WARM, lambda _target: None, lambda: 20.0 + (clock.now() - began) / 60)
        settled = move(ramp, 22.0, clock)
    assert settled.doubt != ""


def test_a_knob_without_slope_counts_at_its_first_read_in_band() -> None:
    settled, lag, _ = moved(VOLTS, 1e-6, 20.0)
    assert (settled.took_s, lag.reads, settled.doubt) == (0.0, 1, "")


def test_a_knob_with_slope_is_read_twice_at_least() -> None:
    settled, lag, _ = moved(WARM, 1e-6, 20.0)
    assert (settled.took_s, lag.reads) == (WARM.poll_s, 2)


def test_an_abort_ends_the_waiting_at_once() -> None:
    clock = VirtualClock()
    lag = Lagging(clock, 1000.0)

    def abort() -> None:
        clock.sleep(35.0)
        clock.abort("enough")

    with clock.enrolled("test"):
        clock.spawn(abort, "abort")
        with pytest.raises(Aborted, match="enough"):
            move(knob(WARM, lag.move, lag.read), 50.0, clock)
    assert clock.now() == 35.0


def test_an_instrument_that_cannot_be_read_is_told() -> None:
    def silent() -> float:
        raise NoReply("cdu gave no answer")

    clock = VirtualClock()
    with clock.enrolled("test"), pytest.raises(NoReply):
        move(knob(WARM, lambda _target: None, silent), 50.0, clock)


def test_drift_is_told_with_value_and_target() -> None:
    assert drifted(knob(WARM, lambda _target: None, lambda: 30.5), 30.0) == ""
    assert drifted(knob(WARM, lambda _target: None, lambda: 30.6), 30.0) == "not settled: coolant 30.6 for 30 degC"
