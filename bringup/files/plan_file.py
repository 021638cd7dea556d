"""Plans, loaded by path: a Python file with one or more `@plan` functions.

A plan is code, so loading runs it; whatever it raises is told as a mistake in that file, at its line.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import bringup

from ..errors import Aborted, FileMistake, UsageError
from ..injection import wanted_by
from ..nearest import nearest, unknown
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
            names = {name for file in plan_files(folder) for name in (_plain(file.stem), *_names_in(file))}
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
    if direct.suffix == ".py" and len(direct.parts) > 1:
        # Never another folder's file of the same name: whoever gives a path means that one.
        read_text(direct)  # raises, and names a near file beside it
    named = {_plain(file.stem): file for file in plan_files(folder)}
    return named.get(_plain(direct.stem if direct.suffix == ".py" else name))


def _names_in(file: Path) -> list[str]:
    """The names of a file's plans, without running it: for a hint only."""
    return [_plain(name) for name in re.findall(r"^@plan\b.*?^def (\w+)", read_text(file), re.MULTILINE | re.DOTALL)]


def _plans_if_named(file: Path, name: str) -> list[Plan]:
    # Only a file that mentions the name is run: a broken plan file must not stand in another one's way.
    if _plain(name).replace("-", "_") not in read_text(file):
        return []
    return [plan for plan in load_plans(file) if plan.name == _plain(name)]


def _import(path: Path) -> ModuleType:
    read_text(path)
    name = f"bringup_plan_{path.stem}_{abs(hash(str(path))):x}"
    loader = _AsWritten(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise FileMistake(path, None, "is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and get_type_hints look a module up by its name
    try:
        loader.exec_module(module)
    except Aborted:
        del sys.modules[name]
        raise
    except (Exception, SystemExit) as problem:
        del sys.modules[name]
        raise _mistake(path, problem) from problem
    return module


class _AsWritten(SourceFileLoader):
    """Loads the text that is in the file now.

    Python's cache of compiled files goes by second and size: an edit of one digit can slip through it, and the journal
    would keep another text than the one that ran.
    """

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the loader's protocol
        """Compile the file; no cache is read or written."""
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def _mistake(path: Path, problem: BaseException) -> FileMistake:
    if isinstance(problem, SyntaxError):
        # Of this file, or of one that it imports.
        where = Path(problem.filename or path)
        return FileMistake(where, problem.lineno, f"syntax error: {problem.msg}")
    return FileMistake(path, _line_in(path, problem), _told(problem))


def _line_in(path: Path, problem: BaseException) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if Path(frame.filename) == path]
    return lines[-1] if lines else None


def _told(problem: BaseException) -> str:
    if isinstance(problem, ValueError):  # AxisMistake, LimitMistake, UnitMistake: already fit for a person
        return str(problem)
    if isinstance(problem, ImportError) and problem.name == "bringup":
        wrong = str(problem).partition("'")[2].partition("'")[0]
        return unknown("word of bringup", wrong, bringup.__all__)
    guess = nearest(problem.name, bringup.__all__) if isinstance(problem, NameError) and problem.name else None
    hint = f"; did you mean {guess!r}? (from bringup import {guess})" if guess else ""
    return f"{type(problem).__name__}: {problem}{hint}"
