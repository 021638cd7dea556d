"""`lspci`: what is on PCI Express: `-nn` with numbers, `-s` one address, `-vv` with the links as they have trained.

Neighbours: `devices` finds the accelerators.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .call import Call
from .devices import GT_PER_S, VENDOR, Device, driver_name, on_bus

NETWORK_CARD = 0xEC20
"""Amazon's Elastic Network Adapter (pci.ids)."""

_PORT = 0x0200
_USAGE = "Usage: lspci [-n|-nn] [-v|-vv] [-s [[<domain>]:]<bus>:<slot>.<func>]"


@dataclass(frozen=True, slots=True)
class _Function:
    """One line of the list."""

    domain: int
    bdf: str
    kind: str
    kind_number: int
    number: int
    device: Device | None = None

    def line(self, numbers: int) -> str:
        """As listed: names, numbers, or both."""
        match numbers:
            case 1:
                return f"{self.bdf} {self.kind_number:04x}: {VENDOR:04x}:{self.number:04x}"
            case 2:
                return (
                    f"{self.bdf} {self.kind} [{self.kind_number:04x}]: Amazon.com, Inc. Device "
                    f"[{VENDOR:04x}:{self.number:04x}]"
                )
        return f"{self.bdf} {self.kind}: Amazon.com, Inc. Device {self.number:04x}"


def lspci(call: Call) -> None:
    """List what is on the bus."""
    numbers, verbose, wanted = 0, 0, ""
    words = list(call.arguments)
    while words:
        word = words.pop(0)
        if word == "-s" and words:
            wanted = words.pop(0)
        elif word.startswith("-") and set(word[1:]) <= set("nv") and word != "-":
            numbers, verbose = numbers + word.count("n"), verbose + word.count("v")
        else:
            call.fail(f"lspci: invalid argument '{word}'\n{_USAGE}")
            return
    for function in _functions(call):
        if wanted in ("", function.bdf, f"{function.domain:04x}:{function.bdf}"):
            call.say(function.line(min(numbers, 2)))
            if verbose:
                call.say(*_details(function, driver_name(call.machine.sled)), "")


def _functions(call: Call) -> Iterator[_Function]:
    found = on_bus(call.machine.sled, call.at_s)
    yield _Function(0, "00:00.0", "Host bridge", 0x0600, _PORT)
    for card in range(call.machine.sled.parameters.machine.network_cards):
        yield _Function(0, f"{0x10 + card:02x}:00.0", "Ethernet controller", 0x0200, NETWORK_CARD)
    for device in found:
        yield _Function(device.domain, device.port, "PCI bridge", 0x0604, _PORT, None)
    for device in found:
        number = call.machine.sled.parameters.accelerator.pci_id
        yield _Function(device.domain, device.bdf, "Processing accelerators", 0x1200, number, device)


def _details(function: _Function, driver: str) -> list[str]:
    device = function.device
    if device is None:
        return []
    lines = []
    if device.link is not None and device.kind is not None:
        state, full = device.link, device.kind
        lines += [
            f"\t\tLnkCap:\tPort #0, Speed {_speed(full.generation)}, Width x{full.lanes}, ASPM not supported",
            f"\t\tLnkSta:\tSpeed {_speed(state.generation)}{_low(state.generation, full.generation)}, "
            f"Width x{state.lanes}{_low(state.lanes, full.lanes)}",
        ]
    return [*lines, f"\tKernel driver in use: {driver}"] if device.is_up else lines


def _speed(generation: int) -> str:
    return f"{GT_PER_S.get(generation, 0.0):g}GT/s"


def _low(now: int, full: int) -> str:
    return " (downgraded)" if now < full else ""
