"""What is written as TOML reads back as what it was."""

from __future__ import annotations

import tomllib
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.serving.toml_text import toml_text

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
VALUES = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.dates()
    | st.times()
    | st.lists(st.text("ab\"\\\n\x7f'"))
)
INNER = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3)
TABLES = st.dictionaries(KEYS, VALUES | INNER | st.dictionaries(KEYS, INNER, min_size=1, max_size=2), min_size=1)


@given(st.dictionaries(KEYS, TABLES, max_size=4))
def test_what_is_written_reads_back(tables: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(tables)) == tables


def test_it_reads_like_a_file_that_a_person_wrote() -> None:
    tables = {
        "station": {"name": "bench 7"},
        "instruments": {"load": {"model": "x", "channels": {"1": "S1.vin"}}},
        "empty": {},
        "s": {"at": time(19), "on": date(2027, 1, 2), "ohms": 1e22},
    }
    assert (
        toml_text(tables)
        == """\
[station]
name = "bench 7"

[instruments.load]
model = "x"

[instruments.load.channels]
1 = "S1.vin"

[s]
at = 19:00:00
on = 2027-01-02
ohms = 1e+22
"""
    )


def test_what_toml_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="no way to write None"):
        toml_text({"a": {"b": None}})
