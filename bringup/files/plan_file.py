"""Plans, loaded by path: a Python file with one or more `@plan` functions.

A plan is code, so loading runs it; whatever it raises is told as a mistake in that file, at its line.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

import bringup

from ..errors import FileMistake, UsageError
from ..injection import wanted_by
from ..nearest import unknown
from ..plans import Plan
from ..records import Source
from .toml_file import read_text


def load_plans(path: Path) -> tuple[Plan, ...]:
    """Every plan in a file, in the order in which they are written.

    Raises:
        FileMistake: it cannot be imported, holds no plan, or a plan's parameters cannot be injected.
    """
    module = _import(path.resolve())
    plans = tuple(value for value in vars(module).values() if isinstance(value, Plan) and value.path == path.resolve())
    if not plans:
        raise FileMistake(path, None, "holds no plan: decorate a function with @plan(…)")
    for plan in plans:
        wanted_by(plan)
    return plans


def plan_source(plan: Plan) -> Source:
    """The text of the file that the plan was written in."""
    return Source("plan", str(plan.path), read_text(plan.path))


def find_plans(wanted: str, folder: Path) -> tuple[Plan, ...]:
    """The plans that a person means by `wanted`.

    Args:
        wanted: a path to a file, the name of a file in `folder` with or without .py, or the name of a plan in
            one of its files; "FILE::PLAN" picks one of a file. Dashes and underscores are alike.
        folder: the lab folder, whose *.py files are plans.

    Raises:
        UsageError: nothing bears that name; the nearest one is offered.
    """
    file_part, _, plan_part = wanted.partition("::")
    path = _file_named(file_part, folder)
    if path is None:
        plans = [plan for file in plan_files(folder) for plan in _plans_if_named(file, file_part)]
        if not plans:
            names = {_plain(file.stem) for file in plan_files(folder)}
            raise UsageError(unknown("plan", wanted, names) + f"; plans are files in {folder}")
        return tuple(plans)
    plans_there = load_plans(path)
    if not plan_part:
        return plans_there
    chosen = tuple(plan for plan in plans_there if plan.name == _plain(plan_part))
    if not chosen:
        raise UsageError(f"{path}: " + unknown("plan", plan_part, [plan.name for plan in plans_there]))
    return chosen


def plan_files(folder: Path) -> tuple[Path, ...]:
    """The plan files of a lab folder, by name."""
    return tuple(sorted(path for path in folder.glob("*.py") if not path.name.startswith(("_", "conftest", "test_"))))


def _plain(name: str) -> str:
    return name.replace("_", "-").lower()


def _file_named(name: str, folder: Path) -> Path | None:
    direct = Path(name)
    if direct.suffix == ".py" and direct.is_file():
        return direct
    named = {_plain(file.stem): file for file in plan_files(folder)}
    found = named.get(_plain(Path(name).stem if direct.suffix == ".py" else name))
    if found is None and direct.suffix == ".py" and len(direct.parts) > 1:
        read_text(direct)  # raises, and names a near file beside it
    return found


def _plans_if_named(file: Path, name: str) -> list[Plan]:
    # Only a file that mentions the name is run: a broken plan file must not stand in another one's way.
    if _plain(name).replace("-", "_") not in read_text(file):
        return []
    return [plan for plan in load_plans(file) if plan.name == _plain(name)]


def _import(path: Path) -> ModuleType:
    read_text(path)
    name = f"bringup_plan_{path.stem}_{abs(hash(str(path))):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileMistake(path, None, "is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and get_type_hints look a module up by its name
    try:
        spec.loader.exec_module(module)
    except SyntaxError as problem:
        raise FileMistake(path, problem.lineno, f"syntax error: {problem.msg}") from None
    except Exception as problem:
        del sys.modules[name]
        raise FileMistake(path, _line_in(path, problem), _told(problem)) from problem
    return module


def _line_in(path: Path, problem: BaseException) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if Path(frame.filename) == path]
    return lines[-1] if lines else None


def _told(problem: Exception) -> str:
    if isinstance(problem, ValueError):  # AxisMistake, LimitMistake, UnitMistake: already fit for a person
        return str(problem)
    if isinstance(problem, ImportError) and problem.name == "bringup":
        wrong = str(problem).partition("'")[2].partition("'")[0]
        return unknown("word of bringup", wrong, bringup.__all__)
    return f"{type(problem).__name__}: {problem}"
