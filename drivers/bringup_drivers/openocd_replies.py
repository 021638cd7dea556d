"""What OpenOCD answers, into names, numbers and facts of a chip, or a refusal: never into a wrong number.

Every function is pure and strict; what does not read as OpenOCD 0.12.0 writes it is a `ReplyMistake`. Above:
`openocd.py`.
"""

from __future__ import annotations

import re

from bringup.capabilities import Fuses, Identity, TapFinding, TapIdentity
from bringup.capabilities.jtag import NO_IDCODE

from .replies import ReplyMistake

_HEX = re.compile(r"[0-9a-f]+")
_VERSION = re.compile(r"(Open On-Chip Debugger) (\S+).*", re.DOTALL)
_PC = re.compile(r"pc \(/(\d+)\): 0x([0-9a-fA-F]+)")
_STATES = ("unknown", "running", "halted", "reset", "debug-running")


def found_in_place(name: str, idcode: int, *, reachable: bool) -> TapIdentity:
    """What a scan found in a TAP's place, from the IDCODE that OpenOCD keeps: 0 for a TAP that has none."""
    if not reachable or idcode == 0xFFFFFFFF:
        return TapIdentity(name, TapFinding.UNREACHABLE, None)
    if idcode in NO_IDCODE:
        return TapIdentity(name, TapFinding.BYPASS, None)
    return TapIdentity(name, TapFinding.IDENTIFIED, idcode)


def as_openocd(reply: str) -> Identity:
    """Who answers, from `version`."""
    match = _VERSION.fullmatch(reply)
    if not match:
        raise ReplyMistake("not OpenOCD's version")
    return Identity("OpenOCD", "TCL server", "", match[2])


def as_names(reply: str) -> list[str]:
    """A list of different TAPs."""
    names = reply.split()
    if not names or not all(re.fullmatch(r"[\w.-]+", name) for name in names) or len(set(names)) != len(names):
        raise ReplyMistake("not a list of TAPs")
    return names


def as_idcode(reply: str) -> int:
    """A number of 32 bits; if it is an IDCODE at all, its bit 0 is 1 (IEEE 1149.1-2013, 12.1.1)."""
    if not re.fullmatch(r"[0-9]{1,10}", reply) or not int(reply) <= 0xFFFFFFFF:
        raise ReplyMistake("not a number of 32 bits")
    if int(reply) not in NO_IDCODE and not int(reply) & 1:
        raise ReplyMistake("bit 0 of an IDCODE is 1 (IEEE 1149.1)")
    return int(reply)


def as_captured(reply: str, bits: int) -> int:
    """What `drscan` captured: hexadecimal digits for whole bytes, and no bit beyond `bits`."""
    digits = 2 * ((bits + 7) // 8)
    if len(reply) != digits or not _HEX.fullmatch(reply) or int(reply, 16) >> bits:
        raise ReplyMistake(f"not {bits} bits in {digits} digits")
    return int(reply, 16)


def as_state(reply: str) -> str:
    """A target's state."""
    if reply not in _STATES:
        raise ReplyMistake(f"none of {', '.join(_STATES)}")
    return reply


def as_program_counter(reply: str) -> int:
    """From `reg pc`, as in `pc (/64): 0x0000000000010400`."""
    match = _PC.fullmatch(reply)
    if not match or len(match[2]) != (int(match[1]) + 3) // 4:
        raise ReplyMistake("not a program counter")
    return int(match[2], 16)


def as_fuses(chip: int, burnt: dict[str, int], iddq: dict[str, int], ring: dict[str, int]) -> Fuses:
    """A chip's registers in the units of `Fuses`."""
    raw = burnt["sku"].to_bytes((burnt["sku"].bit_length() + 7) // 8, "little")
    sku = raw.decode("latin-1")
    if not re.fullmatch(r"[\x21-\x7e]+", sku):
        raise ReplyMistake("the SKU is not printable")
    if not ring["gate_microseconds"]:
        raise ReplyMistake("the ring oscillator's gate has no length")
    return Fuses(
        chip=chip,
        sku=sku,
        cores=burnt["cores"].bit_count(),
        core_mask=burnt["cores"],
        leakage_class=burnt["leakage_class"],
        vmin_volts=burnt["vmin_millivolts"] / 1000,
        iddq_amps=iddq["milliamps"] / 1000,
        ring_hertz=1e6 * ring["counts"] / ring["gate_microseconds"],
    )
