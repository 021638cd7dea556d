"""Who is asked for what when a sled fails: regulators first, whose status a power cycle clears, counters last.

Neighbours: `capture.py` asks them in this order; the drivers behind a slot's roles answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ..capabilities import (
    HostShell,
    I2cBus,
    Instrument,
    JtagProbe,
    LogRecord,
    ManagementController,
    Oscilloscope,
    SledController,
)
from ..files.product import Product
from ..regulators import Regulator, regulators_of
from .capture import Finding, NamedSource, Source

CONSOLE_TAIL_S = 600.0
"""Lab seconds of the host's console that are kept: a boot and what came after it."""


def sources_of(product: Product, roles: Mapping[str, Instrument]) -> list[NamedSource]:
    """Every source that a slot's instruments can be, in the order in which what they know would be lost.

    Args:
        product: of the sled in the slot.
        roles: instrument by role.
    """
    found = []
    for kind, wanted, make in _SOURCES:
        for role, instrument in roles.items():
            if isinstance(instrument, wanted):
                found.append(NamedSource(kind, role, make(product, instrument)))
                break
    return found


def _vr(product: Product, bus: I2cBus) -> Source:
    def read() -> Iterator[Finding]:
        for name, regulator in _each(product, bus):
            yield (
                name,
                {"black_box": _black_box(regulator), "pages": [_status(regulator, n) for n in _pages(regulator)]},
            )

    return read


def _pages(regulator: Regulator) -> range:
    return range(len(regulator.pages))


def _status(regulator: Regulator, page: int) -> dict[str, object]:
    status = regulator.status(page)
    rail = regulator.pages[page].rail
    return {"rail": rail, "off": status.is_off, "power_good": status.power_good, "faults": list(status.faults)}


def _black_box(regulator: Regulator) -> object:
    box = regulator.black_box()
    if box is None:
        return None
    return {
        "trips": box.trips,
        "rail": regulator.pages[box.page].rail if box.page < len(regulator.pages) else f"page {box.page}",
        "faults": list(box.status.faults),
        "volts": box.volts.value,
        "amps": box.amps.value,
        "celsius": box.celsius.value,
        "uptime_s": box.uptime_s,
    }


def _pmbus(product: Product, bus: I2cBus) -> Source:
    def read() -> Iterator[Finding]:
        for name, regulator in _each(product, bus):
            for page in _pages(regulator):
                seen = regulator.read(page)
                values = {"volts": seen.volts.value, "amps": seen.amps.value, "celsius": seen.celsius.value}
                yield f"{name} {regulator.pages[page].rail}", values

    return read


def _each(product: Product, bus: I2cBus) -> Iterator[tuple[str, Regulator]]:
    yield from regulators_of(bus, product).items()


def _controller(product: Product, controller: SledController) -> Source:
    def read() -> Iterator[Finding]:
        yield "host", str(controller.host_state())
        yield "clock", controller.measured_clock()
        yield "input", asdict(controller.input())
        yield "sensors", dict(controller.sensors())
        for rail in product.facts.rails:
            yield rail.name, [asdict(reading) for reading in controller.read_rail(rail.name)]

    return read


def _management(product: Product, bmc: ManagementController) -> Source:  # noqa: ARG001 - every source is made alike
    def read() -> Iterator[Finding]:
        yield "log", [_record(entry) for entry in bmc.log()]
        yield "sensors", {name: [seen.value, seen.unit, seen.sampled_utc] for name, seen in bmc.sensors().items()}
        yield "leaks", {name: asdict(seen) for name, seen in bmc.leaks().items()}
        yield "power", str(bmc.power_state())
        yield "boot", bmc.boot_progress()

    return read


def _record(entry: LogRecord) -> str:
    return f"{entry.at_utc} {entry.severity} {entry.message}"


def _console(product: Product, shell: HostShell) -> Source:  # noqa: ARG001 - likewise
    def read() -> Iterator[Finding]:
        # Kept bytes, nothing is sent: a host that is silent costs no time.
        yield "raw", [[said.at_s, said.way, said.data.decode("latin-1")] for said in shell.console_tail(CONSOLE_TAIL_S)]

    return read


def _counters(product: Product, shell: HostShell) -> Source:
    def read() -> Iterator[Finding]:
        for chip in product.chips:
            yield f"chip {chip}", asdict(shell.counters(chip))
        yield "links", [asdict(link) for link in shell.link_states()]

    return read


def _jtag(product: Product, probe: JtagProbe) -> Source:
    def read() -> Iterator[Finding]:
        walk = probe.walk()
        yield "chain", {"taps": walk.taps, "closed": walk.closed}
        found = probe.idcodes()
        yield (
            "idcodes",
            {one.name: f"0x{one.idcode:08x}" if one.idcode is not None else one.state.value for one in found},
        )
        for chip in product.chips:
            yield f"program counter of chip {chip}", f"0x{probe.program_counter(chip):x}"

    return read


def _scope(product: Product, scope: Oscilloscope) -> Source:  # noqa: ARG001 - every source is made alike
    def read() -> Iterator[Finding]:
        if scope.triggered():
            for channel in (1, 2):
                trace = scope.waveform(channel)
                yield (
                    f"channel {channel}",
                    {"start_s": trace.start_s, "step_s": trace.step_s, "volts": list(trace.volts)},
                )

    return read


_SOURCES: tuple[tuple[str, type[Any], Callable[[Product, Any], Source]], ...] = (
    ("vr", I2cBus, _vr),
    ("pmbus", I2cBus, _pmbus),
    ("bmc", ManagementController, _management),
    ("controller", SledController, _controller),
    ("console", HostShell, _console),
    ("jtag", JtagProbe, _jtag),
    ("counters", HostShell, _counters),
    ("scope", Oscilloscope, _scope),
)
