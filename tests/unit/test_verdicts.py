"""Verdicts: their order is the whole point of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup import Verdict
from bringup.verdicts import worst

VERDICTS = st.sampled_from(Verdict)


def test_order_of_severity() -> None:
    order = [Verdict.NOT_RUN, Verdict.PASS, Verdict.INVALID, Verdict.FAIL, Verdict.ABORTED, Verdict.ERROR]
    assert sorted(Verdict) == order
    assert all(milder < graver for milder, graver in pairwise(order))


@given(st.lists(VERDICTS))
def test_a_parent_takes_the_worst_of_its_children(children: list[Verdict]) -> None:
    parent = worst(children)
    assert all(child <= parent for child in children)
    assert parent in children or (not children and parent is Verdict.NOT_RUN)


@given(st.lists(VERDICTS), st.lists(VERDICTS))
def test_it_does_not_matter_how_children_are_grouped(some: list[Verdict], others: list[Verdict]) -> None:
    assert worst([*some, *others]) is worst([worst(some), worst(others)])


@pytest.mark.parametrize(
    ("verdict", "code"), [("PASS", 0), ("FAIL", 1), ("INVALID", 3), ("NOT_RUN", 3), ("ERROR", 4), ("ABORTED", 5)]
)
def test_every_verdict_has_its_exit_code(verdict: str, code: int) -> None:
    assert Verdict[verdict].exit_code == code


def test_only_a_pass_ends_with_zero() -> None:
    assert [verdict for verdict in Verdict if verdict.exit_code == 0] == [Verdict.PASS]
