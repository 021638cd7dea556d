"""The detail of a slot, and the page of keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual.binding import Binding

from bringup.verdicts import Verdict
from bringup_tui.app import NightApp
from bringup_tui.screens.keys import KeysScreen
from bringup_tui.screens.night import NightScreen
from bringup_tui.screens.slot import SlotScreen

SIZES = [(80, 24), (160, 48)]
Watching = Callable[..., Any]


@pytest.mark.parametrize("size", SIZES)
def test_attempts_with_measurements_and_verdict(lab: Any, watching: Watching, size: tuple[int, int]) -> None:
    night = lab.night()
    run = night.run("S1")
    night.attempt(run, 0)
    night.attempt(run, 1, Verdict.FAIL, "gemm.errors = 3 on [chip2], limit ≤ 0")
    night.attempt(run, 156, None)
    night.live("S1")

    async def look() -> None:
        async with watching(lab.app(), size) as seen:
            await seen.pilot.press("enter")
            await seen.until("Measurement", "running", "Point 157, try 1", "vdd_core 0.61 V, coolant 30 °C")
            assert "B0-417" in seen.lines[0]
            await seen.pilot.press("down")
            await seen.until("Point 2, try 1", "gemm.errors chip2", "≤ 0", "gemm.errors = 3 on [chip2], limit ≤ 0")
            assert "4150 W" in seen.text
            assert "200 … 4200 W marginal" in seen.text
            assert seen.text.count("✗ FAIL") >= 3  # the slot, the attempt, the measurement
            await seen.pilot.press("escape")
            await seen.until("Last word")

    asyncio.run(look())


def test_new_attempts_come_in_while_one_looks(lab: Any, watching: Watching) -> None:
    night = lab.night()
    run = night.run("S1")
    night.attempt(run, 0, Verdict.INVALID, "not settled")
    night.live("S1")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            await seen.pilot.press("enter")
            await seen.until("Point 1, try 1", "not settled")
            night.attempt(run, 0, number=2)
            await seen.until("Point 1, try 2")  # the cursor on the newest follows the newest
            await seen.pilot.press("down")
            await seen.until("Point 1, try 1")
            night.attempt(run, 7)
            await seen.until("vdd_core 0.67 V")
            assert "Point 1, try 1" in seen.text  # and one that was chosen is kept

    asyncio.run(look())


def test_an_attempt_that_never_ended_is_not_running_for_ever(lab: Any, watching: Watching) -> None:
    night = lab.night()
    run = night.run("S1")
    night.attempt(run, 3, None)
    lab.journal.end_run(run, 9_000.0, Verdict.ABORTED, "Ctrl-C")
    night.live("S1", state="SAFE")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            await seen.pilot.press("enter")
            await seen.until("interrupted", "Point 4, try 1")

    asyncio.run(look())


def test_a_slot_without_attempts(lab: Any, watching: Watching) -> None:
    lab.night().live("S1")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            await seen.pilot.press("enter")
            await seen.until("No attempt was made in this slot yet.")

    asyncio.run(look())


def test_the_page_of_keys(lab: Any, watching: Watching) -> None:
    lab.night().live("S1")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            await seen.pilot.press("question_mark")
            await seen.until("The slot's latest attempts", "The night before this one", "? INVALID", "✗ FAIL")
            await seen.pilot.press("q")  # closes the page, not the app
            await seen.until("Last word")
            await seen.pilot.press("q")
            await seen.until_true(lambda: seen.app.return_code is not None, "still there")
            assert seen.app.return_code == 0

    asyncio.run(look())


def test_every_key_has_an_id_and_a_tooltip() -> None:
    bindings = [b for owner in (NightApp, NightScreen, SlotScreen, KeysScreen) for b in owner.BINDINGS]
    assert all(isinstance(binding, Binding) and binding.id and binding.tooltip for binding in bindings)
    ids = [binding.id for binding in bindings if isinstance(binding, Binding)]
    assert len(set(ids)) == len(ids)
