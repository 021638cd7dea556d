"""The wheel, installed into an empty environment outside the checkout, runs a plan of the shipped lab.

    python tests/wheel_elsewhere.py

Not a test item: it installs the whole tool once more, which takes about a minute.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Build, install, run; the exit code is that of `bringup run smoke`, as if typed by somebody without a checkout."""
    with tempfile.TemporaryDirectory(prefix="bringup-wheel-", ignore_cleanup_errors=True) as folder:
        here = Path(folder)
        _run(sys.executable, "-m", "build", "--wheel", "--outdir", str(here), str(ROOT), cwd=here)
        venv.create(here / "env", with_pip=True)
        binaries = here / "env" / ("Scripts" if sys.platform == "win32" else "bin")
        wheel = next(here.glob("*.whl"))
        _run(str(binaries / "python"), "-m", "pip", "install", "--quiet", str(wheel), cwd=here)
        elsewhere = here / "elsewhere"
        elsewhere.mkdir()
        _run(str(binaries / "bringup"), "init", "lab", cwd=elsewhere)
        _run(str(binaries / "bringup"), "run", "smoke", "--sled", "S1", cwd=elsewhere)
        _run(str(binaries / "bringup"), "report", "--format", "html", cwd=elsewhere)
    print("the wheel runs elsewhere")
    return 0


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True)


if __name__ == "__main__":
    sys.exit(main())
