"""A board's history folds to what it was: at any moment, with corrections that count from the beginning."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bringup.board_deltas import deltas
from bringup.boards import BoardEntry, BoardEvent, BoardEventKind, board_state

SN = "LS-A-0041"
BEGAN = datetime(2026, 3, 7, 14, 0, tzinfo=UTC)


def event(number: int, kind: BoardEventKind, item: str = "", text: str = "", corrects: int | None = None) -> BoardEvent:
    entry = BoardEntry(kind, item, text, "mk", corrects=corrects)
    return BoardEvent(number, SN, BEGAN + timedelta(minutes=number), entry)


def eco(number: int, item: str) -> BoardEvent:
    return event(number, BoardEventKind.ECO, item, "done")


def correction(number: int, wrong: int) -> BoardEvent:
    return event(number, BoardEventKind.CORRECTION, text="another board", corrects=wrong)


@st.composite
def histories(draw: st.DrawFn) -> list[BoardEvent]:
    """Entries, and corrections of whatever has none yet: of a correction too."""
    history: list[BoardEvent] = []
    for number, corrects in enumerate(draw(st.lists(st.booleans(), max_size=12)), start=1):
        open_ = sorted({one.id for one in history} - {one.entry.corrects for one in history})
        if open_ and corrects:
            history.append(correction(number, draw(st.sampled_from(open_))))
        else:
            item = draw(st.sampled_from(["bmc", "cpld", "boot_rom"]))
            history.append(event(number, BoardEventKind.FIRMWARE, item, str(number)))
    return history


def is_right(one: BoardEvent, history: Sequence[BoardEvent]) -> bool:
    """By its definition: nothing that is right itself says that it is wrong."""
    return not any(is_right(other, history) for other in history if other.entry.corrects == one.id)


@given(history=histories(), seed=st.integers(), up_to=st.integers(0, 13) | st.none())
def test_the_fold_is_its_definition_in_any_order(history: list[BoardEvent], seed: int, up_to: int | None) -> None:
    shuffled = list(history)
    random.Random(seed).shuffle(shuffled)
    stranger = BoardEvent(99, "LS-A-0042", BEGAN, BoardEntry(BoardEventKind.FIRMWARE, "bmc", "other", "mk"))
    state = board_state(SN, [*shuffled, stranger], up_to)
    facts = [
        one for one in history if one.entry.kind is not BoardEventKind.CORRECTION and (up_to is None or one.id <= up_to)
    ]
    assert list(state.standing) == [one for one in facts if is_right(one, history)]
    assert list(state.withdrawn) == [one for one in facts if not is_right(one, history)]
    for one in state.withdrawn:
        assert state.corrections[one.id].entry.corrects == one.id
    for item, last in state.latest(BoardEventKind.FIRMWARE).items():
        assert last.id == max(one.id for one in state.standing if one.entry.item == item)


def test_a_correction_counts_for_the_time_before_it_was_made() -> None:
    history = [eco(1, "ECO-011"), eco(2, "ECO-014"), correction(3, 2)]
    then = board_state(SN, history, up_to=2)
    assert then.ecos == {"ECO-011"}
    assert [one.id for one in then.withdrawn] == [2]
    assert then.corrections[2].entry.text == "another board"
    again = board_state(SN, [*history, correction(4, 3)], up_to=2)
    assert again.ecos == {"ECO-011", "ECO-014"}
    assert board_state(SN, history, up_to=0).standing == ()


def test_what_differs_is_news() -> None:
    state = board_state(SN, [event(1, BoardEventKind.FIRMWARE, "bmc", "2.4.0")])
    told = [BoardEntry(BoardEventKind.FIRMWARE, item, text, "x") for item, text in (("bmc", "2.4.0"), ("bmc", "2.4.1"))]
    assert [state.differs(entry) for entry in told] == [False, True]
    assert state.differs(BoardEntry(BoardEventKind.FIRMWARE, "cpld", "2.4.0", "x"))


def test_deltas_say_what_one_board_is_that_the_other_is_not() -> None:
    def regulator(number: int, text: str, version: str) -> BoardEvent:
        entry = BoardEntry(BoardEventKind.VR_CONFIG, "vr_core.0", text, "bringup", {"version": version})
        return BoardEvent(number, SN, BEGAN, entry)

    def scan(number: int, revision: str) -> BoardEvent:
        entry = BoardEntry(BoardEventKind.SCAN, "", f"revision={revision}", "mk", {"revision": revision})
        return BoardEvent(number, SN, BEGAN, entry)

    mine = board_state(SN, [regulator(1, "0x00000007", ""), scan(2, "B"), eco(3, "ECO-020")])
    theirs = board_state(
        SN,
        [
            regulator(1, "0x5A3C91F7", "9"),
            scan(2, "C"),
            eco(3, "ECO-014"),
            event(4, BoardEventKind.REWORK, "U37", "reflowed"),
            event(5, BoardEventKind.FIRMWARE, "bmc", "2.4.1"),
            event(6, BoardEventKind.FIXTURE, "F7"),
        ],
    )
    assert deltas(mine, theirs) == (
        f"ECO-014 not recorded (is for {SN})",
        f"ECO-020 recorded (not for {SN})",
        "vr_core.0 configuration 0x00000007 ≠ 0x5A3C91F7 (version 9)",
        "bmc unknown ≠ 2.4.1",
        "board revision B ≠ C",
        f"rework U37: reflowed (on {SN})",
        "fixture unknown ≠ F7",
    )
    assert deltas(mine, mine) == ()
