"""The first power-on of a good board, and of boards with something wrong: it stops where it shows, and says what."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from bringup.events import EventKind
from bringup.files.board_fault import parse_board_fault
from bringup.verdicts import Verdict
from bringup_instruments.lab import SimulatedLab
from tests.integration.one_night import Seen, Unattended, hold_one


class Recorder(Unattended):
    """Says yes to everything, and keeps what was asked."""

    asked: ClassVar[list[str]] = []

    def hold(self, question: str) -> None:
        self.asked.append(question)


def power_on(lab: Path, *faults: str) -> Seen:
    def spoil(simulated: SimulatedLab) -> None:
        for fault in faults:
            simulated.inject(parse_board_fault(fault))

    Recorder.asked.clear()
    return hold_one(lab, "first-power-on", sabotage=spoil, operator_for=Recorder)


def test_a_good_board_comes_up_and_goes_down(lab: Path) -> None:
    seen = power_on(lab)
    assert seen.held.result.verdict is Verdict.PASS
    measured = {m.name for taken in seen.measurements.values() for m in taken}
    assert {"ohms.error", "i2c.missing", "rail.disagreement", "clock.error", "fuses.cores", "tj.idle"} <= measured
    assert not [question for question in Recorder.asked if question.startswith("FROZEN")]
    assert (seen.danger(), seen.misdeeds()) == ([], [])


@pytest.mark.parametrize(
    ("fault", "last_hold", "said"),
    [
        ("P1:vdd_core.0", "FROZEN at S1", "S1: ohms.error at vdd_core.0 = -9"),
        ("P1:vin", "S1 is through", "input reached only 0.00 V at 0.50 A (limit 0.5 A): look for a short"),
        ("P1:vdd_core.2", "vdd_sram is up", "vdd_core.2 at 0.000 V went off as soon as it was enabled"),
        ("P2", "3v3_sb is up", "standby takes 26.5 W, golden boards 14 W ±20 %"),
        ("P3:vpp.1", "vdd_core is up", "rail vpp.1 of slot S1: 1.8"),
        ("P4:vr_hbm.1", "1v8_sb is up", "vr_hbm.1 holds configuration CRC"),
        ("P6:vdd_core.3", "S3: every rail is in its band", "vdd_core.3 is still enabled after it was switched off"),
        ("P6:vpp.0/back-powered", "vdd_core is up", "vpp.0 of slot S1 holds 0.998 V before it is enabled"),
        ("P7", "S1 is through", "the input comes and collapses: 38.0 V at the lowest"),
        ("P11", "S1 is through", "the sled reads 57.49 V where the supply says 54.00 V: a sense lead is open"),
        ("J1:chip.2", "FROZEN at S5", "2 of 5 answer: the chain is open in front of chip.2"),
        ("J2:1", "FROZEN at S5", "S5: fuses.sku at chip1 = 1 is out of its band (T3-S-X, golden T3-S)"),
        ("J3:3", "FROZEN at S5", "S5: mbist.overflow at chip3"),
        ("B1", "S5 is through", "its console never said a character"),
        ("B2:/31", "S5 is through", "POST stands at 31"),
        ("M1:2", "S5 is through", "chip 2 did not come up with the host"),
        ("X1:vin.watts/exponent", "3v3_sb is up", "vin.watts reads 28262.4 W where the supply gives 13.8 W: it lies"),
        ("X1:tj.1/exponent", "FROZEN at S6", "S6: tj.idle at chip1 = 7"),
    ],
)
def test_a_bad_board_stops_where_it_shows(lab: Path, fault: str, last_hold: str, said: str) -> None:
    seen = power_on(lab, f"S1={fault}")
    (attempt,) = seen.attempts  # nothing was tried again by itself
    assert attempt.verdict in (Verdict.FAIL, Verdict.ERROR)
    assert said in attempt.cause
    assert Recorder.asked[-1].startswith(last_hold)
    assert EventKind.SLED_RECOVERED not in seen.kinds()
    assert (seen.danger(), seen.misdeeds()) == ([], [])
