"""The door through which drivers, labs, reports and commands come in: ours and anybody's alike.

A plugin is a module (or object) with some of the hooks of `HookSpecs`, marked with `@hookimpl`. The built-in ones
are listed in `BUILT_IN`; a third party's package names its module in the entry-point group `GROUP`.
Plugin modules must be cheap to import: load PyVISA, Textual and the like inside the functions.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import pluggy

from .capabilities import Instrument, TapLayout
from .clock import Clock
from .errors import OutOfEnvelope, UsageError
from .events import Event
from .nearest import unknown
from .transcript import Transcript

if TYPE_CHECKING:
    import typer

    from .files.station import Station

hookspec = pluggy.HookspecMarker("bringup")
hookimpl = pluggy.HookimplMarker("bringup")

GROUP = "bringup"

BUILT_IN = (
    "bringup.builtin",
    "bringup_drivers.plugin",
    "bringup_instruments.plugin",
    "bringup_tui.plugin",
)


class Lab(Protocol):
    """A station opened: its clock and its wires. The simulated lab and the real one are both of this shape."""

    @property
    def clock(self) -> Clock:
        """The time that everything on this station waits by."""

    @property
    def visa_library(self) -> str:
        """What to pass to `pyvisa.ResourceManager`: "@py", "" for the system's VISA, or a lab of ours."""

    def serial_url(self, address: str) -> str:
        """What to pass to `serial.serial_for_url` to reach the console at `address`."""

    def http_transport(self) -> Any | None:
        """An httpx transport that reaches the station's HTTP devices, or None for the network's own."""

    def close(self) -> None:
        """Give everything back; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class LabSpec:
    """A kind of station, as `[station] lab = "…"` names it."""

    kind: str
    open: Callable[[Station], Lab]


@dataclass(frozen=True, slots=True)
class Connection:
    """Where one instrument is reached, handed to its driver.

    Attributes:
        role: the instrument's name in the station file, for messages.
        model: as the station file names it.
        address: VISA resource string, serial device or base URL.
        lab: the wires and the clock.
        timeout_s: how long to wait for an answer, in lab seconds.
        transcript: every byte with its time; the driver writes it, and its errors carry the tail.
        envelope: lowest and highest value that may be sent, by what is set: "volts", "amps", "celsius",
            "lpm", "hertz", or a rail's name; from product and station. The driver refuses anything beyond
            with `OutOfEnvelope` before a byte is sent; what is not listed is limited by the model alone.
        scan_chain: the TAPs of the sled that the instrument serves, from TDI to TDO; empty where it serves none.
    """

    role: str
    model: str
    address: str
    lab: Lab
    timeout_s: float = 2.0
    transcript: Transcript = field(default_factory=Transcript)
    envelope: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    scan_chain: tuple[TapLayout, ...] = ()

    @property
    def where(self) -> str:
        """The instrument as messages name it."""
        return f"{self.role} ({self.model} at {self.address})"

    def told(self) -> tuple[str, ...]:
        """The transcript's last seconds, for an error."""
        return self.transcript.tail(self.lab.clock.now())

    def check(self, what: str, value: float) -> None:
        """Refuse a value that is not a number or lies beyond the envelope.

        Raises:
            OutOfEnvelope: nothing was sent.
        """
        low, high = self.envelope.get(what, (-math.inf, math.inf))
        if not (math.isfinite(value) and low <= value <= high):
            raise OutOfEnvelope(f"{self.where}: {what} = {value:g} lies beyond {low:g} … {high:g}; nothing was sent")


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """A driver for one or more instrument models.

    Attributes:
        models: names by which station files ask for it.
        provides: the capability protocols that its instances have.
        open: connects; the instrument's state is not changed by it.
        address: the canonical spelling of an address; raises `ValueError` for what is none.
    """

    models: tuple[str, ...]
    provides: tuple[type[Instrument], ...]
    open: Callable[[Connection], Instrument]
    address: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """A way to show a finished (or running) night.

    Attributes:
        format: the name by which `bringup report --format` asks for it.
        suffix: of the file that it makes; "" where it goes to the terminal.
        render: called with the database's URL, the night's id and an open text file to write to.
    """

    format: str
    suffix: str
    render: Callable[[str, int, TextIO], None]


class HookSpecs:
    """Every hook there is."""

    @hookspec
    def bringup_drivers(self) -> Sequence[DriverSpec]:
        """The drivers of this plugin."""
        raise NotImplementedError

    @hookspec
    def bringup_labs(self) -> Sequence[LabSpec]:
        """The kinds of station that this plugin can open."""
        raise NotImplementedError

    @hookspec
    def bringup_reports(self) -> Sequence[ReportSpec]:
        """The report formats of this plugin."""
        raise NotImplementedError

    @hookspec
    def bringup_commands(self, app: typer.Typer) -> None:
        """Add commands to the command line."""

    @hookspec
    def bringup_event(self, event: Event, station: Path) -> None:
        """Something happened; called after the journal has it. Must return quickly and not raise."""


@cache
def plugins() -> pluggy.PluginManager:
    """The plugin manager, with the built-in plugins and those of installed packages."""
    manager = pluggy.PluginManager("bringup")
    manager.add_hookspecs(HookSpecs)
    for name in BUILT_IN:
        manager.register(importlib.import_module(name), name)
    if _others_installed():
        manager.load_setuptools_entrypoints(GROUP)
    return manager


def _others_installed() -> bool:
    """Whether an installed package brings plugins, told without `importlib.metadata`.

    That loads `email` and `zipfile`, which was measured to be a tenth of `bringup --help`, mostly for nothing.
    """
    places = [Path(place) for place in sys.path]
    if any(place.is_file() for place in places):  # an archive: only the long way sees into it
        return True
    files = (file for place in places for file in place.glob("*-info/entry_points.txt"))
    return any(f"[{GROUP}]" in file.read_text(encoding="utf-8", errors="replace") for file in files)


def drivers() -> dict[str, DriverSpec]:
    """Driver by the model that it drives.

    Raises:
        UsageError: two plugins claim one model.
    """
    found: dict[str, DriverSpec] = {}
    for spec in _all(plugins().hook.bringup_drivers()):
        for model in spec.models:
            if model in found:
                raise UsageError(f"two installed drivers claim the model {model!r}; uninstall one of them")
            found[model] = spec
    return found


def lab_spec(kind: str) -> LabSpec:
    """The way to open a station of this kind.

    Raises:
        UsageError: no plugin knows the kind.
    """
    known: dict[str, LabSpec] = {spec.kind: spec for spec in _all(plugins().hook.bringup_labs())}
    if kind not in known:
        raise UsageError(unknown("kind of lab", kind, known))
    return known[kind]


def reports() -> dict[str, ReportSpec]:
    """Report by its format."""
    return {spec.format: spec for spec in _all(plugins().hook.bringup_reports())}


def _all(answers: Sequence[Sequence[Any]]) -> list[Any]:
    return [item for answer in answers for item in answer]
