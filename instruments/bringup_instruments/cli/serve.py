"""`bringup sim serve`: the simulated lab on real wires."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bringup.cli import options

if TYPE_CHECKING:
    from bringup.files.station import Station

    from ..serving.served_lab import ServedLab

PORTS_FROM = 24_500
"""Below the ports that systems give to outgoing connections by themselves."""


def serve(
    station: Annotated[
        str | None, typer.Argument(help="Station: a name in the lab's stations/, or a file.", show_default=False)
    ] = None,
    lab: Annotated[Path | None, typer.Option("--lab", help="Lab folder. Default: the one you are in.")] = None,
    speed: Annotated[float, typer.Option(help="Lab seconds per second.")] = 1.0,
    ports_from: Annotated[
        int, typer.Option(min=0, max=65_535, help="First of consecutive TCP ports; 0: any that are free.")
    ] = PORTS_FROM,
    bind: Annotated[str, typer.Option(help="Address to listen on. Nobody is asked for a password!")] = "127.0.0.1",
    station_file: Annotated[
        Path | None,
        typer.Option(help="Where to write the station file that points here. Default: NAME-served.toml beside it."),
    ] = None,
    fault: options.Faults = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one line of JSON.")] = False,
) -> None:
    """Serve a station's simulated lab on HiSLIP, VXI-11, raw sockets, serial lines and HTTP, until Ctrl-C.

    Any VISA, pyserial or HTTP client can drive it, and so can `bringup run --station` with the station file that is
    written. The lab lives on when a client dies. Its clock begins now, whatever the station's [simulation] says.

    Example: bringup sim serve simulated --speed 10
    """
    from ..serving.running import run  # noqa: PLC0415 - see the package
    from ..serving.served_lab import ServedLab  # noqa: PLC0415

    _warn_of_strangers(bind)
    served = ServedLab(_station(station, lab, fault or []), speed=speed, host=bind, ports_from=ports_from)
    run(served, _ready(served, station_file, as_json))


def _station(wanted: str | None, lab: Path | None, faults: Sequence[str]) -> Station:
    from bringup.files.any_fault import parse_any_fault  # noqa: PLC0415
    from bringup.files.lab_folder import find_lab, lab_at  # noqa: PLC0415 - pydantic is not loaded for --help

    station = (lab_at(lab) if lab else find_lab()).station(wanted)
    return station.with_faults([parse_any_fault(text) for text in faults])


def _ready(served: ServedLab, station_file: Path | None, as_json: bool) -> Callable[[], None]:
    from ..serving.announcement import as_data, as_lines  # noqa: PLC0415 - see the package
    from ..serving.station_writer import write_station  # noqa: PLC0415

    def ready() -> None:
        served.station_file = write_station(served, station_file)
        lines = [json.dumps(as_data(served))] if as_json else as_lines(served)
        print("\n".join(lines), flush=True)  # noqa: T201 - this is the command line

    return ready


def _warn_of_strangers(host: str) -> None:
    from ..serving.ports import is_loopback  # noqa: PLC0415 - see the package

    if is_loopback(host):
        return
    typer.secho(
        f"WARNING: listening on {host}: everybody who reaches this machine's network can switch and read this lab.\n"
        "There is no authentication of any kind. From elsewhere, put this machine's name into the addresses.",
        fg="red",
        bold=True,
        err=True,
    )
