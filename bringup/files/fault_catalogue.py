"""What goes wrong with sleds, by the names that a lab gives it: the catalogue that is simulated, looked for and named.

The entries are data, in `fault_catalogue.toml` beside this file. Neighbours: `board_fault.py` puts one on a simulated
sled; triage names one from what was seen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from .toml_file import FileModel


class Where(StrEnum):
    """What kind of place a fault sits at."""

    RAIL = "rail"
    REGULATOR = "regulator"
    CHIP = "chip"
    LINK = "link"
    SENSOR = "sensor"
    TAP = "tap"
    DETECTOR = "leak detector"
    SLED = "sled"
    LOOP = "coolant loop"
    INSTRUMENT = "instrument"
    CONTROLLER = "controller"


class CatalogueEntry(FileModel):
    """One kind of fault.

    Attributes:
        name: in a few words.
        where: the kind of place that it sits at.
        seen: what shows, in order.
        discriminator: what tells it from faults that look alike.
        severity: what a severity of 1 means.
        modes: what may stand behind the place's name and a slash; the first is meant where none does.
    """

    name: str
    where: Where
    seen: tuple[str, ...]
    discriminator: str
    severity: str
    modes: tuple[str, ...] = ()


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """Every kind of fault, by its id."""
    text = files(__package__).joinpath("fault_catalogue.toml").read_text(encoding="utf-8")
    return {fault: CatalogueEntry.model_validate(entry) for fault, entry in tomllib.loads(text).items()}
