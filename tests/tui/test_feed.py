"""The feed reads when something was committed, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from bringup.errors import JournalError
from bringup.store import Reader, open_reader
from bringup.verdicts import Verdict
from bringup_tui.feed import MOST_TRIED, Wanted, _Look
from bringup_tui.messages import EventsArrived, NightRead, SlotRead
from bringup_tui.picture import Judgement


@pytest.fixture
def reader(lab: Any) -> Iterator[Reader]:
    with closing(open_reader(lab.path)) as opened:
        yield opened


def test_no_commit_no_news(lab: Any, reader: Reader) -> None:
    night = lab.night()
    night.event("one")
    look = _Look(reader)
    first = list(look.news(Wanted()))
    assert [type(message) for message in first] == [NightRead, EventsArrived]
    assert list(look.news(Wanted())) == []
    night.live("S1")
    (again,) = look.news(Wanted())
    assert isinstance(again, NightRead)
    assert [sled.slot for sled in again.picture.sleds] == ["S1"]


def test_an_event_is_told_once(lab: Any, reader: Reader) -> None:
    night, look = lab.night(), _Look(reader)
    told: list[tuple[str, bool]] = []
    for message in ("one", "two", "three"):
        night.event(message)
        for news in look.news(Wanted()):
            if isinstance(news, EventsArrived):
                told += [(event.message, news.fresh) for event in news.events]
    assert told == [("one", True), ("two", False), ("three", False)]


def test_another_night_starts_its_events_anew(lab: Any, reader: Reader) -> None:
    first, second, look = lab.night("first"), lab.night("second"), _Look(reader)
    first.event("of the first")
    list(look.news(Wanted()))
    picture, events = look.news(Wanted(first.night))
    assert isinstance(picture, NightRead)
    assert picture.picture.night.name == "first"
    assert isinstance(events, EventsArrived)
    assert events.fresh
    assert [event.message for event in events.events] == ["of the first"]
    _, nothing = look.news(Wanted(second.night))
    assert isinstance(nothing, EventsArrived)
    assert nothing.fresh
    assert not nothing.events


def test_a_slots_latest_attempts_come_newest_first_over_its_runs(lab: Any, reader: Reader) -> None:
    night = lab.night()
    early, other, late = night.run("S1", "smoke"), night.run("S2"), night.run("S1", "vmin_map")
    for point in range(MOST_TRIED):
        night.attempt(early, point)
    night.attempt(other, 0)
    night.attempt(late, 5)
    found = [m for m in _Look(reader).news(Wanted(None, "S1")) if isinstance(m, SlotRead)]
    tried = found[0].tried
    assert len(tried) == MOST_TRIED
    assert (tried[0].run.plan, tried[0].attempt.point) == ("vmin_map", 5)
    assert [one.attempt.point for one in tried[1:4]] == [199, 198, 197]
    assert [taken.name for taken in tried[0].measurements] == ["gemm.errors", "vin.power"]
    assert {one.run.slot for one in tried} == {"S1"}


def test_a_run_that_ended_without_a_cause_takes_it_from_its_attempts(lab: Any, reader: Reader) -> None:
    night = lab.night()
    run = night.run("S1")
    night.attempt(run, 0, Verdict.FAIL, "gemm.errors = 3 on chip2")
    night.attempt(run, 1)
    lab.journal.end_run(run, 9_000.0, Verdict.FAIL, "")
    look = _Look(reader)
    for _ in range(2):
        picture = next(look.news(Wanted()))
        assert isinstance(picture, NightRead)
        assert picture.picture.sleds[0].judgement == Judgement(Verdict.FAIL, "gemm.errors = 3 on chip2")


def test_a_night_that_is_not_there_any_more(lab: Any, reader: Reader) -> None:
    with pytest.raises(JournalError, match="holds no night any more"):
        list(_Look(reader).news(Wanted()))
    lab.night()
    with pytest.raises(JournalError, match="night 9 is not in the journal"):
        list(_Look(reader).news(Wanted(9)))
