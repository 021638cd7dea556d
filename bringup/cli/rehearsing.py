"""A rehearsal: the same plan on the station's simulated twin, with a journal that is thrown away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .. import hooks
from ..boards import BoardEntry, BoardEvent, BoardEventKind, board_state
from ..errors import Aborted, FileMistake, JournalError, UsageError
from ..events import EventKind
from ..files.lab_folder import LabFolder, find_lab, lab_at
from ..files.plan_file import load_plans, plan_files
from ..files.product import COOLANT
from ..files.station import Station
from ..plans import Plan
from ..runner.identity import paper_findings
from ..runner.session import Order, hold, prepare
from ..runner.stopping import Stopping, stopping
from ..store import Durability, Journal, open_journal, open_reader
from ..terminal_text import harmless
from ..verdicts import Verdict
from .consoles import console_for
from .holding import plans_named
from .operators import PromptDesk, YesOperator


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a plan's rehearsal showed.

    Attributes:
        plan: its name.
        verdict: on the simulated twin.
        lab_seconds: how long it will take, as far as the twin is like the bench.
        attempts: how many were made over all slots.
        coolant_moves: how often the coolant was moved.
        hangs: sleds that hung and were power-cycled.
        cause: what stood against it, or "".
    """

    plan: str
    verdict: str
    lab_seconds: float
    attempts: int
    coolant_moves: int
    hangs: int
    cause: str


def rehearse(
    names: Sequence[str],
    lab_path: Path | None,
    station_name: str | None,
    sleds: Sequence[str],
    *,
    files_only: bool,
    as_json: bool,
) -> int:
    """Check files, and rehearse plans one by one; returns the exit code: 0 unless one ended in ERROR.

    Raises:
        UsageError, FileMistake: the station, a product or a named plan is wrong.
    """
    console = console_for(as_json=as_json)
    lab = lab_at(lab_path) if lab_path else find_lab()
    station = lab.station(station_name)
    plans, mistakes = _plans(names, lab)
    mistakes += _unbound(plans, station, sleds)
    for told in dict.fromkeys(map(str, mistakes)):  # a mistake of the station stands in the way of every plan
        console.print(Text(harmless(told)), style="bold", soft_wrap=True)
    if mistakes:
        return UsageError.exit_code
    if station.is_simulated:
        # The simulated lab reads more of the files than the core does: parts of the physics, where a meter's leads go.
        hooks.lab_spec(station.facts.station.lab).open(station).close()
    products = {product.name for product in station.products.values()}
    console.print(f"{station.path}: station, {len(products)} product(s), {len(plans)} plan(s): valid", soft_wrap=True)
    if files_only:
        return 0
    _tell_refusals(console, lab, station, sleds)
    with stopping() as stop:
        rehearsals = [_rehearse(plan, station, sleds, stop) for plan in plans if not stop.reason]
        if stop.reason:
            raise Aborted(stop.reason)
    if as_json:
        print(json.dumps([asdict(rehearsal) for rehearsal in rehearsals]))  # noqa: T201 - what --json promises
    else:
        _show(rehearsals, console)
    return Verdict.ERROR.exit_code if any(r.verdict == Verdict.ERROR.name for r in rehearsals) else 0


def _plans(names: Sequence[str], lab: LabFolder) -> tuple[list[Plan], list[FileMistake]]:
    """The plans, and every mistake that keeps another from being one: all are told, not only the first."""
    if names:
        return plans_named(names, lab), []
    plans: list[Plan] = []
    mistakes: list[FileMistake] = []
    for file in plan_files(lab.path):
        try:
            plans += load_plans(file)
        except FileMistake as mistake:
            mistakes.append(mistake)
    return plans, mistakes


def _unbound(plans: Sequence[Plan], station: Station, sleds: Sequence[str]) -> list[FileMistake]:
    mistakes = []
    for plan in plans:
        try:
            prepare(plan.name, station, [plan], sleds)
        except FileMistake as mistake:
            mistakes.append(mistake)
    return mistakes


def _tell_refusals(console: Console, lab: LabFolder, station: Station, sleds: Sequence[str]) -> None:
    """What the identity gate will say tonight, as far as paper knows today."""
    histories: dict[str, tuple[BoardEvent, ...]] = {}
    if lab.database.is_file():
        try:
            with open_reader(lab.database) as reader:
                histories = {facts.sled: reader.board_history(facts.sled) for facts in station.facts.slots.values()}
        except JournalError as problem:
            console.print(Text(harmless(f"boards' histories cannot be read: {problem}")), soft_wrap=True)
            return
    for slot, facts in station.facts.slots.items():
        if sleds and not {slot, facts.sled} & set(sleds):
            continue
        board = board_state(facts.sled, histories.get(facts.sled, ()))
        for finding in paper_findings(station.products[slot], board):
            console.print(Text(harmless(f"{slot}: no power tonight: {finding.text}")), style="bold", soft_wrap=True)


def _with_papers(journal: Journal, order: Order) -> None:
    """The twin has had every ECO: what is missing from the real board was told, and must not cost the rehearsal."""
    for slot, bounds in order.plans.items():
        product = bounds[0].product
        ecos = product.facts.identity.ecos
        assumed = [BoardEntry(BoardEventKind.ECO, eco, "assumed by the rehearsal", "bringup check") for eco in ecos]
        journal.enter(order.station.facts.slots[slot].sled, assumed, product.name)


def _rehearse(plan: Plan, station: Station, sleds: Sequence[str], stop: Stopping) -> Rehearsal:
    order = prepare(plan.name, station, [plan], sleds)
    desk = PromptDesk(stop)
    with TemporaryDirectory(prefix="bringup-check-", ignore_cleanup_errors=True) as folder:
        database = Path(folder) / "rehearsal.db"
        with open_journal(database, Durability.NORMAL) as journal:
            _with_papers(journal, order)
            held = hold(
                order,
                journal,
                stop,
                operator_for=lambda slot, log: YesOperator(desk, log, slot),
                lab_kind="simulated",
            )
        with open_reader(database) as reader:
            events = [event for _, event in reader.events(held.night_id)]
            attempts = sum(len(reader.attempts(run.id)) for run in reader.runs(held.night_id))
    return Rehearsal(
        plan=plan.name,
        verdict=held.result.verdict.name,
        lab_seconds=round(held.lab_s, 1),
        attempts=attempts,
        coolant_moves=sum(event.data.get("knob") == COOLANT for event in events),
        hangs=sum(event.kind is EventKind.SLED_HUNG for event in events),
        cause=held.result.cause,
    )


def _show(rehearsals: Sequence[Rehearsal], console: Console) -> None:
    table = Table(title="Rehearsal on the simulated lab", title_justify="left", box=None, pad_edge=False)
    for column in ("plan", "takes", "attempts", "coolant moves", "hangs", "ends"):
        table.add_column(column, justify="left" if column in ("plan", "ends") else "right")
    for one in rehearsals:
        takes = str(timedelta(seconds=round(one.lab_seconds)))
        ends = Text(f"{one.verdict} {harmless(one.cause)}".rstrip())
        table.add_row(one.plan, takes, str(one.attempts), str(one.coolant_moves), str(one.hangs), ends)
    console.print(table)
