"""The house keeps its floors: import contracts, and what plans and `import bringup` may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_import_contracts_hold() -> None:
    """import-linter's contracts in pyproject.toml, the same that `make check` looks at."""
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 broken" in found.stdout


@pytest.mark.parametrize("plan", sorted((ROOT / "test_plans").glob("*.py")), ids=lambda path: path.stem)
def test_plans_import_only_bringup(plan: Path) -> None:
    tree = ast.parse(plan.read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    ours = {name for name in modules if name and name.split(".")[0] not in sys.stdlib_module_names}
    assert ours == {"bringup"}
