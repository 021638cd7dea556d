"""Other people's way to talk to an instrument, timed in their own Python; started by `wire_cost.py`.

    python wire_peer.py pymeasure RESOURCE COUNT     a property set, then got
    python wire_peer.py sim COUNT                    a query to PyVISA-sim's own example instrument

Prints a line when it is ready, then for every line on standard input the microseconds that one of them took.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable


def set_then_get(resource: str) -> Callable[[], object]:
    """PyMeasure's property over PyVISA-py."""
    from pymeasure.instruments import Instrument  # type: ignore[import-not-found,unused-ignore]

    class Supply(Instrument):  # type: ignore[misc,unused-ignore]
        volts = Instrument.control("VOLT?", "VOLT %g", "Voltage setting.")

    terminations = {"read_termination": "\n", "write_termination": "\n"}
    supply = Supply(resource, "supply", visa_library="@py", includeSCPI=False, **terminations)

    def once() -> object:
        supply.volts = 5.0
        return supply.volts

    return once


def simulated_query() -> Callable[[], object]:
    """PyVISA over PyVISA-sim."""
    import pyvisa

    device = pyvisa.ResourceManager("@sim").open_resource("TCPIP::localhost::INSTR")
    device.read_termination = device.write_termination = "\n"  # type: ignore[attr-defined]
    if not device.query("?IDN").startswith("LSG"):  # type: ignore[attr-defined]
        raise RuntimeError("PyVISA-sim's example instrument does not answer")
    return lambda: device.query("?IDN")  # type: ignore[attr-defined]


def main() -> None:
    """Time on demand."""
    kind, *resource, count = sys.argv[1:]
    once = set_then_get(*resource) if kind == "pymeasure" else simulated_query()
    once()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(timeit.timeit(once, number=int(count)) / int(count) * 1e6, flush=True)


if __name__ == "__main__":
    main()
