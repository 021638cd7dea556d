"""Which points are visited, held against a brute-force reading of what `stop_at_fail` promises."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from bringup.axes import Axis, Point, points_of
from bringup.runner.point_queue import PointQueue


def visited(axes: Sequence[Axis], fails: set[int], slow: int = 0) -> tuple[list[int], int]:
    """What the queue hands out; a point whose index is in `fails` fails. `slow` axes cut the points into groups."""
    queue = PointQueue(axes)
    seen: list[int] = []
    for _, group in groupby(points_of(axes), key=lambda point: tuple(point.values.values())[:slow]):
        queue.begin(tuple(group))
        while (point := queue.next()) is not None:
            seen.append(point.index)
            if point.index in fails:
                queue.failed(point)
    return seen, queue.left_out


def oracle(axes: Sequence[Axis], fails: set[int]) -> list[int]:
    """A point is left out if an earlier visited one failed that differs from it in one walked axis at most."""
    seen: list[Point] = []
    for point in points_of(axes):
        beyond = any(
            other.index in fails
            and all(other.values[axis.knob] == point.values[axis.knob] for axis in axes if axis is not walked)
            for other in seen
            for walked in axes
            if walked.stop_at_fail
        )
        if not beyond:
            seen.append(point)
    return [point.index for point in seen]


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Axis], set[int], int]:
    count = draw(st.integers(0, 4))
    axes = [
        Axis(f"knob{number}", tuple(map(float, range(draw(st.integers(1, 4))))), stop_at_fail=draw(st.booleans()))
        for number in range(count)
    ]
    points = len(list(points_of(axes)))
    return axes, draw(st.sets(st.integers(0, points - 1))), draw(st.integers(0, count))


@given(plans())
def test_as_a_brute_force_reading_says(plan: tuple[list[Axis], set[int], int]) -> None:
    axes, fails, slow = plan
    seen, left_out = visited(axes, fails, slow)
    assert seen == oracle(axes, fails)
    assert len(seen) + left_out == len(list(points_of(axes)))


def test_a_walk_down_stops_at_its_edge_in_every_column() -> None:
    axes = [Axis("clock", (1.0, 2.0)), Axis("volts", (0.8, 0.7, 0.6, 0.5), stop_at_fail=True)]
    assert visited(axes, {1, 6})[0] == [0, 1, 4, 5, 6]


def test_without_a_walk_a_failure_leaves_nothing_out() -> None:
    assert visited([Axis("volts", (0.8, 0.7, 0.6))], {0, 1, 2}) == ([0, 1, 2], 0)
