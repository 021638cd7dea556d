"""`dmesg`: what the kernel has said, as text or as util-linux's JSON. Neighbours: `kernel_log` has it."""

from __future__ import annotations

import json

from .call import Call
from .kernel_log import Entry


def dmesg(call: Call) -> None:
    """Print the kernel's log; `--json` or `-J` as JSON, `-l err` errors alone."""
    entries = call.machine.log.entries
    words = list(call.arguments)
    if words[:2] == ["-l", "err"]:
        entries, words = tuple(entry for entry in entries if entry.priority <= 3), words[2:]
    if words in (["--json"], ["-J"]):
        call.say(*_json(entries))
    elif words:
        call.fail(f"dmesg: unrecognized option '{words[0]}'\nTry 'dmesg --help' for more information.")
    else:
        call.say(*map(str, entries))


def _json(entries: tuple[Entry, ...]) -> list[str]:
    """One entry a line, so that a console's reader meets no line of a mebibyte."""
    bodies = [
        json.dumps({"pri": entry.priority, "time": round(entry.seconds, 6), "msg": entry.text}) for entry in entries
    ]
    return ['{"dmesg": [', *(f"{body}," for body in bodies[:-1]), *bodies[-1:], "]}"]
