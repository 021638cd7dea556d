"""The page's facts, from nights that the real journal wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bringup.errors import BringupError, JournalError
from bringup.events import EventKind
from bringup.limits import at_most
from bringup.measure import Measurement
from bringup.records import AttemptStart, AxisStart, Heartbeat, Live, RunStart, Source
from bringup.report import page_of
from bringup.report.buckets import Novelty
from bringup.report.facts import MOST_BUCKETS
from bringup.report.hours import Use
from bringup.verdicts import Verdict

if TYPE_CHECKING:
    from .conftest import Answer, Book, Try  # pyright: ignore[reportMissingImports]

P, F, INV, E = Verdict.PASS, Verdict.FAIL, Verdict.INVALID, Verdict.ERROR
CLOCK = AxisStart("core_clock", "Hz", (1.0e9, 1.5e9, 2.0e9))
WALK = AxisStart("vdd_core", "V", (0.75, 0.74, 0.73, 0.72, 0.71), edge=0.74)
SILENT = "host (sled-host at sim://{slot}/host) fell silent: gemm (job 3) did not end within 150 s"


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> type[Try]:
    """How to write one attempt; the conftest's own class, which importlib mode lets nobody import."""
    made: type[Try] = request.getfixturevalue("try_of")
    return made


def _always(answer: Try | list[Try]) -> Answer:
    """One answer everywhere, or the listed ones in turn."""
    if not isinstance(answer, list):
        return lambda _: answer
    answers = iter(answer)
    return lambda _: next(answers)


def _finished(book: Book, answers: Mapping[str, Try | list[Try]], *, cause: str = "", **night: object) -> None:
    """A night with one run of three points for each slot."""
    written = book.night(**night)
    for number, (slot, answer) in enumerate(answers.items()):
        written.run(_always(answer), slot=slot, serial=f"SN-{number}", axes=(CLOCK,))
    written.end(cause=cause)


def test_a_quiet_night_says_so(book: Book, tried: type[Try]) -> None:
    _finished(book, {"S1": tried(), "S2": tried()})
    page = book.page()
    assert page.headline == "No findings; nothing missing."
    assert page.trust == "All 6 measured points can be trusted."
    assert page.ending == "It ran to the end: all 2 runs are complete."
    assert [(run.slot, run.done, run.wanted, run.passed) for run in page.runs] == [("S1", 3, 3, 3), ("S2", 3, 3, 3)]
    assert not page.buckets
    assert not page.steps
    assert not page.maps


def test_points_below_a_failing_voltage_are_left_out_and_not_missing(book: Book, tried: type[Try]) -> None:
    night = book.night()
    night.run(lambda v: tried(F if v["vdd_core"] < 0.735 else P, "wrong = 1 (≤ 0)"), axes=(CLOCK, WALK))
    night.end()
    (run,) = book.page().runs
    assert (run.total, run.left_out, run.missing, run.done, run.wanted) == (15, 6, 0, 9, 9)
    assert (run.passed, run.edges, run.failed) == (6, 3, 0)
    assert run.whole
    assert book.page().headline == "No findings; nothing missing; every failure is a searched edge."


def test_a_run_cut_by_its_deadline_misses_what_it_did_not_reach(book: Book, tried: type[Try]) -> None:
    night = book.night()
    answers = iter([tried(), tried(), tried(F, "wrong = 1 (≤ 0)")])
    night.run(lambda _: next(answers, None), axes=(CLOCK, WALK), cause="deadline: up to 12 points not run")
    night.end()
    page = book.page()
    assert (page.runs[0].left_out, page.runs[0].missing, page.runs[0].done) == (2, 10, 3)
    assert page.runs[0].cause == "deadline: up to 12 points not run"
    assert page.ending == "It ended with 0 of 1 run complete."
    assert page.steps[0].what == "Measure 10 missing points of vmin_map."


def test_the_last_attempt_decides_and_the_bucket_tells_of_the_retry(book: Book, tried: type[Try]) -> None:
    night = book.night()
    night.run(lambda _: [tried(E, "dmm: no reply"), tried()], axes=(CLOCK,))
    night.end()
    page = book.page()
    assert (page.runs[0].passed, page.runs[0].errors, page.runs[0].on_retry) == (3, 0, 3)
    assert page.buckets[0].times == "3 points, passed on a retry"
    assert not page.failed
    assert not page.steps, "what a retry settled calls for nobody"


def test_invalid_and_error_are_not_trusted(book: Book, tried: type[Try]) -> None:
    cold = tried(INV, "not settled: coolant 29.1 for 30.0 degC")
    _finished(book, {"S1": [cold, tried(), tried(E, "dmm: no reply")], "S2": tried()})
    page = book.page()
    assert page.trust == "Trust 4 of 6 measured points; not 1 INVALID and 1 ERROR."
    assert [(share.word, share.count) for share in page.shares] == [("trusted", 4), ("INVALID", 1), ("ERROR", 1)]
    assert [(f.slot, f.where, f.cause) for f in page.invalid] == [
        ("S1", "core_clock 1 GHz", "not settled: coolant 29.1 for 30.0 degC")
    ]
    assert [step.what for step in page.steps] == [
        "New ERROR, core_clock 2 GHz. Check this instrument and its connection before the sled.",
        "Repeat 1 INVALID point of vmin_map.",
    ]


def test_new_known_and_gone(book: Book, tried: type[Try]) -> None:
    a, b, c = (tried(F, f"{name}.errors at chip{n} = {n} (≤ 0)") for n, name in enumerate(("gemm", "mem", "link")))
    _finished(book, {"S1": [a, b, tried()], "S2": [a, tried(), tried()]})
    _finished(book, {"S1": [tried(), b, tried()], "S2": [tried(), tried(), c]})
    page = book.page()
    assert page.earlier is not None
    assert page.earlier.id == 1
    assert [(bucket.novelty, bucket.text, bucket.slots) for bucket in page.buckets] == [
        (Novelty.NEW, "link.errors at chip2 = 2 (≤ 0)", ("S2",)),
        (Novelty.KNOWN, "mem.errors at chip1 = 1 (≤ 0)", ("S1",)),
        (Novelty.GONE, "gemm.errors at chip0 = 0 (≤ 0)", ("S1", "S2")),
    ]
    assert page.headline == "1 new finding on S2; nothing missing."
    assert page.buckets[0].spread == "only S2; not on the 1 other sled"


def test_what_could_not_show_is_not_called_gone(book: Book, tried: type[Try]) -> None:
    _finished(book, {"S1": tried(), "S2": tried(F, "wrong = 1 (≤ 0)")})
    _finished(book, {"S1": tried()})
    page = book.page()
    assert not page.buckets
    assert page.not_looked_for == 1


def test_a_finding_that_goes_with_the_sled_says_so(book: Book, tried: type[Try]) -> None:
    bad, good = tried(F, "wrong = 1 (≤ 0)"), tried()
    _finished(book, {"S1": bad, "S2": good})
    night = book.night()
    night.run(lambda _: good, slot="S1", serial="SN-1", axes=(CLOCK,))
    night.run(lambda _: bad, slot="S2", serial="SN-0", axes=(CLOCK,))
    night.end()
    page = book.page()
    assert page.buckets[0].spread == "only S2; not on the 1 other sled; went with the sled from S1 to S2"
    assert page.changes == ("S1 holds SN-1, was SN-0", "S2 holds SN-0, was SN-1")


@pytest.mark.parametrize("kind", ["another station", "not finished", "another plan"])
def test_only_a_finished_night_of_this_station_and_plan_is_compared_with(
    book: Book, tried: type[Try], kind: str
) -> None:
    earlier = book.night(station_name="rack-b" if kind == "another station" else "rack-a")
    plan = "smoke" if kind == "another plan" else "vmin_map"
    earlier.run(lambda _: tried(F, "wrong = 1 (≤ 0)"), plan=plan, axes=(CLOCK,))
    if kind != "not finished":
        earlier.end()
    _finished(book, {"S1": tried(F, "wrong = 1 (≤ 0)")})
    page = book.page(2)
    assert page.earlier is None
    assert page.buckets[0].novelty is Novelty.NEW


def test_failing_where_it_has_to_pass_is_another_finding_than_the_edge(book: Book, tried: type[Try]) -> None:
    def answer(fails_at: float) -> Answer:
        return lambda v: tried(F, SILENT.format(slot="S1")) if v["vdd_core"] <= fails_at else tried()

    for fails_at in (0.72, 0.74):
        night = book.night()
        night.run(answer(fails_at), axes=(WALK,))
        night.end()
    page = book.page()
    assert [(b.novelty, b.edge) for b in page.buckets] == [(Novelty.NEW, False), (Novelty.GONE, True)]
    assert page.maps[0].rows[0].cells[0].text == "0.750✗"
    assert page.steps[0].where == "S1"


def test_one_signature_on_every_sled_points_at_the_bench(book: Book, tried: type[Try]) -> None:
    _finished(book, {slot: tried(F, SILENT.format(slot=slot)) for slot in ("left", "right", "rear")})
    (bucket,) = book.page().buckets
    assert bucket.points == 9
    assert bucket.spread == "all 3 sleds: suspect plan, bench or firmware first"
    assert book.page().steps[0].what.endswith("check plan, bench and firmware before silicon.")


def test_more_buckets_than_fit_are_counted(book: Book, tried: type[Try]) -> None:
    names = "abcdefghij"
    night = book.night()
    for number, name in enumerate(names):
        night.run(_always(tried(F, f"{name}.errors high")), slot=f"S{number}", serial=f"SN-{number}", axes=())
    night.end()
    page = book.page()
    assert len(page.shown) == MOST_BUCKETS
    assert page.more == len(names) - MOST_BUCKETS


def test_a_sled_that_never_came_up_is_a_finding(book: Book) -> None:
    night = book.night()
    cause = "rail vdd_core of slot S1: no power-good 2 s after enable"
    night.run(lambda _: None, axes=(CLOCK,), verdict=F, cause=cause)
    night.end(F)
    page = book.page()
    assert page.buckets[0].text == cause
    assert page.buckets[0].first_where == "the whole run"
    assert page.runs[0].missing == 3
    assert page.trust == "There is no number to trust."


def test_a_run_that_gave_up_is_told_once(book: Book, tried: type[Try]) -> None:
    night = book.night()
    answers = iter([tried(E, "dmm: no reply")])
    night.run(
        lambda _: next(answers, None), axes=(CLOCK,), verdict=E, cause="gave up after 1 errors in a row: dmm: no reply"
    )
    night.end(E)
    assert len(book.page().buckets) == 1


def test_a_night_that_still_runs(book: Book) -> None:
    night = book.night()
    start = RunStart(
        "S1", "SN-1", "vmin_map", Source("plan", "p", ""), "b0", Source("product", "b", ""), (CLOCK,), {}, 5.0
    )
    run = book.journal.begin_run(night.id, start)
    book.journal.begin_attempt(run, AttemptStart(0, 1, 10.0))
    live = Live("S1", "SN-1", "RUN", "vmin_map", 0, 3, None, None, None, None, None)
    beat = Heartbeat(night_began := book.page().night.began_utc + timedelta(seconds=2), 50.0, 42)
    book.journal.live(night.id, live, beat)
    page = book.page()
    assert page.verdict is None
    assert page.ending == f"It has not ended; last sign of life {night_began:%d %b %H:%M:%S} UTC."
    assert (page.runs[0].missing, page.runs[0].ended, page.runs[0].seconds) == (3, False, 45.0)
    assert page.speed == pytest.approx(25.0)


def test_a_night_without_a_run(book: Book) -> None:
    book.night().end(E, "supply psu1 does not answer")
    page = book.page()
    assert page.ending == "No run was started: supply psu1 does not answer."
    assert page.trust == "There is no number to trust."


def test_the_weakest_sleds_are_named_at_their_clock(book: Book, tried: type[Try]) -> None:
    night = book.night()
    for slot, least in (("S1", 0.73), ("S2", 0.74), ("S3", 0.74)):

        def answer(v: Mapping[str, float], least: float = least) -> Try:
            passes = v["vdd_core"] >= least - (0.01 if v["core_clock"] < 2e9 else 0.0)
            return tried(P if passes else F, "" if passes else "wrong = 1 (≤ 0)")

        coolant = AxisStart("coolant", "degC", (20.0, 30.0))
        night.run(answer, slot=slot, serial=slot, axes=(coolant, CLOCK, WALK))
    night.end()
    page = book.page()
    assert [shown.held for shown in page.maps] == ["core_clock 1 GHz", "core_clock 1.5 GHz", "core_clock 2 GHz"]
    assert [cell.text for cell in page.maps[2].rows[1].cells] == ["0.740", "0.740"]
    (step,) = page.steps
    assert (step.where, step.what) == (
        "S2, S3",
        "Needs the most vdd_core: 0.740 V at core_clock 2 GHz, coolant 20 degC.",
    )


def test_near_misses_are_ranked_by_what_is_left(book: Book, tried: type[Try]) -> None:
    limit = at_most(100, "W", marginal=20)
    watts = iter([85.0, 99.0, 50.0])

    def answer(_: Mapping[str, float]) -> Try | None:
        return tried(measurements=(Measurement("power", "psu", next(watts), P),))

    night = book.night()
    night.run(answer, axes=(CLOCK,), limits={"power": limit})
    night.end()
    page = book.page()
    assert [(miss.what, miss.value, miss.where) for miss in page.near] == [
        ("power at psu", "99 W", "core_clock 1.5 GHz"),
        ("power at psu", "85 W", "core_clock 1 GHz"),
    ]
    assert (page.runs[0].passed, page.runs[0].marginal) == (1, 2)


def test_slot_time_adds_up_and_recovery_is_charged_to_the_hang(book: Book, tried: type[Try]) -> None:
    night = book.night()
    silent = SILENT.format(slot="S1")

    def recovered(one: Try) -> None:
        if one.cause == silent:
            night.event(EventKind.SLED_HUNG, silent, "S1")
            night.lab_s += 360
            night.event(EventKind.SLED_RECOVERED, "ready again", "S1")

    answers = iter([tried(seconds=60), tried(F, silent, seconds=150), tried(INV, "not settled", seconds=40)])
    night.run(lambda _: next(answers), axes=(CLOCK,), began_s=400, after_try=recovered)
    night.end()
    page = book.page()
    uses = {part.use: part.seconds for part in page.spent}
    assert uses == {Use.ANSWERS: 60, Use.LOST: 40, Use.HANGS: 510, Use.OUTSIDE: 460}
    assert sum(uses.values()) == page.lab_s


def test_quarantine_comes_first(book: Book, tried: type[Try]) -> None:
    night = book.night()
    night.run(lambda _: tried(F, "wrong = 1 (≤ 0)"), axes=(CLOCK,))
    night.event(EventKind.QUARANTINED, "S1: rail vdd_core still at 0.3 V", "S1")
    night.end()
    page = book.page()
    assert page.told[0].message == "S1: rail vdd_core still at 0.3 V"
    assert page.steps[0].what.startswith("Quarantined")


VERDICTS = st.sampled_from([P, F, INV, E])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(outcomes=st.lists(VERDICTS, min_size=15, max_size=15), reached=st.integers(0, 15))
def test_every_point_is_counted_once(book: Book, tried: type[Try], outcomes: list[Verdict], reached: int) -> None:
    night = book.night()
    answers = iter(outcomes[:reached])

    def answer(_: Mapping[str, float]) -> Try | None:
        verdict = next(answers, None)
        return None if verdict is None else tried(verdict, "" if verdict is P else "it = 1 (≤ 0)")

    night.run(answer, axes=(CLOCK, WALK))
    night.end()
    (run,) = book.page(night.id).runs
    assert run.total == run.left_out + run.missing + run.done == 15
    assert run.done == run.passed + run.marginal + run.invalid + run.failed + run.edges + run.errors


def test_what_is_not_there_is_a_clear_error(book: Book, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="nowhere"):
        page_of(str(tmp_path / "nowhere.db"))
    book.night().end()
    with pytest.raises(BringupError, match="no night 9"):
        book.page(9)
