"""Same seed and plan, same values to the last bit; another seed, other values."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import SHIPPED
from tests.integration.one_night import hold_one

ROWS = """
    SELECT run.slot, attempt.point, attempt.number, attempt.began_ms, attempt.ended_ms, attempt.verdict, attempt.cause,
           criterion.name, quantity.place, measurement.position, measurement.value, measurement.verdict
    FROM measurement
    JOIN attempt ON attempt.id = measurement.attempt_id
    JOIN run ON run.id = attempt.run_id
    JOIN quantity ON quantity.id = measurement.quantity_id
    JOIN criterion ON criterion.id = quantity.criterion_id
    ORDER BY measurement.attempt_id, measurement.position
"""


def rows(folder: Path, plans: str, seed: int) -> list[tuple[object, ...]]:
    """A night of two sleds in a new lab; every measurement, as SQLite holds it."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("__pycache__", "*.db*"))
    station = folder / "stations" / "simulated.toml"
    text = station.read_text(encoding="utf-8")
    assert "seed = 417 " in text
    station.write_text(text.replace("seed = 417 ", f"seed = {seed} "), encoding="utf-8")
    hold_one(folder, plans, ("S1", "S2"))
    with closing(sqlite3.connect(folder / "bringup.db")) as connection:
        # The bits of the value, not its decimal: hex of the double.
        return [
            tuple(value.hex() if isinstance(value, float) else value for value in row)
            for row in connection.execute(ROWS).fetchall()
        ]


@pytest.mark.parametrize(("plans", "least"), [("smoke", 20), ("vmin-map", 500)])
def test_two_nights_with_one_seed_are_the_same_to_the_last_bit(tmp_path: Path, plans: str, least: int) -> None:
    first, second = (rows(tmp_path / name, plans, 417) for name in ("first", "second"))
    assert len(first) > least
    assert first == second


def test_another_seed_measures_other_values(tmp_path: Path) -> None:
    first, second = (rows(tmp_path / str(seed), "smoke", seed) for seed in (417, 418))
    assert [row[7:10] for row in first] == [row[7:10] for row in second], "the same things were measured"
    values = [(one[10], other[10]) for one, other in zip(first, second, strict=True)]
    assert any(one != other for one, other in values)
