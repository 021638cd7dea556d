"""A station file that points at a served lab: the same bench, but as hardware, at the addresses where it is served.

A product is looked for in `products/` beside the folder of the station file, so the ones that are missing there are
copied along. Neighbours: `served_lab.py` has the addresses, `files/station.py` reads what is written here.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from bringup._version import __version__
from bringup.errors import UsageError
from bringup.files.lab_folder import find_lab, shipped_folder
from bringup.files.station import Station

from .addresses import ServedInstrument
from .served_lab import ServedLab
from .toml_text import toml_text

STATIONS, PRODUCTS = "stations", "products"
FOLDER = "bringup-served"
"""A lab folder made in the current one where there is no other to write to."""


def write_station(served: ServedLab, wanted: Path | None = None) -> Path:
    """Write the file, and the products that it needs.

    Args:
        served: an open lab.
        wanted: the file; if None, `<station>-served.toml` beside the station's own, or else in the current lab.

    Raises:
        UsageError: it cannot be written there.
    """
    station = served.lab.station
    name = f"{station.path.stem}-served.toml"
    if wanted is not None:
        return _written(served, wanted.absolute())
    here = station.path.parent
    if not here.is_relative_to(shipped_folder()) and os.access(here, os.W_OK):
        return _written(served, here / name)
    lab = find_lab()
    folder = Path.cwd() / FOLDER if lab.shipped else lab.path
    return _written(served, folder / STATIONS / name)


def _written(served: ServedLab, path: Path) -> Path:
    station = served.lab.station
    if path.exists() and path.resolve() == station.path:
        raise UsageError(f"{path} is the station that is served; name another file for the one that points to it")
    try:
        products = _missing_products(station, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        for product, content in products.items():
            product.parent.mkdir(exist_ok=True)
            _replace(product, content)
        _replace(path, station_text(served).encode("utf-8"))
    except OSError as problem:
        what = problem.strerror or problem
        raise UsageError(
            f"{path}: the station file cannot be written: {what}; name another one with --station-file"
        ) from None
    return path


def station_text(served: ServedLab) -> str:
    """The file's text."""
    station = served.lab.station
    made = datetime.now().astimezone().isoformat(timespec="seconds")
    header = f"""\
# Points at a simulated lab on this machine. Written by `bringup sim serve` (bringup {__version__},
# process {os.getpid()}) at {made}, from the station {station.name!r}.
# It holds as long as that process runs, and is written anew when the lab is served again: do not edit it.
{_pace(served.speed)}
"""
    return header + toml_text(_tables(served))


def _pace(speed: float) -> str:
    if speed == 1.0:
        return ""
    return f"# Its time passes {speed:g} times as fast as the wall's, and so does that of whoever reads this file.\n"


def _tables(served: ServedLab) -> dict[str, Any]:
    """What the original says, with other addresses; whatever is not about simulating stays as it is."""
    station = served.lab.station
    tables = station.facts.model_dump(exclude_unset=True)
    tables.pop("simulation", None)
    if served.speed != 1.0:
        tables["simulation"] = {"speed": served.speed}
    tables["station"] = {**tables["station"], "name": f"{station.name}-served", "lab": "hardware"}
    for role, told in served.instruments.items():
        tables["instruments"][role] |= _differs(served, told)
    return tables


def _differs(served: ServedLab, told: ServedInstrument) -> dict[str, Any]:
    differs: dict[str, Any] = {"address": told.preferred}
    if served.speed > 1.0:  # lab seconds: the wires and the processes at their ends are no faster than without it
        differs["timeout_s"] = served.lab.station.facts.instruments[told.role].timeout_s * served.speed
    due = served.lab.station.calibration_due(told.role)
    if due is not None:  # a fault may have made it another day than the file's
        differs["calibration_due"] = due
    return differs


def _missing_products(station: Station, path: Path) -> dict[Path, bytes]:
    """What the file will look for and not find, with its content.

    Raises:
        UsageError: a product of that name is there, but says something else.
    """
    source, target = station.path.parent.parent / PRODUCTS, path.parent.parent / PRODUCTS
    if source == target.resolve():
        return {}
    names = sorted({slot.product for slot in station.facts.slots.values()})
    contents = {name: (source / f"{name}.toml").read_bytes() for name in names}
    missing = [name for name in names if not (target / f"{name}.toml").exists()]
    if missing and path.parent.name != STATIONS:
        raise UsageError(
            f"{path}: its products would be looked for in {target}; name a file in a folder {STATIONS!r}, "
            f"such as {path.parent / STATIONS / path.name}"
        )
    for name, content in contents.items():
        there = target / f"{name}.toml"
        if name not in missing and there.read_bytes() != content:
            raise UsageError(
                f"{there} is not the product that the lab is made of ({source / there.name}); "
                "name a station file in another lab with --station-file"
            )
    return {target / f"{name}.toml": contents[name] for name in missing}


def _replace(path: Path, content: bytes) -> None:
    """Write a whole file or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        _allow_reading(temporary)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _allow_reading(path: str) -> None:
    """As any file that one writes, and not only for oneself."""
    mask = os.umask(0)
    os.umask(mask)
    Path(path).chmod(0o666 & ~mask)
