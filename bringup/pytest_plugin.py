"""`pytest test_plans/` runs the same plans as test items: one item for each plan and slot.

For people who live in pytest: selection, JUnit, an IDE's run button. Every item is a journaled night of its own; the
overnight runner does not run under pytest. Files are collected only inside a lab folder (one with stations/ and
products/), so the plugin is inert everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .files.lab_folder import LabFolder
    from .plans import Plan


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    group = parser.getgroup("bringup")
    group.addoption("--bringup-station", help="station to run plans on: a name in the lab's stations/, or a file")
    group.addoption("--bringup-database", help="journal for plans' nights; default: the lab's bringup.db")
    group.addoption("--bringup-yes", action="store_true", help="answer hold points with yes on a real bench too")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PlanFile | None:
    """A lab folder's Python files are plans."""
    folder = file_path.parent
    if file_path.suffix != ".py" or not ((folder / "stations").is_dir() and (folder / "products").is_dir()):
        return None
    from .files.plan_file import plan_files  # noqa: PLC0415 - pydantic is loaded only where there is a lab

    if file_path not in plan_files(folder):
        return None
    collected: PlanFile = PlanFile.from_parent(parent, path=file_path)
    return collected


class PlanFile(pytest.File):
    """A file of plans."""

    @cached_property
    def lab(self) -> LabFolder:
        """The lab folder that the file lies in."""
        from .files.lab_folder import lab_at  # noqa: PLC0415 - as above

        return lab_at(self.path.parent)

    def collect(self) -> Iterator[PlanItem]:
        """One item for each plan and slot.

        Raises:
            Collector.CollectError: the file, the station or a product is wrong.
        """
        from .errors import UsageError  # noqa: PLC0415 - as above
        from .files.plan_file import load_plans  # noqa: PLC0415 - as above

        try:
            slots = self.lab.station(self.config.getoption("--bringup-station")).facts.slots
            plans = load_plans(self.path)
        except UsageError as problem:
            raise self.CollectError(str(problem)) from None
        for plan in plans:
            for slot in slots:
                yield PlanItem.from_parent(self, name=f"{plan.name}[{slot}]", plan=plan, slot=slot)


class PlanDidNotPass(Exception):
    """A plan's night that ended with anything but PASS."""


class PlanItem(pytest.Item):
    """A plan on one slot."""

    def __init__(self, *, plan: Plan, slot: str, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.plan = plan
        self.slot = slot

    def runtest(self) -> None:
        """Hold a night of one plan on one slot.

        Raises:
            PlanDidNotPass: its verdict is not PASS.
            BringupError: the bench could not be opened, or is in use.
        """
        from .pytest_night import hold_one  # noqa: PLC0415 - the runner is loaded when something runs

        parent = self.getparent(PlanFile)
        assert parent is not None  # noqa: S101 - PlanFile.collect made this item
        station = parent.lab.station(self.config.getoption("--bringup-station"))
        if not (station.is_simulated or self.config.getoption("--bringup-yes")):
            pytest.skip(f"{station.name} is a real bench and nobody answers hold points here: --bringup-yes")
        named = self.config.getoption("--bringup-database")
        database = Path(named) if named else parent.lab.database
        verdict, cause = hold_one(self.plan, station, self.slot, database)
        self.user_properties += [("bringup_database", str(database)), ("bringup_slot", self.slot)]
        if verdict != "PASS":
            raise PlanDidNotPass(f"{verdict}: {cause}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """What went wrong, in the tool's words: no traceback of its own code."""
        from .errors import BringupError  # noqa: PLC0415 - as above

        if isinstance(excinfo.value, BringupError | PlanDidNotPass):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the plan stands."""
        return self.path, self.plan.line - 1, self.name
