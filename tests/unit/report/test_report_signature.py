"""Signatures: what differs between two tellings of one thing goes, what tells two things apart stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.report.signature import signature
from bringup.report.text import clean

SAME = [
    ("gemm.errors at chip2 = 14 (≤ 0)", "gemm.errors at chip0 = 3 (≤ 0)"),
    ("not settled: coolant 29.1 for 30.0 degC", "not settled: coolant -3 for 5.25 degC"),
    ("silent 90 s after 'workload start gemm'", "silent 90.5 s after 'workload start gemm'"),
    ("silent 90s", "silent 120s"),
    ("no answer from 10.0.0.7:5025", "no answer from 192.168.1.14:5025"),
    ("page fault at 0xDEADBEEF", "page fault at 0x10"),
    ("at 02:14:07 the link went", "at 23:01 the link went"),
    ("2026-11-21T02:14:07Z link down", "2026-11-22 03:15 link down"),
    ("evidence 3f2a9c11d0e4 lost", "evidence 00aa11bb22cc33 lost"),
    ("firmware 1.2.3 answered", "firmware 1.10.0 answered"),
    ("gemm.errors = nan", "gemm.errors = 4.5e-07"),
    ("a at chip0 = 1 (≤ 0); a at chip1 = 9 (≤ 0)", "a at chip3 = 4 (≤ 0)"),
]
DIFFERENT = [
    ("no power-good on 3V3_SB", "no power-good on 1V8_SB"),
    ("rail vdd1v8_pll is low", "rail vdd3v3_pll is low"),
    ("gemm.errors at chip2 = 14 (≤ 0)", "memtest.errors at chip2 = 14 (≤ 0)"),
    ("link down; rail low", "rail low; link down"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_numbers_addresses_and_times_do_not_count(one: str, other: str) -> None:
    assert signature(one) == signature(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_and_order_count(one: str, other: str) -> None:
    assert signature(one) != signature(other)


def test_its_own_slot_and_sled_do_not_count() -> None:
    left = signature("host at left/console of sled K-7 is silent", ("left", "K-7"))
    assert left == signature("host at right/console of sled K-9 is silent", ("right", "K-9"))
    assert left != signature("host at right/console of sled K-9 is silent", ("left", "K-7"))


NUMBER = st.one_of(st.integers(-(10**6), 10**6).map(str), st.floats(-1e9, 1e9).map(repr))
WORD = st.text("abcdefghijklmnopqrstuvwxyzµΩé_'()=≤", max_size=8)


@given(words=st.lists(WORD, min_size=2, max_size=6), one=st.data())
def test_any_number_between_words_is_normalised(words: list[str], one: st.DataObject) -> None:
    def told() -> str:
        return " ".join(f"{word} {one.draw(NUMBER)}" for word in words)

    assert signature(told()) == signature(told())


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert signature(signature(text)) == signature(text)


@given(st.text(max_size=200))
def test_cleaned_text_is_printable_and_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)
    assert len(clean(text)) == len(text)


def test_cleaning_keeps_the_evidence_readable() -> None:
    assert clean("\x1b[31mred\r\n") == "␛[31mred␍␊"
    assert clean("90 °C ≤ 1 µs") == "90 °C ≤ 1 µs"
    assert clean("abc\u202ecba\x9b2J") == "abc\ufffdcba\ufffd2J"
