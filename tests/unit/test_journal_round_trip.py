"""The journal's properties: records in are records out, and points count as the plan counts them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.axes import Axis, points_of
from bringup.limits import Limit
from bringup.measure import Measurement
from bringup.records import Attempt, AttemptEnd, AttemptStart, AxisStart
from bringup.store import Durability, Journal, open_journal, open_reader
from bringup.verdicts import Verdict
from tests.unit.journal_facts import a_night, a_run

finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(max_size=12)
moments = st.integers(0, 10**9).map(lambda ms: ms / 1000)


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """One journal for all examples of a property, each in a night of its own."""
    with open_journal(tmp_path_factory.mktemp("journal") / "j.db", Durability.NORMAL) as journal:
        yield journal


# SQLite writes a number as text with 15 digits, which beyond this range may not be the number any more.
values_of_axis = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=5, unique=True).map(tuple)


@given(lists=st.lists(values_of_axis, max_size=4))
@settings(max_examples=60, deadline=None)
def test_mixed_radix_is_the_order_of_the_plans_points(long_lived: Journal, lists: list[tuple[float, ...]]) -> None:
    kept = tuple(AxisStart(f"knob{n}", "V", values) for n, values in enumerate(lists))
    points = list(points_of([Axis(axis.knob, axis.values) for axis in kept]))
    night_id = long_lived.begin_night(a_night())
    run = long_lived.begin_run(night_id, a_run(axes=kept))
    for point in points[::7]:
        long_lived.begin_attempt(run, AttemptStart(point.index, 1, 0.0))
    with open_reader(long_lived.path) as reader:
        (got,) = reader.runs(night_id)
    assert got.points == len(points)
    assert [got.values_at(point.index) for point in points] == [dict(point.values) for point in points]
    # The views count in the same way, in SQL.
    query = f"SELECT knobs FROM v_attempt WHERE run_id = {run.id} ORDER BY point"
    shown = [json.loads(knobs) for knobs in long_lived._connection.exec_driver_sql(query).scalars()]
    assert shown == [pytest.approx(dict(point.values), rel=1e-14, abs=1e-300) for point in points[::7]]


places = st.sampled_from(["", "chip0", "chip1", "chip10", "dé"])
ends: st.SearchStrategy[tuple[float | None, float | None]] = st.one_of(
    st.tuples(finite, finite).map(lambda two: (min(two), max(two))),
    st.tuples(st.none(), st.none() | finite),
    st.tuples(finite, st.none()),
)
limits = st.builds(
    lambda ends, marginal, source: Limit(ends[0], ends[1], "V", marginal, source), ends, st.floats(0, 1e6), words
)


@st.composite
def attempt_ends(draw: st.DrawFn, names: list[str]) -> AttemptEnd:
    keys = draw(st.lists(st.tuples(st.sampled_from(names), places), unique=True, max_size=8)) if names else []
    verdicts = st.sampled_from(list(Verdict))
    measured = tuple(Measurement(name, place, draw(finite), draw(verdicts)) for name, place in keys)
    return AttemptEnd(draw(moments), draw(verdicts), draw(words), measured)


@st.composite
def runs(draw: st.DrawFn) -> tuple[dict[str, Limit], list[tuple[AttemptStart, AttemptEnd | None]]]:
    announced = draw(st.dictionaries(words, limits, max_size=4))
    starts = st.builds(AttemptStart, st.integers(0, 2**40), st.integers(1, 9), moments)
    tries = st.tuples(starts, st.none() | attempt_ends(list(announced)))
    return announced, draw(st.lists(tries, max_size=6))


@given(facts=st.lists(runs(), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_records_in_are_records_out(
    long_lived: Journal, facts: list[tuple[dict[str, Limit], list[tuple[AttemptStart, AttemptEnd | None]]]]
) -> None:
    night_id = long_lived.begin_night(a_night())
    written = [_write(long_lived, night_id, announced, tries) for announced, tries in facts]
    with open_reader(long_lived.path) as reader:
        for got, (announced, _), (attempts, measured) in zip(reader.runs(night_id), facts, written, strict=True):
            assert dict(got.limits) == announced
            assert reader.attempts(got.id) == attempts
            assert reader.measurements(got.id) == measured


def _write(
    journal: Journal,
    night_id: int,
    announced: dict[str, Limit],
    tries: list[tuple[AttemptStart, AttemptEnd | None]],
) -> tuple[tuple[Attempt, ...], dict[int, tuple[Measurement, ...]]]:
    run = journal.begin_run(night_id, a_run(limits=announced))
    attempts, measured = [], {}
    for start, end in tries:
        key = journal.begin_attempt(run, start)
        ending = (None, None, "") if end is None else (end.at_s, end.verdict, end.cause)
        attempts.append(Attempt(key, run.id, start.point, start.number, start.at_s, *ending))
        if end is not None:
            journal.complete(run, key, end)
            if end.measurements:
                measured[key] = end.measurements
    return tuple(attempts), measured
