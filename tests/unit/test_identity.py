"""The identity gate: what refuses power, what is only noted, and what the bench then does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bringup import Measure, Plan, PowerSequence, at_most, plan
from bringup.boards import BoardEntry, BoardEvent, BoardEventKind, board_state
from bringup.capabilities import ReadIdentity
from bringup.events import EventKind
from bringup.files.lab_folder import lab_at
from bringup.files.product import Product
from bringup.runner.identity import paper_findings, read_entries, read_findings
from bringup.store import open_journal, open_reader
from bringup.verdicts import Verdict
from bringup_instruments.physics.defects import SledDefects
from tests.integration.one_night import Seen, hold_one

SN = "LS-A-0041"


def requiring(lab: Path, *ecos: str) -> Path:
    """The lab, with ECOs that its product requires."""
    file = lab / "products" / "liquid-sled.toml"
    text = file.read_text(encoding="utf-8")
    assert "[identity]" not in text
    file.write_text(f"{text}\n[identity]\necos = {list(ecos)}\n".replace("'", '"'), encoding="utf-8")
    return lab


def approved(product: Product) -> ReadIdentity:
    """What a board tells that is as the product file wants it."""
    regulators = {name: one.config_crc for one in product.facts.regulators for name in product.instances(one)}
    return ReadIdentity(regulators, {one.component: one.version for one in product.facts.firmware})


@pytest.fixture
def product(lab: Path) -> Product:
    return lab_at(requiring(lab, "ECO-011", "ECO-014")).station(None).products["S1"]


def entered(number: int, kind: BoardEventKind, item: str, text: str, corrects: int | None = None) -> BoardEvent:
    return BoardEvent(number, SN, datetime.now(UTC), BoardEntry(kind, item, text, "mk", corrects=corrects))


def test_paper_refuses_every_eco_that_is_not_recorded(product: Product) -> None:
    first = entered(1, BoardEventKind.ECO, "ECO-011", "done")
    second = entered(2, BoardEventKind.ECO, "ECO-014", "done")
    wrong = entered(3, BoardEventKind.CORRECTION, "", "it was board 42", corrects=2)
    assert len(paper_findings(product, board_state(SN, []))) == 2
    assert paper_findings(product, board_state(SN, [first, second])) == ()
    (finding,) = paper_findings(product, board_state(SN, [first, second, wrong]))
    assert finding.refuses
    assert finding.text.startswith(
        f"ECO-014 is required and not recorded for {SN} (entry 2 was corrected: it was board 42); "
        f"once it is done, record it with `bringup board {SN} --eco ECO-014`, or, if it need not be, take it out of "
        "[identity] ecos in "
    )


def test_what_is_approved_is_not_spoken_of(product: Product) -> None:
    assert read_findings(product, approved(product)) == ()
    assert read_findings(product, ReadIdentity()) == (), "nobody can read it: nothing is known, nothing is refused"


@pytest.mark.parametrize(
    ("regulators", "said"),
    [
        (
            {"vr_core.2": 0x12},
            "vr_core.2 holds configuration CRC 0x00000012; approved is version 9, CRC 0x5A3C91F7 (",
        ),
        ({"vr_core.2": None}, "vr_core.2 did not tell its configuration; approved is version 9, CRC 0x5A3C91F7"),
        ({"vr_cor.2": 1}, "vr_cor.2 is no regulator of liquid-sled"),
    ],
)
def test_a_regulator_that_nobody_approved_refuses(
    product: Product, regulators: Mapping[str, int | None], said: str
) -> None:
    read = {**approved(product).regulators, **regulators}
    told = ReadIdentity({name: crc for name, crc in read.items() if crc is not None})
    (finding,) = read_findings(product, told)
    assert finding.refuses
    assert finding.text.startswith(said)


@pytest.mark.parametrize(
    ("component", "refuses"),
    [("cpld", True), ("vr_config", True), ("bmc", False), ("boot_rom", False), ("accelerator", False)],
)
def test_firmware_that_drives_the_rails_refuses_and_other_is_noted(
    product: Product, component: str, refuses: bool
) -> None:
    told = ReadIdentity(firmware={**approved(product).firmware, component: "0.0"})
    (finding,) = read_findings(product, told)
    assert finding.refuses is refuses
    assert finding.text.startswith(f"{component} runs 0.0; approved is ")


def test_what_is_read_is_entered_with_the_version_that_its_crc_tells(product: Product) -> None:
    entries = read_entries(product, ReadIdentity({"vr_core.0": 0x5A3C91F7, "vr_core.1": 0x12}, {"bmc": "2.4.0"}))
    assert [(one.kind.value, one.item, one.text, dict(one.data)) for one in entries] == [
        ("vr_config", "vr_core.0", "0x5A3C91F7", {"crc": 0x5A3C91F7, "version": "9"}),
        ("vr_config", "vr_core.1", "0x00000012", {"crc": 0x12, "version": ""}),
        ("firmware", "bmc", "2.4.0", {}),
    ]


def test_a_night_gives_no_power_to_a_board_that_lacks_an_eco(lab: Path) -> None:
    requiring(lab, "ECO-014")
    with open_journal(lab / "bringup.db") as journal:
        journal.enter("LS-A-0042", [BoardEntry(BoardEventKind.ECO, "ECO-014", "done", "mk")], "liquid-sled")
    seen = hold_one(lab, "smoke", ("S1", "S2"))
    assert seen.energized == {"S2"}, "the other board has it, and the refused one keeps nobody waiting"
    assert [(run.slot, run.verdict) for run in seen.runs] == [("S1", Verdict.FAIL), ("S2", Verdict.PASS)]
    assert seen.runs[0].cause.startswith(f"power-up: ECO-014 is required and not recorded for {SN}; once it is done")
    assert seen.kinds("S1") == [EventKind.RUN_STARTED, EventKind.RUN_ENDED, EventKind.QUARANTINED]
    assert seen.held.result.exit_code == 1
    assert seen.danger() == []


def held(lab: Path, spoil: Callable[[SledDefects], None] = lambda _defects: None, plans: str | Plan = "smoke") -> Seen:
    """A night on slot S1, whose board is not what was approved."""
    return hold_one(lab, plans, sabotage=lambda simulated: spoil(simulated.sleds["S1"].defects))


def runs(**firmware: str) -> Callable[[SledDefects], None]:
    """Firmware that is really in the board."""
    return lambda defects: defects.firmware.update(firmware)


def switched(seen: Seen) -> list[str]:
    """Rails that had been on when they went off; standby goes with 54 V."""
    return [name for name in seen.switched_off["S1"] if name != "vin"]


def test_a_board_is_read_before_its_first_switched_rail_and_news_is_kept(lab: Path) -> None:
    facts = lab_at(lab).station(None).products["S1"].facts
    for _ in range(2):
        seen = held(lab, runs(bmc="2.4.0"))
        assert seen.held.result.verdict is Verdict.PASS
        notes = [event.message for event in seen.events if event.kind is EventKind.NOTE]
        assert [note for note in notes if note.startswith(f"{SN}: bmc runs 2.4.0; approved is 2.4.1")]
    with open_reader(lab / "bringup.db") as reader:
        history = reader.board_history(SN)
        regulators = sum(4 if one.per_chip else 1 for one in facts.regulators)
        assert len(history) == regulators + len(facts.firmware), "the second night brought no news"
        assert {one.night_id for one in history} == {1}
        of_board = reader.runs_of_board(SN)
        assert [run.board_event_id for run in of_board] == [history[-1].id] * 2, "read before the run began"
        assert reader.board_of_run(of_board[0]).latest(BoardEventKind.FIRMWARE)["bmc"].entry.text == "2.4.0"


def test_an_unapproved_regulator_ends_the_way_up_at_standby(lab: Path) -> None:
    def spoil(defects: SledDefects) -> None:
        defects.regulator("vr_core.3").config_crc = 0xDEAD

    seen = held(lab, spoil)
    assert seen.energized == {"S1"}
    assert switched(seen) == []
    assert seen.runs[0].verdict is Verdict.FAIL
    assert seen.runs[0].cause.startswith(
        "power-up: vr_core.3 holds configuration CRC 0x0000DEAD; approved is version 9"
    )
    assert seen.kinds()[0] is EventKind.MADE_SAFE
    assert seen.danger() == []
    with open_reader(lab / "bringup.db") as reader:
        last = reader.board_history(SN)
        assert {one.entry.text for one in last if one.entry.item == "vr_core.3"} == {"0x0000DEAD"}, "it was seen"


def test_a_board_that_cannot_be_read_is_the_benchs_error(lab: Path) -> None:
    station = lab / "stations" / "simulated.toml"
    fault = '[[simulation.faults]]\ninstrument = "bmcweb1"\nfault = "no-answer"\n\n[slots.S1]'
    station.write_text(station.read_text(encoding="utf-8").replace("[slots.S1]", fault, 1), encoding="utf-8")
    seen = held(lab)
    assert seen.runs[0].verdict is Verdict.ERROR
    assert "bmcweb1" in seen.runs[0].cause
    assert switched(seen) == []
    assert seen.danger() == []


def test_a_plan_that_walks_the_rails_itself_meets_the_gate_too(lab: Path) -> None:
    @plan(points=(), limits={"steps": at_most(99)}, retries=2)
    def walking(power: PowerSequence, measure: Measure) -> None:
        measure("steps", len(list(power.steps())))

    seen = held(lab, runs(cpld="0.16"), walking)
    assert switched(seen) == []
    assert [(one.verdict, one.cause[:17]) for one in seen.attempts] == [(Verdict.FAIL, "cpld runs 0.16; a")]
    assert seen.runs[0].verdict is Verdict.FAIL
    assert seen.danger() == []
