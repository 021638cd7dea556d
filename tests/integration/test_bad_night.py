"""What a plan or an instrument does wrong in a night: the verdict, the cause, and every sled safe at the end.

The judge is the simulated lab's own physics. What can be found before a night is in `test_bad_input.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bringup import Measure, Multimeter, Plan, Sled, plan, unjudged
from bringup.errors import BadReply, BenchError, InstrumentError, NoReply
from bringup.events import EventKind
from bringup.files.plan_file import load_plans
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.verdicts import Verdict
from bringup_instruments.lab import SimulatedLab
from tests.integration.one_night import METER, SUPPLY, Seen, hold_one, wired

PLAN = '''\
from bringup import Measure, Multimeter, Sled, at_most, between, of_product, plan, sweep


@plan(
    points=(),
    limits={"x": at_most(1)},
)
def mine(sled: Sled, measure: Measure) -> None:
    """Mine."""
    measure("x", 0)
'''


def misbehaving(lab: Path, body: str, limits: str = '{"x": at_most(1)}') -> Plan:
    path = lab / "mine.py"
    text = PLAN.replace('measure("x", 0)', body).replace('{"x": at_most(1)}', limits)
    path.write_text(text, encoding="utf-8")
    return load_plans(path)[0]


def assert_safe(seen: Seen) -> None:
    assert seen.danger() == []
    assert seen.misdeeds() == []
    assert seen.held.result.unsafe == ()
    for slot in seen.energized:
        assert seen.kinds(slot)[-1] is EventKind.MADE_SAFE


@pytest.mark.parametrize(
    ("body", "verdict", "cause"),
    [
        ("1 / 0", Verdict.ERROR, "mine.py:10: ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", Verdict.ERROR, "mine.py:10: SystemExit: 0"),
        ("assert not sled", Verdict.ERROR, "mine.py:10: AssertionError: "),
        ("pass", Verdict.FAIL, "announced, never measured: x"),
        ('measure("x", float("nan"))', Verdict.ERROR, "mine.py:10: 'x' was measured as nan; a number that is not one"),
        ('measure("x", "0.7")', Verdict.ERROR, "mine.py:10: 'x' was measured as '0.7', a str; only numbers"),
        ('measure("x", None)', Verdict.ERROR, "mine.py:10: 'x' was measured as None"),
        ('measure("x", 0); measure("x", 0)', Verdict.ERROR, "mine.py:10: 'x' was measured twice in one attempt"),
        ('measure("x", 0, at=2)', Verdict.ERROR, "mine.py:10: 'x' was measured at=2 (int); name the place"),
        ('measure("y", 0)', Verdict.ERROR, "mine.py:10: unknown measurement 'y'"),
        ('measure("x", 0, "V")', Verdict.ERROR, "mine.py:10: 'x': V measures voltage, a bare number measures count"),
        ('sled.rail("vdd_coer")', Verdict.ERROR, "mine.py:10: unknown rail 'vdd_coer'; did you mean 'vdd_core'?"),
        ('sled.run("gem", seconds=1)', Verdict.ERROR, "mine.py:10: unknown workload 'gem'; did you mean 'gemm'?"),
        ('measure("x", 0); measure.invalid("")', Verdict.INVALID, "the plan's own code says so, without a reason"),
        ('measure("x", 2)', Verdict.FAIL, "x = 2 (≤ 1)"),
    ],
)
def test_what_a_plan_does_wrong_in_a_night(lab: Path, body: str, verdict: Verdict, cause: str) -> None:
    seen = hold_one(lab, misbehaving(lab, body))
    assert seen.held.result.verdict is verdict
    assert {attempt.verdict for attempt in seen.attempts} == {verdict}
    assert seen.attempts[0].cause.startswith(cause)
    assert_safe(seen)
    blames_the_bench = [event for event in seen.events if event.kind is EventKind.BENCH_FAILED]
    assert not blames_the_bench, "the plan's own mistake is not the bench's"


# What instruments do wrong in a night.


def spoiling(wire: list[object], fault: FaultKind) -> Plan:
    """A plan whose meter's wire goes bad in S1 between two readings."""

    @plan(points=(), limits={"before": unjudged("V"), "after": unjudged("V")}, point_s=60)
    def with_a_meter(sled: Sled, multimeter: Multimeter, measure: Measure) -> None:
        measure("before", multimeter.dc_volts())
        if sled.serial_number == "LS-A-0041":
            wire[0].fault = fault  # type: ignore[attr-defined]
        measure("after", multimeter.dc_volts())

    return with_a_meter


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_an_instrument_that_goes_bad_costs_its_own_slot_only(lab: Path, fault: FaultKind) -> None:
    wire: list[object] = []
    seen = hold_one(
        lab, spoiling(wire, fault), ("S1", "S2", "S3"), sabotage=lambda opened: wire.append(wired(opened, METER))
    )
    assert {run.slot: run.verdict for run in seen.runs} == {
        "S1": Verdict.ERROR,
        "S2": Verdict.PASS,
        "S3": Verdict.PASS,
    }
    (spoilt,) = [attempt for attempt in seen.attempts if attempt.verdict is Verdict.ERROR]
    assert "meter1 (Keysight 34465A at TCPIP::meter1" in spoilt.cause
    assert [measured.name for measured in seen.measurements[spoilt.id]] == ["before"], "no bad reply became a number"
    assert seen.held.result.verdict is Verdict.ERROR
    assert seen.energized == {"S1", "S2", "S3"}
    assert_safe(seen)


@pytest.mark.parametrize("address", [METER, SUPPLY])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (FaultKind.NO_ANSWER, NoReply),
        (FaultKind.GARBAGE, BadReply),
        (FaultKind.HALF_LINE, InstrumentError),
        (FaultKind.OTHERS_REPLY, NoReply),
    ],
)
def test_an_instrument_that_is_bad_from_the_start_leaves_everything_off(
    lab: Path, address: str, fault: FaultKind, kind: type[BenchError]
) -> None:
    labs: list[SimulatedLab] = []

    def sabotage(opened: SimulatedLab) -> None:
        labs.append(opened)
        wired(opened, address).fault = fault

    with pytest.raises(kind, match=r"(meter1|supply1) \(Keysight"):
        hold_one(lab, misbehaving(lab, 'measure("x", 0)'), ("S1", "S2"), sabotage=sabotage)
    now = labs[0].clock.now()
    assert all(sled.vin(now).volts == 0.0 for sled in labs[0].sleds.values())
    assert not [supply for name, supply in labs[0].visa.items() if "supply" in name and supply_is_on(supply)]


def supply_is_on(supply: Any) -> bool:
    """The instrument's own relay, past any wire."""
    return bool(getattr(supply, "device", supply).output_on)
