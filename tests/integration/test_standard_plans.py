"""The shipped plans on sleds that are well, and on sleds with the faults that each of them is there to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from bringup.files.board_fault import parse_board_fault
from bringup.verdicts import Verdict
from bringup_instruments.lab import SimulatedLab
from tests.integration.one_night import Seen, hold_one


def held(lab: Path, plan: str, *faults: str) -> Seen:
    def spoil(simulated: SimulatedLab) -> None:
        for fault in faults:
            simulated.inject(parse_board_fault(f"S1={fault}"))

    seen = hold_one(lab, plan, sabotage=spoil)
    assert seen.danger() == []
    assert seen.misdeeds() == []
    return seen


@pytest.mark.parametrize(
    "plan", ["golden-check", "telemetry-audit", "hbm-corner", "link-margin", "thermal-flow-sweep", "soak"]
)
def test_a_sled_that_is_well_passes(lab: Path, plan: str) -> None:
    seen = held(lab, plan)
    assert seen.held.result.verdict is Verdict.PASS
    assert not [attempt.cause for attempt in seen.attempts if attempt.cause]


@pytest.mark.parametrize(
    ("plan", "fault", "verdict", "said"),
    [
        ("golden-check", "D1:2", Verdict.FAIL, "gemm.errors at chip2"),
        ("golden-check", "T1:1", Verdict.FAIL, "tj.path at chip1"),
        ("golden-check", "C2:3", Verdict.INVALID, "wrong clock: chip 3 ran gemm at 9.6"),
        ("golden-check", "D2:0", Verdict.INVALID, "throttled: chips [0] ran below their clock"),
        ("telemetry-audit", "X1:vdd_core.amps.0/stuck@400", Verdict.FAIL, "core.amps.error at memory"),
        ("telemetry-audit", "X1:tj.2/stale@400", Verdict.FAIL, "sensor.age at memory"),
        ("hbm-corner", "M2", Verdict.FAIL, "ecc.corrected at chip0"),
        ("hbm-corner", "M3:1", Verdict.FAIL, "ecc.uncorrected at chip1"),
        ("link-margin", "L3:peer.1.2", Verdict.FAIL, "link.transitions at peer.1.2"),
        ("golden-check", "T2*0.5", Verdict.INVALID, "the coolant stands against the others"),
        ("soak", "C1", Verdict.INVALID, "wrong clock"),
    ],
)
def test_a_plan_finds_what_it_is_there_for(lab: Path, plan: str, fault: str, verdict: Verdict, said: str) -> None:
    seen = held(lab, plan, fault)
    assert seen.held.result.verdict is verdict
    assert any(said in attempt.cause for attempt in seen.attempts), [attempt.cause for attempt in seen.attempts]
