"""`bringup sim inject` and `bringup sim faults`: what can go wrong on a simulated bench, and making it so."""

from __future__ import annotations

from typing import Annotated

import typer


def inject(
    fault: Annotated[
        str,
        typer.Argument(help="ROLE=FAULT[:DETAIL][@IN_S][+LENGTH_S], or SLOT=ID[:PLACE][*SEVERITY][@IN_S][+LENGTH_S]."),
    ],
    control: Annotated[
        str | None, typer.Option(help="The served lab's own address, as `sim serve` prints it. Default: its usual one.")
    ] = None,
) -> None:
    """Let something go wrong, now or in a while, in a lab that `bringup sim serve` has up.

    Times are lab seconds.

    Example: bringup sim inject meter1=late-answer:3+60
    """
    from bringup.files.any_fault import parse_any_fault  # noqa: PLC0415 - see the package

    from ..serving.asking import ask_lab  # noqa: PLC0415
    from .serve import PORTS_FROM  # noqa: PLC0415

    parsed = parse_any_fault(fault)
    ask_lab(control or f"http://127.0.0.1:{PORTS_FROM}", "faults", parsed.model_dump(mode="json"))
    print(f"in {parsed.at_s:g} s: {parsed}" if parsed.at_s else f"now: {parsed}")  # noqa: T201 - the command line


def faults(
    fault: Annotated[str | None, typer.Argument(help="One of them, by its id, with all that is known of it.")] = None,
) -> None:
    """List what can be made to go wrong on a simulated bench, and what the engineer will see of it.

    Faults are put into a station file ([[simulation.board_faults]], [[simulation.faults]]), behind --fault of run,
    night and sim serve, or into a lab that is served with `bringup sim inject`.

    Example: bringup sim faults P5
    """
    from .fault_list import all_faults, one_fault  # noqa: PLC0415 - see the package

    for line in all_faults() if fault is None else one_fault(fault):
        print(line)  # noqa: T201 - the command line
