"""What the pages say is so: links lead somewhere, plans bind, SQL runs, tables name what the code has."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.main import get_command

from bringup import hooks
from bringup.cli.app import build_app
from bringup.events import EventKind, SlotState
from bringup.files.lab_folder import lab_at
from bringup.files.plan_file import load_plans
from bringup.files.product import ProductModel
from bringup.files.station import StationModel
from bringup.files.toml_file import FileModel
from bringup.runner.session import prepare
from bringup.store import open_journal
from bringup.verdicts import Verdict
from bringup.virtual_clock import VirtualClock

from ..conftest import Run

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    + [ROOT / folder / "README.md" for folder in ("bringup", "drivers", "instruments", "tui", "test_plans", "tests")]
)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Fenced blocks, also indented ones, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def plan_blocks(name: str) -> list[str]:
    return [block for block in blocks(page(name), "python") if "\n@plan(" in block]


def named(text: str) -> set[str]:
    """Every word in backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        aimed = (path.parent / file).resolve() if file else path
        assert aimed.exists(), f"{path}: {target}"
        assert not anchor or anchor in anchors(aimed), f"{path}: {target}"


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def documented_plans() -> Iterator[Any]:
    for name in ("README.md", "docs/plans.md", "test_plans/README.md"):
        found = plan_blocks(name)
        assert found, name
        for block in found:
            function = re.findall(r"^def (\w+)", block, re.MULTILINE)[0]
            yield pytest.param(function, block, id=f"{name}:{function}")


@pytest.mark.parametrize(("function", "block"), list(documented_plans()))
def test_documented_plans_bind(lab: Path, function: str, block: str) -> None:
    path = lab / f"{function}.py"
    path.write_text(block, encoding="utf-8")
    plans = load_plans(path)
    assert plans[0].name == function.replace("_", "-")
    order = prepare("docs", lab_at(lab).station(None), plans)
    assert all(bound.points for of_slot in order.plans.values() for bound in of_slot)


def test_the_documented_test_of_a_body_passes_and_can_fail() -> None:
    block = next(block for block in plan_blocks("docs/plans.md") if "def test_" in block)
    loaded: dict[str, Any] = {}
    exec(compile(block, "docs/plans.md", "exec"), loaded)
    loaded["test_power_is_judged"]()
    spoilt: dict[str, Any] = {}
    exec(compile(block.replace("4300.0", "3900.0"), "docs/plans.md", "exec"), spoilt)
    with pytest.raises(AssertionError):
        spoilt["test_power_is_judged"]()


def test_the_readme_plan_runs_and_the_documented_sql_reads_it(lab: Path, bringup: Run) -> None:
    (lab / "clock_sweep.py").write_text(plan_blocks("README.md")[0], encoding="utf-8")
    assert bringup("board", "LS-A-0041", "--eco", "ECO-011", "--rework", "U37: reflowed").returncode == 0
    done = bringup("run", "clock_sweep.py", "--sled", "S1")
    assert done.returncode == 0, done.stderr
    queries = blocks(page("docs/journal.md"), "sql")
    assert len(queries) == 6
    rows = {query: sqlite3.connect(lab / "bringup.db").execute(query).fetchall() for query in queries}
    measured = next(found for query, found in rows.items() if "FROM v_measurement\n" in query)
    assert {(row[1], row[4]) for row in measured} == {("gemm.errors", 3), ("tj.max", 3)}
    boards = next(found for query, found in rows.items() if "FROM v_board_event" in query)
    (told,) = {row[4] for row in boards}
    assert told.startswith("eco ECO-011 done; rework U37 reflowed; vr_config vr_core.0 0x5A3C91F7")
    sources = next(found for query, found in rows.items() if "FROM run JOIN source" in query)
    assert [row[0] for row in sources] == ["clock-sweep"]


def test_the_documented_product_and_station_run_a_plan(lab: Path) -> None:
    text = page("docs/stations-and-products.md")
    shipped = (lab / "products" / "liquid-sled.toml").read_text(encoding="utf-8")
    command = next(block for block in blocks(text, "sh") if block.startswith("sed "))
    for old, new in re.findall(r"s/\^?(.+?)/(.+?)/", command.partition(" products/")[0]):
        assert f"\n{old}" in shipped
        shipped = shipped.replace(f"\n{old}", f"\n{new}", 1)
    (lab / "products" / "small-sled.toml").write_text(shipped, encoding="utf-8")
    (lab / "stations" / "corner.toml").write_text(
        next(block for block in blocks(text, "toml") if '"corner"' in block), encoding="utf-8"
    )
    station = lab_at(lab).station("corner")
    assert {product.facts.product.chips for product in station.products.values()} == {2}
    assert prepare("docs", station, load_plans(lab / "vmin_map.py")).plans["A"]


def keys_of(model: type[FileModel]) -> set[str]:
    """Every key that a file may hold."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = [part for part in flattened(field.annotation) if isinstance(part, type) and issubclass(part, FileModel)]
        found |= set().union(*map(keys_of, inner)) if inner else {name}
    return found


def flattened(annotation: Any) -> list[Any]:
    return [annotation, *(part for inner in getattr(annotation, "__args__", ()) for part in flattened(inner))]


@pytest.mark.parametrize(("model", "heading"), [(StationModel, "## Station"), (ProductModel, "## Product")])
def test_every_key_of_the_files_is_told(model: type[FileModel], heading: str) -> None:
    text = page("docs/stations-and-products.md")
    section = text.partition(f"{heading}\n")[2].partition("\n## ")[0]
    assert keys_of(model) - {"simulation"} <= named(section)


def test_the_table_of_commands_is_the_command_line() -> None:
    told = set(re.findall(r"^\| `bringup ((?:sim )?\w+)", page("README.md"), re.MULTILINE))
    commands: dict[str, Any] = get_command(build_app()).commands  # type: ignore[attr-defined]
    of_lab = {f"sim {name}" for name in commands.pop("sim").commands}
    assert told == {*commands, *of_lab}


def test_the_table_of_exit_codes_is_complete() -> None:
    table = dict(re.findall(r"^\| (\d) \| (.+) \|$", page("README.md"), re.MULTILINE))
    for verdict in Verdict:
        if verdict is not Verdict.NOT_RUN:
            assert verdict.name in table[str(verdict.exit_code)]


def test_the_glossary_has_every_word_of_the_journal(tmp_path: Path) -> None:
    words = named(page("docs/glossary.md"))
    open_journal(tmp_path / "words.db").close()
    connection = sqlite3.connect(tmp_path / "words.db")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    connection.close()
    assert tables <= words
    assert {kind.value for kind in EventKind} | {state.value for state in SlotState} <= words
    assert {verdict.name for verdict in Verdict} <= words


def test_files_that_pages_name_exist() -> None:
    for path in PAGES:
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for name in re.findall(r"`((?:bringup|drivers|instruments|tui|tests|test_plans|docs)/[\w./-]+)`", text):
            # The one is made by the wheel, the other is the example that a person is to write.
            if name not in ("bringup/_shipped_lab", "drivers/bringup_drivers/keithley_2000.py"):
                assert (ROOT / name).exists(), f"{path}: {name}"


def test_every_hook_and_decision_is_listed() -> None:
    told = named(page("docs/architecture.md"))
    assert {name for name in vars(hooks.HookSpecs) if name.startswith("bringup_")} <= told
    index = page("docs/decisions/README.md")
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [record.name for record in records] == re.findall(r"\((\d{4}-[\w-]+\.md)\)", index)


def test_the_instrument_of_the_ten_minutes_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    block = next(block for block in blocks(page("instruments/README.md"), "python") if "ScpiDevice" in block)
    module = ModuleType("bringup_instruments.models.keithley_2000")
    module.__package__ = "bringup_instruments.models"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(block, "instruments/README.md", "exec"), module.__dict__)

    class Node:
        def volts(self, at_s: float) -> float:
            return 0.75 + at_s

    meter = module.Multimeter2000(VirtualClock(), Node(), "0815")
    answers = []
    for question in (b"*IDN?\n", b"meas:volt?\n", b"SYST:ERR?\n"):
        meter.write(question)
        answers.append(meter.read(100, 1.0)[0])
    identity = b"KEITHLEY INSTRUMENTS INC.,MODEL 2000,0815,A20\n"
    assert answers == [identity, b"+7.50000000E-01\n", b'+0,"No error"\n']
