"""`bringup init`: a lab folder of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(folder: Annotated[Path, typer.Argument(help="Folder to make; it must be new or empty.")]) -> None:
    """Make a lab folder of your own, with station, product and plans, ready to run on the simulated lab.

    Example: bringup init my-lab && cd my-lab && bringup run smoke
    """
    from .founding import found

    found(folder)
