"""The night's screen, on journals that the real store wrote."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bringup.events import EventKind
from bringup.verdicts import Verdict

SIZES = [(80, 24), (160, 48)]
Watching = Callable[..., Any]


def fill(lab: Any) -> Any:
    """A night of four sleds under way."""
    night = lab.night()
    for number in range(1, 5):
        night.attempt(night.run(f"S{number}"), 0)
        night.live(f"S{number}")
    return night


@pytest.mark.parametrize("size", SIZES)
def test_a_running_night_shows_all_that_matters(lab: Any, watching: Watching, size: tuple[int, int]) -> None:
    night = fill(lab)
    night.live("S4", state="SETTL", detail="cold 20C, 6 min left")
    night.event("quarantined, 41 points left out", EventKind.QUARANTINED, "S2")

    async def look() -> None:
        async with watching(lab.app(), size) as seen:
            await seen.until("quarantined, 41 points")
            await seen.until("so far")
            title, state = seen.lines[:2]
            assert "B0-417" in title
            assert "2026-08-02 02:14:07 UTC" in title
            assert "virtual time" in title
            # 20 847 s for 212 of 310 points from 7000 s on: 30 484 s in all, from 20:26:40 on.
            assert "so far ✓ PASS" in state
            assert "ETA ~04:54 / deadline 07:30 ok" in state
            assert "heartbeat 0.4s" in state
            row = seen.row("S1")
            for words in ("vmin_map", "RUN", "✓ PASS", "█", "212/310", "0.655", "1.60", "71", "806", "0.6s"):
                assert words in row
            assert "SETTL" in seen.row("S4")
            assert "cold 20C" in seen.row("S4")
            assert "02:14:07 ! S2 quarantined" in seen.text
            assert "NO HEARTBEAT" not in seen.text
            for key in ("Detail", "Next night", "Previous", "Quit", "Keys"):
                await seen.until_true(lambda wanted=key: wanted in seen.lines[-1], f"no {key}")

    asyncio.run(look())


def test_a_wide_screen_shows_more(lab: Any, watching: Watching) -> None:
    fill(lab)

    async def look() -> None:
        async with watching(lab.app(), (160, 48)) as seen:
            assert "SN-S1" in seen.row("S1")
            assert "71.2" in seen.row("S1")
            await seen.pilot.resize_terminal(80, 24)
            await seen.until_true(lambda: "SN-S1" not in seen.row("S1"), "still wide")
            assert "212/310" in seen.row("S1")
            await seen.pilot.resize_terminal(160, 48)
            await seen.until("71.2")

    asyncio.run(look())


@pytest.mark.parametrize("size", SIZES)
def test_a_frozen_heartbeat_is_told(lab: Any, watching: Watching, size: tuple[int, int]) -> None:
    fill(lab)

    async def look() -> None:
        async with watching(lab.app(late_s=12.0), size) as seen:
            assert "NO HEARTBEAT 12 s: the runner is hung or dead" in seen.text
            assert "stale" in seen.row("S1")

    asyncio.run(look())


def test_a_finished_night_needs_no_heartbeat(lab: Any, watching: Watching) -> None:
    night = lab.night()
    run = night.run("S1")
    night.live("S1", state="SAFE")
    lab.journal.end_run(run, 20_000.0, Verdict.FAIL, "gemm.errors = 3 on chip2")
    night.event("FAIL", EventKind.NIGHT_ENDED)
    night.event("", EventKind.MADE_SAFE, "S1")
    night.end(Verdict.FAIL, "1 of 1 sleds failed")

    async def look() -> None:
        async with watching(lab.app(late_s=9_999.0)) as seen:
            assert "NO HEARTBEAT" not in seen.text
            assert "ended after 7.7 h" in seen.text
            assert "✗ FAIL  1 of 1 sleds failed" in seen.lines[1]
            assert "deadline" not in seen.text
            await seen.until("night ended: FAIL", "S1 made safe")
            row = seen.row("S1")
            assert "SAFE" in row
            assert "✗ FAIL" in row
            assert " - " in row  # the values' age
            assert "gemm.errors = 3 on chip2" in seen.text

    asyncio.run(look())


def test_a_night_that_will_be_late_says_so(lab: Any, watching: Watching) -> None:
    night = lab.night(deadline_s=28_000.0, virtual=False)
    night.run("S1")
    night.live("S1")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            assert "ETA ~04:54 / deadline 02:16 LATE" in seen.lines[1]
            assert "wall time" in seen.lines[0]

    asyncio.run(look())


def test_the_sign_ticks_without_any_news(lab: Any, watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bringup_tui.widgets.night_header.TICK_EVERY_S", 0.01)
    fill(lab)

    async def look() -> None:
        async with watching(lab.app()) as seen:
            for sign in "|/-\\|":
                await seen.until_true(lambda wanted=sign: seen.lines[1].rstrip().endswith(wanted), f"no {sign}")

    asyncio.run(look())


ANOTHER_PROCESS = """
import sys
from datetime import UTC, datetime
from bringup.events import Event, EventKind
from bringup.records import Heartbeat, Live
from bringup.store import open_journal
journal = open_journal(sys.argv[1])
journal.event(int(sys.argv[2]), Event(EventKind.SLED_HUNG, 100.0, "told from afar", "S3"))
journal.live(
    int(sys.argv[2]),
    Live("S3", "SN-S3", "RECOV", "vmin_map", 213, 310, None, None, None, None, None, "power cycle"),
    Heartbeat(datetime(2026, 8, 1, 14, 0, tzinfo=UTC), 27850.0, 4712),
)
journal.close()
"""


def test_what_another_process_commits_appears(lab: Any, watching: Watching) -> None:
    night = fill(lab)

    async def look() -> None:
        async with watching(lab.app()) as seen:
            assert "told from afar" not in seen.text
            command = [sys.executable, "-c", ANOTHER_PROCESS, str(lab.path), str(night.night)]
            await asyncio.to_thread(subprocess.run, command, check=True)
            await seen.until("! S3 told from afar", "213/310", "RECOV", "02:14:10 UTC")
            assert "power cycle" in seen.row("S3")

    asyncio.run(look())


@pytest.mark.parametrize("size", SIZES)
def test_what_others_wrote_is_shown_as_it_is(lab: Any, watching: Watching, size: tuple[int, int]) -> None:
    night = lab.night(name="[bold]B0[/]")
    night.live("[S1]", detail="[red]hot[/red] \x1b[31mESC\x07 \u202eright to left")
    night.event("[@click=app.quit]click[/] [unclosed \x9b2J", slot="[S1]")

    async def look() -> None:
        async with watching(lab.app(), size) as seen:
            await seen.until("[@click=app.quit]click[/] [unclosed \ufffd2J")
            assert "[bold]B0[/]" in seen.lines[0]
            assert "[red]hot[/red] ␛[31mESC␇ \ufffdright to left" in seen.text
            assert seen.row("[S1]").count("[red]hot[/red]") == 1
            assert not {sign for sign in seen.text if sign != "\n" and not sign.isprintable()}

    asyncio.run(look())


@pytest.mark.parametrize("size", SIZES)
def test_an_empty_night_says_what_to_do_and_goes_on(lab: Any, watching: Watching, size: tuple[int, int]) -> None:
    night = lab.night()

    async def look() -> None:
        async with watching(lab.app(), size) as seen:
            assert "No sled has reported in this night yet" in seen.text
            assert "bringup status" in seen.text
            await seen.pilot.press("enter")  # nothing to open
            night.live("S1")
            await seen.until("212/310")
            assert "No sled" not in seen.text

    asyncio.run(look())


def test_nights_before_and_after(lab: Any, watching: Watching) -> None:
    for name in ("first", "second", "third"):
        night = lab.night(name)
        night.live("S1", plan=f"plan_{name}"[:9])
        night.event(f"event of the {name}")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            await seen.until("third", "night 3 of 3", "event of the third")
            await seen.pilot.press("n")
            await seen.until("This is the latest night.")
            await seen.pilot.press("p")
            await seen.until("second", "night 2 of 3", "event of the second")
            assert "event of the third" not in seen.text
            await seen.pilot.press("p")
            await seen.until("night 1 of 3", "plan_firs")
            await seen.pilot.press("p")
            await seen.until("This is the first night.")
            await seen.pilot.press("n")
            await seen.until("night 2 of 3")

    asyncio.run(look())


def test_the_latest_night_is_followed_and_a_chosen_one_is_kept(lab: Any, watching: Watching) -> None:
    first = lab.night("first")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            lab.night("second")
            await seen.until("second", "night 2 of 2")
        async with watching(lab.app(first.night)) as seen:
            await seen.until("first", "night 1 of 2")
            lab.night("third")
            await seen.until("first", "night 1 of 3")

    asyncio.run(look())


def test_many_slots_are_reached_by_the_keyboard(lab: Any, watching: Watching) -> None:
    night = lab.night()
    for number in range(1, 33):
        night.live(f"S{number}")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            await seen.until("S10")
            assert [line.split()[0] for line in seen.lines[3:6]] == ["S1", "S2", "S3"]
            assert "S32" not in seen.text
            await seen.pilot.press(*["down"] * 31)
            await seen.until("S32", "S32 SN-S32 · vmin_map")
            night.live("S1", detail="still here")
            night.live("S32", detail="the cursor stays here")
            await seen.until("S32 SN-S32 · vmin_map · - · the cursor stays here")

    asyncio.run(look())


def test_the_retry_counts_and_not_what_it_retried(lab: Any, watching: Watching) -> None:
    night = lab.night()
    run = night.run("S1")
    night.attempt(run, 0, Verdict.INVALID, "flow below 1.2 L/min")
    night.attempt(run, 0, Verdict.PASS, number=2)
    night.live("S1")

    async def look() -> None:
        async with watching(lab.app()) as seen:
            await seen.until("so far ✓ PASS")
            night.attempt(run, 1, Verdict.FAIL, "gemm.errors = 3 on chip2")
            await seen.until("so far ✗ FAIL", "gemm.errors = 3 on chip2")

    asyncio.run(look())


def test_a_journal_that_cannot_be_read_for_a_while(
    lab: Any, watching: Watching, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bringup_tui.feed.RETRY_EVERY_S", 0.05)
    fill(lab)
    app = lab.app()
    there, away = lab.path, tmp_path / "away.db"
    lab.journal.close()
    there.rename(away)

    async def look() -> None:
        async with watching(app, wait_for="CANNOT READ") as seen:
            await seen.until("there is no journal")
            away.rename(there)
            await seen.until("212/310")
            await seen.until_gone("CANNOT READ")

    asyncio.run(look())


def test_a_feed_that_breaks_is_told(lab: Any, watching: Watching) -> None:
    from bringup_tui.app import NightApp

    def broken() -> Any:
        raise RuntimeError("nobody thought of this")

    async def look() -> None:
        async with watching(NightApp(broken), wait_for="CANNOT READ") as seen:
            await seen.until("nobody thought of this", "quit and start again")

    asyncio.run(look())
