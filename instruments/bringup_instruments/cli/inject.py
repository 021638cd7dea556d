"""`bringup sim inject` and `bringup sim faults`: what can go wrong on a simulated bench, and making it so."""

from __future__ import annotations

from typing import Annotated

import typer


def inject(
    fault: Annotated[str, typer.Argument(help="ROLE=FAULT[:DETAIL][@IN_S][+LENGTH_S]; times are lab seconds.")],
    control: Annotated[
        str | None, typer.Option(help="The served lab's own address, as `sim serve` prints it. Default: its usual one.")
    ] = None,
) -> None:
    """Let something go wrong, now or in a while, in a lab that `bringup sim serve` has up.

    Example: bringup sim inject meter1=late-answer:3+60
    """
    from bringup.files.wire_fault import parse_fault  # noqa: PLC0415 - see the package

    from ..serving.asking import ask_lab  # noqa: PLC0415
    from .serve import PORTS_FROM  # noqa: PLC0415

    parsed = parse_fault(fault)
    ask_lab(control or f"http://127.0.0.1:{PORTS_FROM}", "faults", parsed.model_dump(mode="json"))
    print(f"in {parsed.at_s:g} s: {parsed}" if parsed.at_s else f"now: {parsed}")  # noqa: T201 - the command line


def faults() -> None:
    """List what can be made to go wrong on a simulated bench, and what each does.

    They are put into a station file ([[simulation.faults]]), behind --fault of run, night and sim serve, or into a lab
    that is served with `bringup sim inject`.

    Example: bringup sim faults
    """
    from bringup.files.wire_fault import FAULTS, USAGE  # noqa: PLC0415 - see the package

    width = max(map(len, FAULTS))
    for kind, what in FAULTS.items():
        print(f"{kind:<{width}}  {what}")  # noqa: T201 - the command line
    print(f"\nWrite one as {USAGE}.")  # noqa: T201
