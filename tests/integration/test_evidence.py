"""What a power cycle would destroy is in the journal, in the order in which it would go."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bringup.events import EventKind
from bringup.evidence import BUDGET_S, POWER_UP_BUDGET_S
from bringup.files.board_fault import parse_board_fault
from bringup.files.lab_folder import lab_at
from bringup.records import KeptEvidence
from bringup.store import open_reader
from bringup.verdicts import Verdict
from bringup_instruments.lab import SimulatedLab
from tests.integration.one_night import BMC, Seen, hold_one, wired

HANG_TOLD_S = 700.0  # the workload's time is over soon after, the sled was looked at before
KINDS = ["vr", "pmbus", "bmc", "controller", "console", "jtag", "counters"]  # of the shipped bench: it has no scope


def with_fault(text: str) -> Callable[[SimulatedLab], None]:
    return lambda lab: lab.inject(parse_board_fault(text))


def kept(folder: Path, seen: Seen, attempt: int | None = None) -> tuple[KeptEvidence, ...]:
    with open_reader(lab_at(folder).database) as reader:
        found = reader.evidence(seen.held.night_id)
    return tuple(one for one in found if one.attempt_id == attempt)


def told(one: KeptEvidence) -> Any:
    assert one.text is not None
    return json.loads(one.text)


def test_a_regulator_that_trips_is_read_before_its_power_goes(lab: Path) -> None:
    seen = hold_one(lab, "smoke", sabotage=with_fault("S1=P8:vdd_core.1"))
    first = seen.attempts[0]
    found = kept(lab, seen, first.id)
    assert [one.kind for one in found] == KINDS
    regulators = told(found[0])
    assert regulators["vr_core.1"]["black_box"]["rail"] == "vdd_core.1"
    assert regulators["vr_core.1"]["pages"][0]["off"]
    assert regulators["vr_core.0"]["black_box"] is None
    assert not regulators["vr_core.0"]["pages"][0]["off"], "it was read before the power cycle took every rail"
    recovered = next(event.at_s for event in seen.events if event.kind is EventKind.SLED_RECOVERED)
    assert all(one.at_s <= recovered for one in found)
    assert found[-1].at_s - found[0].at_s <= BUDGET_S


def test_a_hang_with_clean_regulators_shows_them_clean(lab: Path) -> None:
    seen = hold_one(lab, "smoke", sabotage=with_fault("S1=P9:2"))
    found = kept(lab, seen, seen.attempts[0].id)
    regulators = told(found[0])
    assert all(one["black_box"] is None for one in regulators.values())
    assert not any(page["off"] or page["faults"] for one in regulators.values() for page in one["pages"])


def test_a_boot_that_stops_is_told_by_its_last_words(lab: Path) -> None:
    seen = hold_one(lab, "smoke", sabotage=with_fault("S1=B2:/60"))
    assert "POST stands at 60, its last words are 'POST 60 drivers'" in seen.runs[0].cause
    console = next(one for one in kept(lab, seen) if one.kind == "console")
    assert "POST 60 drivers" in "".join(data for _, _, data in told(console)["raw"])


def test_a_chip_that_is_missing_after_the_boot_is_the_sleds_fault(lab: Path) -> None:
    seen = hold_one(lab, "smoke", sabotage=with_fault("S1=M1:3"))
    assert seen.held.result.verdict is Verdict.FAIL
    assert "chip 3 did not come up with the host: neuron: nd3: HBM stack" in seen.runs[0].cause


def test_a_sled_that_fails_on_its_way_up_is_read_too(lab: Path) -> None:
    seen = hold_one(lab, "smoke", sabotage=with_fault("S1=P1:vdd_core.1"))
    assert seen.held.result.verdict is Verdict.FAIL
    found = kept(lab, seen)
    assert [one.kind for one in found] == KINDS
    assert "IOUT OC_FAULT" in told(found[0])["vr_core.1"]["black_box"]["faults"]
    assert found[-1].at_s - found[0].at_s <= POWER_UP_BUDGET_S
    assert seen.danger() == []


def test_a_silent_controller_costs_one_timeout_and_the_fault_stays_the_finding(lab: Path) -> None:
    def cut_when_it_hangs(simulated: SimulatedLab) -> None:
        wire = wired(simulated, BMC)
        simulated.inject(parse_board_fault("S1=P9:2"))

        def spoil(said: bytes) -> bytes:
            return b"" if simulated.clock.now() > HANG_TOLD_S else said

        wire.spoil = spoil

    seen = hold_one(lab, "smoke", sabotage=cut_when_it_hangs)
    first = seen.attempts[0]
    assert first.cause.startswith("hang")
    found = kept(lab, seen, first.id)
    assert [one.kind for one in found] == KINDS
    assert "gave no answer" in told(found[0])["error"]
    assert told(found[1])["not asked"].endswith("is silent")
