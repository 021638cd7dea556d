"""Holding a night from the command line: prepare, say what fits, run, show the page."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..errors import Aborted, UsageError
from ..files.any_fault import parse_any_fault
from ..files.lab_folder import LabFolder, find_lab, lab_at
from ..files.plan_file import find_plans
from ..operator import Operator
from ..plans import Plan
from ..report import print_page
from ..runner.bench_lock import bench_lock
from ..runner.night_log import NightLog
from ..runner.session import Held, Order, hold, prepare
from ..runner.stopping import Stopping, stopping
from ..store import Journal, open_journal
from ..terminal_text import harmless
from .consoles import console_for
from .forecast import Forecast, forecast, show_forecast
from .operators import AskingOperator, PromptDesk, YesOperator
from .watching import Watch


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for, as the command line has it.

    Attributes:
        plans: names and files, in the order in which they run.
        lab: its folder, or None for the one that we are in.
        station: name or file, or None for the lab's own.
        sleds: serial numbers or slots; none means all.
        database: the journal, or None for the lab's.
        faults: what the simulated bench is to do wrong, as `--fault` has it.
        transcripts: folder for every byte of every instrument, or None.
    """

    plans: Sequence[str]
    lab: Path | None
    station: str | None
    sleds: Sequence[str]
    database: Path | None
    faults: Sequence[str]
    transcripts: Path | None


def hold_night(wanted: Wanted, *, until: time | None, yes: bool, as_json: bool) -> int:
    """Run plans as a night and show its page; returns the exit code.

    Raises:
        UsageError, BenchError: told before anything is energized.
    """
    console = console_for(as_json=as_json)
    with stopping() as stop:
        lab = lab_at(wanted.lab) if wanted.lab else find_lab()
        plans = plans_named(wanted.plans, lab)
        station = lab.station(wanted.station).with_faults([parse_any_fault(text) for text in wanted.faults])
        order = prepare(", ".join(plan.name for plan in plans), station, plans, wanted.sleds)
        _refuse_a_crowd(order, yes=yes)
        path = wanted.database or lab.database
        with bench_lock(order.station, path), open_journal(path) as journal:
            for notice in journal.notices:
                console.print(Text(harmless(notice)))
            for night in journal.reconcile():
                console.print(
                    Text(harmless(f"Night {night.id} ({night.name}) was left open: {night.cause}")), soft_wrap=True
                )
            expected = forecast(order, path)
            show_forecast(console, order, expected, until)
            _warn_of_hardware(console, order)
            held = _held(order, journal, stop, console, expected, wanted.transcripts, until=until, yes=yes)
        _show(held, path, console, as_json=as_json)
    return held.result.exit_code


def plans_named(names: Sequence[str], lab: LabFolder) -> list[Plan]:
    """The plans that a person asked for, in order.

    Raises:
        UsageError, FileMistake: one is not there, is broken, or is named twice.
    """
    plans = [plan for name in names for plan in find_plans(name, lab.path)]
    for plan in plans:
        if sum(other.name == plan.name for other in plans) > 1:
            raise UsageError(f"plan {plan.name!r} is asked for twice in one night")
    return plans


def _warn_of_hardware(console: Console, order: Order) -> None:
    if not order.station.is_simulated:
        console.print(
            "Stay beside this bench: no guardian process watches it yet. If this process is killed outright, only "
            "the instruments' own protections are left.",
            style="bold",
        )


def _refuse_a_crowd(order: Order, *, yes: bool) -> None:
    """A person can stand beside one sled, not beside four whose prompts come in turn."""
    first = next(iter(order.plans.values()))
    if len(order.plans) > 1 and not yes and any(bound.walks_power for bound in first):
        sleds = ", ".join(f"--sled {slot}" for slot in order.plans)
        raise UsageError(f"plan {order.name!r} holds at every rail for one sled at a time: name it ({sleds})")


def _held(
    order: Order,
    journal: Journal,
    stop: Stopping,
    console: Console,
    expected: Forecast,
    transcripts: Path | None,
    *,
    until: time | None,
    yes: bool,
) -> Held:
    desk = PromptDesk(stop)
    with Watch(console, expected, desk) as watch:
        return hold(
            order,
            journal,
            stop,
            operator_for=_operators(desk, yes=yes),
            look=watch.look,
            until=until,
            heard=watch.heard,
            transcripts=transcripts,
        )


def _operators(desk: PromptDesk, *, yes: bool) -> Callable[[str, NightLog], Operator]:
    def operator_for(slot: str, log: NightLog) -> Operator:
        return YesOperator(desk, log, slot) if yes else AskingOperator(desk, log, slot)

    return operator_for


def _show(held: Held, path: Path, console: Console, *, as_json: bool) -> None:
    """The page of a night that has ended: a signal, or a reader that went away, cuts it short and changes nothing."""
    try:
        _show_page(held, path, console, as_json=as_json)
    except Aborted as problem:
        console.print(f"\n{problem}: cut short. The night had ended; `bringup report {held.night_id}` shows it whole.")
    except OSError:
        for stream in (sys.stdout, sys.stderr):  # else Python fails at its last flush
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    finally:
        with suppress(OSError):
            for doubt in held.result.unsafe:
                console.print(f"NOT SAFE: {doubt}", style="bold red", markup=False)


def _show_page(held: Held, path: Path, console: Console, *, as_json: bool) -> None:
    result = held.result
    if as_json:
        facts = {
            "night": held.night_id,
            "verdict": result.verdict.name,
            "complete": result.is_complete,
            "cause": result.cause,
            "unsafe": result.unsafe,
            "lab_seconds": round(held.lab_s, 3),
            "wall_seconds": round(held.wall_s, 3),
            "database": str(path),
        }
        print(json.dumps(facts))  # noqa: T201 - what --json promises
    else:
        print_page(str(path), held.night_id, console)
        console.print(
            f"\nJournal {path}, night {held.night_id}. Look closer: `bringup tui`, `bringup report --format html`.",
            soft_wrap=True,
        )
