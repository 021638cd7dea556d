"""What the header and the rows say, from records alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.limits import at_least, at_most, between, exactly, unjudged
from bringup.records import Attempt, Heartbeat, Live, Night, Run
from bringup.verdicts import Verdict
from bringup_tui.heartbeat import HeartbeatWatch
from bringup_tui.literal import one_line
from bringup_tui.picture import Judgement, Picture, judge_attempts, sleds_of
from bringup_tui.theme import VARIABLES, verdict_text, verdict_variable
from bringup_tui.wording import age, bar, how_long, limit_words, quantity, volts

WALL = datetime(2026, 8, 1, 14, 0, tzinfo=UTC)
NIGHT = Night(7, "B0", "sim", "", WALL, True, None, "ann", "pc", "0", None, None, None, "", Heartbeat(WALL, 1000.0, 1))
RUN = Run(1, 7, "S1", "SN1", "vmin_map", "", "trn3", "", (), {}, 100.0, None, None, "")
LIVE = Live("S1", "SN1", "RUN", "vmin_map", 30, 60, 0.6, 1e9, 50.0, 800.0, 998.5)


def picture(night: Night = NIGHT, live: Live = LIVE, run: Run = RUN) -> Picture:
    return Picture(night, (3, 7), sleds_of([live], [run], {}))


def test_the_estimate_is_the_mean_pace() -> None:
    assert picture().eta_s == 1900.0
    assert picture(live=replace(LIVE, point=0)).eta_s is None
    assert picture(run=replace(RUN, ended_s=900.0)).eta_s is None
    assert picture(replace(NIGHT, ended_s=2000.0)).eta_s is None
    assert picture(replace(NIGHT, heartbeat=None)).eta_s is None


def test_the_age_is_lab_time() -> None:
    looked = picture()
    assert looked.age_s(looked.sleds[0]) == 1.5
    ended = picture(replace(NIGHT, ended_s=2000.0))
    assert ended.age_s(ended.sleds[0]) is None
    assert looked.place == 2


def attempt(point: int, number: int, verdict: Verdict | None, cause: str = "") -> Attempt:
    at_s = 100.0 * point + number
    return Attempt(10 * point + number, 1, point, number, at_s, None if verdict is None else at_s, verdict, cause)


def test_a_run_is_judged_by_its_last_ended_attempts() -> None:
    tried = [
        attempt(0, 1, Verdict.ERROR, "supply silent"),
        attempt(0, 2, Verdict.PASS),
        attempt(1, 1, Verdict.FAIL, "first"),
        attempt(2, 1, Verdict.FAIL, "second"),
        attempt(3, 1, Verdict.INVALID, "third"),
        attempt(4, 1, None),
    ]
    assert judge_attempts(RUN, tried) == Judgement(Verdict.FAIL, "second")
    assert judge_attempts(RUN, tried[:2]) == Judgement(Verdict.PASS, "")
    assert judge_attempts(RUN, tried[5:]) == Judgement(None, "")


def test_slots_stand_in_the_order_of_counting() -> None:
    lives = [replace(LIVE, slot=slot) for slot in ("S10", "S2", "rack1-3", "7", "S1")]
    assert [sled.slot for sled in sleds_of(lives, [], {})] == ["7", "S1", "S2", "S10", "rack1-3"]


def test_a_slot_is_as_bad_as_its_worst_run() -> None:
    runs = [RUN, replace(RUN, id=2, plan="smoke"), replace(RUN, id=3, plan="hbm")]
    said = {1: Judgement(Verdict.PASS), 2: Judgement(Verdict.FAIL, "why"), 3: Judgement(Verdict.INVALID, "flow")}
    (sled,) = sleds_of([], runs, said)
    assert (sled.plan, sled.judgement, sled.last_word) == ("hbm", Judgement(Verdict.FAIL, "why"), "why")


class Wall:
    def __init__(self) -> None:
        self.set_back_s = 0.0
        self.passed_s = 50.0

    def utc(self) -> datetime:
        return WALL + timedelta(seconds=self.passed_s - self.set_back_s)


def test_the_heartbeat_has_two_witnesses() -> None:
    wall = Wall()
    watch = HeartbeatWatch(wall.utc, lambda: wall.passed_s)
    watch.saw(NIGHT)
    assert watch.age_s() == 50.0  # old already when it was first seen
    wall.set_back_s = 3600.0  # somebody sets the PC's clock back
    wall.passed_s = 80.0
    watch.saw(NIGHT)
    assert watch.age_s() == 30.0
    assert watch.silent()
    watch.saw(replace(NIGHT, heartbeat=Heartbeat(wall.utc(), 1001.0, 1)))
    assert watch.age_s() == 0.0
    assert not watch.silent()


def test_a_night_that_never_beat_is_missed_too() -> None:
    wall = Wall()
    watch = HeartbeatWatch(wall.utc, lambda: wall.passed_s)
    watch.saw(replace(NIGHT, heartbeat=None))
    assert not watch.silent()
    wall.passed_s += 12
    assert watch.age_s() == 12.0


@given(st.text())
def test_others_text_never_reaches_the_terminal_as_control(text: str) -> None:
    shown = one_line(text)
    assert len(shown) == len(text)
    assert all(sign.isprintable() or sign.isspace() for sign in shown)
    assert len(shown.splitlines()) <= 1


@given(st.floats(0, 90 * 86400))
def test_an_age_has_room(seconds: float) -> None:
    assert len(age(seconds)) <= 5


@given(st.integers(0, 500), st.integers(1, 500), st.integers(3, 12))
def test_a_bar_is_full_only_at_the_end(done: int, whole: int, cells: int) -> None:
    drawn = bar(done, whole, cells)
    assert len(drawn) == cells
    assert ("░" not in drawn) == (done >= whole)
    assert ("█" not in drawn) == (done == 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (quantity(1.6e9, "Hz"), "1.6 GHz"),
        (quantity(25e6, "Hz"), "25 MHz"),
        (quantity(20.0, "degC"), "20 °C"),
        (quantity(5.0, "mOhm"), "5 mΩ"),
        (quantity(3.0, ""), "3"),
        (limit_words(between(1.39e9, 1.81e9, "Hz")), "1.39 … 1.81 GHz"),
        (limit_words(between(900e6, 1.81e9, "Hz")), "900 MHz … 1.81 GHz"),
        (limit_words(between(0, 2)), "0 … 2"),
        (limit_words(at_most(0)), "≤ 0"),
        (limit_words(at_least(0.9, "V")), "≥ 0.9 V"),
        (limit_words(exactly(16)), "= 16"),
        (limit_words(unjudged("degC")), "not judged"),
        (volts(54.02), "54.02"),
        (volts(None), "-"),
        (age(0.04), "0.0s"),
        (age(-3.0), "0.0s"),
        (age(42.0), "42s"),
        (age(720.0), "12m"),
        (age(12_600.0), "3.5h"),
        (how_long(12.0), "12 s"),
        (how_long(600.0), "10 min"),
    ],
)
def test_words(words: str, said: str) -> None:
    assert words == said


def test_every_verdict_has_a_word_a_glyph_and_a_colour() -> None:
    texts = [verdict_text(verdict, VARIABLES).plain for verdict in Verdict]
    assert len({text[0] for text in texts}) == len(Verdict)
    assert len({VARIABLES[verdict_variable(verdict)] for verdict in Verdict}) == len(Verdict)
