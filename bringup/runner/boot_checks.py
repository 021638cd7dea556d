"""What a boot came to: the last words of one that stopped, and whether every chip is there after one that did not.

Neighbours: `energized.SlotPower.boot` asks; the host's shell and the raw bytes of its console answer.
"""

from __future__ import annotations

import re

from ..capabilities import HostShell
from ..errors import BenchError, SledFault
from ..transcript import RECEIVED
from .bench import SlotBench

TAIL_S = 3600.0
_POST = re.compile(r"POST ([0-9A-F]{2})[^\r\n]*")
_TROUBLE = re.compile(r"[^\r\n]*(?:timeout|failed|error)[^\r\n]*", re.IGNORECASE)
_LONGEST = 120


class ChipMissing(SledFault):
    """A boot came to its end without one of the chips."""


def last_words(slot: SlotBench) -> str:
    """The last POST code and the last line of a host that did not come up; "" of one whose console nobody keeps."""
    host = slot.host
    if not isinstance(host, HostShell):
        return "see its console's last lines"
    said = b"".join(one.data for one in host.console_tail(TAIL_S) if one.way == RECEIVED).decode("utf-8", "replace")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return "its console never said a character"
    codes = _POST.findall(said)
    post = f"POST stands at {codes[-1]}, " if codes and lines[-1].startswith("POST") else ""
    return f"{post}its last words are {lines[-1][:_LONGEST]!r}"


def check_chips(slot: SlotBench) -> None:
    """Every chip of the product is up once its host is ready.

    Raises:
        ChipMissing: one is not; with what the kernel said of it.
        BenchError: the host does not answer.
    """
    host = slot.host
    if not isinstance(host, HostShell):
        return
    missing = sorted(set(slot.product.chips) - set(host.chips_up()))
    if not missing:
        return
    try:
        log = [line.text for line in host.kernel_log() if _TROUBLE.fullmatch(line.text)]
    except BenchError:
        log = []
    told = f": {log[0][:_LONGEST]}" if log else ""
    raise ChipMissing(f"slot {slot.name}: chip {', '.join(map(str, missing))} did not come up with the host{told}")
